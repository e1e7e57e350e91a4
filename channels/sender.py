"""The sender: each reply handed to the adapter in its conversation's order, and settled by what is known of it."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ParamSpec, TypeVar

import structlog
from redis.exceptions import RedisError

from channels.brake import Brake
from channels.contract import ChannelAdapter
from router.model.clock import Clock
from router.model.errors import Fenced, HiloError, PermanentError, TemporaryError, UnknownOutcome
from router.model.ids import ConversationId
from router.model.message import DeliveryState, OutboundMessage, Receipt
from router.store import metrics
from router.store.outbound import AttemptState, Intent, Outbound
from router.store.tasks import end_task

T = TypeVar("T")
P = ParamSpec("P")
log = structlog.get_logger()

AT_ONCE = 16
BLOCK = timedelta(milliseconds=500)
PAUSE_SECONDS = 0.5
LAST_WORDS = 4
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=10)
LIFE = timedelta(hours=24)


class Sender:
    """Sends a channel's replies: conversations side by side, one reply of each at a time."""

    def __init__(self, adapter: ChannelAdapter, outbound: Outbound, clock: Clock) -> None:
        self._adapter = adapter
        self._outbound = outbound
        self._clock = clock
        self._lanes: dict[ConversationId, deque[Intent]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._cursor: dict[int, str] = {}
        self._left: list[Intent] = []
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._brake = Brake()
        self._stopping = asyncio.Event()

    async def take_over(self, token: int) -> None:
        """Fence whoever sent before, and begin with what they left. Raises Fenced."""
        self._left = await self._outbound.take_over(token)
        self._cursor = {intent.partition: intent.id for intent in self._left}

    async def run(self) -> None:
        """Send until `stop`; then finish what is in the adapter's hands. Cancelled, it leaves that for a look later."""
        for intent in self._left:
            self._enqueue(intent)
        try:
            await self._follow()
            if self._tasks:
                await asyncio.wait(self._tasks)
        finally:
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
                await self._deliver(lane[0])
                lane.popleft()
        except Fenced as error:
            log.warning("sender_fenced", channel=self._adapter.name, error=str(error))
            self.stop()
        except (RedisError, OSError) as error:
            # Only when told to stop: whoever comes next finds the reply as it stands, and looks.
            log.warning("reply_left", channel=self._adapter.name, error=str(error))
        finally:
            del self._lanes[conversation]

    async def _deliver(self, intent: Intent) -> None:
        """Bring one reply to its end, however long that takes."""
        while not self._stopping.is_set():
            receipt: Receipt | None = None
            if intent.attempt.state is AttemptState.SENDING:
                receipt = await self._looked_up(intent.message)
            if receipt is None and not await self._is_time(intent):
                return
            if receipt is None and (refusal := self._brake.refusal(intent.message, self._clock.now())):
                receipt = self._receipt(intent.message, DeliveryState.FAILED, refusal)
            if receipt is None:
                async with self._slots:
                    # Marked only once it is its turn, so that what was never handed over is never in doubt.
                    if self._stopping.is_set():
                        return
                    intent = await self._durably(self._outbound.sending, intent)
                    result = await self._sent(intent)
                if isinstance(result, timedelta):
                    intent = await self._durably(self._outbound.defer, intent, result)
                    continue
                receipt = result
            metrics.SENDS.labels(self._adapter.name, receipt.state).inc()
            await self._durably(self._outbound.settle, intent, receipt)
            conversation = intent.message.conversation
            log.info("settled", message=receipt.message, conversation=conversation, state=receipt.state)
            return

    async def _sent(self, intent: Intent) -> Receipt | timedelta:
        """What is known after handing the reply over: its receipt, or how long to wait before the next attempt."""
        message = intent.message
        try:
            return await self._adapter.send(message)
        except TemporaryError as error:
            return self._later(intent, error)
        except PermanentError as error:
            log.warning(
                "reply_failed", channel=self._adapter.name, message=message.id, conversation=message.conversation
            )
            return self._receipt(message, DeliveryState.FAILED, str(error))
        except UnknownOutcome as error:
            log.warning("reply_in_doubt", channel=self._adapter.name, message=message.id, error=str(error))
        except Exception:
            # An adapter's own fault tells nothing of whether the reply left: that is doubt, to be looked up.
            log.exception("adapter_failed", channel=self._adapter.name, message=message.id)
        return await self._looked_up(message) or self._later(intent, TemporaryError("not there yet"))

    async def _looked_up(self, message: OutboundMessage) -> Receipt | None:
        """The receipt of a reply that may have left; None if it surely did not, or may be sent again without harm."""
        try:
            return await self._adapter.find(message)
        except HiloError as error:
            return self._receipt(message, DeliveryState.UNCONFIRMED, str(error))
        except Exception:
            log.exception("adapter_failed", channel=self._adapter.name, message=message.id)
            return self._receipt(message, DeliveryState.UNCONFIRMED, "the look at the provider failed")

    def _later(self, intent: Intent, error: TemporaryError) -> Receipt | timedelta:
        """How long to wait (full jitter, never less than the provider asked for); FAILED once the reply is too old."""
        metrics.SENDS.labels(self._adapter.name, "deferred").inc()
        if self._clock.now() - intent.message.created_at > LIFE:
            return self._receipt(intent.message, DeliveryState.FAILED, f"not delivered within a day: {error}")
        longest: timedelta = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(intent.attempt.count, 12))
        wait: timedelta = longest * random.uniform(0.5, 1.0)
        log.info("reply_deferred", channel=self._adapter.name, message=intent.message.id, error=str(error))
        return max(wait, timedelta(seconds=error.retry_after or 0.0))

    def _receipt(self, message: OutboundMessage, state: DeliveryState, reason: str) -> Receipt:
        return Receipt(message.id, message.conversation, state, self._clock.now(), reason=reason[:300])

    async def _is_time(self, intent: Intent) -> bool:
        """True once the reply may be tried; False if we are told to stop before."""
        while intent.attempt.not_before and (left := intent.attempt.not_before - self._clock.now()) > timedelta():
            stopping = asyncio.create_task(self._stopping.wait())
            waiting = asyncio.create_task(self._clock.sleep(left))
            await asyncio.wait({stopping, waiting}, return_when=asyncio.FIRST_COMPLETED)
            for task in (stopping, waiting):
                task.cancel()
            if self._stopping.is_set():
                return False
        return not self._stopping.is_set()

    async def _durably(self, write: Callable[P, Awaitable[T]], *arguments: P.args, **named: P.kwargs) -> T:
        """What `write` returns, tried until the store is there: what is known of a reply is not to be forgotten.

        Told to stop, it tries for a few seconds more; then redis' error is raised.
        """
        last_words = LAST_WORDS
        while True:
            try:
                return await write(*arguments, **named)
            except (RedisError, OSError) as error:
                if self._stopping.is_set() and (last_words := last_words - 1) < 0:
                    raise
                log.warning("store_away", channel=self._adapter.name, error=str(error))
                await asyncio.sleep(PAUSE_SECONDS)
