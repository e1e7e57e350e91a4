"""That X can't be reached is said once, and once that it answers again."""

import random
from datetime import timedelta

import structlog

from router.model.errors import TemporaryError

log = structlog.get_logger()

FIRST_PAUSE = timedelta(seconds=0.5)
LONGEST_PAUSE = timedelta(minutes=1)


class Away:
    """Who, of what is asked of X, gets no answer."""

    def __init__(self) -> None:
        self._silent: set[str] = set()

    def failed(self, what: str, error: TemporaryError) -> None:
        """`what` got no answer, or none that says anything."""
        if not self._silent:
            log.warning("x_away", what=what, error=str(error), hint="trying until it answers")
        self._silent.add(what)

    def answered(self, what: str) -> None:
        """`what` was answered."""
        if what in self._silent:
            self._silent.discard(what)
            if not self._silent:
                log.info("x_back")


def pause(failures: int, longest: timedelta = LONGEST_PAUSE) -> timedelta:
    """How long to wait after that many failures: twice as long each time, by chance a part of it."""
    seconds = min(FIRST_PAUSE.total_seconds() * 2.0 ** min(failures, 20), longest.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.5, 1.0))


def pause_after(failures: int, error: TemporaryError) -> timedelta:
    """How long to wait after that many failures, the last of them `error`: no less than it asks for."""
    return max(timedelta(seconds=error.retry_after or 0.0), pause(failures))
