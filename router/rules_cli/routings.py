"""Why a conversation went where it went: each routing and each move that its timeline holds, and what rules say now."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from msgspec.structs import replace

from history.archive import Archive
from history.schema import FILE
from router.model.conversation import Conversation
from router.model.decision import EntryKind, TimelineEntry
from router.model.errors import PermanentError
from router.model.ids import ConversationId, partition_of
from router.rules_cli.trace_data import trace_data
from router.rules_cli.trace_lines import Line, Styled, moment, row, tell, trace_lines
from router.running_store import asked_of_store
from router.settings import Settings
from router.store import wire
from router.store.connection import Connection
from router.store.records import Records
from rules.checks import duration_words, one_line
from rules.engine import DEFAULT, RuleBook
from rules.explain import Trace, trace
from rules.facts import Facts
from rules.problems import json_text

SHOWN_TEXT = 140
# An address of the desk holds the conversation's id: `https://…/#/billing/c-07-…/customer`.
IN_ADDRESS = re.compile(r"/(c-\d\d-[^/?#\s]+)")


@dataclass(frozen=True, slots=True)
class Routing:
    """One routing as the timeline has it, and the message that it was about; `facts` are None if none were kept."""

    entry: TimelineEntry
    message: TimelineEntry | None
    facts: Facts | None

    @property
    def version(self) -> str:
        """The version of the rules that decided."""
        return self.entry.detail.get("version", "")


@dataclass(frozen=True, slots=True)
class Move:
    """One change of the owning team that no routing of a first message made; `step` is the ladder's, if one did it."""

    entry: TimelineEntry
    step: TimelineEntry | None

    @property
    def why(self) -> str:
        """Who or what did it."""
        actor, rule = self.entry.actor, self.entry.detail.get("rule", "")
        if actor:
            return f"transferred by {actor}"
        if self.step:
            after = duration_words(timedelta(seconds=int(self.step.detail.get("after", "0"))))
            return f"nobody acted within {after}: step {self.step.detail.get('step', '')} of the ladder of {rule}"
        return f"by the rule {rule}" if rule else self.entry.text


def explain_conversation(
    written: str, config: Path, book: RuleBook, zone: ZoneInfo, *, shows_all: bool, as_json: bool
) -> None:
    """Print each routing and move of the conversation `written`, its id or its address at the desk, and its owner.

    ClickException if there is none, or the store is not up.
    """
    in_address = IN_ADDRESS.search(written)
    written = in_address.group(1) if in_address else written.strip()
    try:
        partition_of(written)
    except PermanentError as error:
        raise click.BadParameter(
            f"{error}; the desk shows it where it says why, as in c-07-…, and its address has it",
            param_hint="--conversation",
        ) from error
    conversation, entries = asked_of_store(config, lambda settings, connection: _read(settings, connection, written))
    if not entries:
        raise click.ClickException(
            f"there is no conversation {written}: it may be mistyped, or in the history of another machine"
        )
    story = _story(entries)
    if as_json:
        found = [_data(each, book) for each in story if isinstance(each, Routing)]
        moves = [_move_data(each) for each in story if isinstance(each, Move)]
        owner = conversation.ownership.team if conversation else None
        click.echo(json_text({"conversation": written, "routings": found, "moves": moves, "owner": owner}))
        return
    tell(_lines(story, book, zone, shows_all=shows_all))
    if conversation:
        tell(_owner(conversation, zone))


async def _read(
    settings: Settings, connection: Connection, written: str
) -> tuple[Conversation | None, list[TimelineEntry]]:
    records, identifier = Records(connection, settings.redis.partitions), ConversationId(written)
    found, entries = await records.conversation(identifier), await records.timeline(identifier)
    return (found, entries) if entries else await _read_from_history(settings, identifier)


async def _read_from_history(
    settings: Settings, identifier: ConversationId
) -> tuple[Conversation | None, list[TimelineEntry]]:
    folder = settings.data / "history"
    if not (folder / FILE).exists():
        return None, []
    archive = Archive(folder)
    try:
        return await archive.conversation(identifier), await archive.timeline(identifier)
    finally:
        await archive.close()


def _story(entries: Sequence[TimelineEntry]) -> list[Routing | Move]:
    """The routings, each with the customer's message just before it, and the moves, in their order."""
    found: list[Routing | Move] = []
    message: TimelineEntry | None = None
    messages: dict[str, TimelineEntry] = {}
    steps = {(entry.at, entry.detail.get("team")): entry for entry in entries if entry.kind is EntryKind.LADDER}
    for entry in entries:
        if entry.kind is EntryKind.MESSAGE_IN:
            message = messages[entry.message] = entry
        elif entry.kind is EntryKind.ROUTED:
            # What follows from the directory names the message about which it was asked.
            about = messages.get(entry.message, message)
            found.append(Routing(entry, about, _facts(entry, about)))
        elif entry.kind is EntryKind.TRANSFERRED:
            found.append(Move(entry, None if entry.actor else steps.get((entry.at, entry.detail.get("to")))))
    return found


def _facts(entry: TimelineEntry, message: TimelineEntry | None) -> Facts | None:
    """What rules could see then, with the text and subject, which the message's own entry holds."""
    try:
        kept = wire.decode(Facts, entry.detail.get("facts", ""))
    except PermanentError:
        return None
    if message is None:
        return kept
    return replace(kept, text=message.text, subject=message.detail.get("subject", ""))


def _again(routing: Routing, book: RuleBook) -> Trace | None:
    """The same question asked anew, where the rules are still those that decided."""
    return trace(book, routing.facts) if routing.facts and routing.version == book.version else None


def _lines(story: Sequence[Routing | Move], book: RuleBook, zone: ZoneInfo, *, shows_all: bool) -> Iterator[Line]:
    if not any(isinstance(each, Routing) for each in story):
        yield ("No rule has decided here: this conversation was never routed.",)
    for number, each in enumerate(story):
        if number:
            yield ()
        if isinstance(each, Routing):
            yield from _routing(each, book, zone, shows_all=shows_all)
        else:
            yield from _moved(each, zone)


def _routing(routing: Routing, book: RuleBook, zone: ZoneInfo, *, shows_all: bool) -> Iterator[Line]:
    yield from _told(routing, zone)
    found = _again(routing, book)
    if found:
        yield from row("rules", f"version {routing.version}, which are the present ones; asked again:")
        yield ()
        yield from trace_lines(found, zone, shows_all=shows_all)
    else:
        was = routing.version or "unknown"
        yield from row("rules", f"version {was}; the present ones are {book.version}, so this is what was kept:")
        yield from _kept(routing)


def _moved(move: Move, zone: ZoneInfo) -> Iterator[Line]:
    detail = move.entry.detail
    before = f"{moment(move.entry.at, zone)}  {detail.get('from', '')} → "
    yield before, Styled(detail.get("to", ""), bold=True), f", {move.why}"
    if move.entry.actor and move.entry.text:
        yield from row("note", f"«{one_line(move.entry.text, SHOWN_TEXT)}»")


def _owner(conversation: Conversation, zone: ZoneInfo) -> Iterator[Line]:
    owned = conversation.ownership
    yield ()
    yield "Now ", Styled(owned.team, bold=True), f" owns it, since {moment(owned.since, zone)}"


def _told(routing: Routing, zone: ZoneInfo) -> Iterator[Line]:
    detail = routing.entry.detail
    rule, team, reason = detail.get("rule", ""), detail.get("team", ""), detail.get("reason", "")
    by = "no rule decided" if rule == DEFAULT else f"by the rule {rule}"
    yield f"{moment(routing.entry.at, zone)}  → ", Styled(team, bold=True), f", {by}"
    if routing.message:
        yield from row("message", f"«{one_line(routing.message.text, SHOWN_TEXT)}»")
    if reason not in (rule, DEFAULT):
        yield from row("reason", reason)
    for name in ("matched", "deciding", "priority", "tags"):
        if detail.get(name):
            yield from row(name, ", ".join(detail[name].splitlines()))


def _kept(routing: Routing) -> Iterator[Line]:
    """What rules could see then."""
    if routing.facts is None:
        yield from row("facts", "none were kept")
        return
    for name, value in _flat(json.loads(routing.entry.detail["facts"])):
        yield from row(name, value)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """`{"customer": {"tier": "gold"}}` as `customer.tier` and `gold`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else key)
    else:
        yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _move_data(move: Move) -> dict[str, Any]:
    detail = move.entry.detail
    return {"at": move.entry.at.isoformat(), "from": detail.get("from"), "to": detail.get("to"), "why": move.why}


def _data(routing: Routing, book: RuleBook) -> dict[str, Any]:
    found = _again(routing, book)
    detail = {name: value for name, value in routing.entry.detail.items() if name != "facts"}
    return {
        "at": routing.entry.at.isoformat(),
        **detail,
        "message": routing.message.message if routing.message else "",
        "facts": json.loads(routing.entry.detail["facts"]) if routing.facts else None,
        "present_version": book.version,
        "trace": trace_data(found) if found else None,
    }
