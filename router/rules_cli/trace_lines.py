"""A trace for a person at a terminal: every rule tried, what held (✓) and what did not (✗), and the verdict."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from router.model.commitment import ALWAYS, DeadlineKind
from router.model.route import Route
from router.rules_cli.trace_data import step_words
from rules.checks import Check, cut, duration_words, shortened
from rules.engine import DEFAULT, Then
from rules.examine import UNKNOWN_VALUE
from rules.explain import STEP, Due, Trace, Tried
from rules.problems import plain

WIDTH = 100
NAME_WIDTH = 28
LABEL_WIDTH = 30
FOUND_WIDTH = 24
LEAST_ASKED = 12
LONGEST_ADDED = 50
INDENT = "  "


@dataclass(frozen=True, slots=True)
class Styled:
    """A part of a line that the terminal shows in another way."""

    text: str
    fg: str | None = None
    bold: bool | None = None
    dim: bool | None = None


# What the commands print is made of these, never of text that is styled already: `shown` cleans all of it.
Line = tuple[str | Styled, ...]


def shown(line: Line) -> str:
    """`line` as it is printed: its styles, and nothing else that could tell the terminal what to do."""
    return "".join(
        plain(part) if isinstance(part, str) else click.style(plain(part.text), part.fg, bold=part.bold, dim=part.dim)
        for part in line
    )


def tell(lines: Iterable[Line]) -> None:
    """Print `lines`."""
    for line in lines:
        click.echo(shown(line))


def trace_lines(trace: Trace, zone: ZoneInfo, *, shows_all: bool = False) -> Iterator[Line]:
    """The rules tried, those that did not match in one line each (unless `shows_all`), and what follows."""
    names = max((len(tried.rule.name) for tried in trace.tried), default=0)
    for tried in trace.tried:
        yield from _tried(tried, min(names, NAME_WIDTH), shows_all)
    yield ()
    yield from _verdict(trace, zone)


def row(name: str, value: str) -> Iterator[Line]:
    """One line of a table of names and values; a long value goes on below itself."""
    words = " ".join(value.split())
    # A name that is wider than its column still keeps its distance.
    head = f"{cut(name, LONGEST_ADDED):<{LABEL_WIDTH - len(INDENT) - 2}}  "
    begin = " " * (len(INDENT) + len(head))
    wrapped = textwrap.wrap(
        words, WIDTH, initial_indent=begin, subsequent_indent=" " * LABEL_WIDTH, break_on_hyphens=False
    )
    first, *rest = wrapped or [begin]
    yield INDENT, Styled(head, dim=True), first[len(begin) :]
    for line in rest:
        yield (line,)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """The instant as the clock in `zone` shows it: `Tue 24 Nov 2026, 10:15 America/Panama`."""
    return f"{at.astimezone(zone):%a %-d %b %Y, %H:%M} {zone}"


def _verdict(trace: Trace, zone: ZoneInfo) -> Iterator[Line]:
    """Where it goes and what else follows."""
    route, rule = trace.verdict.route, trace.verdict.rule
    by = "no rule decided" if rule == DEFAULT else f"by the rule {rule}"
    yield "→ ", Styled(route.team, bold=True), f", {by}"
    if route.reason not in (rule, DEFAULT):
        yield from row("reason", route.reason)
    for name, value in _given(route):
        yield from row(name, value)
    for due in trace.due:
        yield from row(f"ladder, {due.what}" if due.what.startswith(STEP) else due.what, _due_words(due, route, zone))
    for language, text in route.acknowledge.items():
        yield from row(f"acknowledge {language}", text)
    yield from row("rules", f"version {trace.verdict.version}, {len(trace.tried)} tried")


def _tried(tried: Tried, names: int, shows_all: bool) -> Iterator[Line]:
    name = tried.rule.name
    if not tried.has_matched:
        first = next(_failed(tried.check), None)
        words = _failure(first) if first and not shows_all else ""
        line = f"{cut(name, names):<{names}}  {words}"
        yield _mark(False), " ", Styled(cut(line, WIDTH - 2).rstrip(), dim=True)
        if not shows_all:
            return
    else:
        does = f"goes to {tried.rule.then.team}" if tried.is_deciding else f"adds {_added(tried.rule.then)}"
        place = f"  {tried.rule.place}"
        room = WIDTH - len(f"✓ {name:<{names}}  {does}")
        place = place if len(place) <= room else ""
        yield _mark(True), " ", Styled(f"{name:<{names}}", bold=True), f"  {does}", Styled(place, dim=True)
    for check in tried.check.parts:
        yield from _check(check, 2)
    if not tried.check.parts:
        yield INDENT * 2, _mark(True), " always"


def _check(check: Check, depth: int) -> Iterator[Line]:
    check = _plain(check)
    indent, mark = INDENT * depth, _mark(check.is_held)
    if check.parts:
        words = {"any": "any of these", "all": "all of these", "when": "all of these", "not": "not"}[check.label]
        yield indent, mark, f" {words}"
        for part in check.parts:
            yield from _check(part, depth + 1)
        return
    label = f"{check.label:<{LABEL_WIDTH - len(indent)}}"
    left = WIDTH - len(indent) - 2 - len(label) - 2
    found, asked = cut(check.found, left), shortened(check.asked)
    left -= max(len(found), FOUND_WIDTH) + len("  asked: ")
    if asked and asked != check.found and left >= LEAST_ASKED:
        yield indent, mark, f" {label}  {found:<{FOUND_WIDTH}}", Styled(f"  asked: {cut(asked, left)}", dim=True)
    else:
        yield indent, mark, f" {label}  {found}".rstrip()


def _failed(check: Check) -> Iterator[Check]:
    """What did not hold, the first of it first."""
    if check.is_held:
        return
    if check.parts and check.label != "not":
        for part in check.parts:
            yield from _failed(part)
    else:
        yield check


def _failure(check: Check) -> str:
    if check.label != "not":
        return _plain(check).words
    return f"not: {', '.join(_plain(part).words for part in check.parts)}"


def _plain(check: Check) -> Check:
    """`check`; that a new conversation has no owner is known."""
    is_nobodys = check.label == "conversation.owner" and check.found == UNKNOWN_VALUE
    return replace(check, found="nobody yet", joint=": ") if is_nobodys else check


def _given(route: Route) -> Iterator[tuple[str, str]]:
    if route.is_reroute:
        yield "reroute", "even if another team owns it"
    if route.priority:
        yield "priority", str(route.priority)
    for name, values in (("tags", route.tags), ("skills", route.skills)):
        if values:
            yield name, ", ".join(values)
    for name, value in route.facts.items():
        yield f"fact {name}", value
    if route.spoken:
        yield "language", route.spoken
    if route.callback and not route.callback.within:
        yield "callback", "offered"


def _added(then: Then) -> str:
    """What a rule without a team adds, in a few words."""
    found = {
        "priority": then.priority,
        "tags": ", ".join(then.tags),
        "facts": then.facts,
        "deadlines": then.targets,
        "acknowledgement": then.acknowledge,
        "callback": then.callback,
        "ladder": then.ladder,
        "skills": then.skills,
        "language": then.spoken,
    }
    words = [
        f"{name} {value}" if name in ("priority", "tags", "language") else name
        for name, value in found.items()
        if value
    ]
    return cut("; ".join(words), LONGEST_ADDED)


def _due_words(due: Due, route: Route, zone: ZoneInfo) -> str:
    calendar = "" if due.calendar == ALWAYS else f" of {due.calendar}"
    within = f"{duration_words(due.within)}{calendar}"
    if due.at is None:
        return f"{within} after each later message"
    by = moment(due.at, zone if due.calendar == ALWAYS else ZoneInfo(due.zone))
    if due.what == DeadlineKind.UPDATE:
        return f"every {within} after each reply, the first by {by}"
    words = f"{within}: {by}"
    if due.what.startswith(STEP) and route.ladder:
        words += f" — {step_words(route.ladder.steps[int(due.what.removeprefix(STEP)) - 1])}"
    return words


def _mark(is_held: bool) -> Styled:
    return Styled("✓", fg="green") if is_held else Styled("✗", fg="yellow")
