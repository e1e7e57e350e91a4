"""A directory behind a REST call: one customer a call, its answer read as JSON and kept for a moment."""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import aiohttp

from directory.asking import Values, askings
from directory.contract import Entry, OnlyAsked
from directory.fields import Odd, at, entry_of
from directory.settings import HttpSettings, placeholders
from router.model.clock import Clock
from router.model.errors import PermanentError, StartError, TemporaryError
from router.model.fact import Fact
from router.model.message import Handle

CONNECTIONS = 32
KEPT = 10_000
AGENT = "Hilo"
UNKNOWN = (204, 404, 410)
"""How a directory says that it knows nobody."""

Asked = tuple[str, tuple[tuple[str, str], ...]]


class HttpDirectory(OnlyAsked):
    """The customers that a REST call tells."""

    name = "http"

    def __init__(self, settings: HttpSettings, clock: Clock, region: str = "") -> None:
        self._settings = settings
        self._region = region
        self._clock = clock
        self._http: aiohttp.ClientSession | None = None
        self._kept: OrderedDict[Asked, tuple[datetime, Entry | None]] = OrderedDict()

    async def open(self) -> None:
        """Nothing is asked before there is somebody to ask about."""

    async def look_up(self, handles: Sequence[Handle], facts: Sequence[Fact]) -> Entry | None:
        """The customer of the first of these that the call knows.

        Raises TemporaryError where it can't tell now, PermanentError where what it says makes no sense.
        """
        for values in askings(handles, facts):
            asked = _asked(self._settings, values)
            if asked and (found := await self._entry(asked)):
                return found
        return None

    async def close(self) -> None:
        """Close all connections."""
        http, self._http = self._http, None
        if http:
            await http.close()

    async def _entry(self, asked: Asked) -> Entry | None:
        kept = self._kept.get(asked)
        if kept and self._clock.now() < kept[0]:
            return kept[1]
        found = self._read(await self._body(asked))
        self._kept[asked] = (self._clock.now() + self._settings.cache, found)
        self._kept.move_to_end(asked)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    async def _body(self, asked: Asked) -> bytes | None:
        """What the call answered; None where it knows nobody."""
        url, query = asked
        try:
            # Followed blindly, an answer could take our secrets, and customers' addresses, elsewhere.
            async with self._opened().get(
                url, params=query, headers=self._headers(), allow_redirects=False
            ) as response:
                if response.status in UNKNOWN:
                    return None
                _check(response)
                return await self._bounded(response)
        except TimeoutError as error:
            raise TemporaryError("the directory did not answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The error's own words may hold the address that was asked, and with it the customer's.
            raise TemporaryError(f"the directory can't be asked: {type(error).__name__}") from error

    async def _bounded(self, response: aiohttp.ClientResponse) -> bytes:
        body = b""
        async for piece in response.content.iter_chunked(65_536):
            body += piece
            if len(body) > self._settings.max_size:
                raise TemporaryError(f"the directory answered more than {self._settings.max_size:,} bytes")
        return body

    def _read(self, body: bytes | None) -> Entry | None:
        if body is None:
            return None
        try:
            answer: Any = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise TemporaryError("the directory answered what is no JSON") from error
        record = at(answer, self._settings.within) if self._settings.within else answer
        if record is None or record in ({}, []):
            return None
        if not isinstance(record, Mapping):
            raise PermanentError("the directory's answer is no customer: see `directory.http.within`")
        try:
            return entry_of(record, self._settings.answer, self._region)
        except Odd as error:
            raise PermanentError(f"the directory's answer has no id at `{error.place}`") from error

    def _headers(self) -> Mapping[str, str]:
        """Each secret is read anew: a new one needs no restart."""
        try:
            secrets = {name: secret.reveal() for name, secret in self._settings.headers.items()}
        except StartError as error:
            raise TemporaryError(str(error)) from error
        return {"Accept": "application/json", "User-Agent": AGENT} | secrets

    def _opened(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=self._settings.timeout.total_seconds()),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._http


def _asked(settings: HttpSettings, values: Values) -> Asked | None:
    """The address and the parameters of the call; None where `values` have nothing that it asks with.

    A parameter for which there is no value is left out; without one in the address there is no call.
    """
    if not set(placeholders(settings.url)) <= values.keys():
        return None
    query = {name: text for name, text in settings.query.items() if set(placeholders(text)) <= values.keys()}
    if not any(placeholders(text) for text in (settings.url, *query.values())):
        return None
    url = settings.url.format_map({name: quote(value, safe="") for name, value in values.items()})
    return url, tuple((name, text.format_map(values)) for name, text in query.items())


def _check(response: aiohttp.ClientResponse) -> None:
    """Nothing, for an answer that can be read. Raises what is to be done otherwise."""
    status = response.status
    if status == 200:
        return
    if status in (400, 422):
        raise PermanentError(f"the directory refused the question ({status})")
    if 300 <= status < 400:
        raise TemporaryError(f"the directory answered {status}: it leads elsewhere, and is not followed")
    after = response.headers.get("Retry-After", "")
    raise TemporaryError(f"the directory answered {status}", float(after) if after.isdecimal() else None)
