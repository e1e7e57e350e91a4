"""The daemon: builds every part once, starts them bottom-up, stops them top-down."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from enum import StrEnum

import structlog

from channels.files import Files
from channels.host import ChannelHost
from channels.registry import CHANNELS, adapter_for, limits_of
from channels.services import Services
from desk.app import Desk
from desk.services import Services as DeskServices
from directory.registry import directory_for
from history.archive import Archive
from history.feeder import Feeder
from history.schema import ArchiveAway, ArchiveBroken
from router.asker.asker import Asker
from router.core.context import Policy
from router.core.found.finder import FactFinder
from router.dispatcher.dispatcher import NAME as DISPATCHER
from router.dispatcher.dispatcher import Dispatcher
from router.errands import Errands
from router.health import HealthServer, health_routes
from router.lease_keeper import LeaseKeeper
from router.model.clock import Clock, SystemClock
from router.model.errors import HiloError, StartError
from router.model.message import ChannelName
from router.model.policy import CallPolicy
from router.model.units import Endpoint
from router.notify import notify, watchdog_seconds
from router.removed_teams import take_in
from router.rules_watch.fact_kinds import FactKindsWatch
from router.rules_watch.teller import RulesTeller
from router.rules_watch.watch import RulesWatch
from router.sandbox import SandboxProcess, sandbox_password
from router.settings import Settings
from router.store.call_board import CallBoard
from router.store.call_times import CallTimes
from router.store.clock import RedisClock
from router.store.connection import Connection, until_reachable
from router.store.feed import Feed
from router.store.folder_lock import FolderLock
from router.store.holder import holder_name
from router.store.inbox import OTHER_SOURCES, Inbox
from router.store.lease import Leases
from router.store.live import LiveChannel
from router.store.meta import Meta, prepare
from router.store.outbound import ChannelLease, Outbound
from router.store.readers import Readers
from router.store.records import Records
from router.store.room import Door, Room
from router.store.rules_status import RulesBoard
from router.store.schedule import Schedule
from router.store.server import EmbeddedServer
from router.store.server_socket import server_home, server_url
from router.store.shelf import Shelf
from router.store.shifts import Shifts
from router.store.silence import why_silent
from router.store.tasks import end_task
from router.store.transcript import Transcripts
from router.store.visitors import Visitors
from router.ticker import Ticker
from router.trimmer import Trimmer
from router.worker import Worker
from rules.fact_kinds import FOLDER as FACTS

log = structlog.get_logger()


class Part(StrEnum):
    """What one process may run; `hilo up` runs all."""

    REDIS = "redis"
    SANDBOX = "sandbox"
    ROUTER = "router"
    CHANNELS = "channels"
    DESK = "desk"
    HISTORY = "history"


class Daemon:
    """One process of Hilo: the `parts` of it, and of the channels those named (all, where none is).

    `say` is called with what a person at the terminal should read.
    """

    def __init__(
        self,
        settings: Settings,
        parts: frozenset[Part],
        channels: tuple[str, ...] = (),
        listen: Endpoint | None = None,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._settings = settings
        self._parts = parts
        self._channels = channels
        self._listen = listen
        self._say = say
        self._clock: Clock = SystemClock()
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self._rules: RulesWatch | None = None
        self._kinds: FactKindsWatch | None = None
        self._connection: Connection | None = None
        self._room: Room | None = None
        self._feeder: Feeder | None = None
        self._asker: Asker | None = None
        self._finder = FactFinder(settings.facts.region or "")

    @property
    def settings(self) -> Settings:
        """What it was told to run."""
        return self._settings

    async def run(self, ready: Callable[[], None]) -> None:
        """Run until told to stop; `ready` is called once everything serves.

        Raises StartError with what a person can do, and whatever ended a part that should not have ended.
        """
        self._listen_to_signals()
        async with self._stack:
            await self._open_store()
            if self._stopping.is_set():
                return
            await self._open_parts()
            # Whoever is told to stop while Redis is waited for, or a channel opened, says no word of work.
            if self._stopping.is_set():
                return
            ready()
            notify("READY=1")
            log.info("ready", parts=sorted(self._parts))
            await self._watch()
            notify("STOPPING=1")

    def stop(self) -> None:
        """Let `run` drain and return."""
        self._stopping.set()

    async def _open_store(self) -> None:
        settings = self._settings
        if settings.sandbox.enabled:
            await asyncio.to_thread(sandbox_password, settings)
        if Part.REDIS in self._parts:
            self._stack.enter_context(FolderLock(settings.data))
            if settings.redis.url is None:
                await self._stack.enter_async_context(EmbeddedServer(settings.data))

    async def _open_parts(self) -> None:
        if self._parts == {Part.REDIS}:
            return
        connection = await self._connected()
        if connection is None:
            return
        meta = await prepare(connection, self._settings.redis.partitions)
        await self._open_room(connection)
        if Part.SANDBOX in self._parts and self._settings.sandbox.enabled:
            sandbox = SandboxProcess(self._settings)
            self._stack.push_async_callback(sandbox.stop)
            await sandbox.start()
        if self._parts & {Part.ROUTER, Part.CHANNELS, Part.DESK}:
            self._open_fact_kinds(connection)
        if Part.ROUTER in self._parts:
            await self._open_router(connection)
        if Part.HISTORY in self._parts:
            await self._open_history(connection, meta)
        if Part.CHANNELS in self._parts:
            await self._open_channels(connection, meta)
        if Part.DESK in self._parts:
            await self._open_desk(connection, meta)
        if self._listen:
            health = HealthServer(self._listen, self._not_ready, self._remark)
            await health.start()
            self._stack.push_async_callback(health.stop)

    async def _connected(self) -> Connection | None:
        """The connection to the store, once it answers; None if we are told to stop before it does."""
        redis = self._settings.redis
        url = redis.url or server_url(self._settings.data)
        connection = self._connection = Connection(
            url, redis.password.reveal() if redis.password else None, redis.replicas
        )
        self._stack.push_async_callback(connection.close)
        notify("STATUS=waiting for Redis")
        waiting = asyncio.create_task(until_reachable(connection, SystemClock()))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not waiting.done():
            await end_task(waiting)
            return None
        waiting.result()
        self._clock = clock = RedisClock(connection)
        await clock.begin()
        self._keep(clock.run(), clock.stop)
        notify("STATUS=at work")
        return connection

    async def _open_room(self, connection: Connection) -> None:
        """Know how full the store is before anything is taken."""
        redis = self._settings.redis
        folder = None if redis.url else server_home(self._settings.data)
        room = self._room = Room(connection, redis.partitions, redis.bounds, folder)
        await room.look()
        self._keep(room.run(), room.stop)

    async def _open_router(self, connection: Connection) -> None:
        settings = self._settings
        partitions = settings.redis.partitions
        leases = Leases(connection, partitions, settings.redis.lease)
        default = settings.rules.default_team
        rules = self._watch_rules()
        policy = policy_of(settings)
        worker = Worker(connection, self._clock, leases, partitions, settings.teams, policy, rules.book)
        rules.supply(worker)
        if self._kinds:
            self._kinds.supply(worker)
        inbox, ticker = Inbox(connection, self._clock, partitions), Ticker(Schedule(connection, self._clock), leases)
        errands = Errands(connection, self._clock, leases, partitions)
        await take_in(connection, inbox, partitions, settings.teams, default)
        sources = (*CHANNELS, *OTHER_SOURCES)
        trimmer = Trimmer(connection, self._clock, leases, partitions, sources)
        teller = RulesTeller(RulesBoard(connection), leases.router, rules)
        # Stopped in the opposite order: the leases go back last, when nothing of ours works under them any more.
        for part in (LeaseKeeper(leases), trimmer, ticker, errands, worker, teller):
            self._keep(part.run(), part.stop)
        self._open_dispatcher(connection, inbox, lambda: worker.rulebook.calls)
        self._open_directory(connection, leases, inbox)

    def _watch_rules(self) -> RulesWatch:
        """The rules as they are, once in a process; who offers times for calls needs their hours too."""
        if self._rules is None:
            settings = self._settings
            default = settings.rules.default_team
            self._rules = RulesWatch(settings.rules.folder, settings.teams, default, self._clock, self._say)
            self._keep(self._rules.run(), self._rules.stop)
        return self._rules

    def _open_dispatcher(self, connection: Connection, inbox: Inbox, policy: Callable[[], CallPolicy]) -> None:
        """Offer the calls that are owed to the agents who take them; of several routers one does."""
        redis, clock = self._settings.redis, self._clock
        board, records = CallBoard(connection, redis.partitions), Records(connection, redis.partitions)
        lease = ChannelLease(connection, DISPATCHER, redis.lease)
        dispatcher = Dispatcher(board, Shifts(connection, clock), inbox, records, lease, clock, policy)
        self._keep(dispatcher.run(), dispatcher.stop)

    def _open_directory(self, connection: Connection, leases: Leases, inbox: Inbox) -> None:
        """Ask the directory, where there is one; nothing waits for it."""
        settings = self._settings
        if settings.directory is None:
            return
        directory = directory_for(settings.directory, self._clock, settings.facts.region or "")
        records = Records(connection, settings.redis.partitions)
        teams, at_once = list(settings.teams), settings.directory.at_once
        asker = Asker(connection, self._clock, leases, directory, inbox, records, teams, at_once)
        self._asker = asker
        self._keep(asker.run(), asker.stop)

    def _open_fact_kinds(self, connection: Connection) -> None:
        """Know the kinds of facts that ops name, and follow their files."""
        kinds = self._kinds = FactKindsWatch(self._settings.rules.folder / FACTS, self._clock, self._say)
        kinds.supply(self._finder)
        teller = RulesTeller(RulesBoard(connection), holder_name(), kinds)
        for part in (kinds, teller):
            self._keep(part.run(), part.stop)

    async def _open_channels(self, connection: Connection, meta: Meta) -> None:
        settings = self._settings
        inbox = Inbox(connection, self._clock, meta.partitions, self._room, self._finder)
        for name in CHANNELS:
            chosen = getattr(settings.channels, name)
            if chosen is None or (self._channels and name not in self._channels):
                continue
            adapter = adapter_for(name, chosen, self._services(connection, meta, name))
            outbound = Outbound(connection, self._clock, name, meta.partitions)
            lease = ChannelLease(connection, name, settings.redis.lease)
            host = ChannelHost(adapter, inbox, outbound, lease, settings.redis.lease, self._clock, limits_of(chosen))
            task = self._keep(host.run(), host.stop)
            await self._until_open(host, task)

    async def _open_history(self, connection: Connection, meta: Meta) -> None:
        lease = ChannelLease(connection, "history", self._settings.redis.lease)
        feeder = self._feeder = Feeder(connection, await self._archive(), lease, self._clock, meta.partitions)
        self._keep(feeder.run(), feeder.stop)

    async def _archive(self) -> Archive:
        """The archive by a connection of its own: who reads in it never waits for who writes."""
        archive = Archive(self._settings.data / "history")
        self._stack.push_async_callback(archive.close)
        try:
            await archive.open()
        except ArchiveBroken as error:
            raise StartError(str(error)) from error
        except ArchiveAway as error:
            # It is opened again at each need: nobody has to wait at the start for a disk that is full.
            log.warning("history_away", error=str(error), hint="it goes on by itself once that is over")
        return archive

    async def _until_open(self, host: ChannelHost, task: "asyncio.Task[None]") -> None:
        """Return once the channel is open or stands by. Raises what it could not open for."""
        opened = asyncio.create_task(host.ready.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({opened, task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        opened.cancel()
        stopping.cancel()
        if task.done():
            task.result()

    def _services(self, connection: Connection, meta: Meta, channel: str) -> Services:
        shifts = Shifts(connection, self._clock)
        # Times for calls are offered in the chat alone, where somebody can be called.
        rules = self._watch_rules() if channel == "webchat" and self._settings.channels.phone else None
        return Services(
            clock=self._clock,
            shelf=Shelf(connection, channel),
            transcripts=Transcripts(connection),
            visitors=Visitors(connection),
            live=LiveChannel(connection),
            records=Records(connection, meta.partitions),
            feed=Feed(connection, meta.partitions),
            readers=Readers(connection, self._clock),
            teams=self._settings.teams,
            secret=meta.secret,
            default_team=self._settings.rules.default_team,
            answers_by=frozenset(policy_of(self._settings).answer_by or ()),
            attachments=self._settings.data / "attachments",
            shifts=shifts,
            call_times=CallTimes(shifts, self._clock) if rules else None,
            rulebook=(lambda: rules.book) if rules else None,
            region=self._settings.facts.region or "",
        )

    async def _open_desk(self, connection: Connection, meta: Meta) -> None:
        settings = self._settings
        services = DeskServices(
            clock=self._clock,
            connection=connection,
            inbox=Inbox(connection, self._clock, meta.partitions, self._room),
            records=Records(connection, meta.partitions),
            archive=await self._archive(),
            feed=Feed(connection, meta.partitions),
            live=LiveChannel(connection),
            teams=settings.teams,
            users=settings.users,
            files=Files(settings.data / "attachments"),
            secret=meta.secret,
            finder=self._finder,
            answers_by=frozenset(policy_of(settings).answer_by or ()),
            phone_provider=settings.channels.phone.provider if settings.channels.phone else "",
            region=settings.facts.region or "",
        )
        sandbox = f"http://{settings.sandbox.listen}/sandbox" if settings.sandbox.enabled else ""
        desk = Desk(settings.desk, services, sandbox_url=sandbox, routes=health_routes(self._not_ready, self._remark))
        self._stack.push_async_callback(desk.stop)
        await desk.start()

    def _keep(self, work: Coroutine[object, object, None], stop: Callable[[], None]) -> "asyncio.Task[None]":
        """Run `work` beside the rest; on the way down it is told to stop and waited for."""
        task = asyncio.create_task(work)
        self._tasks.append(task)

        async def end() -> None:
            stop()
            await asyncio.wait({task})

        self._stack.push_async_callback(end)
        return task

    async def _watch(self) -> None:
        """Return when told to stop. Raises what a part ended with that should not have ended."""
        stopping = asyncio.create_task(self._stopping.wait())
        pulse = asyncio.create_task(_pulse())
        try:
            done, _ = await asyncio.wait({stopping, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()
                raise HiloError("a part of Hilo ended by itself; the log says which")
        finally:
            for helper in (stopping, pulse):
                helper.cancel()

    async def _not_ready(self) -> str:
        """Why this process does not serve, or nothing."""
        if self._connection and (silent := await why_silent(self._connection)):
            return silent
        return "stopping" if self._stopping.is_set() else self._not_taking()

    def _not_taking(self) -> str:
        """Why what this process would take is refused now, or nothing."""
        doors = {Part.CHANNELS: Door.ARRIVALS, Part.DESK: Door.COMMANDS}
        reasons = (self._room.why_closed(door) for part, door in doors.items() if self._room and part in self._parts)
        return next(filter(None, reasons), "") or ("" if self._parts & doors.keys() else self._behind())

    def _remark(self) -> str:
        """What does not work here and keeps no customer and no agent from their work, or nothing."""
        return "; ".join(filter(None, (self._behind(), self._asker.why_away if self._asker else "")))

    def _behind(self) -> str:
        """Why what closes can't be archived, or nothing."""
        return self._feeder.why_waiting if self._feeder else ""

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload)

    def _reload(self) -> None:
        """Take the rules as they are on disk now, without waiting until their change is seen."""
        if self._rules:
            self._rules.ask()


def policy_of(settings: Settings) -> Policy:
    """What `decide` is told of the configuration."""
    email, webchat = settings.channels.email, settings.channels.webchat
    policy = Policy(
        default_team=settings.rules.default_team,
        reopen_within=settings.rules.reopen_within,
        answer_by={"email": (ChannelName("email"), email.address)} if email else {},
        public=(*settings.guard.public, *([email.address] if email else [])),
        region=settings.facts.region or "",
        directory_refresh=settings.directory.refresh if settings.directory else None,
        has_phone=settings.channels.phone is not None,
    )
    return replace(policy, answer_elsewhere_after=webchat.answer_by_email_after) if webchat else policy


async def _pulse() -> None:
    """Tell the service manager that the loop turns."""
    seconds = watchdog_seconds()
    while seconds:
        notify("WATCHDOG=1")
        await asyncio.sleep(seconds)
