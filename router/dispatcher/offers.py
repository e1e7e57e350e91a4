"""Offers on their way: the agent is held first, then asked through the inbox, and let go where nothing comes of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from router.model.clock import Clock, milliseconds
from router.model.decision import OutcomeKind
from router.model.errors import PermanentError, StoreClosed
from router.model.event import CallOffered
from router.model.ids import AgentId, ConversationId, partition_of
from router.store import metrics
from router.store.inbox import Inbox
from router.store.records import Records
from router.store.shifts import Shifts

log = structlog.get_logger()

HELD_LONGER = timedelta(seconds=5)
"""An agent is held for so long beyond their offer: an offer that comes late is refused while they still are."""

REFUSED_FOR = timedelta(seconds=2)
"""A call whose offer was refused is left alone for so long, since what stood against it may still."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An offer that nobody has decided on yet; it is brought once for its `key`, however often that is tried."""

    offer: CallOffered
    key: str


class Offers:
    """What one dispatcher has asked, until it is decided."""

    def __init__(self, shifts: Shifts, inbox: Inbox, records: Records, clock: Clock) -> None:
        self._shifts = shifts
        self._inbox = inbox
        self._records = records
        self._clock = clock
        self._asked: dict[ConversationId, Asked] = {}
        self._unsent: set[ConversationId] = set()
        self._refused: dict[ConversationId, datetime] = {}

    @property
    def agents(self) -> frozenset[AgentId]:
        """Who is about to be asked."""
        return frozenset(asked.offer.agent for asked in self._asked.values())

    def is_to_wait(self, conversation: ConversationId) -> bool:
        """Whether somebody is about to be asked for its call, or was refused to be a moment ago."""
        return conversation in self._asked or self._refused.get(conversation, self._clock.now()) > self._clock.now()

    async def make(self, conversation: ConversationId, offer: CallOffered) -> None:
        """Hold the agent for the call, and ask them; nothing where they are held for another. Raises redis' errors."""
        length = offer.until - self._clock.now() + HELD_LONGER
        if not await self._shifts.hold(offer.agent, offer.callback, length):
            return
        asked = Asked(offer, f"offer:{offer.callback}:{offer.agent}:{milliseconds(offer.until)}")
        self._asked[conversation] = asked
        await self._submit(conversation, asked)
        log.info("call_offered", conversation=conversation, callback=offer.callback, agent=offer.agent)

    async def settle(self) -> None:
        """See what was decided on each; who is not to be asked is free for others. Raises redis' errors."""
        now = self._clock.now()
        self._refused = {name: until for name, until in self._refused.items() if until > now}
        for conversation, asked in list(self._asked.items()):
            outcome = await self._records.outcome(partition_of(conversation), asked.key)
            if outcome is None:
                await self._undecided(conversation, asked)
            elif outcome.kind is OutcomeKind.DONE:
                del self._asked[conversation]
                metrics.CALL_OFFERS.labels("made").inc()
            else:
                log.info("call_offer_refused", conversation=conversation, reason=outcome.reason)
                await self._over(conversation, asked, "refused")

    async def _undecided(self, conversation: ConversationId, asked: Asked) -> None:
        if self._clock.now() >= asked.offer.until + HELD_LONGER:
            # It is refused whenever it is decided on.
            await self._over(conversation, asked, "unheard")
        elif conversation in self._unsent:
            await self._submit(conversation, asked)

    async def _submit(self, conversation: ConversationId, asked: Asked) -> None:
        """Bring it to its partition. Where an error leaves open whether it came, it is brought once more."""
        self._unsent.add(conversation)
        try:
            await self._inbox.submit(asked.offer, conversation, asked.key)
        except (StoreClosed, PermanentError) as error:
            log.warning("call_not_offered", conversation=conversation, error=str(error), hint="tried again")
            await self._over(conversation, asked, "not_taken")
        self._unsent.discard(conversation)

    async def _over(self, conversation: ConversationId, asked: Asked, result: str) -> None:
        await self._shifts.let_go(asked.offer.agent, asked.offer.callback, asked.offer.until + HELD_LONGER)
        self._asked.pop(conversation, None)
        self._unsent.discard(conversation)
        self._refused[conversation] = self._clock.now() + REFUSED_FOR
        metrics.CALL_OFFERS.labels(result).inc()
