"""What one side of the comparison took: the time, and the processor's time of its own process and of the server.

It runs in the peers' environments too, where nothing of Hilo is: so only redis-py and the standard library.
"""

import json
import resource
import time
from typing import Any

import redis


class Stopwatch:
    """Counts what is handled, from `start` (or the first that is handled) to the last."""

    def __init__(self, url: str, expected: int) -> None:
        """`expected` is how many there are; `handled` says when that many have been."""
        self._redis = redis.Redis.from_url(url)
        self._expected = expected
        self._handled = 0
        self._skipped = 0
        self._begun: tuple[float, float, float] | None = None

    def start(self) -> None:
        """Begin now."""
        server, mine = self._server(), _mine()
        self._begun = (time.perf_counter(), mine, server)

    def handled(self, count: int = 1) -> bool:
        """Note that `count` more are done; True with the last. Without `start`, what comes first starts the watch."""
        if self._begun is None:
            self._skipped = count
            self.start()
        self._handled += count
        return self._handled >= self._expected

    def stop(self) -> str:
        """The reading, as one line of JSON."""
        ended, mine = time.perf_counter(), _mine()
        if self._begun is None:
            raise RuntimeError("the watch was never started")
        begun, mine_before, server_before = self._begun
        count = self._expected - self._skipped
        reading = {
            "messages": count,
            "seconds": ended - begun,
            "python_us": (mine - mine_before) / count * 1e6,
            "server_us": (self._server() - server_before) / count * 1e6,
        }
        return json.dumps(reading)

    def _server(self) -> float:
        told: Any = self._redis.info("cpu")
        return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])


def _mine() -> float:
    """Seconds of processor that this process has used, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
