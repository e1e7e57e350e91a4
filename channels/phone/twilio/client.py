"""The way to Twilio's REST API: a call each, judged by whether it surely did nothing, never will, or may have."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from channels.phone.settings import CHANNEL, TwilioSettings
from channels.phone.twilio.refusals import failure
from router.model.errors import StartError, TemporaryError, UnknownOutcome
from router.store import metrics

VERSION = "2010-04-01"
TIMES = aiohttp.ClientTimeout(total=30, sock_connect=5, sock_read=15)
CONNECTIONS = 8
ANSWER_BYTES = 4_000_000
AGENT = "Hilo"

Fields = Sequence[tuple[str, str]]


class TwilioClient:
    """One account's way to Twilio. The token is read anew for each call: a new one needs no restart."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        self._base = f"{settings.base_url}/{VERSION}/Accounts/{settings.account_sid}"
        self._http: aiohttp.ClientSession | None = None

    async def get(self, path: str, query: Fields = ()) -> Mapping[str, Any]:
        """The resource at `path` below the account. Raises TemporaryError where it can't be read now."""
        return await self._asked("GET", path, query)

    async def post(self, path: str, form: Fields) -> Mapping[str, Any]:
        """What becomes of `form` at `path`.

        Raises TemporaryError if it surely did nothing and may later, PermanentError if it never will, UnknownOutcome
        if it may have been done.
        """
        return await self._asked("POST", path, form)

    async def close(self) -> None:
        """Close all connections; the next call opens one anew."""
        http, self._http = self._http, None
        if http:
            await http.close()

    async def _asked(self, method: str, path: str, fields: Fields) -> Mapping[str, Any]:
        result = "lost"
        try:
            status, headers, body = await self._exchanged(method, path, fields)
            result = str(status)
        finally:
            metrics.PROVIDER_CALLS.labels(CHANNEL, f"{method} {_route(path)}", result).inc()
        if not 200 <= status < 300:
            raise failure(status, headers, body, is_write=method == "POST")
        return _read(body, is_write=method == "POST")

    async def _exchanged(self, method: str, path: str, fields: Fields) -> tuple[int, Mapping[str, str], bytes]:
        given = {"data": aiohttp.FormData(fields)} if method == "POST" else {"params": list(fields)}
        headers, url = {"Authorization": self._auth()}, f"{self._base}{path}"
        try:
            # Followed blindly, an answer of the wrong host would take our token there.
            async with self._opened().request(method, url, headers=headers, allow_redirects=False, **given) as response:
                body = await response.content.read(ANSWER_BYTES)
                while chunk := await response.content.read(ANSWER_BYTES):
                    body += chunk
                    if len(body) > ANSWER_BYTES:
                        raise aiohttp.ClientPayloadError(f"more than {ANSWER_BYTES} bytes")
                return response.status, response.headers, body
        except aiohttp.ClientConnectorError as error:
            raise TemporaryError(f"Twilio can't be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"Twilio broke off before it had answered: {str(error) or type(error).__name__}"
            raise (TemporaryError(words) if method == "GET" else UnknownOutcome(words)) from error

    def _auth(self) -> str:
        try:
            return aiohttp.encode_basic_auth(self._settings.account_sid, self._settings.auth_token.reveal())
        except StartError as error:
            raise TemporaryError(str(error)) from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS)
            self._http = aiohttp.ClientSession(
                connector=connector, timeout=TIMES, cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": AGENT}
            )
        return self._http


def _read(body: bytes, *, is_write: bool) -> Mapping[str, Any]:
    """The object that a success holds; what can't be read tells nothing of what was done."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    words = "Twilio answered what can't be read"
    raise UnknownOutcome(words) if is_write else TemporaryError(words)


def _route(path: str) -> str:
    """`path` without what names one call, for the metric."""
    parts = path.removesuffix(".json").split("/")
    return "/".join("…" if part.startswith("CA") and len(part) == 34 else part for part in parts)
