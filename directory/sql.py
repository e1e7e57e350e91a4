"""A directory in a database: one query a customer, through SQLAlchemy, in threads of its own, and reading only."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from directory.asking import Values, askings
from directory.contract import Entry, OnlyAsked
from directory.fields import Odd, entry_of
from directory.settings import PARAMETER, SqlSettings
from router.model.errors import PermanentError, StartError, TemporaryError
from router.model.fact import Fact
from router.model.message import Handle

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

THREADS = 4
INSTALL = "`directory.sql` needs SQLAlchemy: pip install 'hilo-router[sql]', and the driver of your database"
CODE = re.compile(r"[A-Z0-9]{5}|SQLITE_[A-Z_]+")
# What keeps a query from writing, where the database knows such a thing; nothing is committed in any case.
READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
}


class SqlDirectory(OnlyAsked):
    """The customers that a query tells."""

    name = "sql"

    def __init__(self, settings: SqlSettings, region: str = "") -> None:
        self._settings = settings
        self._region = region
        self._names = frozenset(PARAMETER.findall(settings.query))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="directory")
        self._engine: Engine | None = None

    async def open(self) -> None:
        """Make ready; the database itself is first asked for somebody. Raises StartError without SQLAlchemy."""
        self._engine = await asyncio.get_running_loop().run_in_executor(self._threads, self._made)

    async def look_up(self, handles: Sequence[Handle], facts: Sequence[Fact]) -> Entry | None:
        """The customer of the first of these that the query knows.

        Raises TemporaryError where it can't tell now, PermanentError where what it says makes no sense.
        """
        for values in askings(handles, facts):
            if self._names & values.keys() - {"kind"} and (found := await self._entry(values)):
                return found
        return None

    async def close(self) -> None:
        """Close all connections; a query that hangs is not waited for."""
        engine, self._engine = self._engine, None
        self._threads.shutdown(wait=False, cancel_futures=True)
        if engine:
            await asyncio.to_thread(engine.dispose)

    async def _entry(self, values: Values) -> Entry | None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._settings.timeout.total_seconds()):
                rows = await loop.run_in_executor(self._threads, self._rows, values)
        except TimeoutError as error:
            raise TemporaryError("the database did not answer in time") from error
        found = {entry.id: entry for entry in map(self._read, rows)}
        # What two of them have leads to neither.
        return next(iter(found.values())) if len(found) == 1 else None

    def _read(self, row: Mapping[str, Any]) -> Entry:
        try:
            return entry_of(row, self._settings.columns, self._region)
        except Odd as error:
            raise PermanentError(f"a row without an id: the query gives no `{error.place}`") from error

    def _rows(self, values: Values) -> list[Mapping[str, Any]]:
        """At most two rows. Raises TemporaryError with the class and the code of what the database said."""
        from sqlalchemy import text
        from sqlalchemy.exc import SQLAlchemyError

        if self._engine is None:
            raise TemporaryError("the database is not open")
        asked = {name: values.get(name) for name in self._names}
        try:
            with self._engine.connect() as connection:
                if command := READ_ONLY.get(self._engine.dialect.name):
                    connection.exec_driver_sql(command)
                found = connection.execute(text(self._settings.query), asked)
                return [dict(row) for row in found.mappings().fetchmany(2)]
        except (SQLAlchemyError, OSError) as error:
            cause = getattr(error, "orig", None) or error
            # The driver's own words may hold what was asked, and with it the customer's.
            raise TemporaryError(f"the database refused: {type(cause).__name__}{_code(cause)}") from error

    def _made(self) -> "Engine":
        try:
            from sqlalchemy import create_engine
            from sqlalchemy.engine import make_url
            from sqlalchemy.exc import ArgumentError, NoSuchModuleError
        except ImportError as error:
            raise StartError(INSTALL) from error
        try:
            url = make_url(self._settings.url)
            if self._settings.password:
                url = url.set(password=self._settings.password.reveal())
            return create_engine(url, pool_size=THREADS, max_overflow=0, pool_pre_ping=True, hide_parameters=True)
        except (ArgumentError, NoSuchModuleError) as error:
            raise StartError(f"`directory.sql.url`: {_first_line(error)}") from error
        except ImportError as error:
            raise StartError(f"`directory.sql.url` needs a driver that is not installed: {error}") from error


def _code(error: BaseException) -> str:
    """The database's code for `error`, in brackets, where its driver tells one: it is one of few, and nobody's."""
    told = (getattr(error, name, None) for name in ("sqlstate", "pgcode", "sqlite_errorname"))
    code = next((each for each in told if isinstance(each, str) and CODE.fullmatch(each)), "")
    return f" ({code})" if code else ""


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "")[:200]
