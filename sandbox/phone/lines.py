"""Lines: who can be rung, and how each behaves when nobody plays it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Does(StrEnum):
    """What a line does with a call."""

    PERSON = "person"
    """It rings until a person, on the page or by the API, does something."""
    ANSWER = "answer"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    REJECT = "reject"
    NO_ANSWER = "no-answer"
    UNALLOCATED = "unallocated"
    """There is no such number."""
    CONGESTION = "congestion"
    """The network can't reach it now."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a line does by itself, all times in seconds: after ringing for `after`, and once it has answered."""

    does: Does = Does.PERSON
    after: float = 0
    hang_up_after: float | None = None
    drop_after: float | None = None
    digits: str = ""
    """What it presses as soon as it is asked to."""


@dataclass(slots=True)
class Line:
    """A phone. It takes one call at a time, as most do."""

    number: str
    name: str = ""
    plan: list[Behaviour] = field(default_factory=list)
    """One for each call to come; the last one stays."""

    def next_behaviour(self, default: Behaviour) -> Behaviour:
        """How it behaves at the call that comes now."""
        if not self.plan:
            return default
        return self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]


def number_of(text: str) -> str:
    """`text` as lines are known by: an E.164 number without what is written for the eye, or a SIP address alone."""
    text = text.strip()
    if text.lower().startswith(("sip:", "sips:")):
        return "sip:" + text.partition(":")[2].partition("?")[0].partition(";")[0].lower()
    if text.startswith("+"):
        return "+" + "".join(char for char in text if char.isdigit())
    return text
