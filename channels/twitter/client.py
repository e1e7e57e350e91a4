"""The way to X: tweepy's asynchronous client over a session of ours that keeps limits and tells how far a call came.

Tweepy knows the API's routes and parameters. What it does with an answer that is no success (it reads all of them as
JSON, and sleeps over limits) is not for us: each answer is judged here, before tweepy sees it.
"""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import aiohttp
from oauthlib.oauth1 import Client as Signer
from tweepy.asynchronous import AsyncClient
from yarl import URL

from channels.twitter.answer import Answer, judged
from channels.twitter.limits import Call, Limits
from channels.twitter.settings import CHANNEL, TwitterSettings, X
from router.model.errors import StartError, TemporaryError, UnknownOutcome
from router.store import metrics

TIMES = aiohttp.ClientTimeout(total=60, sock_connect=10, sock_read=30)
CONNECTIONS = 8
ANSWER_BYTES = 16_000_000
AGENT = "Hilo"


class Keys:
    """The account's OAuth 1.0a keys, read anew for each call: a new one needs no restart."""

    def __init__(self, settings: TwitterSettings) -> None:
        self._settings = settings

    def signed(self, method: str, url: URL) -> Mapping[str, str]:
        """The headers of a call (RFC 5849 section 3). Raises TemporaryError where a key has gone."""
        settings = self._settings
        try:
            signer = Signer(
                settings.consumer_key.reveal(),
                settings.consumer_secret.reveal(),
                settings.access_token.reveal(),
                settings.access_token_secret.reveal(),
            )
        except StartError as error:
            raise TemporaryError(str(error)) from error
        _, headers, _ = signer.sign(str(url), method)
        return {"Authorization": str(headers["Authorization"])}


class Session:
    """What tweepy takes for an aiohttp session: calls go to `base_url`, signed anew, within the limits."""

    closed = False

    def __init__(self, settings: TwitterSettings, limits: Limits) -> None:
        self._base = settings.base_url
        self._keys = Keys(settings)
        self._limits = limits
        self._http: aiohttp.ClientSession | None = None

    def request(self, method: str, url: URL | str, *, json: Any = None, **_: Any) -> "Exchange":
        """The call; `params` and `headers` of tweepy are in the address already, or are ours to make."""
        return Exchange(self, method, URL(url) if isinstance(url, str) else url, json)

    async def exchange(self, method: str, url: URL, body: Any) -> Answer:
        """The answer to one call, a success.

        Raises LimitReached, unasked, if it may not be made now; TemporaryError if it surely did nothing and may later,
        PermanentError if it never will, UnknownOutcome if something was to be written and nobody knows whether it was.
        """
        call = Call.of(method, url.path)
        result = "held_back"
        try:
            await self._limits.take(call)
            result = "lost"
            answer = await self._asked(method, url, body)
            result = str(answer.status)
        finally:
            metrics.PROVIDER_CALLS.labels(CHANNEL, call.ask, result).inc()
        wait = await self._limits.learn(call, answer.status, answer.headers)
        return judged(answer, is_write=method != "GET", wait=wait)

    async def close(self) -> None:
        """Close all connections; the next call opens one anew."""
        http, self._http = self._http, None
        if http:
            await http.close()

    async def _asked(self, method: str, url: URL, body: Any) -> Answer:
        # Signed for X, which is who looks at it: what stands at `base_url` may be on the way there.
        headers = {**self._keys.signed(method, _at(X, url)), "User-Agent": AGENT}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        try:
            # Followed blindly, an answer of the wrong host would take our signature, and the customers' words, there.
            async with self._opened().request(
                method, _at(self._base, url), data=data, headers=headers, allow_redirects=False
            ) as response:
                return Answer(response.status, response.reason or "", response.headers, await _read(response))
        except aiohttp.ClientConnectorError as error:
            raise TemporaryError(f"X can't be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"X broke off before it had answered: {str(error) or type(error).__name__}"
            raise (TemporaryError(words) if method == "GET" else UnknownOutcome(words)) from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS)
            cookies = aiohttp.DummyCookieJar()
            self._http = aiohttp.ClientSession(connector=connector, timeout=TIMES, cookie_jar=cookies)
        return self._http


class Exchange:
    """One call as tweepy awaits it: `async with session.request(…) as response`."""

    def __init__(self, session: Session, method: str, url: URL, body: Any) -> None:
        self._session = session
        self._call = (method, url, body)

    async def __aenter__(self) -> Answer:
        return await self._session.exchange(*self._call)

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        return None


class XClient:
    """One account's way to X. `api` is tweepy's client: it answers with dictionaries, as X wrote them."""

    def __init__(self, settings: TwitterSettings, limits: Limits) -> None:
        self.session = Session(settings, limits)
        # The keys are put in by the session; tweepy only needs to see that there are some.
        self.api = AsyncClient(
            consumer_key=AGENT, consumer_secret=AGENT, access_token=AGENT, access_token_secret=AGENT, return_type=dict
        )
        self.api.session = self.session

    async def close(self) -> None:
        """Close all connections."""
        await self.session.close()


def _at(base: str, url: URL) -> URL:
    """`url` below `base` instead of where tweepy put it, its query as tweepy wrote it."""
    query = f"?{url.raw_query_string}" if url.raw_query_string else ""
    return URL(f"{base}{url.raw_path}{query}", encoded=True)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The answer's body; TemporaryError if it has no end."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > ANSWER_BYTES:
            raise aiohttp.ClientPayloadError(f"more than {ANSWER_BYTES} bytes")
    return bytes(body)
