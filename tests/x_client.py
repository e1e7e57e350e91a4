"""tweepy's client, led to the sandbox as an adapter leads it: what it signs for api.twitter.com goes to loopback."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from oauthlib.oauth1 import Client as Signer
from tweepy.asynchronous import AsyncClient
from yarl import URL

from tests.sandbox_process import X_KEYS

KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it left, signed."""

    method: str
    url: URL
    headers: Mapping[str, str]


class _Rewriting:
    """A session for tweepy that changes scheme and host of each request."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = URL(base)
        self.sent: list[Sent] = []
        self.closed = False

    def request(self, method: str, url: str | URL, **how: Any) -> Any:
        there = URL(url) if isinstance(url, str) else url
        url = URL(str(self._base).rstrip("/") + there.raw_path_qs, encoded=True)
        self.sent.append(Sent(method, url, how["headers"]))
        return self._session.request(method, url, **how)


class XClient:
    """`async with XClient(sandbox.x_url) as x: await x.tweepy.get_me(user_auth=True)`."""

    def __init__(self, x_url: str, keys: dict[str, str] = X_KEYS, return_type: type = dict) -> None:
        self._x_url = x_url
        self._session: aiohttp.ClientSession | None = None
        self._plain = {name.removeprefix("x_"): value for name, value in keys.items()}
        self._return_type = return_type
        self.tweepy: Any = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        self.tweepy = AsyncClient(**self._plain, return_type=self._return_type)
        self.tweepy.session = _Rewriting(self._session, self._x_url)
        return self

    async def ask(self, method: str, path: str, **how: Any) -> Any:
        """Ask for what tweepy's client has no call for, signed as it signs; what is refused is an AssertionError."""
        status, answer = await self.raw(method, path, **how)
        assert status < 300, answer
        return answer

    async def raw(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **how: Any
    ) -> tuple[int, Any]:
        """The status and the JSON that a signed request is answered with."""
        signer = Signer(*(self._plain[name] for name in KEYS))
        url, signed, _ = signer.sign(f"https://api.twitter.com{path}", method)
        sent = {**(headers or {}), **signed}
        url = URL(url, encoded=True)
        async with self.tweepy.session.request(method, url, headers=sent, **how) as response:
            return response.status, await response.json()

    @property
    def sent(self) -> list[Sent]:
        """What has left so far."""
        sent: list[Sent] = self.tweepy.session.sent
        return sent

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()
