"""What runs beside the sockets: it hears what changes in the store and passes it on to the pages."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from redis.exceptions import RedisError

from channels.services import Services
from channels.webchat.board import Board
from channels.webchat.dialogue import Dialogue
from channels.webchat.frames import TeamTyping
from channels.webchat.room import Room
from router.store.live import Live, LiveKind
from router.store.readers import reader_name
from router.store.tasks import end_task

log = structlog.get_logger()

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
SECOND_LOOK_SECONDS = 3.0
SWEEP_SECONDS = 60
LOOK_SECONDS = 30


class Followers:
    """Tasks that live from `start` to `stop`, and longer than any connection to the store."""

    def __init__(self, services: Services, room: Room, board: Board, dialogue: Dialogue) -> None:
        self._services = services
        self._room = room
        self._board = board
        self._dialogue = dialogue
        self._name = reader_name("webchat")
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to follow."""
        works = [self._follow_transcripts, self._follow_feed, self._board.refresh, self._follow_live, self._sweep]
        if self._services.readers:
            works.append(self._say_how_far)
        self._tasks = [asyncio.create_task(_for_ever(work)) for work in works]

    async def stop(self) -> None:
        """Follow nothing any more."""
        await asyncio.gather(*(end_task(task) for task in self._tasks))
        self._tasks = []
        if self._services.readers:
            await self._services.readers.leave(self._name)

    async def _say_how_far(self) -> None:
        assert self._services.readers
        await self._services.readers.keep_telling(self._name, lambda: self._board.position)

    async def _follow_transcripts(self) -> None:
        async for visitor in self._services.transcripts.news():
            self._room.nudge(visitor)

    async def _follow_feed(self) -> None:
        # This read fails at once where the store goes away, so here is where its return is noticed: news that were
        # published meanwhile reached nobody.
        self._nudge_all()
        # Once more when the subscriptions surely stand again.
        asyncio.get_running_loop().call_later(SECOND_LOOK_SECONDS, self._nudge_all)
        await self._board.follow()

    def _nudge_all(self) -> None:
        for client in self._room:
            client.nudge()

    async def _follow_live(self) -> None:
        async for live in self._services.live.listen():
            if live.kind is LiveKind.TYPING and not live.is_customer:
                for visitor in self._board.visitors_of(live.conversation):
                    self._room.tell(visitor, TeamTyping(live.name))

    async def _sweep(self) -> None:
        """Come by every page once a minute, a few each second: what was missed is made up for."""
        second = 0
        while True:
            await asyncio.sleep(1)
            second += 1
            for place, visitor in enumerate(self._room.visitors()):
                if place % SWEEP_SECONDS == second % SWEEP_SECONDS:
                    await self._come_by(visitor)
            if second % LOOK_SECONDS == 0:
                self._board.look_at_waiting()

    async def _come_by(self, visitor: str) -> None:
        for client in self._room.clients_of(visitor):
            client.nudge()
            self._dialogue.report(client)
        if conversation := self._board.conversation_of(visitor):
            await self._services.live.tell(Live(LiveKind.PRESENT, conversation, is_customer=True))


async def _for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` again whenever it ends; while the store is away, after growing pauses."""
    pause = FIRST_PAUSE
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await work()
        except (RedisError, OSError) as error:
            log.warning("chat_interrupted", work=work.__name__, error=type(error).__name__, hint="begins again")
        except Exception:
            # One record that can't be read, or a fault of ours, must not leave every page without news for ever.
            log.exception("chat_follower_failed", work=work.__name__, hint="begins again")
        pause = FIRST_PAUSE if loop.time() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
        await asyncio.sleep(pause)
