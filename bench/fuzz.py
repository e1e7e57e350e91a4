"""`make fuzz`: mails that nobody would write, for as long as it is told; 1 at the first that is not read well.

It begins from the shared cases, which it reads in place, and goes on from what it kept before (`.bench/fuzz`).
Afterwards all that it kept is read once more in a process that has 200 MB to do so.
"""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
WORK = TOP / ".bench" / "fuzz"
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


def main() -> int:
    """0 if nothing was found, 1 if something was, 2 if the fuzzer is not there."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default: 10)")
    chosen = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print(
            "The fuzzer is not installed: .venv/bin/pip install 'atheris>=3' (Linux, Python 3.11 to 3.13)",
            file=sys.stderr,
        )
        return 2
    corpus, found = WORK / "corpus", WORK / "found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    words = WORK / "words"
    words.write_text("".join(f'"{word}"\n' for word in WORDS), encoding="ascii")
    seeds = [str(CASES / name) for name in (*SEEDS, *MORE_SEEDS) if (CASES / name).is_dir()]
    options = [f"-max_total_time={round(60 * chosen.minutes)}", f"-max_len={LONGEST}", "-timeout=60", f"-dict={words}"]
    limits = ["-rss_limit_mb=1500", f"-artifact_prefix={found}/", "-print_final_stats=1", "-reload=0"]
    command = [sys.executable, "-m", "bench.fuzz_mail", *options, *limits, str(corpus), *seeds]
    run = subprocess.run(command, check=False, cwd=TOP, stderr=subprocess.PIPE, text=True, errors="replace")
    executions = re.search(r"number_of_executed_units:\s*(\d+)|Done (\d+)", run.stderr)
    times = (executions[1] or executions[2]) if executions else "?"
    print(f"{len(seeds)} folders of seeds, {times} mails, {len(list(corpus.iterdir()))} kept")
    if run.returncode:
        print(run.stderr[-6000:])
        print(f"Found: what was read stands in {found}")
        return 1
    memory = subprocess.run([sys.executable, "-m", "bench.fuzz_memory", str(corpus), *seeds], check=False, cwd=TOP)
    return memory.returncode


if __name__ == "__main__":
    sys.exit(main())
