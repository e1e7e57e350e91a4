"""Requests to the customer of Twilio's: for TwiML, and to tell what has become of calls.

Signed; at most 15 seconds; tried once more where the connection failed, with the same `I-Twilio-Idempotency-Token`
(https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides, whose `#rc=…&rp=…&ct=…&rt=…&tt=…` are kept).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from sandbox.phone.clock import Clock, seconds
from sandbox.phone.twilio.faults import CallbackFaults
from sandbox.phone.twilio.signature import signature
from sandbox.x.records import is_loopback

_USER_AGENT = "TwilioProxy/1.1"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back: the status, 0 where nothing did."""

    status: int
    text: str = ""
    content_type: str = ""

    @property
    def is_success(self) -> bool:
        """Whether it was taken."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class _Overrides:
    """How a request is tried, as the address says behind its `#`."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, fragment: str) -> _Overrides:
        """As `fragment` says: `rc=2&rp=ct,5xx`, times in milliseconds."""
        given = dict(part.split("=", 1) for part in fragment.split("&") if "=" in part)
        policy = frozenset(given.get("rp", "ct").split(","))
        return cls(
            connect=_milliseconds(given, "ct", 5000, 10000),
            read=_milliseconds(given, "rt", 15000, 15000),
            total=_milliseconds(given, "tt", 15000, 15000),
            retries=min(int(given["rc"]), 5) if given.get("rc", "").isdecimal() else 1,
            policy=policy,
        )

    def is_again(self, outcome: str) -> bool:
        """Whether what failed so is tried once more."""
        return outcome in self.policy or ("all" in self.policy and outcome != "")


class Hooks:
    """Sends them. `faults` are of what is told only; `is_away` stops everything."""

    def __init__(
        self, token: str, clock: Clock, faults: Callable[[], CallbackFaults], is_away: Callable[[], bool]
    ) -> None:
        self._token = token
        self._clock = clock
        self._faults = faults
        self._is_away = is_away
        self._session: aiohttp.ClientSession | None = None
        self._held: list[Coroutine[Any, Any, Fetched]] = []
        self._tasks: set[asyncio.Task[Fetched | None]] = set()
        self.delivered = 0
        self.failed = 0

    async def close(self) -> None:
        """Give up what is on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for coroutine in self._held:
            coroutine.close()
        if self._session:
            await self._session.close()

    async def fetch(self, url: str, method: str, fields: Mapping[str, str]) -> Fetched:
        """Ask `url`; what came back. Never raises."""
        return await self._tried(url, method, fields, self._token)

    def tell(self, url: str, method: str, fields: Mapping[str, str]) -> None:
        """Send it by and by, as well as the faults let it."""
        faults = self._faults()
        if faults.forge_next:
            faults.forge_next -= 1
            forged = {**fields, "CallStatus": "completed", "CallDuration": "1"}
            self._spawn(self._tried(url, method, forged, "not the token"))
        if faults.lose_next:
            faults.lose_next -= 1
            return
        times = 2 if faults.double_next else 1
        faults.double_next -= times - 1
        for _ in range(times):
            self._held.append(self._told(url, method, fields, faults.delay_seconds))
        if len(self._held) >= faults.reverse:
            sent, self._held = self._held[::-1] if faults.reverse else self._held, []
            for one in sent:
                self._spawn(one)

    async def _told(self, url: str, method: str, fields: Mapping[str, str], delay: float) -> Fetched:
        if delay:
            await self._clock.sleep(seconds(delay))
        fetched = await self._tried(url, method, fields, self._token)
        self.delivered += fetched.is_success
        self.failed += not fetched.is_success
        return fetched

    async def _tried(self, url: str, method: str, fields: Mapping[str, str], token: str) -> Fetched:
        address, _, fragment = url.partition("#")
        overrides, key = _Overrides.of(fragment), str(uuid.uuid4())
        fetched, outcome = Fetched(0), "ct"
        try:
            async with asyncio.timeout(overrides.total):
                for _ in range(overrides.retries + 1):
                    fetched, outcome = await self._once(address, method, fields, token, key, overrides)
                    if not overrides.is_again(outcome):
                        break
        except TimeoutError:
            return Fetched(0)
        return fetched

    async def _once(
        self, url: str, method: str, fields: Mapping[str, str], token: str, key: str, overrides: _Overrides
    ) -> tuple[Fetched, str]:
        """What came back, and how it failed: `ct`, `rt`, `4xx`, `5xx`, or not at all."""
        if self._is_away() or not is_loopback(url):
            # An address in TwiML may be any; nothing leaves the machine.
            return Fetched(0), ""
        form = dict(fields) if method == "POST" else {}
        target = url if form else url + ("&" if "?" in url else "?") + urlencode(fields)
        headers = {
            "X-Twilio-Signature": signature(token, target, form),
            "I-Twilio-Idempotency-Token": key,
            "User-Agent": _USER_AGENT,
        }
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=overrides.connect, sock_read=overrides.read)
        try:
            async with self._client().request(
                method, URL(target, encoded=True), data=form or None, headers=headers, timeout=timeout
            ) as response:
                fetched = Fetched(response.status, await response.text(errors="replace"), response.content_type)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return Fetched(0), "ct"
        except (aiohttp.ClientError, TimeoutError):
            return Fetched(0), "rt"
        return fetched, f"{fetched.status // 100}xx" if fetched.status >= 400 else ""

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    def _spawn(self, work: Coroutine[Any, Any, Fetched]) -> None:
        task: asyncio.Task[Fetched | None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _milliseconds(given: Mapping[str, str], name: str, default: int, most: int) -> float:
    """A time in seconds, at least a tenth of one."""
    text = given.get(name, "")
    return min(max(int(text) if text.isdecimal() else default, 100), most) / 1000
