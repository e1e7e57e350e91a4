"""Reads the files of some folders as mails, each in 2 s of the processor and 200 MB beside what the process has.

Each is read in a process of its own: what the mail before left behind does not count for the next.
"""

import os
import resource
import sys
import time
from pathlib import Path

from tests.mail_checks import carried, read

MEMORY = 200_000_000
SECONDS = 2.0
TOO_SLOW, TOO_MUCH, WRONG = 2, 3, 4
WORDS = {TOO_SLOW: f"more than {SECONDS:.0f} s", TOO_MUCH: f"more than {MEMORY // 10**6} MB"}


def main() -> int:
    """0 if all were read within bounds, else 1, with the names of those that were not."""
    files = [file for folder in sys.argv[1:] for file in sorted(Path(folder).rglob("*")) if file.is_file()]
    # What is loaded at the first use is no mail's.
    carried(read(b"From: ana@example.org\nContent-Type: text/html\n\n<p>" + "你好".encode("gb18030") * 50))
    failed = [(file, code) for file in files if (code := _alone(file))]
    for file, code in failed:
        print(f"{file}: {WORDS.get(code, f'ended with {code}')}")
    print(f"{len(files) - len(failed)} of {len(files)} files read in {SECONDS:.0f} s and {MEMORY // 10**6} MB each")
    return 1 if failed else 0


def _alone(file: Path) -> int:
    """What came of reading `file` in a process of its own: 0 if all was well."""
    child = os.fork()
    if child == 0:
        os._exit(_read(file))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _read(file: Path) -> int:
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    began = time.thread_time()
    try:
        carried(read(file.read_bytes()))
    except MemoryError:
        return TOO_MUCH
    except AssertionError:
        return WRONG
    return TOO_SLOW if time.thread_time() - began > SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
