"""Reads the files of some folders as mails, each in 2 s of the processor and 200 MB beside what the process has."""

import resource
import sys
import time
from pathlib import Path

from tests.mail_checks import carried, read

MEMORY = 200_000_000
SECONDS = 2.0


def main() -> int:
    """0 if all were read within bounds, else 1, with the names of those that were not."""
    files = [file for folder in sys.argv[1:] for file in sorted(Path(folder).rglob("*")) if file.is_file()]
    carried(read(b"From: ana@example.org\nContent-Type: text/html\n\n<p>" + "你好".encode("gb18030") * 50))
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    longest, failed = 0.0, []
    for file in files:
        raw = file.read_bytes()
        began = time.thread_time()
        try:
            carried(read(raw))
        except MemoryError:
            failed.append(f"{file}: more than {MEMORY // 10**6} MB")
        took = time.thread_time() - began
        longest = max(longest, took)
        if took > SECONDS:
            failed.append(f"{file}: {took:.1f} s")
    print("\n".join([*failed, f"{len(files)} files read within 200 MB; the longest took {longest:.2f} s"]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
