"""One process of the mail fuzzer: libFuzzer's options and corpora are its arguments; `bench.fuzz` starts it.

A finding is an input that is not read, or read in more than SECONDS of the processor, or whose HTML is not harmless.
"""

import resource
import sys
import time
from pathlib import Path

import atheris

# What is watched on its way: our own code, and what the standard library does for it.
with atheris.instrument_imports(include=["channels.email", "email"]):
    from channels.email import file_notes, page, report
    from channels.email.normalise import left_behind
    from channels.email.notes import Problem
    from router.inspect_cli import as_data
    from rules.problems import json_text
    from tests.mail_checks import ACCOUNT, RECEIVED, carried, read

SECONDS = 2.0
# Beside what the process has at its start; libFuzzer's own corpus grows in it too.
MEMORY = 1_000_000_000
# One mail in so many is also read again, and by the other doors.
RARELY = 8
WATCHED = (file_notes, page, report)


def read_well(data: bytes) -> None:
    """Read `data` in every way that the channel and the command line do."""
    began = time.thread_time()
    mail = read(data)
    carried(mail)
    took = time.thread_time() - began
    if took > SECONDS:
        raise AssertionError(f"{took:.1f} s for {len(data)} bytes")
    if sum(data) % RARELY:
        return
    if read(data) != mail:
        raise AssertionError("the same mail is another the second time")
    json_text(as_data(report.report_of(data, ACCOUNT, RECEIVED, 10**7)))
    left_behind(data, Problem.TOO_LARGE, 10**8, 10**7, ACCOUNT, RECEIVED, RECEIVED)


def main() -> None:
    """Run until libFuzzer has found something, or its time is over."""
    now = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
    atheris.Setup(sys.argv, read_well)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
