"""The sender: each reply handed to the adapter in its conversation's order, and settled by what is known of it."""

import asyncio
from collections import Counter, deque
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from channels.brake import Limits
from channels.contract import ChannelAdapter
from channels.courier import PAUSE_SECONDS, Courier
from channels.hand import Hand
from router.model.clock import Clock
from router.model.errors import Fenced
from router.model.ids import ConversationId
from router.store.outbound import AT_ONCE, BEGINNING, Intent, Outbound
from router.store.tasks import end_task

log = structlog.get_logger()

BLOCK = timedelta(milliseconds=500)
COUNT_SECONDS = 1.0
"""Seconds between two looks whether as many replies wait as are in hand."""

TOGETHER = 100


class Sender:
    """Sends a channel's replies: conversations side by side, one reply of each at a time."""

    def __init__(self, adapter: ChannelAdapter, outbound: Outbound, clock: Clock, limits: Limits | None = None) -> None:
        """`limits` are those of automatic messages, if they are not the usual ones."""
        self._adapter = adapter
        self._outbound = outbound
        self._stopping = asyncio.Event()
        self._courier = Courier(adapter, outbound, clock, self._stopping, limits)
        self._lanes: dict[ConversationId, deque[Intent]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._cursor: dict[int, str] = {}
        self._left: list[Intent] = []
        self._hand = Hand()
        self._count_at = 0.0

    async def take_over(self, token: int) -> None:
        """Fence whoever sent before, and begin with what they left. Raises Fenced."""
        self._left = await self._outbound.take_over(token)
        for intent in self._left:
            self._cursor[intent.partition] = intent.id

    async def run(self) -> None:
        """Send until `stop`; then finish what is in the adapter's hands. Cancelled, it leaves that for a look later.

        Raises what ended the reading, once what is in the adapter's hands has come to its end.
        """
        try:
            try:
                await self._read()
            except Exception:
                await self._finish()
                raise
            await self._finish()
        finally:
            self.stop()
            await self._courier.close()
            await asyncio.gather(*(end_task(task) for task in self._tasks))

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()

    async def _finish(self) -> None:
        """Send home those who wait for a provider; what is in the adapter's hands comes to its end."""
        # First: whoever gets no permit takes it otherwise that its time is over.
        self.stop()
        await self._courier.close()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _read(self) -> None:
        await self._enqueue_all(self._left)
        self._left = []
        while not self._stopping.is_set():
            try:
                await self._follow()
            except (RedisError, OSError) as error:
                log.warning("sender_interrupted", channel=self._adapter.name, error=str(error))
                await asyncio.sleep(PAUSE_SECONDS)

    async def _follow(self) -> None:
        """Take what is new; now and then, see that nothing waits beside it."""
        now = asyncio.get_running_loop().time()
        lengths: list[int] = []
        if now >= self._count_at:
            self._hand.begin_count()
            lengths = await self._outbound.lengths()
            self._count_at = now + COUNT_SECONDS
        fresh = await self._outbound.follow(self._cursor, BLOCK)
        await self._enqueue_all(fresh)
        # Where a page was full more may wait behind it.
        came = Counter(intent.partition for intent in fresh)
        for partition in self._hand.missed(lengths) if lengths else ():
            if came[partition] < AT_ONCE:
                await self._read_again(partition)

    async def _read_again(self, partition: int) -> None:
        """Take what waits in `partition` and is not in hand: its server may have gone back to before what was read."""
        left = await self._outbound.left(partition)
        read = self._cursor.get(partition, BEGINNING)
        # Back, perhaps: what comes from now on may have a lower id than what the server gave before.
        self._cursor[partition] = left[-1].id if left else BEGINNING
        taken = await self._enqueue_all(left)
        # Else it is only new, and was not read yet.
        if any(_place(intent.id) <= _place(read) for intent in taken):
            hint = "its server has gone back; read from the start"
            log.warning("outbound_gone_back", channel=self._adapter.name, partition=partition, hint=hint)

    async def _enqueue_all(self, intents: list[Intent]) -> list[Intent]:
        """Put what is not in hand into its lane; those."""
        taken: list[Intent] = []
        for number, intent in enumerate(intents):
            if self._hand.take(intent):
                self._enqueue(intent)
                taken.append(intent)
            # There may be a hundred thousand, and the lease must be renewed meanwhile.
            if number % TOGETHER == TOGETHER - 1:
                await asyncio.sleep(0)
        return taken

    def _enqueue(self, intent: Intent) -> None:
        lane = self._lanes.get(intent.message.conversation)
        if lane is not None:
            lane.append(intent)
            return
        self._lanes[intent.message.conversation] = deque([intent])
        task = asyncio.create_task(self._work(intent.message.conversation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, conversation: ConversationId) -> None:
        """Send a conversation's replies, oldest first, until there is none."""
        lane = self._lanes[conversation]
        try:
            while lane and not self._stopping.is_set():
                if await self._is_delivered(lane[0]):
                    self._hand.let_go(lane.popleft())
        except Fenced as error:
            log.warning("sender_fenced", channel=self._adapter.name, error=str(error))
            self.stop()
        except (RedisError, OSError) as error:
            # Only when told to stop: whoever comes next finds the reply as it stands, and looks.
            log.warning("reply_left", channel=self._adapter.name, error=str(error))
        except Exception:
            log.exception("reply_left", channel=self._adapter.name)
        finally:
            del self._lanes[conversation]

    async def _is_delivered(self, intent: Intent) -> bool:
        """Whether `intent` is at its end, or left since we stop; after a fault it keeps its place in its lane."""
        try:
            await self._courier.deliver(intent)
        except Exception as error:
            if isinstance(error, Fenced) or self._stopping.is_set():
                raise
            log.exception("reply_stuck", channel=self._adapter.name, message=intent.message.id, hint="tried again")
            await asyncio.sleep(PAUSE_SECONDS)
            return False
        return True


def _place(stream_id: str) -> tuple[int, int]:
    """A stream's id as what its order goes by."""
    milliseconds, _, number = stream_id.partition("-")
    return int(milliseconds), int(number)
