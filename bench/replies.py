"""What the customer wrote, told from what is quoted: libraries alone beside ours, on bodies with the answer known.

The bodies are the shared cases (HILO_CASES, read in place) and our own Spanish, Portuguese and English ones.
"""

import asyncio
import json
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from bench.environments import environment
from bench.replies_cases import Case, cases
from channels.email.quoted import split

PEER = Path(__file__).parent / "peers" / "replies_peer.py"
PEERS = ("email_reply_parser", "mail_parser_reply", "quotequail", "unquotemail", "email_reply_extractor", "talon")
SIMILAR = 0.98
# Seconds; what takes longer is told as that.
PATIENCE = 60.0
# One of these is a mail that anybody can send.
HOSTILE = {
    "100,000 quoted lines": "Hola\n" + "> \n" * 100_000,
    "a line of 200,000": "Hola " * 40_000,
    "2,000 headers": "".join(
        "> " * min(number, 40) + "On Mon, Mar 3, 2025 at 10:02 AM Care <care@company.example> wrote:\n"
        for number in range(2_000)
    ),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What one side made of all bodies, None where it raised, and the processor's seconds for each."""

    name: str
    texts: Sequence[str | None]
    seconds: Sequence[float]


async def replies() -> AsyncIterator[str]:
    """The table, a line each; a library whose environment can't be made is left out, aloud."""
    known = list(cases())
    asked = [(case.text, case.html) for case in known]
    sides = [ours([case.text for case in known])]
    python = await asyncio.to_thread(environment, "replies")
    for name in PEERS if python else ():
        sides += await asyncio.to_thread(peer, python, name, asked)
    heads = ("bodies", "exact", "words", "similar", "lost", "left", "raised", "ms")
    yield f"{'':46}" + "".join(f"{head:>8}" for head in heads)
    for source in dict.fromkeys(case.source for case in known):
        for side in sides:
            yield row(source, side, known)
    for side in sides:
        yield row("all", side, known)
    yield f"\n{'Mails made to be slow, seconds':46}" + "".join(f"{name:>22}" for name in HOSTILE)
    for name in ("ours", *(side.name for side in sides[1:])):
        yield f"{'':22}{name:24}" + "".join(f"{told:>22}" for told in await asyncio.to_thread(slowest, python, name))


def ours(texts: Sequence[str]) -> Answers:
    """Our own answers."""
    answers, seconds = [], []
    for text in texts:
        began = time.process_time()
        answers.append(split(text).written)
        seconds.append(time.process_time() - began)
    return Answers("ours", answers, seconds)


def peer(python: Path | None, name: str, asked: Sequence[tuple[str, str]]) -> list[Answers]:
    """A library's answers; nothing where it is not installed. Raises TimeoutExpired where it takes too long."""
    command = [str(python), str(PEER), name]
    done = subprocess.run(
        command, input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [Answers(each["name"], each["answers"], each["seconds"]) for each in told]


def row(source: str, side: Answers, known: Sequence[Case]) -> str:
    """How many bodies of `source` a side has right: to the letter, by its words, nearly; and which errors it makes."""
    chosen = [number for number, case in enumerate(known) if source in (case.source, "all")]
    found: Counter[str] = Counter()
    for number in chosen:
        found.update(judged(side.texts[number], known[number].written))
    counts = "".join(f"{found[name]:>8}" for name in ("exact", "words", "similar", "lost", "left", "raised"))
    mean = 1000 * sum(side.seconds[number] for number in chosen) / len(chosen)
    return f"{source:22}{side.name:24}{len(chosen):>8}{counts}{mean:>8.2f}"


def judged(text: str | None, written: str) -> Iterator[str]:
    """What is true of an answer: `lost` if words of the customer's are missing, `left` if others are among them."""
    if text is None:
        yield "raised"
        return
    found, wanted = text.split(), written.split()
    if trimmed(text) == trimmed(written):
        yield "exact"
    if found == wanted:
        yield "words"
    if SequenceMatcher(None, found, wanted, autojunk=False).ratio() >= SIMILAR:
        yield "similar"
    if Counter(wanted) - Counter(found):
        yield "lost"
    if Counter(found) - Counter(wanted):
        yield "left"


def trimmed(text: str) -> list[str]:
    """The lines without blanks at their ends, and without empty lines around them."""
    return [line.rstrip() for line in text.strip().splitlines()]


def slowest(python: Path | None, name: str) -> list[str]:
    """The seconds for each mail that was made to be slow."""
    told = []
    for text in HOSTILE.values():
        try:
            answers = [ours([text])] if name == "ours" else peer(python, name, [(text, "")])
        except subprocess.TimeoutExpired:
            told.append(f"over {PATIENCE:.0f}")
            continue
        told.append(f"{answers[0].seconds[0]:.2f}" if answers[0].texts[0] is not None else "raised")
    return told
