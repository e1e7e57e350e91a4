"""The directory's slice of the configuration: a file, a REST call or a query."""

import ipaddress
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from directory.fields import Fields
from directory.marks import FACTS, KINDS
from router.model.secret import SecretField
from router.model.units import Duration, Size, Slice, Text, WebAddress, mistake

ASKED_BY = ("kind", "address", *KINDS, *map(str, FACTS))
"""What a call or a query may ask with."""

SUFFIXES = (".csv", ".yaml", ".yml")
# A parameter, and no cast of PostgreSQL's (`::text`).
PARAMETER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
FIRST_WORD = re.compile(r"\s*(\w+)")


def _path(value: object, info: ValidationInfo) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise mistake("a path is expected here")
    path = Path((info.context["folder"] if info.context else Path()) / value).absolute()
    if path.suffix.lower() not in SUFFIXES:
        raise mistake("the directory's file is CSV or YAML", "its name ends with `.csv`, `.yaml` or `.yml`")
    return path


def placeholders(template: str) -> list[str]:
    """The names in `template` (`{email}`). Raises ValueError where braces don't match."""
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def _template(value: str) -> str:
    try:
        names = placeholders(value)
    except ValueError:
        raise mistake("a brace without its other one", "`{email}` for what is asked with") from None
    for name in names:
        if name not in ASKED_BY:
            raise mistake(f"`{{{name[:40]}}}` is nothing that can be asked with", f"known: {', '.join(ASKED_BY)}")
    return value


def _sql_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        has_password = parts.password is not None
    except ValueError:
        raise mistake("this is no address of a database", "for example `postgresql://hilo@db.internal/crm`") from None
    if not parts.scheme:
        raise mistake("this is no address of a database", "for example `postgresql://hilo@db.internal/crm`")
    if has_password:
        raise mistake("the password never stands in the address", "give it beside `url`", is_hidden=True)
    return value


def _query(value: str) -> str:
    word = FIRST_WORD.match(value)
    if word is None or word[1].lower() not in ("select", "with"):
        raise mistake("a query that only reads begins with `select` or `with`")
    names = PARAMETER.findall(value)
    for name in names:
        if name not in ASKED_BY:
            raise mistake(f"`:{name[:40]}` is nothing that can be asked with", f"known: {', '.join(ASKED_BY)}")
    if not names:
        raise mistake("this query asks the same for everybody", "`where email = :email`")
    return value


Template = Annotated[Text, AfterValidator(_template)]
Timeout = Annotated[Duration, Field(ge=timedelta(milliseconds=50), le=timedelta(minutes=1))]


class FileSettings(Slice):
    """A file with a row for each customer, read again whenever it changes."""

    path: Annotated[Path, BeforeValidator(_path)]
    columns: Fields = Fields()


class HttpSettings(Slice):
    """A call for one customer: what it asks with stands in braces in `url` or in `query`.

    `within` is where in the answer the customer stands. What was answered is good for as long as `cache`.
    """

    url: Annotated[WebAddress, AfterValidator(_template)]
    query: Mapping[Text, Template] = Field(default_factory=dict)
    headers: Mapping[Text, SecretField] = Field(default_factory=dict)
    within: Text | None = None
    answer: Fields = Fields()
    timeout: Timeout = timedelta(seconds=3)
    cache: Annotated[Duration, Field(le=timedelta(days=1))] = timedelta(minutes=1)
    max_size: Annotated[Size, Field(le=10_000_000)] = 256_000

    @model_validator(mode="after")
    def _asks_for_somebody(self) -> Self:
        if not any(placeholders(text) for text in (self.url, *self.query.values())):
            raise mistake("this asks the same for everybody", '`query: {email: "{email}"}`, or `{email}` in `url`')
        if self.headers and self.url.startswith("http://") and not _is_here(self.url):
            raise mistake("secrets would go out unencrypted", "`https://`; `http://` is for this machine")
        return self


class SqlSettings(Slice):
    """A query for one customer, through SQLAlchemy; `:email` and the like stand for what it asks with."""

    url: Annotated[Text, AfterValidator(_sql_address)]
    password: SecretField | None = None
    query: Annotated[Text, AfterValidator(_query)]
    columns: Fields = Fields()
    timeout: Timeout = timedelta(seconds=3)


class DirectorySettings(Slice):
    """What the company knows of its customers: one of `file`, `http` and `sql`.

    `refresh` is how old an answer may be when the customer writes again, `at_once` how many are asked side by side.
    """

    refresh: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(days=30))] = timedelta(hours=1)
    at_once: Annotated[int, Field(strict=True, ge=1, le=200)] = 16
    file: FileSettings | None = None
    http: HttpSettings | None = None
    sql: SqlSettings | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [name for name in ("file", "http", "sql") if getattr(self, name)]
        if len(given) != 1:
            said = "none is" if not given else f"{', '.join(f'`{name}`' for name in given)} are"
            raise mistake(f"the directory is one of `file`, `http` and `sql`; {said} given", "give one of them")
        return self


def _is_here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
