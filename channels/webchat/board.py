"""Keeps what every visitor who is here is told of their conversation, and follows the feed for all of them at once."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from redis.exceptions import RedisError

from channels.services import Services
from channels.webchat.frames import ConversationStage, Status
from channels.webchat.normalise import KIND
from channels.webchat.standing import Standing
from channels.webchat.status import has_place, stage_of
from router.model.conversation import Conversation
from router.model.ids import ConversationId, TeamId
from router.store.feed import PositionLost

TICK_SECONDS = 0.3
CHANGES_AT_ONCE = 500
VISITORS_AT_ONCE = 20


@dataclass(slots=True)
class Seat:
    """What one visitor was told last (None: nothing yet), after so many `looks`.

    `waiting` is the conversation, as it was then, while its place in the queue matters.
    """

    status: Status | None = None
    conversation: ConversationId | None = None
    team: TeamId | None = None
    waiting: Conversation | None = None
    looks: int = 0

    @property
    def has_address(self) -> bool:
        """Whether the visitor was told that an address of theirs is known."""
        return self.status is not None and self.status.has_address


class Board:
    """The seats of all visitors who are here; `tell` is called with each status that is new to its visitor."""

    def __init__(self, services: Services, tell: Callable[[str, Status], None]) -> None:
        self._services = services
        self._standing = Standing(services)
        self._tell = tell
        self._seats: dict[str, Seat] = {}
        self._visitors: dict[ConversationId, set[str]] = {}
        # An ordered set: who is looked at longest ago comes first.
        self._unsettled: dict[str, None] = {}
        self._changed: set[ConversationId] = set()
        self._stirred = asyncio.Event()
        # How far the feed was read; empty before the beginning.
        self.position = ""

    async def sit(self, visitor: str) -> Status:
        """What `visitor` is to be told now; from here on they are told of each change. Raises redis' errors."""
        seat = self._seats.setdefault(visitor, Seat())
        while True:
            looks = seat.looks
            conversation, has_address = await self._standing.read(visitor)
            status = await self._standing.status(visitor, conversation, has_address)
            if seat.looks == looks:
                break
            # They were looked at meanwhile: what was read here may be older than that.
        # Their other pages may not have it yet, and nobody would tell them once this is what was told last.
        self._settle(visitor, conversation, status)
        return status

    def leave(self, visitor: str) -> None:
        """`visitor` has gone."""
        seat = self._seats.pop(visitor, None)
        self._unsettled.pop(visitor, None)
        if seat and seat.conversation:
            self._forget(visitor, seat.conversation)

    def conversation_of(self, visitor: str) -> ConversationId | None:
        """The conversation of a visitor who is here, as far as it is known."""
        seat = self._seats.get(visitor)
        return seat.conversation if seat else None

    def team_of(self, visitor: str) -> TeamId | None:
        """The owner of the conversation of a visitor who is here, as far as it is known."""
        seat = self._seats.get(visitor)
        return seat.team if seat else None

    def visitors_of(self, conversation: ConversationId) -> frozenset[str]:
        """The visitors of a conversation who are here."""
        return frozenset(self._visitors.get(conversation, ()))

    def look_again(self) -> None:
        """Look at everybody anew: something may have been missed."""
        self._unsettled.update(dict.fromkeys(self._seats))
        self._stirred.set()

    def look_at_waiting(self) -> None:
        """Look at those who wait: time alone changes what they are told."""
        self._unsettle(seat.waiting.ownership.team for seat in self._seats.values() if seat.waiting)

    async def follow(self) -> None:
        """Take note of what changes, for ever. Raises redis' errors."""
        self.position = await self._services.feed.position()
        self.look_again()
        try:
            async for change in self._services.feed.follow(self.position):
                self.position = change.position
                if change.conversation and self._seats:
                    self._changed.add(change.conversation)
                    self._stirred.set()
        except PositionLost:
            # Much happened while nobody read; `look_again` at the next beginning makes up for it.
            return

    async def refresh(self) -> None:
        """Tell each visitor what is new to them, for ever. Raises redis' errors."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            try:
                await self._look_at_changed()
                await self._look_at_unsettled()
            finally:
                if self._changed or self._unsettled:
                    self._stirred.set()
            await asyncio.sleep(TICK_SECONDS)

    async def _look_at_changed(self) -> None:
        # Taken off before they are read: what changes from here on is looked at once more.
        changed = [self._changed.pop() for _ in range(min(len(self._changed), CHANGES_AT_ONCE))]
        teams: set[TeamId] = set()
        try:
            found = await self._services.records.conversations(changed)
            for identifier, conversation in zip(changed, found, strict=True):
                before = [seat.waiting for v in self.visitors_of(identifier) if (seat := self._seats[v]).waiting]
                teams.update(each.ownership.team for each in before if each)
                # One that is part of another tells nothing any more: that one does.
                if conversation and conversation.part_of is None:
                    teams.add(conversation.ownership.team)
                    await self._show(conversation)
        except (RedisError, OSError):
            # One that can't be read is not put back, it would end the same way; who waits is looked at in time.
            self._changed.update(changed)
            raise
        self._unsettle(teams)

    async def _show(self, conversation: Conversation) -> None:
        """Tell the conversation's visitors who are here how it stands."""
        known = {target.handle.address for target in conversation.targets if target.handle.kind == KIND}
        for visitor in (known & self._seats.keys()) | self.visitors_of(conversation.id):
            if seat := self._seats.get(visitor):
                status = await self._standing.status(visitor, conversation, seat.has_address)
                self._settle(visitor, conversation, status)

    async def _look_at_unsettled(self) -> None:
        for visitor in list(self._unsettled)[:VISITORS_AT_ONCE]:
            # Here too: who is unsettled from here on is looked at once more.
            self._unsettled.pop(visitor, None)
            try:
                await self._look_at(visitor)
            except (RedisError, OSError):
                self._unsettled[visitor] = None
                raise

    async def _look_at(self, visitor: str) -> None:
        """Tell `visitor` how things stand: what was read of them before may be old, also where no news of it came."""
        seat = self._seats.get(visitor)
        if seat is None:
            return
        conversation, has_address = None, seat.has_address
        if seat.waiting:
            conversation = await self._services.records.conversation(seat.waiting.id)
        if conversation is None or not has_place(conversation):
            conversation, has_address = await self._standing.read(visitor)
        self._settle(visitor, conversation, await self._standing.status(visitor, conversation, has_address))

    def _settle(self, visitor: str, conversation: Conversation | None, status: Status) -> None:
        """Who is here is placed by `conversation` and told `status` where it is new to them."""
        seat = self._seats.get(visitor)
        if seat is None:
            return
        seat.looks += 1
        self._place(visitor, seat, conversation)
        before, seat.status = seat.status, status
        # The first status comes with the welcome.
        if before is not None and before != status:
            self._tell(visitor, status)

    def _place(self, visitor: str, seat: Seat, conversation: Conversation | None) -> None:
        if conversation is None or stage_of(conversation) is ConversationStage.NONE:
            if conversation is None or conversation.id == seat.conversation:
                seat.waiting = None
            return
        if seat.conversation and seat.conversation != conversation.id:
            self._forget(visitor, seat.conversation)
        seat.conversation, seat.team = conversation.id, conversation.ownership.team
        seat.waiting = conversation if has_place(conversation) else None
        self._visitors.setdefault(conversation.id, set()).add(visitor)

    def _forget(self, visitor: str, conversation: ConversationId) -> None:
        visitors = self._visitors.get(conversation, set())
        visitors.discard(visitor)
        if not visitors:
            self._visitors.pop(conversation, None)

    def _unsettle(self, teams: Iterable[TeamId]) -> None:
        """Those who wait for `teams` may have another place now."""
        touched = set(teams)
        for visitor, seat in self._seats.items():
            if seat.waiting and seat.waiting.ownership.team in touched:
                self._unsettled[visitor] = None
        if self._unsettled:
            self._stirred.set()
