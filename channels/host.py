"""The host runs one adapter: what arrives goes to the inbox before the provider is told, what leaves is settled after.

One process at a time runs a channel: it holds the channel's lease. Another one stands by and takes over.
"""

import asyncio
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from channels.brake import Limits
from channels.contract import Arrival, ChannelAdapter
from channels.sender import Sender
from router.model.clock import Clock
from router.model.errors import (
    Fenced,
    HiloError,
    PermanentError,
    Refusal,
    StartError,
    StoreClosed,
    TemporaryError,
    Unacceptable,
)
from router.store import metrics
from router.store.inbox import Inbox
from router.store.outbound import ChannelLease, Outbound
from router.store.tasks import end_task

log = structlog.get_logger()

REOPEN_SECONDS = 2.0
FAULT_SECONDS = 10.0
PARKED_SECONDS = 60.0
DRAIN_SECONDS = 8.0


class ChannelHost:
    """One channel at work, until `stop`."""

    def __init__(
        self,
        adapter: ChannelAdapter,
        inbox: Inbox,
        outbound: Outbound,
        lease: ChannelLease,
        ttl: timedelta,
        clock: Clock,
        limits: Limits | None = None,
    ) -> None:
        """`limits` are those of automatic messages, if they are not the usual ones."""
        self.name = adapter.name
        # Set once the channel is open, or known to be another process' while this one stands by.
        self.ready = asyncio.Event()
        self._adapter = adapter
        self._inbox = inbox
        self._outbound = outbound
        self._lease = lease
        self._renewal = ttl.total_seconds() / 3
        self._clock = clock
        self._limits = limits
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Hold the lease and run the adapter until `stop`.

        Raises what keeps the channel from opening at the start (StartError: a port in use); later it is tried again.
        """
        while not self._stopping.is_set():
            pause = min(self._renewal, REOPEN_SECONDS)
            try:
                token = await self._lease.take()
                if token is not None:
                    await self._work(token)
                self.ready.set()
            except (RedisError, OSError, Fenced) as error:
                log.warning("channel_interrupted", channel=self.name, error=str(error))
            except Exception:
                if not self.ready.is_set():
                    raise
                # Whatever it is, it stops its channel for a moment, never the process with all the others: a port may
                # still be held by the process that had the lease before.
                log.exception("channel_parked", channel=self.name, hint="opened again in a moment")
                pause = FAULT_SECONDS
            await self._rest(pause)

    def stop(self) -> None:
        """Let `run` close the adapter, finish what is being sent and return."""
        self._stopping.set()

    async def _work(self, token: int) -> None:
        """Run the adapter for as long as the lease is ours."""
        sender = Sender(self._adapter, self._outbound, self._clock, self._limits)
        try:
            if await self._is_opened(sender, token):
                log.info("channel_open", channel=self.name)
                await self._serve(sender)
        finally:
            try:
                await self._adapter.stop()
            finally:
                await self._hand_back()
            log.info("channel_closed", channel=self.name)

    async def _hand_back(self) -> None:
        """Hand the lease back; where that can't be, it ends by itself, and what ended the channel is still told."""
        try:
            await self._lease.release()
        except (RedisError, OSError) as error:
            log.warning("channel_lease_not_released", channel=self.name, error=str(error), hint="it ends by itself")

    async def _is_opened(self, sender: Sender, token: int) -> bool:
        """Whether the adapter is open; it may take its time, and the lease is kept meanwhile. Raises StartError."""
        opening = asyncio.create_task(self._open(sender, token))
        try:
            return await self._keep(opening)
        finally:
            await end_task(opening)

    async def _open(self, sender: Sender, token: int) -> None:
        await sender.take_over(token)
        await self._adapter.start()

    async def _serve(self, sender: Sender) -> None:
        receiving, sending = asyncio.create_task(self._receive()), asyncio.create_task(sender.run())
        self.ready.set()
        try:
            await self._keep(receiving, sending)
        finally:
            sender.stop()
            await self._drain(sending)
            await end_task(receiving)

    async def _drain(self, sending: "asyncio.Task[None]") -> None:
        """Let what is in the adapter's hands come to its end under our lease, but not for ever."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while not sending.done():
                    await asyncio.wait({sending}, timeout=self._renewal)
                    await self._lease.renew()
        except (TimeoutError, RedisError, OSError) as error:
            log.warning("drain_cut_short", channel=self.name, error=str(error) or "it took too long")
        await end_task(sending)

    async def _keep(self, *tasks: "asyncio.Task[None]") -> bool:
        """Renew the lease until one of `tasks` has ended: True; or until `stop`, or until it is lost: False.

        Raises what ended the task.
        """
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            while not self._stopping.is_set():
                if not await self._is_ours():
                    log.warning("channel_lease_lost", channel=self.name)
                    break
                waited = {stopping, *tasks}
                await asyncio.wait(waited, timeout=self._renewal, return_when=asyncio.FIRST_COMPLETED)
                if ended := next((task for task in tasks if task.done()), None):
                    ended.result()
                    return True
            return False
        finally:
            stopping.cancel()

    async def _is_ours(self) -> bool:
        """Whether the lease is not known to be lost: while Redis is away, nobody else can take it either."""
        try:
            return await self._lease.renew()
        except (RedisError, OSError) as error:
            log.warning("channel_lease_not_renewed", channel=self.name, error=str(error))
            return True

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _receive(self) -> None:
        while True:
            try:
                async for arrival in self._adapter.receive():
                    await self._take(arrival)
            except StartError:
                raise
            except TemporaryError as error:
                log.warning("channel_reopens", channel=self.name, error=str(error))
                await asyncio.sleep(error.retry_after or REOPEN_SECONDS)
            except PermanentError as error:
                log.error("channel_parked", channel=self.name, error=str(error), hint="tried again in a minute")
                await asyncio.sleep(PARKED_SECONDS)
            except (RedisError, OSError) as error:
                log.warning("channel_reopens", channel=self.name, error=str(error))
                await asyncio.sleep(REOPEN_SECONDS)
            except Exception:
                # An adapter's own fault stops its channel for a moment, never the process with all the others.
                log.exception("channel_parked", channel=self.name, hint="tried again in a minute")
                await asyncio.sleep(PARKED_SECONDS)

    async def _take(self, arrival: Arrival) -> None:
        """Hold `arrival` durably, then tell the source; what can't be held stays with the source."""
        try:
            accepted = await self._inbox.accept(arrival.body, arrival.key)
        except (RedisError, OSError) as error:
            metrics.REFUSED.labels(self.name).inc()
            log.warning("arrival_refused", channel=self.name, error=str(error), hint="the source keeps it")
            await self._adapter.refuse(arrival, Refusal("the store is away: try again in a moment"))
            return
        except StoreClosed as error:
            # That the door was closed is told once, by who closed it.
            metrics.REFUSED.labels(self.name).inc()
            await self._adapter.refuse(arrival, error)
            return
        except HiloError as error:
            metrics.REFUSED.labels(self.name).inc()
            log.warning("arrival_refused", channel=self.name, error=str(error))
            await self._adapter.refuse(arrival, error)
            return
        except Exception:
            # What the inbox can't even look at would come again for ever: the source is told that it never will do.
            metrics.REFUSED.labels(self.name).inc()
            log.exception("arrival_unacceptable", channel=self.name)
            await self._adapter.refuse(arrival, Unacceptable("this message can't be taken as it is"))
            return
        (metrics.ACCEPTED if accepted.is_new else metrics.DUPLICATES).labels(self.name).inc()
        await self._adapter.settle(arrival)
