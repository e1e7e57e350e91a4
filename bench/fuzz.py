"""`make fuzz`: mails, or posts, that nobody would write, for as long as it is told; 1 at the first not read well.

It begins from the shared cases, which it reads in place, and goes on from what it kept before (`.bench/fuzz`).
Afterwards all mails that it kept are read once more in a process that has 200 MB to do so.
"""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CASES = Path(os.environ.get("HILO_CASES") or TOP.parent / "shared" / "cases")
SEEDS = ("zammad_mail", "chatwoot_mail", "mikel_mail", "webklex_mail", "freescout_mail", "sisimai", "cpython_email")
MORE_SEEDS = ("mailparser_malformed", "discourse_trimmer/emails", "talon", "quotequail_html")
LONGEST = 30_000
# What libFuzzer puts together by itself too seldom.
WORDS = (
    *("From: ", "Subject: ", "Content-Type: ", "multipart/mixed; boundary=x", "multipart/alternative; boundary=x"),
    *("multipart/related; boundary=x", "message/rfc822", "text/plain; charset=", "text/html", "text/calendar"),
    *("Content-Transfer-Encoding: base64", "quoted-printable", "x-uuencode", "Content-Disposition: attachment"),
    *("; filename*0*=utf-8''", "; filename=", "Content-ID: <a@b>", "Content-Location: ", "=?utf-8?b?", "=?gb2312?q?"),
    *("iso-2022-jp", "utf-16", "utf-7", "gb18030", "--x\\x0d\\x0a", "--x--", "\\x0d\\x0a\\x0d\\x0a", "<img src=cid:"),
    *(
        "<a href=",
        "style=",
        "data:image/png;base64,",
        "BEGIN:VEVENT\\x0a",
        "DTSTART;TZID=",
        "SUMMARY:",
        "In-Reply-To: ",
    ),
)


X_SEEDS = ("x_webhook_events", "tweepy_responses")
X_WORDS = (
    *('\\"data\\":', '\\"includes\\":', '\\"id\\":', '\\"text\\":', '\\"author_id\\":', '\\"sender_id\\":'),
    *('\\"entities\\":', '\\"urls\\":', '\\"mentions\\":', '\\"media_keys\\":', '\\"note_tweet\\":', '\\"start\\":'),
    *(
        '\\"referenced_tweets\\":',
        '\\"edit_history_tweet_ids\\":',
        '\\"public_metrics\\":',
        '\\"created_at\\":',
        "null",
    ),
)


@dataclass(frozen=True, slots=True)
class Target:
    """What is read: by the module `reader`, from `seeds` on, with `words` to put in."""

    reader: str
    seeds: tuple[str, ...]
    words: tuple[str, ...]


TARGETS = {
    "mail": Target("bench.fuzz_mail", (*SEEDS, *MORE_SEEDS), WORDS),
    "x": Target("bench.fuzz_x", X_SEEDS, X_WORDS),
}


def main() -> int:
    """0 if nothing was found, 1 if something was, 2 if the fuzzer is not there."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default: 10)")
    parser.add_argument("--what", choices=TARGETS, default="mail", help="mails, or what X shows (default: mail)")
    chosen = parser.parse_args()
    target, work = TARGETS[chosen.what], TOP / ".bench" / "fuzz" / chosen.what
    if importlib.util.find_spec("atheris") is None:
        print(
            "The fuzzer is not installed: .venv/bin/pip install 'atheris>=3' (Linux, Python 3.11 to 3.13)",
            file=sys.stderr,
        )
        return 2
    corpus, found = work / "corpus", work / "found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    words = work / "words"
    words.write_text("".join(f'"{word}"\n' for word in target.words), encoding="ascii")
    seeds = [str(CASES / name) for name in target.seeds if (CASES / name).is_dir()]
    options = [f"-max_total_time={round(60 * chosen.minutes)}", f"-max_len={LONGEST}", "-timeout=60", f"-dict={words}"]
    limits = ["-rss_limit_mb=1500", f"-artifact_prefix={found}/", "-print_final_stats=1", "-reload=0"]
    command = [sys.executable, "-m", target.reader, *options, *limits, str(corpus), *seeds]
    run = subprocess.run(command, check=False, cwd=TOP, stderr=subprocess.PIPE, text=True, errors="replace")
    executions = re.search(r"number_of_executed_units:\s*(\d+)|Done (\d+)", run.stderr)
    times = (executions[1] or executions[2]) if executions else "?"
    print(f"{len(seeds)} folders of seeds, {times} readings, {len(list(corpus.iterdir()))} kept")
    if run.returncode:
        print(run.stderr[-6000:])
        print(f"Found: what was read stands in {found}")
        return 1
    if chosen.what != "mail":
        return 0
    memory = subprocess.run([sys.executable, "-m", "bench.fuzz_memory", str(corpus), *seeds], check=False, cwd=TOP)
    return memory.returncode


if __name__ == "__main__":
    sys.exit(main())
