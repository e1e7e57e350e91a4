"""One company's customers in each kind of directory: a CSV, a YAML, a REST service and a database."""

import asyncio
import csv
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from directory.contract import Directory
from directory.registry import directory_for
from directory.settings import DirectorySettings
from router.model.clock import Clock
from tests.clock import HeldClock

COLUMNS = ("nro", "correo", "movil", "x", "nombre", "lang", "tier", "region", "expertise", "followers", "tags", "plan")
PEOPLE: list[dict[str, str]] = [
    dict(zip((*COLUMNS, "cuenta"), values, strict=True))
    for values in (
        (
            *("C-1", "Ana@Example.org", "6123-4567", "@Ana_P", "Ana Pérez", "es-PA", "gold", "Chiriquí"),
            *("avanzado", "12000", "vip; fibra", "Fibra 600", "00-123"),
        ),
        ("C-2", "beto@example.org", "+50761112222", "42", "Beto", "", "basic", "", "", "", "", "", "00-456"),
    )
]
FIELDS: dict[str, Any] = {
    "id": "nro",
    "site": "nro",
    "email": "correo",
    "phone": "movil",
    "twitter": "x",
    "name": "nombre",
    "language": "lang",
    "attributes": {"plan": "plan"},
    "facts": {"account": "cuenta"},
}
KINDS = ("csv", "yaml", "http", "sql")


class Service:
    """A REST service over the people; `fault` is what is wrong with it, `asked` counts its calls."""

    def __init__(self) -> None:
        self.people = [dict(person) for person in PEOPLE]
        self.fault = ""
        self.asked = 0
        self.seen: list[Mapping[str, str]] = []
        self.elsewhere = 0
        self.release = asyncio.Event()

    def app(self) -> web.Application:
        """The service as an application."""
        app = web.Application()
        app.add_routes([web.get("/customers", self._customer), web.get("/elsewhere", self._other)])
        return app

    async def _other(self, _request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.json_response({"data": [self.people[0]]})

    async def _customer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        self.seen.append(request.headers)
        match self.fault:
            case "slow":
                await self.release.wait()
            case "cut":
                assert request.transport
                answer = web.StreamResponse(headers={"Content-Length": "1000"})
                await answer.prepare(request)
                await answer.write(b'{"data":')
                request.transport.abort()
                return answer
            case "garbage":
                return web.Response(body=b"\xff<html>not now</html>")
            case "redirect":
                raise web.HTTPFound("/elsewhere")
            case "huge":
                return web.Response(body=b'{"data": "' + b"x" * 400_000 + b'"}')
            case "deep":
                return web.Response(body=b"[" * 100_000)
            case "no id":
                return web.json_response({"data": [{"correo": "x"}]})
            case code if code.isdecimal():
                return web.Response(status=int(code), headers={"Retry-After": "7"})
        return self._found(request.query)

    def _found(self, query: Mapping[str, str]) -> web.Response:
        found = [person for person in self.people if all(_has(person, name, query[name]) for name in query)]
        return web.json_response({"data": found}) if query else web.json_response({}, status=400)


def _has(person: Mapping[str, str], name: str, value: str) -> bool:
    column = {"site": "nro", "email": "correo", "phone": "movil", "twitter": "x", "account": "cuenta"}[name]
    known = person[column].casefold()
    return value.casefold() in (known, f"+507{known.replace('-', '')}")


class Place:
    """Where the people are kept, and the directory that reads them."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.service = Service()
        self.clock = HeldClock()
        self.file = folder / f"people.{kind}"
        self.database = folder / "people.db"

    @property
    def is_file(self) -> bool:
        """Whether it is a file, which says by itself that it has changed."""
        return self.kind in ("csv", "yaml")

    def write(self, people: list[dict[str, str]]) -> None:
        """Keep these people."""
        self.service.people = people
        if self.kind == "csv":
            with self.file.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, [*COLUMNS, "cuenta"], delimiter=";")
                writer.writeheader()
                writer.writerows(people)
        elif self.kind == "yaml":
            # JSON is YAML.
            self.file.write_text(json.dumps({"customers": people}), encoding="utf-8")
        elif self.kind == "sql":
            self._write_database(people)

    def settings(self, url: str = "") -> DirectorySettings:
        """The settings by which they are read."""
        names = {"columns": FIELDS}
        match self.kind:
            case "http":
                query = {name: f"{{{name}}}" for name in ("site", "email", "phone", "twitter", "account")}
                way = {"url": f"{url}/customers", "query": query, "within": "data.0", "timeout": "300ms"}
                return DirectorySettings.model_validate({"http": {**way, "answer": FIELDS}})
            case "sql":
                wanted = " or ".join(
                    (
                        "nro = :site",
                        "lower(correo) = :email",
                        "e164 = :phone",
                        "lower(x) = :twitter",
                        "cuenta = :account",
                    )
                )
                way = {"url": f"sqlite:///{self.database}", "query": f"select * from people where {wanted}"}
                return DirectorySettings.model_validate({"sql": {**way, **names}})
        return DirectorySettings.model_validate({"file": {"path": self.file, **names}})

    def _write_database(self, people: list[dict[str, str]]) -> None:
        connection = sqlite3.connect(self.database)
        columns = (*COLUMNS, "cuenta")
        with connection:
            connection.execute("drop table if exists people")
            connection.execute(f"create table people ({', '.join(columns)}, e164)")
            for person in people:
                phone = person["movil"] if person["movil"].startswith("+") else f"+507{person['movil']}"
                values = [*(person[column] for column in columns), phone.replace("-", "")]
                connection.execute(f"insert into people values ({', '.join('?' * len(values))})", values)
        connection.close()


@asynccontextmanager
async def opened(place: Place, people: list[dict[str, str]] | None = None) -> AsyncIterator[Directory]:
    """The directory over `people`, open."""
    place.write(PEOPLE if people is None else people)
    server = TestServer(place.service.app())
    await server.start_server()
    clock: Clock = place.clock
    directory = directory_for(place.settings(f"http://127.0.0.1:{server.port}"), clock, "PA")
    await directory.open()
    try:
        yield directory
    finally:
        place.service.release.set()
        await directory.close()
        await server.close()
