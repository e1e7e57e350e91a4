"""Errors whose class says what to do next; their text is shown to a person as it is."""


class HiloError(Exception):
    """Any error that Hilo raises on purpose."""


class TemporaryError(HiloError):
    """Try again later; `retry_after` is the wait in seconds that the other side asked for, if it did.

    `is_about_message` says that only this one could not pass (a full mailbox): nothing is wrong with the other side.
    """

    def __init__(self, message: str, retry_after: float | None = None, *, is_about_message: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.is_about_message = is_about_message


class PermanentError(HiloError):
    """Trying again changes nothing: set aside for a person."""


class UnknownOutcome(HiloError):
    """What was asked for may or may not have happened: look before doing it again."""


class Fenced(HiloError):
    """The lease has passed to somebody else: stop, write nothing."""


class StartError(HiloError):
    """A part could not start; the text says what a person can do about it."""


class NewerVersion(TemporaryError):
    """A newer Hilo wrote this: leave it where it is, for one that can read it."""


class Refusal(TemporaryError):
    """A message could not be taken now (store away, full, too much from one handle): the source keeps it."""


class TooMuch(Refusal):
    """One sender brings more than is taken of one: the source keeps it and tries again later."""


class StoreClosed(Refusal):
    """The store takes nothing new for now: it is away, slow, or has too much to do; the same may be tried again."""


class StoreFull(StoreClosed):
    """The store takes nothing new for want of memory or disk."""


class Unacceptable(PermanentError):
    """A message can never be taken as it is (too large, not readable): the sender is told so."""
