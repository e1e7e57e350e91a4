"""Silence: by when a customer whose conversation is open hears something, and what Hilo said by itself meanwhile."""

from datetime import datetime

from router.model.ids import MessageId
from router.model.value import Value


class Silence(Value, frozen=True):
    """The customer hears something by `due_at`; None while nobody owes them a word.

    `heard_at` is when they last heard anything that Hilo wrote by itself, and `filled` how many lines it wrote only to
    say that we are still on it, the last of them being `message`, since a person of ours last said something. `told_at`
    is when the supervisors were told instead of writing one more.
    """

    due_at: datetime | None = None
    heard_at: datetime | None = None
    filled: int = 0
    message: MessageId | None = None
    told_at: datetime | None = None
