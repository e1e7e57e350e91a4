"""What `hilo check` warns of: settings that are each right, and that hardly go together as they were meant."""

from collections.abc import Iterator
from datetime import timedelta

from channels.phone.adapter import RINGS_WITHIN
from router.model.policy import CallPolicy, CarePolicy


def odd(calls: CallPolicy, care: CarePolicy, reopen_within: timedelta) -> Iterator[str]:
    """A line for each."""
    if care.follow_up_after is not None and care.follow_up_after >= reopen_within:
        yield (
            "care.follow_up.after is no shorter than rules.reopen_within: nobody is ever asked whether it works,"
            " since the conversation is closed by then"
        )
    if calls.silent < RINGS_WITHIN:
        seconds = int(RINGS_WITHIN.total_seconds())
        yield (
            f"calls.silent is shorter than {seconds}s, for which a call that can't be ordered is still tried: it may be"
            " in doubt, and ring after all"
        )
