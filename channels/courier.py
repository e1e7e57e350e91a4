"""The courier brings one reply to its end: through its account's gate, to the adapter, and to what is known of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

import structlog
from redis.exceptions import RedisError

from channels.brake import HELD_BACK, Brake, Limits, Unreachable
from channels.contract import ChannelAdapter
from channels.gate import Gate, Gates
from router.model.clock import Clock
from router.model.errors import Fenced, HiloError, PermanentError, TemporaryError, UnknownOutcome
from router.model.ids import MessageId
from router.model.message import DeliveryState, OutboundMessage, Receipt
from router.store import metrics
from router.store.circuit import Permit
from router.store.outbound import AttemptState, Intent, Outbound

T = TypeVar("T")
P = ParamSpec("P")
log = structlog.get_logger()

AT_ONCE = 16
PAUSE_SECONDS = 0.5
LAST_WORDS = 4
FAULT_PAUSE = timedelta(seconds=5)
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=10)
LIFE = timedelta(hours=24)
# A doubt that no look can settle for so long is a person's.
LOOKING = timedelta(minutes=10)


class Courier:
    """Delivers replies, any number side by side; `stopping` ends what waits."""

    def __init__(
        self,
        adapter: ChannelAdapter,
        outbound: Outbound,
        clock: Clock,
        stopping: asyncio.Event,
        limits: Limits | None = None,
    ) -> None:
        self._adapter = adapter
        self._outbound = outbound
        self._clock = clock
        self._stopping = stopping
        self._gates = Gates(adapter.name, outbound.pace, adapter.send_limit, clock)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._brake = Brake(outbound.tally, Unreachable(outbound.shelf), limits)
        self._looks: dict[MessageId, tuple[datetime, int]] = {}
        # What came of a call, until it is settled: whatever fails in between, it is not called again.
        self._known: dict[MessageId, Receipt] = {}

    async def deliver(self, intent: Intent) -> None:
        """Bring `intent` to its end, however long that takes; told to stop, leave it as it stands.

        A fault of ours holds up its conversation alone: after a rest, longer each time, it goes on from what is known.
        Raises Fenced, and anything else once told to stop.
        """
        faults = 0
        while not await self._is_delivered(intent, faults):
            faults += 1
            if not await self._rest(max(FAULT_PAUSE, _backoff(faults))):
                return

    async def _is_delivered(self, intent: Intent, faults: int) -> bool:
        """True once `intent` is at its end; False if a fault of ours was in the way. Told to stop, it raises that."""
        try:
            await (self._deliver_again(intent) if faults else self._deliver(intent))
        except Exception as error:
            if isinstance(error, Fenced) or self._stopping.is_set():
                raise
            message, conversation = intent.message.id, intent.message.conversation
            log.exception("reply_stuck", message=message, conversation=conversation, hint="tried again in a while")
            return False
        return True

    async def _deliver_again(self, intent: Intent) -> None:
        """Go on after a fault of ours; what was stuck for its whole life comes back to its team."""
        if self._clock.now() < intent.message.created_at + LIFE:
            await self._deliver(await self._durably(self._outbound.as_it_stands, intent))
        else:
            await self._settle(intent, self._receipt_of(intent) or await self._given_up(intent))

    async def _deliver(self, intent: Intent) -> None:
        known: Intent | Receipt | None = self._receipt_of(intent) or intent
        while isinstance(known, Intent) and not self._stopping.is_set():
            known = await self._attempt(known)
            intent = known if isinstance(known, Intent) else intent
        if isinstance(known, Receipt):
            self._known[intent.message.id] = known
            await self._settle(intent, known)

    def _receipt_of(self, intent: Intent) -> Receipt | None:
        """The receipt that is known here: it counts, also where it could not be written, or the server forgot it."""
        return self._known.get(intent.message.id) or self._outbound.receipt_of(intent.message.id)

    async def _settle(self, intent: Intent, receipt: Receipt) -> None:
        """End `intent`; where the provider's words can't be written down it is told without them."""
        try:
            await self._durably(self._outbound.settle, intent, receipt)
        except (Fenced, RedisError, OSError):
            raise
        except Exception:
            message, conversation = intent.message.id, intent.message.conversation
            log.exception(
                "receipt_unwritable", message=message, conversation=conversation, hint="told without its words"
            )
            state = receipt.state if isinstance(receipt.state, DeliveryState) else DeliveryState.UNCONFIRMED
            receipt = self._receipt(intent.message, state, "")
            await self._durably(self._outbound.settle, intent, receipt)
        self._known.pop(intent.message.id, None)
        self._looks.pop(intent.message.id, None)
        result = "held_back" if receipt.reason in HELD_BACK else receipt.state
        metrics.SENDS.labels(self._adapter.name, result).inc()
        log.info("settled", message=receipt.message, conversation=intent.message.conversation, state=receipt.state)

    async def close(self) -> None:
        """Let nobody wait at a gate any more."""
        await self._gates.close()

    async def _attempt(self, intent: Intent) -> Intent | Receipt | None:
        """One look or one call, once it is time for it: the receipt, or the reply as it stands; None to leave it."""
        if intent.attempt.not_before and not await self._until(intent.attempt.not_before):
            return None
        if refusal := await self._durably(self._refusal, intent):
            return self._receipt(intent.message, DeliveryState.FAILED, refusal)
        gate = await self._durably(self._gates.of, intent.message.account)
        permit = await gate.circuit.permit(intent.message.created_at + LIFE)
        if self._stopping.is_set():
            return None
        if permit is None:
            return self._expired(intent, gate.circuit.reason)
        try:
            if intent.attempt.state is AttemptState.SENDING:
                return await self._looked_up(intent, gate, permit) or _not_sent(intent)
            return await self._called(intent, gate, permit)
        finally:
            gate.circuit.release(permit)

    async def _called(self, intent: Intent, gate: Gate, permit: Permit) -> Intent | Receipt | None:
        if not await self._durably(gate.turn, self._rest):
            return None
        async with self._slots:
            # Marked only once it is its turn, so that what was never handed over is never in doubt.
            if self._stopping.is_set():
                return None
            if not gate.circuit.honours(permit):
                return intent
            intent = await self._durably(self._outbound.sending, intent)
            # The provider may have asked for silence meanwhile: then this one was not handed over.
            if not gate.circuit.honours(permit):
                return await self._durably(self._outbound.defer, intent, timedelta())
            return await self._sent(intent, gate, permit)

    async def _sent(self, intent: Intent, gate: Gate, permit: Permit) -> Intent | Receipt:
        """What is known after handing the reply over: its receipt, or when it is tried again."""
        message = intent.message
        try:
            receipt = await self._adapter.send(message)
        except TemporaryError as error:
            await self._durably(gate.failed, permit, error)
            return await self._later(intent, error)
        except PermanentError as error:
            log.warning(
                "reply_failed", channel=self._adapter.name, message=message.id, conversation=message.conversation
            )
            return self._receipt(message, DeliveryState.FAILED, str(error))
        except UnknownOutcome as error:
            log.warning("reply_in_doubt", channel=self._adapter.name, message=message.id, error=str(error))
            gate.circuit.failed(permit, str(error))
        except Exception:
            # An adapter's own fault tells nothing of whether the reply left: that is doubt, to be looked up.
            log.exception("adapter_failed", channel=self._adapter.name, message=message.id)
        else:
            self._known[message.id] = receipt
            gate.circuit.succeeded(permit)
            return receipt
        return await self._looked_up(intent, gate, permit) or await self._later(intent, TemporaryError("not there yet"))

    async def _looked_up(self, intent: Intent, gate: Gate, permit: Permit) -> Intent | Receipt | None:
        """What a look tells of a reply that may have left; None if it surely did not, or may leave again without harm.

        Where the provider can't be asked now it is asked again for a while; what can't be known is UNCONFIRMED.
        """
        message = intent.message
        try:
            return await self._adapter.find(message)
        except TemporaryError as error:
            await self._durably(gate.failed, permit, error)
            return self._look_again(intent, error)
        except HiloError as error:
            return self._receipt(message, DeliveryState.UNCONFIRMED, str(error))
        except Exception:
            log.exception("adapter_failed", channel=self._adapter.name, message=message.id)
            return self._receipt(message, DeliveryState.UNCONFIRMED, "the look at the provider failed")

    def _look_again(self, intent: Intent, error: TemporaryError) -> Intent | Receipt:
        """The reply as it waits for its next look, never less than was asked for; UNCONFIRMED after long looking."""
        now = self._clock.now()
        since, looks = self._looks.get(intent.message.id, (now, 0))
        if now - since >= LOOKING:
            return self._receipt(intent.message, DeliveryState.UNCONFIRMED, str(error))
        self._looks[intent.message.id] = since, looks + 1
        asked = timedelta(seconds=error.retry_after or 0.0)
        not_before = max(min(now + _backoff(looks), since + LOOKING), now + asked)
        return replace(intent, attempt=replace(intent.attempt, not_before=not_before))

    async def _later(self, intent: Intent, error: TemporaryError) -> Intent | Receipt:
        """The reply as it waits for its next attempt, never less than the provider asked for; FAILED once too old."""
        metrics.SENDS.labels(self._adapter.name, "deferred").inc()
        left = intent.message.created_at + LIFE - self._clock.now()
        if left < timedelta():
            return self._receipt(intent.message, DeliveryState.FAILED, f"not delivered within a day: {error}")
        wait = max(_backoff(intent.attempt.count), timedelta(seconds=error.retry_after or 0.0))
        log.info("reply_deferred", channel=self._adapter.name, message=intent.message.id, error=str(error))
        return await self._durably(self._outbound.defer, intent, min(wait, max(left, FIRST_WAIT)))

    def _expired(self, intent: Intent, why: object) -> Receipt:
        """What did not leave within its life comes back to its team; in doubt, as that."""
        if intent.attempt.state is AttemptState.SENDING:
            return self._receipt(intent.message, DeliveryState.UNCONFIRMED, f"nobody could look within a day: {why}")
        return self._receipt(intent.message, DeliveryState.FAILED, f"not delivered within a day: {why}")

    async def _given_up(self, intent: Intent) -> Receipt:
        """What is told of a reply that a fault of ours held up: unless it surely waits, it may have left."""
        why = "a fault of Hilo's own, which its log tells"
        try:
            stands = await self._durably(self._outbound.as_it_stands, intent)
        except (RedisError, OSError):
            raise
        except Exception:
            log.exception("attempt_unknown", message=intent.message.id, hint="told as not confirmed")
            return self._receipt(intent.message, DeliveryState.UNCONFIRMED, why)
        return self._expired(stands, why)

    async def _refusal(self, intent: Intent) -> str:
        """Why a reply that nobody wrote may not leave; what may have left already is only looked for."""
        if intent.attempt.state is AttemptState.SENDING:
            return ""
        return await self._brake.refusal(intent.message, self._clock.now())

    def _receipt(self, message: OutboundMessage, state: DeliveryState, reason: str) -> Receipt:
        # A provider's answer may hold bytes that are no text.
        written = reason[:300].encode(errors="replace").decode()
        return Receipt(message.id, message.conversation, state, self._clock.now(), reason=written)

    async def _until(self, instant: datetime) -> bool:
        """True once it is `instant`; False if we are told to stop before."""
        while (left := instant - self._clock.now()) > timedelta():
            if not await self._rest(left):
                return False
        return not self._stopping.is_set()

    async def _rest(self, duration: timedelta) -> bool:
        """True after `duration`, False if we are told to stop before."""
        stopping = asyncio.create_task(self._stopping.wait())
        waiting = asyncio.create_task(self._clock.sleep(duration))
        try:
            await asyncio.wait({stopping, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stopping, waiting):
                task.cancel()
        return not self._stopping.is_set()

    async def _durably(self, act: Callable[P, Awaitable[T]], *arguments: P.args, **named: P.kwargs) -> T:
        """What `act` returns, tried until the store is there: what is known of a reply is not to be forgotten.

        Told to stop, it tries for a few seconds more; then redis' error is raised.
        """
        last_words = LAST_WORDS
        while True:
            try:
                return await act(*arguments, **named)
            except (RedisError, OSError) as error:
                if self._stopping.is_set() and (last_words := last_words - 1) < 0:
                    raise
                log.warning("store_away", channel=self._adapter.name, error=str(error))
                await asyncio.sleep(PAUSE_SECONDS)


def _not_sent(intent: Intent) -> Intent:
    """`intent` once a look has told that it did not leave: it may, at once."""
    return replace(intent, attempt=replace(intent.attempt, state=AttemptState.WAITING, not_before=None))


def _backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts: full jitter, so that what failed together is not tried together."""
    longest: timedelta = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts, 12))
    return longest * random.uniform(0.0, 1.0)
