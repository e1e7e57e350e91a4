"""`hilo rules diff`: what differs between two folders of rules."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from router.options import json_option
from router.rules_cli.trace_lines import Line, Styled, tell
from rules.content import written
from rules.diff import Changed, Diff, Moved, Named, Part
from rules.diff import diff as difference
from rules.problems import SourceError, format_problems, json_text

SAME, DIFFERENT, TROUBLE = 0, 1, 2
PATH = click.Path(path_type=Path, exists=True)
LONGEST = 96


@click.command()
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@json_option
def diff(old: Path, new: Path, as_json: bool) -> None:
    """Show which rules, lists and calendars of OLD were added, removed, moved or changed in NEW.

    OLD and NEW are folders or files; tests in them do not count. Exit 0: the same, 1: different, 2: trouble.

    Example: hilo rules diff rules/playbook ~/new-playbook
    """
    try:
        found = difference(old, new)
    except SourceError as error:
        click.echo(format_problems(error.problems), err=True)
        raise SystemExit(TROUBLE) from error
    if as_json:
        click.echo(json_text(_data(found)))
    else:
        tell(_lines(found))
    raise SystemExit(DIFFERENT if found else SAME)


def _data(found: Diff) -> dict[str, Any]:
    renamed = [{"before": before, "after": after} for before, after in found.renamed]
    return asdict(found) | {"renamed": renamed}


def _lines(found: Diff) -> Iterator[Line]:
    if not found:
        yield ("No difference: the same rules in the same order, the same lists, calendars, calls and care.",)
        return
    for name in found.added:
        yield _added(f"rule {name}")
    for name in found.removed:
        yield _removed(f"rule {name}")
    for before, after in found.renamed:
        yield _sign("→"), f" rule {before} is now named {after}"
    for moved in found.moved:
        yield _sign("↕"), f" rule {moved.name} moved: {_place(moved)}"
    for changed in found.changed:
        yield _sign("~"), f" rule {changed.name}{_by(changed)}"
        yield from _parts(changed.parts)
    for kind, named in (("list ", found.lists), ("calendar ", found.calendars), ("", found.policies)):
        yield from _named(kind, named)


def _place(moved: Moved) -> str:
    before, now = (f"after {name}" if name else "the first" for name in (moved.after_before, moved.after_now))
    return f"it was {before}, it is now {now}"


def _by(changed: Changed) -> str:
    used = [*(f"list ${name}" for name in changed.lists), *(f"calendar {name}" for name in changed.calendars)]
    words = f"by {', '.join(used)}" if used else ""
    return f": changed {words}" if words and not changed.parts else f" ({words} as well)" if words else ""


def _named(kind: str, named: Named) -> Iterator[Line]:
    for name in named.added:
        yield _added(f"{kind}{name}")
    for name in named.removed:
        yield _removed(f"{kind}{name}")
    for name, parts in named.changed.items():
        yield _sign("~"), f" {kind}{name}"
        yield from _parts(parts)


def _parts(parts: tuple[Part, ...]) -> Iterator[Line]:
    """Each part as before → after; of what is a list only what came and what went."""
    for part in parts:
        name = f"{part.key}: " if part.key else ""
        before, after = _listed(part.before), _listed(part.after)
        came, went = [one for one in after if one not in before], [one for one in before if one not in after]
        if (isinstance(part.before, list) or isinstance(part.after, list)) and before and after and (came or went):
            for sign, words in (("-", went), ("+", came)):
                if words:
                    yield from _wrapped(f"    {name}{sign} ", [written(word) for word in words], sign)
        else:
            yield from _wrapped(f"    {name}", [f"{_value(part.before)} → {_value(part.after)}"], "")


def _wrapped(start: str, words: list[str], sign: str) -> Iterator[Line]:
    """`words` after `start`, in as many lines as they take."""
    line = start
    for word in words:
        joined = f"{line}{word}" if line == start else f"{line}, {word}"
        if len(joined) > LONGEST and line != start:
            yield (f"{line},",)
            joined = f"{' ' * len(start)}{word}"
        line = joined
    yield (Styled(line, fg={"-": "red", "+": "green"}.get(sign)),)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _value(value: Any) -> str:
    return "(nothing)" if value is None else written(value)


def _added(words: str) -> Line:
    return _sign("+"), f" {words}"


def _removed(words: str) -> Line:
    return _sign("-"), f" {words}"


def _sign(sign: str) -> Styled:
    return Styled(sign, fg={"+": "green", "-": "red"}.get(sign, "yellow"), bold=True)
