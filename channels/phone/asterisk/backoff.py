"""How long to wait before Asterisk is tried again."""

import random
from datetime import timedelta

FIRST = timedelta(seconds=0.5)
LONGEST = timedelta(seconds=30)


def pause(failures: int) -> timedelta:
    """How long to wait after that many failures: twice as long each time, by chance a part of it."""
    seconds = min(FIRST.total_seconds() * 2.0 ** min(failures, 10), LONGEST.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.5, 1.0))
