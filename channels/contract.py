"""The contract of a channel adapter. The adapter translates; the host owns inbox, outbound, retries and shutdown."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from router.model.errors import HiloError
from router.model.event import (
    AddressGiven,
    CallReported,
    CallWanted,
    DeliveryReported,
    MessageArrived,
    MessageWithdrawn,
)
from router.model.message import ChannelName, OutboundMessage, Receipt
from router.store.pace import SendLimit


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """Something that happened at a provider; the same `key` with the same content twice is one."""

    key: str
    body: MessageArrived | MessageWithdrawn | AddressGiven | CallWanted | CallReported | DeliveryReported


class ChannelAdapter(Protocol):
    """What each channel's `adapter.py` keeps; tests/contract/ holds every channel to it."""

    name: ChannelName

    @property
    def send_limit(self) -> SendLimit | None:
        """How many messages the provider takes from one account; None for any number."""

    async def start(self) -> None:
        """Open what the channel listens on. Raises StartError with what to do (a port in use)."""

    async def stop(self) -> None:
        """Close it; nothing is received or sent after. Harmless where `start` failed or was never called."""

    def receive(self) -> AsyncIterator[Arrival]:
        """Yield what happened, oldest first, until cancelled.

        At least once: after a restart an arrival may come again under the same `key`.
        Raises TemporaryError to be reopened later, PermanentError to be parked for a person.
        """

    async def settle(self, arrival: Arrival) -> None:
        """Tell the provider that `arrival` is safe; called once the inbox holds it durably."""

    async def refuse(self, arrival: Arrival, error: HiloError) -> None:
        """Tell the provider to come again (SMTP 451, HTTP 503), or leave the cursor where it was."""

    async def send(self, message: OutboundMessage) -> Receipt:
        """Hand `message` over.

        Raises TemporaryError if it surely did not leave and may later (`is_about_message` where others would pass),
        PermanentError if it never will, UnknownOutcome when it may or may not have left.
        """

    async def find(self, message: OutboundMessage) -> Receipt | None:
        """Look at the provider whether `message` left; None if it surely did not, or if sending it again is harmless.

        Raises UnknownOutcome if that can't be known, TemporaryError if the provider can't be asked now.
        """
