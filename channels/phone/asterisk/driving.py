"""Drives the lines: after every event, every look and every failure it is asked anew what is to be done next."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog
from redis.exceptions import RedisError

from channels.phone.asterisk.backoff import pause
from channels.phone.asterisk.book import Book, Customer, Entry
from channels.phone.asterisk.client import Channel, Client
from channels.phone.asterisk.doing import Doing
from channels.phone.asterisk.hearing import Event, finished_playback, heard, is_arrival, pressed
from channels.phone.asterisk.leg import Leg, Reach, is_in
from channels.phone.asterisk.line import Line, Stage, agent_leg, is_named, line_of
from channels.phone.asterisk.steps import Do, next_step
from channels.phone.asterisk.telling import Teller
from channels.phone.numbers import number_of
from router.model.call import CallDirection, CallStatus
from router.model.clock import Clock
from router.model.errors import HiloError
from router.model.ids import ConversationId
from router.store.tasks import end_task

log = structlog.get_logger()

# What a look does not find is looked for once more: that it has ended, and why, may be on its way. Where we have heard
# Asterisk all the time it surely is, and is waited for.
AGAIN = timedelta(seconds=1)
PATIENCE = timedelta(minutes=1)
EVERY = timedelta(seconds=15)


class Driver:
    """All lines of one Asterisk."""

    def __init__(
        self, app: str, region: str | None, client: Client, book: Book, doing: Doing, teller: Teller, clock: Clock
    ) -> None:
        self._app = app
        self._region = region
        self._client = client
        self._book = book
        self._doing = doing
        self._teller = teller
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken: set[str] = set()
        self._arriving: set[str] = set()
        self.has_loaded = False

    async def stop(self) -> None:
        """Leave everything as it stands."""
        for task in tuple(self._tasks):
            await end_task(task)

    def hear(self, event: Event) -> None:
        """Something has happened at Asterisk."""
        if played := finished_playback(event):
            line = line_of(self._app, played)
            self._start(self._after(line, briefed))
            # Whoever has to press a key hears it again, a moment later.
            self._again(line)
        elif (told := heard(event, self._app)) is not None:
            line = line_of(self._app, told.channel)
            if pressed(event) == agent_leg(self._app, line):
                self._start(self._after(line, confirmed))
            elif self._book.get(line) or line in self._arriving:
                self._start(self._after(line, lambda entry: changed(entry, told.channel, told.change)))
            elif is_arrival(event):
                self._start(self._arrived(event["channel"]))

    async def look_at_all(self) -> None:
        """Look how everything stands, after nobody listened for a while: what is left of no line is ended."""
        await self.load()
        for entry in self._book:
            entry.is_heard = False
            await self.look(entry.line.id)
        for channel in await self._client.channels():
            name = str(channel.get("id", ""))
            is_known = self._book.get(line_of(self._app, name)) is not None
            if not is_known and (is_named(self._app, name) or is_in(channel, self._app)):
                await self._arrived(channel)
        for bridge in await self._client.bridges():
            name = str(bridge.get("id", ""))
            if is_named(self._app, name) and not self._book.get(line_of(self._app, name)):
                await self._client.end_bridge(name)

    async def load(self) -> None:
        """Know what a process before us has left. Raises redis' errors."""
        if not self.has_loaded:
            await self._book.load(self._clock.now())
            self.has_loaded = True

    async def look_now_and_then(self) -> None:
        """Look at what is under way, in case that an event was lost."""
        while True:
            await self._clock.sleep(EVERY)
            for entry in self._book:
                await self.look(entry.line.id)

    async def look(self, line: str) -> None:
        """Look how `line` stands, and go on from there; where that fails it is looked at again in a moment."""
        async with self._book.lock(line):
            if entry := self._book.get(line):
                await self.see(entry)

    async def see(self, entry: Entry) -> None:
        """Look how it stands, and go on; whoever calls it holds the lock. Where that fails it is looked at again."""
        try:
            await self._see(entry)
            await self._steps(entry)
            entry.failures = 0
        except (HiloError, RedisError, OSError) as error:
            self._failed(entry, error)

    async def go_on(self, entry: Entry) -> None:
        """Do what is to be done next; whoever calls it holds the lock. A failure is mended by looking again."""
        try:
            await self._steps(entry)
        except (HiloError, RedisError, OSError) as error:
            self._failed(entry, error)

    async def _after(self, line: str, change: Callable[[Entry], None]) -> None:
        async with self._book.lock(line):
            if entry := self._book.get(line):
                change(entry)
                await self.go_on(entry)

    async def _arrived(self, channel: Channel) -> None:
        """A channel that is of no line is in our application: somebody rings, or a call of ours was given up."""
        name = str(channel["id"])
        self._arriving.add(name)
        try:
            async with self._book.lock(name):
                await self._taken(name, channel)
        except (HiloError, RedisError, OSError) as error:
            # Not even written down: a look finds it in our application.
            log.warning("caller_not_kept", channel=name, error=str(error), hint="looked at again")
            self._start(self._look_at_all_later())
        finally:
            self._arriving.discard(name)

    async def _taken(self, name: str, channel: Channel) -> None:
        if is_named(self._app, name):
            log.warning("channel_of_no_call", channel=name, hint="ended")
            await self._client.hang_up(name)
            return
        entry = self._book.get(name)
        if entry is None:
            entry = await self._book.keep(*self._caller(channel))
            entry.is_heard = True
        entry.customer = entry.customer.seen(channel, self._app).arrived()
        await self.go_on(entry)

    async def _look_at_all_later(self) -> None:
        await self._clock.sleep(AGAIN)
        try:
            await self.look_at_all()
        except (HiloError, RedisError, OSError) as error:
            log.warning("asterisk_not_seen", error=str(error), hint="looked at again in a moment")
            self._start(self._look_at_all_later())

    def _caller(self, channel: Channel) -> tuple[Line, Customer]:
        number = str((channel.get("caller") or {}).get("number", ""))
        called = str((channel.get("dialplan") or {}).get("exten", ""))
        line = Line(
            id=str(channel["id"]),
            prefix=self._app,
            direction=CallDirection.IN,
            stage=Stage.ASKING,
            began_at=self._clock.now(),
            called=called,
        )
        return line, Customer(number_of(number, self._region), ConversationId(""))

    async def _steps(self, entry: Entry) -> None:
        if not entry.line.is_placed and entry.agent.reach is not Reach.UNKNOWN:
            # Whatever became of our asking, it rings: it must never be begun anew.
            await self._doing.begun(entry)
        while self._book.get(entry.line.id) is entry:
            self._tell_ringing(entry)
            step = next_step(entry.line, entry.agent, entry.customer, self._doing.readiness(entry))
            if step.do is Do.WAIT:
                return
            await self._doing.do(entry, step)

    def _tell_ringing(self, entry: Entry) -> None:
        if entry.line.is_out and entry.line.stage is Stage.AGENT and entry.agent.reach is Reach.RINGING:
            self._teller.tell(entry, CallStatus.AGENT_RINGING)

    async def _see(self, entry: Entry) -> None:
        """See how the line stands at Asterisk now. Raises as the client does."""
        line = entry.line
        if line.stage is Stage.OVER:
            if not entry.is_safe:
                self._teller.tell_end(entry)
            await self._doing.clean(entry)
            return
        if line.is_placed:
            entry.agent = await self._seen(entry, line.agent_leg)
        if not line.is_out or line.stage in (Stage.CUSTOMER, Stage.TALKING):
            entry.customer = await self._seen(entry, line.customer_leg)
        if line.stage is Stage.BRIEFING and await self._client.playback(line.playback) is None:
            entry.is_briefed = entry.is_silent = True
        if line.stage is Stage.TALKING:
            await self._see_talking(entry)
        if entry.agent.is_missed or entry.customer.is_missed:
            self._again(line.id)

    async def _see_talking(self, entry: Entry) -> None:
        """That they talk is told, if nobody did; and they do."""
        line = entry.line
        self._teller.tell(entry, CallStatus.TALKING, line.answered_at)
        both = {line.agent_leg, line.customer_leg}
        if entry.agent.is_ready and entry.customer.is_ready and not both <= await self._client.bridged(line.bridge):
            await self._doing.join(line)

    async def _seen(self, entry: Entry, name: str) -> Leg:
        leg = entry.leg(name) or Leg()
        if leg.is_gone:
            return leg
        channel = await self._client.channel(name)
        patience = PATIENCE if entry.is_heard else AGAIN
        return leg.seen(channel, self._app) if channel else leg.missed(self._clock.now(), patience)

    def _failed(self, entry: Entry, error: Exception) -> None:
        log.warning("call_waits", call=entry.line.id, stage=entry.line.stage, error=str(error), hint="looked at again")
        entry.failures += 1
        self._again(entry.line.id, AGAIN + pause(entry.failures))

    def _again(self, line: str, after: timedelta = AGAIN) -> None:
        if line not in self._woken:
            self._woken.add(line)
            self._start(self._look_later(line, after))

    async def _look_later(self, line: str, after: timedelta) -> None:
        try:
            await self._clock.sleep(after)
        finally:
            self._woken.discard(line)
        await self.look(line)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def changed(entry: Entry, channel: str, change: Callable[[Leg], Leg]) -> None:
    """One of the line's legs stands otherwise."""
    leg = entry.leg(channel)
    if leg is not None:
        entry.put(channel, change(leg))


def briefed(entry: Entry) -> None:
    """The agent has heard what there was to hear."""
    entry.is_briefed = True


def confirmed(entry: Entry) -> None:
    """The agent has pressed a key: no machine is at their phone."""
    entry.has_key = True
