"""The calls of which no end has been told are looked at: a lost webhook, or event, is not a lost call."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from channels.phone.provider import Provider, Reported
from router.model.clock import Clock
from router.model.errors import HiloError, TemporaryError
from router.store.open_calls import OpenCall, OpenCalls
from router.store.posted import Posted

log = structlog.get_logger()

EVERY = timedelta(seconds=30)
# What happens in the first minute is told by itself, nearly always.
FIRST = timedelta(minutes=1)
# Longer than any call; what became of it then is nobody's to tell any more.
FORGOTTEN = timedelta(days=1)


class Watch:
    """Looks at the calls under way, one round after the other."""

    def __init__(self, provider: Provider, calls: OpenCalls, placed: Posted, clock: Clock) -> None:
        self._provider = provider
        self._calls = calls
        self._placed = placed
        self._clock = clock
        self._is_away = False

    async def reports(self) -> AsyncIterator[Reported]:
        """Yield how far each has come that should be over or told of by now, until cancelled."""
        while True:
            await self._clock.sleep(EVERY)
            try:
                for call in await self._calls.all():
                    if report := await self._looked(call):
                        yield report
            except (RedisError, OSError) as error:
                log.warning("calls_looked_at_later", error=str(error))

    async def _looked(self, call: OpenCall) -> Reported | None:
        age = self._clock.now() - call.at
        if age >= FORGOTTEN:
            log.warning("call_forgotten", call=call.id, hint="nothing was told of its end for a day")
            await self._calls.end(call.id)
            return None
        placed = await self._placed.of(call.id) if call.order else ()
        if call.order is None or age < FIRST or not placed:
            return None
        return await self._asked(lambda: self._provider.look(call.order, placed[0]) if call.order else _nothing())

    async def _asked(self, look: Callable[[], Awaitable[Reported | None]]) -> Reported | None:
        try:
            found = await look()
        except TemporaryError as error:
            if not self._is_away:
                log.warning("exchange_away", error=str(error), hint="it is asked again until it answers")
            self._is_away = True
            return None
        except HiloError as error:
            log.error("call_unknown", error=str(error))
            return None
        if self._is_away:
            log.info("exchange_back")
        self._is_away = False
        return found


async def _nothing() -> None:
    return None
