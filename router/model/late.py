"""What is late: timers that come noticeably after their instant, as after an outage; people and the log are told."""

from datetime import timedelta

NOTICEABLE = timedelta(seconds=5)


def is_late(by: timedelta) -> bool:
    """Whether a timer that came `by` so much after its instant is to be told as late."""
    return by > NOTICEABLE
