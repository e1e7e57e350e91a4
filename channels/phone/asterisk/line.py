"""A line: one call through Asterisk as Hilo has written it down, and the names of everything that belongs to it."""

from datetime import datetime
from enum import StrEnum

import msgspec

from router.model.call import CallDirection, CallReport
from router.model.message import Handle
from router.model.value import Value


class Stage(StrEnum):
    """How far it has come. Each is written down before it is begun, so that nothing is begun twice.

    `ASKING` and `AGENT` of a call that came in: Hilo is asked whom it goes to, and that agent's phone rings.
    """

    ASKING = "asking"
    AGENT = "agent"
    BRIEFING = "briefing"
    CUSTOMER = "customer"
    TALKING = "talking"
    OVER = "over"


class Line(Value, frozen=True):
    """`id` is that of the order, of a call that came in Asterisk's own id of the caller's channel.

    `prefix` begins all names that Hilo gives at Asterisk. `is_placed`: Asterisk is known to have begun it.
    `is_screened`: it was asked whether a machine answered. `device` is the agent's phone, `since` when they
    answered it, where they are to hear something first. `end` is the last report,
    kept until it is safe with Hilo. Who the customer is, is not in it: the channel's open calls know that.
    """

    id: str
    prefix: str
    direction: CallDirection
    stage: Stage
    began_at: datetime
    device: Handle | None = None
    agent: str = ""
    agent_name: str = ""
    called: str = ""
    since: datetime | None = None
    is_placed: bool = False
    is_screened: bool = False
    answered_at: datetime | None = None
    end: CallReport | None = None

    @property
    def is_out(self) -> bool:
        """Whether we ring the customer."""
        return self.direction is CallDirection.OUT

    @property
    def agent_leg(self) -> str:
        """The id of the agent's channel."""
        return agent_leg(self.prefix, self.id)

    @property
    def customer_leg(self) -> str:
        """The id of the customer's channel."""
        return f"{self.prefix}.{self.id}.customer" if self.is_out else self.id

    @property
    def bridge(self) -> str:
        """The id of the bridge in which they talk, which is also the recording's name."""
        return f"{self.prefix}.{self.id}"

    @property
    def playback(self) -> str:
        """The id of the briefing as it is played."""
        return f"{self.prefix}.{self.id}.briefing"


def agent_leg(prefix: str, line: str) -> str:
    """The id of the agent's channel of the line `line`: always the same, so that it can be looked for."""
    return f"{prefix}.{line}.agent"


def line_of(prefix: str, name: str) -> str:
    """The id of the line that a channel, a bridge or a playback with that name is of; a caller's channel is its own."""
    if not is_named(prefix, name):
        return name
    inner = name.removeprefix(f"{prefix}.")
    for ending in (".agent", ".customer", ".briefing"):
        if inner.endswith(ending):
            return inner.removesuffix(ending)
    return inner


def is_named(prefix: str, name: str) -> bool:
    """Whether Hilo gave that name: no app has a dot in its own."""
    return name.startswith(f"{prefix}.")


_decoder = msgspec.json.Decoder(Line)


def written(line: Line) -> str:
    """`line` in words that `read` understands."""
    return msgspec.json.encode(line).decode()


def read(words: str) -> Line:
    """The line that `written` made `words` of. Raises msgspec.MsgspecError."""
    return _decoder.decode(words)
