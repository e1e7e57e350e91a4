"""One process of the fuzzer of what X shows: libFuzzer's options and corpora are its arguments; `bench.fuzz` starts it.

A finding is JSON that raises, or that is read in more than SECONDS of the processor.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["channels.twitter"]):
    from channels.twitter.hints import hints_of
    from channels.twitter.normalise import Included, message_read, post_read, versions_before
    from router.model.message import InboundMessage
    from router.store import wire
    from tests.unit.test_twitter_fuzz import NAMES as WORDS
    from tests.unit.test_twitter_normalise import NOW, US

SECONDS = 2.0
MEMORY = 1_000_000_000
DEEPEST = 7
NAMES = WORDS.split()


def read_well(data: bytes) -> None:
    """Read all that `data` may show as posts and as direct messages."""
    hints_of(data, US.id)
    try:
        shown = json.loads(data)
    except (ValueError, RecursionError):
        # Few bytes are JSON; the others say how to grow some.
        shown = _grown(atheris.FuzzedDataProvider(data), 0)
    began = time.thread_time()
    included = Included.of(shown)
    inner = shown.get("data") if isinstance(shown, dict) else shown
    for each in [shown, *(inner if isinstance(inner, list) else [inner])]:
        for message in (post_read(each, included, US, NOW), message_read(each, included, US, NOW)):
            if isinstance(message, InboundMessage):
                wire.encode(message)
        versions_before(each)
    took = time.thread_time() - began
    if took > SECONDS:
        raise AssertionError(f"{took:.1f} s for {len(data)} bytes")


def _grown(source: Any, depth: int) -> object:
    """A value made of the bytes that `source` has left."""
    match source.ConsumeIntInRange(0, 7 if depth < DEEPEST else 4):
        case 0:
            return None
        case 1:
            return source.ConsumeInt(8)
        case 2:
            return str(source.ConsumeInt(8))
        case 3 | 4:
            return source.ConsumeUnicode(source.ConsumeIntInRange(0, 60))
        case 5:
            return [_grown(source, depth + 1) for _ in range(source.ConsumeIntInRange(0, 5))]
    names = (NAMES[source.ConsumeIntInRange(0, len(NAMES) - 1)] for _ in range(source.ConsumeIntInRange(0, 12)))
    return {name: _grown(source, depth + 1) for name in names}


def main() -> None:
    """Run until libFuzzer has found something, or its time is over."""
    now = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
    atheris.Setup(sys.argv, read_well)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
