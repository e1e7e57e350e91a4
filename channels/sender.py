"""The sender: each reply handed to the adapter in its conversation's order, and settled by what is known of it."""

import asyncio
from collections import deque
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from channels.contract import ChannelAdapter
from channels.courier import PAUSE_SECONDS, Courier
from router.model.clock import Clock
from router.model.errors import Fenced
from router.model.ids import ConversationId
from router.store.outbound import Intent, Outbound
from router.store.tasks import end_task

log = structlog.get_logger()

BLOCK = timedelta(milliseconds=500)
TOGETHER = 100


class Sender:
    """Sends a channel's replies: conversations side by side, one reply of each at a time."""

    def __init__(self, adapter: ChannelAdapter, outbound: Outbound, clock: Clock) -> None:
        self._adapter = adapter
        self._outbound = outbound
        self._stopping = asyncio.Event()
        self._courier = Courier(adapter, outbound, clock, self._stopping)
        self._lanes: dict[ConversationId, deque[Intent]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._cursor: dict[int, str] = {}
        self._left: list[Intent] = []

    async def take_over(self, token: int) -> None:
        """Fence whoever sent before, and begin with what they left. Raises Fenced."""
        self._left = await self._outbound.take_over(token)
        self._cursor = {intent.partition: intent.id for intent in self._left}

    async def run(self) -> None:
        """Send until `stop`; then finish what is in the adapter's hands. Cancelled, it leaves that for a look later."""
        for number, intent in enumerate(self._left):
            self._enqueue(intent)
            # There may be a hundred thousand, and the lease must be renewed meanwhile.
            if number % TOGETHER == 0:
                await asyncio.sleep(0)
        self._left.clear()
        try:
            await self._follow()
            # Those who wait for a provider are sent home; what is in the adapter's hands comes to its end.
            await self._courier.close()
            if self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            await self._courier.close()
            await asyncio.gather(*(end_task(task) for task in self._tasks))

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()

    async def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                for intent in await self._outbound.follow(self._cursor, BLOCK):
                    self._enqueue(intent)
            except (RedisError, OSError) as error:
                log.warning("sender_interrupted", channel=self._adapter.name, error=str(error))
                await asyncio.sleep(PAUSE_SECONDS)

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
                await self._courier.deliver(lane[0])
                lane.popleft()
        except Fenced as error:
            log.warning("sender_fenced", channel=self._adapter.name, error=str(error))
            self.stop()
        except (RedisError, OSError) as error:
            # Only when told to stop: whoever comes next finds the reply as it stands, and looks.
            log.warning("reply_left", channel=self._adapter.name, error=str(error))
        finally:
            del self._lanes[conversation]
