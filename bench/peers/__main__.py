"""One peer, in its own environment: `python -m bench.peers NAME fill|work URL MESSAGES FILE`.

`fill` puts the first MESSAGES lines of FILE into its queue; `work` lets one worker handle them and prints the reading.
"""

import asyncio
import importlib
import json
import os
import sys
from itertools import islice
from pathlib import Path

from bench.peers.stopwatch import Stopwatch


def main(name: str, verb: str, url: str, count: int, file: Path) -> None:
    """Fill or work; `work` never returns, the last message ends the process."""
    module, _, variant = name.partition("-")
    peer = importlib.import_module(f"bench.peers.{module}_peer")
    if verb == "fill":
        with file.open(encoding="utf-8") as lines:
            payloads = [json.loads(line) for line in islice(lines, count)]
        asyncio.run(peer.fill(url, payloads))
        print("{}")
        return
    watch = Stopwatch(url, count)

    def handled(more: int = 1) -> None:
        if watch.handled(more):
            # Not print: Celery makes a log of what is printed.
            os.write(1, f"{watch.stop()}\n".encode())
            # However a peer's worker would like to be stopped: its server is gone next.
            os._exit(0)

    peer.work(url, handled, variant)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), Path(sys.argv[5]))
