"""A running desk for tests, on a real server and a free port, and people and scripts that use it over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientSession, DummyCookieJar
from multidict import CIMultiDictProxy

from channels.files import Files
from desk.app import Desk
from desk.services import Services
from desk.settings import DeskSettings
from desk.tokens import Tokens
from history.archive import Archive
from router.model.ids import PARTITIONS, AgentId
from router.model.secret import Secret
from router.model.team import Agent
from router.model.units import Endpoint
from router.store.connection import Connection
from router.store.feed import Feed
from router.store.inbox import Inbox
from router.store.live import LiveChannel
from router.store.records import Records
from tests.clock import HeldClock
from tests.core import ANA, BETO, CARE, POLICY, TEAMS
from tests.ports import free_ports

CARLA = Agent(AgentId("carla"), "Carla", frozenset({CARE}))
PASSWORD = "una contraseña larga"


@dataclass(frozen=True)
class Person:
    """A user of the desk, with a password that tests know."""

    agent: Agent
    password: Secret = field(default_factory=lambda: Secret.of(PASSWORD))


USERS: Mapping[str, Person] = {agent.id: Person(agent) for agent in (ANA, BETO, CARLA)}


@dataclass(frozen=True)
class Answer:
    """What the desk answered."""

    status: int
    body: Any
    headers: CIMultiDictProxy[str]

    @property
    def code(self) -> str:
        """A problem's code."""
        return str(self.body["code"])


@dataclass(frozen=True)
class Office:
    """A desk, and ways to ask it."""

    desk: Desk
    services: Services
    http: ClientSession
    tokens: Tokens
    port: int

    @property
    def url(self) -> str:
        """Where the desk is, whatever its public address."""
        return f"http://127.0.0.1:{self.port}"

    async def ask(self, method: str, path: str, **more: Any) -> Answer:
        """What the desk answers to one request."""
        async with self.http.request(method, f"{self.url}{path}", allow_redirects=False, **more) as response:
            text = await response.text()
            body = json.loads(text) if "json" in response.content_type else text
            return Answer(response.status, body, response.headers)

    async def script(self, agent: Agent) -> "Script":
        """A script that may do what `agent` may."""
        token = await self.tokens.create(f"for-{agent.id}", agent.teams, agent.role)
        return Script(self, {"Authorization": f"Bearer {token}"})

    async def sign_in(self, user: str, password: str = PASSWORD, **headers: str) -> Answer:
        """What the desk answers to somebody at its own page who wants to sign in."""
        own = {"Origin": self.url, **_dashed(headers)}
        return await self.ask("POST", "/api/session", json={"user": user, "password": password}, headers=own)

    async def page(self, user: str) -> "Script":
        """The desk's page in the browser of `user`, who has signed in."""
        answer = await self.sign_in(user)
        assert answer.status == 204, answer.body
        return Script(self, {"Cookie": answer.headers["Set-Cookie"].partition(";")[0], "Origin": self.url})


@dataclass(frozen=True)
class Script:
    """Somebody who is known to the desk."""

    office: Office
    headers: Mapping[str, str]

    async def get(self, path: str, **headers: str) -> Answer:
        """What is at `path`."""
        return await self.office.ask("GET", path, headers={**self.headers, **_dashed(headers)})

    async def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """What becomes of `body`; a keyword `if_match` is the header If-Match."""
        sent = {"json": {} if body is None else body}
        return await self.office.ask("POST", path, headers={**self.headers, **_dashed(headers)}, **sent)

    @asynccontextmanager
    async def feed(self, query: str = "", **headers: str) -> AsyncIterator["Events"]:
        """The open feed."""
        url = f"{self.office.url}/api/feed{query}"
        async with self.office.http.get(url, headers={**self.headers, **_dashed(headers)}) as response:
            assert response.status == 200, await response.text()
            yield Events(response.content)


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    kind: str
    data: Any
    id: str


class Events:
    """The events of an open feed, as a browser reads them; `position` is the last one that it was told."""

    def __init__(self, content: asyncio.StreamReader | Any) -> None:
        self._content = content
        self.position = ""

    async def next(self, seconds: float = 10.0) -> Event:
        """The next event that has data."""
        async with asyncio.timeout(seconds):
            while True:
                fields = await self._block()
                self.position = fields.get("id", self.position)
                if "data" in fields:
                    return Event(fields.get("event", "message"), json.loads(fields["data"]), self.position)

    async def begun(self) -> str:
        """The position that the feed begins with."""
        async with asyncio.timeout(10):
            self.position = (await self._block())["id"]
        return self.position

    async def is_over(self, seconds: float = 10.0) -> bool:
        """Whether the desk ends the feed within `seconds`."""
        async with asyncio.timeout(seconds):
            while await self._content.readline():
                pass
        return True

    async def _block(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        while (line := (await self._content.readline()).decode()) not in ("\n", ""):
            name, _, value = line.rstrip("\n").partition(": ")
            fields[name] = value
        assert line, "the feed has ended"
        return fields


def lent(connection: Connection, **more: Any) -> Services:
    """What a desk is lent, on the server of `connection`."""
    clock = HeldClock()
    parts: dict[str, Any] = {
        "clock": clock,
        "connection": connection,
        "inbox": Inbox(connection, clock),
        "records": Records(connection, PARTITIONS),
        "feed": Feed(connection, PARTITIONS),
        "live": LiveChannel(connection),
        "teams": TEAMS,
        "users": USERS,
        "files": Files(None),
        "answers_by": frozenset(POLICY.answer_by or ()),
    }
    return Services(**(parts | more))


@asynccontextmanager
async def running_desk(
    url: str, *, public_url: str | None = None, session: timedelta = timedelta(hours=12), **more: Any
) -> AsyncIterator[Office]:
    """A desk on the Redis at `url`, with an archive of its own; `more` replaces what it is lent."""
    with TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        connection = Connection(url)
        services = lent(connection, **({"archive": archive, "files": Files(Path(folder) / "attachments")} | more))
        try:
            async with _serving(services, public_url, session) as office:
                yield office
        finally:
            await connection.close()
            await archive.close()


@asynccontextmanager
async def _serving(services: Services, public_url: str | None, session: timedelta) -> AsyncIterator[Office]:
    [port] = free_ports(1)
    settings = DeskSettings(listen=Endpoint("127.0.0.1", port), public_url=public_url, session=session)
    desk = Desk(settings, services)
    await desk.start()
    try:
        async with ClientSession(cookie_jar=DummyCookieJar()) as http:
            yield Office(desk, services, http, Tokens(services.connection, services.clock), port)
    finally:
        await desk.stop()


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
