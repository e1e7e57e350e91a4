"""The way to Asterisk: ARI's requests, each answer judged, and the socket on which its events come.

The routes, parameters and codes are those of its Swagger (`/ari/api-docs/channels.json`, `bridges.json`; explained at
docs.asterisk.org, "Asterisk REST Interface").
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from channels.phone.asterisk.settings import AsteriskSettings
from router.model.errors import PermanentError, StartError, TemporaryError, UnknownOutcome

TIMES = aiohttp.ClientTimeout(total=20, sock_connect=5, sock_read=15)
HEARTBEAT = 20.0
CONNECTIONS = 16
ANSWER_BYTES = 4_000_000
WORDS = 200
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INTERNAL = 401, 403, 404, 409, 500
BAD_GATEWAY, UNAVAILABLE = 502, 503
Channel = Mapping[str, Any]


class Refused(PermanentError):
    """Asterisk understood and will not, or can't: `status` is its HTTP status."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class Client:
    """One Asterisk."""

    def __init__(self, settings: AsteriskSettings) -> None:
        self._settings = settings
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close all connections; the next request opens one anew."""
        http, self._http = self._http, None
        if http:
            await http.close()

    def events(self) -> "AbstractAsyncContextManager[aiohttp.ClientWebSocketResponse]":
        """The socket with our application's events: while nobody has it open, Asterisk gives us no channel."""
        query = {"app": self._settings.app, "subscribeAll": "false"}
        return self._opened().ws_connect(
            self._at("events"), params=query, headers=self._headers(), heartbeat=HEARTBEAT, max_msg_size=ANSWER_BYTES
        )

    async def channels(self) -> list[Channel]:
        """All channels that Asterisk has now, ours and others'."""
        found = await self.ask("GET", "channels")
        return found if isinstance(found, list) else []

    async def bridges(self) -> list[Channel]:
        """All bridges that Asterisk has now."""
        found = await self.ask("GET", "bridges")
        return found if isinstance(found, list) else []

    async def channel(self, name: str) -> Channel | None:
        """The channel as it is now; None if there is none (any more)."""
        found = await self._if_there("GET", "channels", name)
        return found if isinstance(found, dict) else None

    async def bridged(self, name: str) -> frozenset[str]:
        """The channels in the bridge of that name; none where there is no such bridge."""
        found = await self._if_there("GET", "bridges", name)
        return frozenset(found.get("channels", ())) if found else frozenset()

    async def playback(self, name: str) -> Channel | None:
        """What is played under that name; None once it is over."""
        found = await self._if_there("GET", "playbacks", name)
        return found if isinstance(found, dict) else None

    async def hush(self, playback: str) -> None:
        """Stop what is played under that name: a channel that plays can't be joined. Harmless if it is over."""
        await self._if_there("DELETE", "playbacks", playback)

    async def variable(self, channel: str, name: str) -> str:
        """The value of the channel's variable, empty where it has none."""
        found = await self._if_there("GET", "channels", channel, "variable", variable=name)
        return str(found.get("value", "")) if found else ""

    async def originate(self, name: str, endpoint: str, variables: Mapping[str, str], **query: str) -> None:
        """Ring `endpoint` by a channel with that name, unless there is one of that name already."""
        query |= {"endpoint": endpoint, "app": self._settings.app, "channelId": name}
        try:
            await self.ask("POST", "channels", query=query, body={"variables": dict(variables)})
        except Refused as error:
            if error.status != CONFLICT:
                raise

    async def hang_up(self, channel: str, reason: str = "normal") -> None:
        """End the channel. Harmless if it is gone."""
        await self._if_there("DELETE", "channels", channel, reason=reason)

    async def do(self, channel: str, action: str, **query: str) -> None:
        """Have the channel `ring`, `answer`, `play`, `continue`, … Raises Refused if it is gone or not ours."""
        await self.ask("POST", "channels", channel, action, query=query)

    async def silence_ringing(self, channel: str) -> None:
        """Let the channel hear no ringing any more. Harmless if it is gone."""
        await self._if_there("DELETE", "channels", channel, "ring")

    async def join(self, bridge: str, *channels: str) -> None:
        """Let the channels talk in the bridge of that name, which is made if there is none."""
        await self.ask("POST", "bridges", bridge, query={"type": "mixing", "name": bridge})
        await self.ask("POST", "bridges", bridge, "addChannel", query={"channel": ",".join(channels)})

    async def record(self, bridge: str) -> None:
        """Record the bridge under its own name; a second time it goes on."""
        query = {"name": bridge, "format": "wav", "ifExists": "append"}
        try:
            await self.ask("POST", "bridges", bridge, "record", query=query)
        except Refused as error:
            if error.status != CONFLICT:
                raise

    async def end_bridge(self, bridge: str) -> None:
        """Take the bridge away. Harmless if it is gone."""
        await self._if_there("DELETE", "bridges", bridge)

    async def _if_there(self, method: str, *path: str, **query: str) -> Any:
        try:
            return await self.ask(method, *path, query=query)
        except Refused as error:
            if error.status != NOT_FOUND:
                raise
            return None

    async def ask(self, method: str, *path: str, query: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """What Asterisk answers; None for no content.

        Raises TemporaryError if it surely did nothing and may later, Refused if it will not, UnknownOutcome if
        something was to be done and nobody knows whether it was.
        """
        try:
            # The password goes to `url` alone.
            async with self._opened().request(
                method, self._at(*path), params=query, json=body, headers=self._headers(), allow_redirects=False
            ) as response:
                return _judged(method, response.status, await response.read())
        except aiohttp.ClientConnectorError as error:
            raise TemporaryError(f"Asterisk can't be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"Asterisk broke off before it had answered: {str(error) or type(error).__name__}"
            raise (TemporaryError(words) if method == "GET" else UnknownOutcome(words)) from error

    def _at(self, *path: str) -> str:
        return "/".join((self._settings.url, "ari", *(quote(part, safe="") for part in path)))

    def _headers(self) -> Mapping[str, str]:
        """Who we are, read anew for each request: a new password needs no restart. Raises TemporaryError without it."""
        try:
            known = aiohttp.encode_basic_auth(self._settings.user, self._settings.password.reveal(), encoding="utf-8")
            return {"Authorization": known}
        except StartError as error:
            raise TemporaryError(str(error)) from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS)
            cookies = aiohttp.DummyCookieJar()
            self._http = aiohttp.ClientSession(connector=connector, timeout=TIMES, cookie_jar=cookies)
        return self._http


def _judged(method: str, status: int, body: bytes) -> Any:
    found = _parsed(body)
    if 200 <= status < 300:
        return found
    told = found.get("message") or found.get("error") if isinstance(found, dict) else None
    words = f"Asterisk answered {status}: {str(told or 'no reason given')[:WORDS]}"
    if status in (UNAUTHORIZED, FORBIDDEN):
        raise TemporaryError(f"{words}; compare `user` and `password` with ari.conf (read_only must be no)")
    if status in (BAD_GATEWAY, UNAVAILABLE) or (status >= INTERNAL and method == "GET"):
        raise TemporaryError(words)
    if status > INTERNAL:
        raise UnknownOutcome(words)
    raise Refused(words, status)


def _parsed(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body) if body else None
    except msgspec.DecodeError:
        return None
