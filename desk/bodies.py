"""What may stand in a request's body: each kind with its fields, and the command that it becomes."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol, TypeVar

import msgspec
from aiohttp import web

from desk.problems import Problem
from router.model.event import (
    Claimed,
    CodeAsked,
    Command,
    FactDropped,
    FactSet,
    Linked,
    NoteAdded,
    Released,
    Reopened,
    ReplyConfirmed,
    ReplyRepeated,
    ReplyWritten,
    Resolved,
    Snoozed,
    SuggestionDropped,
    Transferred,
    Unlinked,
)
from router.model.finding import Cleared, Despite, Reason
from router.model.ids import ConversationId, CustomerId, MessageId, TeamId
from router.model.message import LONGEST_TEXT, ChannelName, Handle
from router.model.team import Agent
from router.model.units import MAIL_ADDRESS

BODY_LIMIT = 64 * 1024
READ_SECONDS = 5.0
KIND = re.compile("[a-z]{1,20}")
MOST_CLEARED = 50
MOST_FILES = 20
FURTHEST = timedelta(days=366)

ShortText = Annotated[str, msgspec.Meta(max_length=1000)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Addresses = Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=20)]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object whose fields are all known."""


class SignIn(Body, frozen=True):
    """Who wants to sign in."""

    user: ShortText
    password: ShortText


class Nothing(Body, frozen=True):
    """`{}`."""


class CommandBody(Protocol):
    """A body that is a command once it is known who gives it."""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The command as `agent` gives it at `now`; raises Problem where that makes no sense."""


class Clearing(Body, frozen=True):
    """Words of a reply that look like personal data and are none, and why."""

    text: ShortText
    reason: Reason


class Chosen(Body, frozen=True):
    """A file that goes along: one that its author has brought, or one of the conversation."""

    digest: Digest
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    type: ShortText = ""


class Passing(Body, frozen=True):
    """Why a reply leaves in spite of what the guard found."""

    reason: ShortText = ""


class Reply(Body, frozen=True):
    """An answer to the customer."""

    text: str
    channel: ShortText | None = None
    public: bool | None = None
    cleared: Annotated[tuple[Clearing, ...], msgspec.Meta(max_length=MOST_CLEARED)] = ()
    copied: Addresses = ()
    blind_copied: Addresses = ()
    to: ShortText | None = None
    subject: ShortText = ""
    attachments: Annotated[tuple[Chosen, ...], msgspec.Meta(max_length=MOST_FILES)] = ()
    despite: Passing | None = None
    promise: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    def command(self, agent: Agent, now: datetime) -> Command:
        """The reply, without its files yet; who gets it, or a copy of it, by mail is named by mail addresses."""
        return ReplyWritten(
            agent,
            self.text,
            ChannelName(self.channel) if self.channel else None,
            self.public,
            tuple(Cleared(each.text, each.reason) for each in self.cleared),
            _handles(self.copied),
            _handles(self.blind_copied),
            _handles((self.to,))[0] if self.to else None,
            self.subject,
            despite=Despite(self.despite.reason) if self.despite else None,
            promise=_ahead(self.promise, now) if self.promise else None,
        )


class Code(Body, frozen=True):
    """A one-time code goes to an address that the customer named."""

    to: ShortText

    def command(self, agent: Agent, now: datetime) -> Command:
        """The command, without its code yet."""
        return CodeAsked(agent, _handles((self.to,))[0], "")


class Confirm(Body, frozen=True):
    """An unconfirmed reply has arrived."""

    message: ShortText

    def command(self, agent: Agent, now: datetime) -> Command:
        """The confirmation."""
        return ReplyConfirmed(agent, MessageId(self.message))


class Resend(Body, frozen=True):
    """A reply that may not have arrived leaves again."""

    message: ShortText

    def command(self, agent: Agent, now: datetime) -> Command:
        """The repetition."""
        return ReplyRepeated(agent, MessageId(self.message))


class Link(Body, frozen=True):
    """A handle (`email:ada@example.org`), or who has another conversation, is this conversation's customer's."""

    handle: ShortText = ""
    conversation: ShortText = ""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The link."""
        return Linked(agent, _handle(self.handle), ConversationId(self.conversation) if self.conversation else None)


class DropSuggestion(Body, frozen=True):
    """Who was suggested is somebody else."""

    handle: ShortText = ""
    conversation: ShortText = ""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The dropping."""
        other = ConversationId(self.conversation) if self.conversation else None
        return SuggestionDropped(agent, _handle(self.handle), other)


class Unlink(Body, frozen=True):
    """Who became part of this customer, or who has a handle of theirs, is somebody else."""

    customer: ShortText = ""
    handle: ShortText = ""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The parting."""
        return Unlinked(agent, CustomerId(self.customer) if self.customer else None, _handle(self.handle))


class Note(Body, frozen=True):
    """A note for colleagues."""

    text: str

    def command(self, agent: Agent, now: datetime) -> Command:
        """The note."""
        return NoteAdded(agent, self.text)


class Claim(Nothing, frozen=True):
    """The agent becomes the assignee."""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The claim."""
        return Claimed(agent)


class Release(Nothing, frozen=True):
    """Nobody is the assignee any more."""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The release."""
        return Released(agent)


class Reopen(Nothing, frozen=True):
    """A resolved conversation is taken up again."""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The reopening."""
        return Reopened(agent)


class Transfer(Body, frozen=True):
    """Another team becomes the owner."""

    team: ShortText
    note: str = ""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The transfer."""
        return Transferred(agent, TeamId(self.team), self.note)


class Resolve(Body, frozen=True):
    """Done, as the team thinks."""

    note: str = ""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The resolution."""
        return Resolved(agent, self.note)


class Snooze(Body, frozen=True):
    """Nothing to do until an instant."""

    until: Annotated[datetime, msgspec.Meta(tz=True)]

    def command(self, agent: Agent, now: datetime) -> Command:
        """The snooze; its instant is within a year from `now`."""
        return Snoozed(agent, _ahead(self.until, now))


class SetFact(Body, frozen=True):
    """A fact is so: it stands as it is, it was `instead_of`, or it is one more."""

    kind: ShortText
    value: ShortText
    sort: ShortText = ""
    instead_of: ShortText = ""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The fact."""
        return FactSet(agent, self.kind, self.value, self.sort, self.instead_of)


class DropFact(Body, frozen=True):
    """A fact is none."""

    kind: ShortText
    value: ShortText

    def command(self, agent: Agent, now: datetime) -> Command:
        """The fact to take away."""
        return FactDropped(agent, self.kind, self.value)


COMMANDS: dict[str, type[CommandBody]] = {
    "reply": Reply,
    "code": Code,
    "confirm": Confirm,
    "resend": Resend,
    "link": Link,
    "drop_suggestion": DropSuggestion,
    "unlink": Unlink,
    "note": Note,
    "claim": Claim,
    "release": Release,
    "reopen": Reopen,
    "transfer": Transfer,
    "resolve": Resolve,
    "snooze": Snooze,
    "facts": SetFact,
    "facts/drop": DropFact,
}

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


def _ahead(instant: datetime, now: datetime) -> datetime:
    """`instant` in UTC. Raises Problem where it is over, or more than a year away."""
    if instant <= now:
        raise Problem("in_the_past")
    if instant > now + FURTHEST:
        raise Problem("too_far")
    return instant.astimezone(UTC)


def _handle(text: str) -> Handle | None:
    """The handle `kind:address`; None for no text. Raises Problem for what is none."""
    kind, _, address = text.partition(":")
    if not text:
        return None
    is_known = MAIL_ADDRESS.fullmatch(address) if kind == "email" else KIND.fullmatch(kind) and address.strip()
    if not is_known:
        raise Problem("bad_handle")
    return _handles((address,))[0] if kind == "email" else Handle(kind, address)


def _handles(addresses: tuple[str, ...]) -> tuple[Handle, ...]:
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
