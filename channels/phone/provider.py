"""The contract of a telephone provider: it rings whom it is told to, and says what became of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from router.model.call import CallReport
from router.model.errors import HiloError
from router.model.ids import ConversationId
from router.model.message import Handle, OutboundMessage


@dataclass(frozen=True, slots=True)
class Reported:
    """What a provider says of a call that we ordered; `key` is the same for the same report told twice.

    `conversation` is the order's: it has to travel with the call (in the address that is called back, in a variable).
    """

    key: str
    report: CallReport
    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class Incoming:
    """Somebody rings us: `call` is the provider's id, `caller` the number that it shows, None where it is withheld."""

    call: str
    caller: Handle | None
    called: str
    at: datetime


@dataclass(frozen=True, slots=True)
class IncomingReport:
    """What a provider says of a call that came in; `key` is the same for the same report told twice."""

    key: str
    report: CallReport
    caller: Handle


@dataclass(frozen=True, slots=True)
class Answer:
    """Whom an incoming call goes to: `device` of the agent who knows the caller, None where nobody is there now."""

    device: Handle | None
    conversation: ConversationId | None = None
    agent: str = ""
    agent_name: str = ""
    team: str = ""
    language: str = ""


class Desk(Protocol):
    """What a provider asks of Hilo when a phone rings at ours."""

    async def incoming(self, call: Incoming) -> Answer:
        """Whom the call goes to; it is held durably before this returns. Under 50 ms.

        Raises TemporaryError where it can't be held now: the provider sends the caller where it does without us.
        """


class Provider(Protocol):
    """What each telephone provider keeps; tests/contract/ holds every one to it."""

    async def start(self, desk: Desk) -> None:
        """Open what it listens on. Raises StartError with what to do."""

    async def stop(self) -> None:
        """Close it. Harmless where `start` failed or was never called."""

    def reports(self) -> AsyncIterator[Reported | IncomingReport]:
        """Yield what became of calls, as it comes: in any order, some twice; until cancelled.

        The next one is asked for once the one before is settled or refused.
        """

    async def settle(self, report: Reported | IncomingReport) -> None:
        """`report` is held durably: a webhook is answered now."""

    async def refuse(self, report: Reported | IncomingReport, error: HiloError) -> None:
        """`report` could not be held: it has to come again, from the provider (503), or from here after a pause.

        After a PermanentError it never can be: it is left, and the log says so.
        """

    async def place(self, order: OutboundMessage) -> str:
        """The provider's id of the call that it begins: first `order.order.device` rings, then `order.recipient`.

        Raises TemporaryError if surely nobody was rung and it may be tried later, PermanentError if it never will be,
        UnknownOutcome when somebody may have been rung.
        """

    async def find(self, order: OutboundMessage) -> str | None:
        """The provider's id of the call that was begun for `order`; None if there surely is none.

        Raises UnknownOutcome if that can't be known, TemporaryError if the provider can't be asked now.
        """

    async def look(self, order: OutboundMessage, call: str) -> Reported | None:
        """What the provider says, asked now, of the call `call` that was begun for `order`; None if nothing new.

        It is asked while no end has been reported, so that a lost webhook, or event, is not a lost call. Raises
        TemporaryError if the provider can't be asked now.
        """
