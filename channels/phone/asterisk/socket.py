"""Asterisk's events, as long as Hilo runs: a socket that breaks is opened again, and what was missed is looked for."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import msgspec
import structlog
from redis.exceptions import RedisError

from channels.phone.asterisk.backoff import pause
from channels.phone.asterisk.client import Client
from channels.phone.asterisk.hearing import Event
from router.model.clock import Clock
from router.model.errors import HiloError
from router.store.tasks import end_task

log = structlog.get_logger()

HINT = "compare `url`, `app`, `user` and `password` with http.conf and ari.conf"


class Socket:
    """Listens; `is_open` is when Asterisk gives us its channels."""

    def __init__(
        self, client: Client, clock: Clock, hear: Callable[[Event], None], look: Callable[[], Awaitable[None]]
    ) -> None:
        """`hear` gets each event; `look` is called whenever events may have been missed."""
        self._client = client
        self._clock = clock
        self._hear = hear
        self._look = look
        self.is_open = False

    async def listen(self) -> None:
        """Until cancelled."""
        failures = 0
        is_told = False
        while True:
            try:
                async with self._client.events() as connection:
                    log.info("asterisk_open")
                    failures, is_told = 0, False
                    await self._listen(connection)
            except (aiohttp.ClientError, HiloError, OSError, TimeoutError) as error:
                failures += 1
                if not is_told:
                    log.warning("asterisk_away", error=str(error) or type(error).__name__, hint=HINT)
                is_told = True
            finally:
                self.is_open = False
            await self._clock.sleep(pause(failures))

    async def _listen(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self.is_open = True
        looking = asyncio.create_task(self._look_until_seen())
        try:
            async for message in connection:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(message.data)
        finally:
            await end_task(looking)

    def _take(self, data: str) -> None:
        try:
            event = msgspec.json.decode(data)
        except msgspec.DecodeError as error:
            log.warning("asterisk_event_unreadable", error=str(error))
            return
        if not isinstance(event, dict):
            return
        if event.get("type") == "ApplicationReplaced":
            log.warning(
                "asterisk_app_taken", hint="another program has connected for the same `app`: give each its own"
            )
        self._hear(event)

    async def _look_until_seen(self) -> None:
        failures = 0
        while True:
            try:
                await self._look()
            except (HiloError, RedisError, OSError) as error:
                failures += 1
                log.warning("asterisk_not_seen", error=str(error), hint="looked at again in a moment")
                await self._clock.sleep(pause(failures))
            else:
                return
