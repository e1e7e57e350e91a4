"""What may stand in a request's body: each kind with its fields, and the command that it becomes."""

from datetime import datetime
from typing import Annotated

import msgspec

from desk.body import Body, CommandBody, Instant, Nothing, ShortText, ahead, handle, handles
from desk.call_bodies import CALL_COMMANDS
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
from router.model.message import ChannelName
from router.model.team import Agent

MOST_CLEARED = 50
MOST_FILES = 20

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Addresses = Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=20)]


class SignIn(Body, frozen=True):
    """Who wants to sign in."""

    user: ShortText
    password: ShortText


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
    promise: Instant | None = None

    def command(self, agent: Agent, now: datetime) -> Command:
        """The reply, without its files yet; who gets it, or a copy of it, by mail is named by mail addresses."""
        return ReplyWritten(
            agent,
            self.text,
            ChannelName(self.channel) if self.channel else None,
            self.public,
            tuple(Cleared(each.text, each.reason) for each in self.cleared),
            handles(self.copied),
            handles(self.blind_copied),
            handles((self.to,))[0] if self.to else None,
            self.subject,
            despite=Despite(self.despite.reason) if self.despite else None,
            promise=ahead(self.promise, now) if self.promise else None,
        )


class Code(Body, frozen=True):
    """A one-time code goes to an address that the customer named."""

    to: ShortText

    def command(self, agent: Agent, now: datetime) -> Command:
        """The command, without its code yet."""
        return CodeAsked(agent, handles((self.to,))[0], "")


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
        return Linked(agent, handle(self.handle), ConversationId(self.conversation) if self.conversation else None)


class DropSuggestion(Body, frozen=True):
    """Who was suggested is somebody else."""

    handle: ShortText = ""
    conversation: ShortText = ""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The dropping."""
        other = ConversationId(self.conversation) if self.conversation else None
        return SuggestionDropped(agent, handle(self.handle), other)


class Unlink(Body, frozen=True):
    """Who became part of this customer, or who has a handle of theirs, is somebody else."""

    customer: ShortText = ""
    handle: ShortText = ""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The parting."""
        return Unlinked(agent, CustomerId(self.customer) if self.customer else None, handle(self.handle))


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

    until: Instant

    def command(self, agent: Agent, now: datetime) -> Command:
        """The snooze; its instant is within a year from `now`."""
        return Snoozed(agent, ahead(self.until, now))


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
    **CALL_COMMANDS,
}
