"""A trace for a person at a terminal: every rule tried, what held (✓) and what did not (✗), and the verdict."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from router.model.commitment import ALWAYS
from router.model.route import Route
from router.rules_cli.trace_data import step_words
from rules.checks import Check, duration_words, shortened
from rules.engine import DEFAULT, Then
from rules.explain import STEP, Due, Trace, Tried

WIDTH = 100
NAME_WIDTH = 28
LABEL_WIDTH = 26
FOUND_WIDTH = 24
LEAST_ASKED = 12
INDENT = "  "


def trace_lines(trace: Trace, zone: ZoneInfo, *, shows_all: bool = False) -> Iterator[str]:
    """The rules tried, those that did not match in one line each (unless `shows_all`), and what follows."""
    names = max((len(tried.rule.name) for tried in trace.tried), default=0)
    for tried in trace.tried:
        yield from _tried(tried, min(names, NAME_WIDTH), shows_all)
    yield ""
    yield from verdict_lines(trace, zone)


def verdict_lines(trace: Trace, zone: ZoneInfo) -> Iterator[str]:
    """Where it goes and what else follows."""
    route, rule = trace.verdict.route, trace.verdict.rule
    by = "no rule decided" if rule == DEFAULT else f"by the rule {rule}"
    yield f"→ {click.style(route.team, bold=True)}, {by}"
    if route.reason not in (rule, DEFAULT):
        yield from row("reason", route.reason)
    for name, value in _given(route):
        yield from row(name, value)
    for due in trace.due:
        yield from row(f"ladder, {due.what}" if due.what.startswith(STEP) else due.what, _due_words(due, route, zone))
    for language, text in route.acknowledge.items():
        yield from row(f"acknowledge {language}", text)
    yield from row("rules", f"version {trace.verdict.version}, {len(trace.tried)} tried")


def row(name: str, value: str) -> Iterator[str]:
    """One line of a table of names and values; a long value goes on below itself."""
    room = WIDTH - LABEL_WIDTH
    lines = _wrapped(plain(value), room)
    yield f"{INDENT}{click.style(f'{name:<{LABEL_WIDTH - len(INDENT)}}', dim=True)}{lines[0]}"
    for line in lines[1:]:
        yield f"{' ' * LABEL_WIDTH}{line}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """The instant as the clock in `zone` shows it: `Tue 24 Nov 2026, 10:15`."""
    return f"{at.astimezone(zone):%a %-d %b %Y, %H:%M}"


def plain(text: str) -> str:
    """`text` without what could tell the terminal what to do."""
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "�" for sign in text)


def _tried(tried: Tried, names: int, shows_all: bool) -> Iterator[str]:
    name = plain(tried.rule.name)
    if not tried.has_matched:
        first = next(_failed(tried.check), None)
        words = plain(_failure(first)) if first and not shows_all else ""
        line = f"{_cut(name, names):<{names}}  {words}"
        yield f"{_mark(False)} {click.style(_cut(line, WIDTH - 2).rstrip(), dim=True)}"
        if not shows_all:
            return
    else:
        does = f"goes to {tried.rule.then.team}" if tried.is_deciding else f"adds {_added(tried.rule.then)}"
        place = f"  {tried.rule.place}"
        room = WIDTH - len(f"✓ {name:<{names}}  {does}")
        place = place if len(place) <= room else ""
        yield f"{_mark(True)} {click.style(f'{name:<{names}}', bold=True)}  {does}{click.style(place, dim=True)}"
    for check in tried.check.parts:
        yield from _check(check, 2)
    if not tried.check.parts:
        yield f"{INDENT * 2}{_mark(True)} always"


def _check(check: Check, depth: int) -> Iterator[str]:
    indent = INDENT * depth
    if check.parts:
        words = {"any": "any of these", "all": "all of these", "when": "all of these", "not": "not"}[check.label]
        yield f"{indent}{_mark(check.is_held)} {words}"
        for part in check.parts:
            yield from _check(part, depth + 1)
        return
    asked = shortened(check.asked)
    label = f"{check.label:<{LABEL_WIDTH - len(indent)}}"
    left = WIDTH - len(indent) - 2 - len(label) - 2
    found = _cut(plain(check.found), left)
    if asked and asked != check.found:
        found = f"{found:<{FOUND_WIDTH}}"
        left -= len(found) + len("  asked: ")
        asked = f"  asked: {_cut(plain(asked), left)}" if left >= LEAST_ASKED else ""
    else:
        asked = ""
    yield f"{indent}{_mark(check.is_held)} {label}  {found}{click.style(asked, dim=True)}".rstrip()


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
        return check.words
    return f"not: {', '.join(part.words for part in check.parts)}"


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
    return _cut("; ".join(words), 50)


def _due_words(due: Due, route: Route, zone: ZoneInfo) -> str:
    calendar = "" if due.calendar == ALWAYS else f" of {due.calendar}"
    words = f"{duration_words(due.within)}{calendar}: {moment(due.at, zone)}"
    if due.what.startswith(STEP) and route.ladder:
        words += f" — {step_words(route.ladder.steps[int(due.what.removeprefix(STEP)) - 1])}"
    return words


def _mark(is_held: bool) -> str:
    return click.style("✓", fg="green") if is_held else click.style("✗", fg="yellow")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".lstrip()
        while len(line) > width:
            lines.append(line[:width])
            line = line[width:]
    return [*lines, line]
