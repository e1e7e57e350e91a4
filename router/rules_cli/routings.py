"""Why a conversation went where it went: each routing that its timeline holds, and what the present rules say of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from router.model.decision import EntryKind, TimelineEntry
from router.model.errors import PermanentError
from router.model.ids import ConversationId, partition_of
from router.rules_cli.store import asked_of_store
from router.rules_cli.trace_data import trace_data
from router.rules_cli.trace_lines import moment, plain, row, trace_lines
from router.settings import Settings
from router.store import wire
from router.store.connection import Connection
from router.store.records import Records
from rules.engine import DEFAULT, RuleBook
from rules.explain import Trace, trace
from rules.facts import Facts


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


def explain_conversation(
    written: str, config: Path, book: RuleBook, zone: ZoneInfo, *, shows_all: bool, as_json: bool
) -> None:
    """Print each routing of the conversation `written`; ClickException if there is none, or the store is not up."""
    try:
        partition_of(written)
    except PermanentError as error:
        raise click.BadParameter(
            f"{error}; the desk's address bar has it, as in c-07-…", param_hint="--conversation"
        ) from error
    entries = asked_of_store(config, lambda settings, connection: _timeline(settings, connection, written))
    if not entries:
        raise click.ClickException(f"there is no conversation {written}: it may be closed and put away, or mistyped")
    routings = _routings(entries)
    if as_json:
        found = [_data(routing, book) for routing in routings]
        click.echo(json.dumps({"conversation": written, "routings": found}, ensure_ascii=False, indent=2))
        return
    for line in _lines(routings, book, zone, shows_all=shows_all):
        click.echo(line)


async def _timeline(settings: Settings, connection: Connection, written: str) -> list[TimelineEntry]:
    return await Records(connection, settings.redis.partitions).timeline(ConversationId(written))


def _routings(entries: Sequence[TimelineEntry]) -> list[Routing]:
    """The routings in their order, each with the customer's message just before it."""
    found: list[Routing] = []
    message: TimelineEntry | None = None
    for entry in entries:
        if entry.kind is EntryKind.MESSAGE_IN:
            message = entry
        elif entry.kind is EntryKind.ROUTED:
            found.append(Routing(entry, message, _facts(entry, message)))
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


def _lines(routings: Sequence[Routing], book: RuleBook, zone: ZoneInfo, *, shows_all: bool) -> Iterator[str]:
    if not routings:
        yield "No rule has decided here: this conversation was never routed."
    for number, routing in enumerate(routings):
        if number:
            yield ""
        yield from _told(routing, zone)
        found = _again(routing, book)
        if found:
            yield from row("rules", f"version {routing.version}, which are the present ones; asked again:")
            yield ""
            yield from trace_lines(found, zone, shows_all=shows_all)
        else:
            was = routing.version or "unknown"
            yield from row("rules", f"version {was}; the present ones are {book.version}, so this is what was kept:")
            yield from _kept(routing)


def _told(routing: Routing, zone: ZoneInfo) -> Iterator[str]:
    detail = routing.entry.detail
    rule, team, reason = detail.get("rule", ""), detail.get("team", ""), detail.get("reason", "")
    by = "no rule decided" if rule == DEFAULT else f"by the rule {rule}"
    yield f"{moment(routing.entry.at, zone)} {zone}  → {click.style(team, bold=True)}, {by}"
    if routing.message:
        yield from row("message", f"«{_beginning(routing.message.text)}»")
    if reason not in (rule, DEFAULT):
        yield from row("reason", reason)
    for name in ("matched", "deciding", "priority", "tags"):
        if detail.get(name):
            yield from row(name, ", ".join(detail[name].splitlines()))


def _kept(routing: Routing) -> Iterator[str]:
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


def _beginning(text: str) -> str:
    line = " ".join(plain(text).split())
    return line if len(line) <= 140 else f"{line[:139]}…"
