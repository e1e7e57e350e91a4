"""What all bodies of requests have in common: how they are read, and the words that they are made of."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol, TypeVar

import msgspec
from aiohttp import web

from desk.problems import Problem
from router.model.event import Command
from router.model.message import LONGEST_TEXT, Handle
from router.model.team import Agent
from router.model.units import MAIL_ADDRESS

BODY_LIMIT = 64 * 1024
READ_SECONDS = 5.0
KIND = re.compile("[a-z]{1,20}")
FURTHEST = timedelta(days=366)

ShortText = Annotated[str, msgspec.Meta(max_length=1000)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object whose fields are all known."""


class Nothing(Body, frozen=True):
    """`{}`."""


class CommandBody(Protocol):
    """A body that is a command once it is known who gives it."""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The command as `agent` gives it at `now`; raises Problem where that makes no sense."""


T = TypeVar("T")


async def read(request: web.Request, kind: type[T]) -> T:
    """The body of `request` as a `kind`; no body is read as `{}`. Raises Problem for what can't be one."""
    if request.content_length is not None and request.content_length > BODY_LIMIT:
        raise Problem("too_large", headers={"Connection": "close"})
    data = await _bytes(request)
    if data and request.content_type != "application/json":
        raise Problem("not_json")
    try:
        value = msgspec.json.decode(data or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem("malformed", detail=str(error)) from error
    _limited(value)
    return value


def ahead(instant: datetime, now: datetime) -> datetime:
    """`instant` in UTC. Raises Problem where it is over, or more than a year away."""
    if instant <= now:
        raise Problem("in_the_past")
    if instant > now + FURTHEST:
        raise Problem("too_far")
    return instant.astimezone(UTC)


def handle(text: str) -> Handle | None:
    """The handle `kind:address`; None for no text. Raises Problem for what is none."""
    kind, _, address = text.partition(":")
    if not text:
        return None
    is_known = MAIL_ADDRESS.fullmatch(address) if kind == "email" else KIND.fullmatch(kind) and address.strip()
    if not is_known:
        raise Problem("bad_handle")
    return handles((address,))[0] if kind == "email" else Handle(kind, address)


def handles(addresses: tuple[str, ...]) -> tuple[Handle, ...]:
    """The handles of mail addresses. Raises Problem for what is none."""
    if any(not MAIL_ADDRESS.fullmatch(address) for address in addresses):
        raise Problem("bad_address")
    return tuple(Handle("email", _domain_lowered(address)) for address in addresses)


def _domain_lowered(address: str) -> str:
    name, _, domain = address.rpartition("@")
    return f"{name}@{domain.lower()}"


async def _bytes(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await request.read()
    except TimeoutError:
        raise Problem("too_slow", headers={"Connection": "close"}) from None


def _limited(value: object) -> None:
    fields = msgspec.structs.asdict(value).values() if isinstance(value, msgspec.Struct) else ()
    if any(isinstance(field, str) and len(field) > LONGEST_TEXT for field in fields):
        raise Problem("text_too_long")
