"""What differs between two folders of rules: rules added, removed, moved and changed; lists, calendars and policies."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rules.content import Plain, calendars_of, library_of, policies_of, rules_of, words_of
from rules.values_file import is_list


@dataclass(frozen=True, slots=True)
class Part:
    """One key whose value differs (`when.text.any`), with both values as they are written; None where there is none."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Changed:
    """A rule that is in both; `lists` and `calendars` are those of the ones it uses that changed."""

    name: str
    parts: tuple[Part, ...] = ()
    lists: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """A rule that stands elsewhere among the others: the rule before it then and now, or `` where it is the first."""

    name: str
    after_before: str
    after_now: str


@dataclass(frozen=True, slots=True)
class Named:
    """Lists, calendars or policies (`calls`, `care`), by name: those added, removed, and changed with their parts."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class Diff:
    """All that differs; `renamed` are pairs of names of the same content."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    moved: tuple[Moved, ...]
    changed: tuple[Changed, ...]
    lists: Named
    calendars: Named
    policies: Named = Named()

    def __bool__(self) -> bool:
        rules = self.added or self.removed or self.renamed or self.moved or self.changed
        return bool(rules or self.lists or self.calendars or self.policies)


def diff(old: Path, new: Path) -> Diff:
    """What differs between the rules at `old` and at `new`; SourceError with every mistake of form in either.

    Which teams there are does not matter here: rules may have changed because teams did.
    """
    before, after = library_of(old), library_of(new)
    lists = _named(before.lists, after.lists)
    calendars = _named(calendars_of(before), calendars_of(after))
    rules = rules_of(before), rules_of(after)
    renamed = _renamed(*rules)
    return Diff(
        added=tuple(name for name in rules[1] if name not in rules[0] and name not in renamed.values()),
        removed=tuple(name for name in rules[0] if name not in rules[1] and name not in renamed),
        renamed=tuple(renamed.items()),
        moved=tuple(_moved([renamed.get(name, name) for name in rules[0]], list(rules[1]))),
        changed=tuple(_changed(*rules, set(lists.changed), set(calendars.changed))),
        lists=lists,
        calendars=calendars,
        policies=_named(policies_of(before), policies_of(after)),
    )


def _parts(before: Plain, after: Plain) -> tuple[Part, ...]:
    keys = dict.fromkeys((*before, *after))
    pairs = (Part(key, before.get(key), after.get(key)) for key in keys)
    return tuple(part for part in pairs if part.before != part.after)


def _named(before: Mapping[str, Any], after: Mapping[str, Any]) -> Named:
    parts = {name: _parts(_keyed(before[name]), _keyed(after[name])) for name in before if name in after}
    return Named(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed={name: found for name, found in parts.items() if found},
    )


def _keyed(value: Any) -> Plain:
    return value if isinstance(value, dict) else {"": list(value)}


def _renamed(before: Mapping[str, Plain], after: Mapping[str, Plain]) -> dict[str, str]:
    """The new name of each rule that is gone by its own and there, with the same content, by another."""
    left = [name for name in after if name not in before]
    found: dict[str, str] = {}
    for name, content in before.items():
        same = next((other for other in left if name not in after and after[other] == content), None)
        if same is not None:
            found[name] = same
            left.remove(same)
    return found


def _moved(before: Sequence[str], after: Sequence[str]) -> Iterator[Moved]:
    """Those of the rules in both that are not in their order any more, as few as explain the new one.

    One that still comes right after the same rule has moved along with it, and is not told.
    """
    places = {name: place for place, name in enumerate(before)}
    both = [name for name in after if name in places]
    kept = _rising([places[name] for name in both])
    for name in both:
        then, now = _before(name, before), _before(name, after)
        if places[name] not in kept and then != now:
            yield Moved(name, then, now)


def _rising(numbers: Sequence[int]) -> set[int]:
    """The longest part of `numbers`, all different, that rises."""
    ends: list[int] = []
    earlier: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_left(ends, number)
        earlier[number] = ends[place - 1] if place else None
        ends[place : place + 1] = [number]
    found: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = earlier[last]
    return found


def _before(name: str, names: Sequence[str]) -> str:
    place = names.index(name)
    return names[place - 1] if place else ""


def _changed(
    before: Mapping[str, Plain], after: Mapping[str, Plain], lists: set[str], calendars: set[str]
) -> Iterator[Changed]:
    for name, content in after.items():
        if name not in before:
            continue
        used = (word[1:] for word in words_of(content) if is_list(word))
        by_lists, by_calendars = lists.intersection(used), calendars.intersection(_calendars_used(content))
        found = Changed(name, _parts(before[name], content), tuple(sorted(by_lists)), tuple(sorted(by_calendars)))
        if found.parts or found.lists or found.calendars:
            yield found


def _calendars_used(value: Any, key: str = "") -> Iterator[str]:
    """The calendars that a rule's content names, under whichever of its keys."""
    if isinstance(value, dict):
        for inner_key, inner in value.items():
            yield from _calendars_used(inner, f"{key}.{inner_key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _calendars_used(inner, key)
    elif key.endswith((".hours.inside", ".hours.outside", ".then.calendar")):
        yield str(value)
