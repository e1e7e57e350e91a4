"""What is held of a person at a glance: counts, and names and handles masked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.customer_cli.person import Person
from router.model.commitment import CallbackKind
from router.model.conversation import Callback, Conversation
from router.model.decision import EntryKind
from router.model.fact import FactKind, masked
from router.model.message import Handle
from router.store.personal.held import Held

MASKS = {"email": FactKind.EMAIL, "phone": FactKind.PHONE}


@dataclass(frozen=True, slots=True)
class Owed:
    """Something that was promised to the customer and is still open."""

    conversation: str
    what: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Glance:
    """The numbers, and who it is as far as lists may tell."""

    customers: tuple[str, ...]
    names: tuple[str, ...]
    handles: tuple[str, ...]
    counts: dict[str, int]
    owed: tuple[Owed, ...]

    def as_data(self) -> dict[str, Any]:
        """For a program."""
        owed = [{"conversation": o.conversation, "what": o.what, "until": _instant(o.until)} for o in self.owed]
        return {
            "customers": self.customers,
            "names": self.names,
            "handles": self.handles,
            "held": self.counts,
            "owed": owed,
        }

    def as_text(self) -> str:
        """For a person."""
        rows = [
            ("customer", ", ".join(self.customers)),
            ("names", ", ".join(self.names) or "none"),
            ("handles", ", ".join(self.handles) or "none"),
        ]
        rows += [(name.replace("_", " "), str(count)) for name, count in self.counts.items()]
        rows += [("owed", f"{o.what} in {o.conversation}{_until(o.until)}") for o in self.owed]
        return "\n".join(f"{name:<22} {value}" for name, value in rows)


def glance(person: Person) -> Glance:
    """What `show` tells of `person`."""
    held = person.held
    names = [*(record.name for record in held.records), *(s.conversation.customer_name for s in held.stories)]
    return Glance(
        tuple(held.customers),
        tuple(dict.fromkeys(masked(FactKind.NAME, name) for name in names if name)),
        tuple(masked_handle(handle) for handle in held.handles),
        counts(held),
        tuple(owed for story in held.stories for owed in _owed(story.conversation)),
    )


def masked_handle(handle: Handle) -> str:
    """The handle as a list shows it: `email:a***@example.org`."""
    return f"{handle.kind}:{masked(MASKS.get(handle.kind, FactKind.ACCOUNT), handle.address)}"


def counts(held: Held) -> dict[str, int]:
    """How much is held, by what it is."""
    stories = held.stories
    told = [entry for story in stories for entry in story.entries]
    facts = sum(len(record.facts) for record in held.records) + sum(len(s.conversation.known) for s in stories)
    return {
        "open_conversations": sum(not story.conversation.is_closed for story in stories),
        "closed_conversations": sum(story.conversation.is_closed for story in stories),
        "of_them_in_history": sum(story.is_archived for story in stories),
        "messages": held.messages,
        "calls_owed": sum(_call_owed(story.conversation) is not None for story in stories),
        # Each attempt is one, and each time that they rang; all but the latest stand in the timeline alone.
        "calls": len({entry.message for entry in told if entry.kind is EntryKind.CALL}),
        "promises": len({entry.detail.get("promise") for entry in told if entry.kind is EntryKind.PROMISE}),
        "notes": sum(entry.kind is EntryKind.NOTE for story in stories for entry in story.entries),
        "facts": facts,
        "files": len(held.files),
        "raw_mails": len(held.originals),
        "on_their_way": len(held.waiting),
        "dead_letters": len(held.letters),
        "chat_transcripts": len(held.transcripts),
    }


def _call_owed(conversation: Conversation) -> Callback | None:
    """The call that the customer is to have still."""
    callback = None if conversation.is_closed else conversation.callback
    return callback if callback and callback.kind is CallbackKind.SCHEDULE else None


def _owed(conversation: Conversation) -> list[Owed]:
    """What we have promised in the conversation and not done."""
    if conversation.is_closed:
        return []
    callback = _call_owed(conversation)
    calls = [Owed(conversation.id, "a call", callback.due_at)] if callback else []
    # Older versions kept what a reply promised among the deadlines.
    promised = [each.due_at for each in conversation.deadlines if each.promised]
    promised += [each.due_at for each in conversation.promises if each.is_open]
    return [*calls, *(Owed(conversation.id, "what was promised", at) for at in promised)]


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _until(at: datetime | None) -> str:
    return f", until {at:%Y-%m-%d %H:%M} UTC" if at else ""
