"""A second reading of docs/rules.md, plain and slow: what the compiled engine is compared with.

It reads the rules as the YAML has them, one after another, and shares nothing with the engine but the values it is
given. Nothing is prepared and nothing is skipped: where it differs from the engine, the documentation decides.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import re2
from holidays import country_holidays

from rules.facts import Facts

READ = 10_000
SEARCHED = 2_000
UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
DAYS = ("mon lun", "tue mar", "wed mie", "thu jue", "fri vie", "sat sab", "sun dom")
MIDNIGHT = "24:00"

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules make of a message: the names that matched (the deciding one last), and all that follows.

    `deadlines` has for each kind how soon and on which calendar; `callback` is empty, or `offer`, or how soon and on
    which calendar; `ladder` the rule it comes from, its calendar, and its steps.
    """

    matched: tuple[str, ...]
    rule: str
    team: str
    reason: str
    reroute: bool = False
    priority: str = ""
    tags: tuple[str, ...] = ()
    facts: Plain = field(default_factory=dict)
    deadlines: Mapping[str, tuple[timedelta, str]] = field(default_factory=dict)
    acknowledge: Plain = field(default_factory=dict)
    callback: tuple[Any, ...] = ()
    ladder: tuple[Any, ...] = ()
    skills: tuple[str, ...] = ()
    language: str = ""


def outcome(book: Plain, default_team: str, facts: Facts) -> Outcome:
    """What `book`, the plain data of a rules' file, makes of `facts`."""
    matched: list[Plain] = []
    for rule in book["rules"]:
        if holds(rule["when"], facts, book):
            matched.append(rule)
            if "team" in rule["then"]:
                break
    return _merged(matched, default_team)


def holds(when: Plain, facts: Facts, book: Plain) -> bool:
    """Whether all that stands in `when` holds."""
    return all(is_so for _, is_so in answers(when, facts, book))


def answers(when: Plain, facts: Facts, book: Plain) -> Iterator[tuple[str, bool]]:
    """Each thing that `when` asks (`text.any`, `customer.tier`, …), and whether it is so."""
    for key, asked in when.items():
        match key:
            case "all":
                yield "all", all(holds(each, facts, book) for each in asked)
            case "any":
                yield "any", any(holds(each, facts, book) for each in asked)
            case "not":
                yield "not", not holds(asked, facts, book)
            case "channel":
                yield "channel", facts.channel in listed(asked)
            case "public":
                yield "public", facts.public == asked
            case "kind":
                yield "kind", facts.kind in listed(asked)
            case "language":
                yield "language", facts.language in listed(asked)
            case "text":
                yield from _words(key, asked, [facts.subject, facts.text], book)
            case "subject":
                yield from _words(key, asked, [facts.subject], book)
            case "customer":
                yield from _customer(asked, facts)
            case "sender":
                yield from _sender(asked, facts)
            case "conversation":
                yield from _conversation(asked, facts)
            case "contacts":
                earliest = facts.now - duration(asked["within"])
                count = sum(earliest <= contact <= facts.now for contact in facts.contacts)
                yield "contacts", _is_within(count, asked)
            case "attachments" if isinstance(asked, bool):
                yield "attachments", (facts.attachments > 0) == asked
            case "attachments":
                yield "attachments", _is_within(facts.attachments, asked)
            case "hours":
                yield from _hours(asked, facts, book)
            case "team":
                yield from _teams(asked, facts)
            case _:
                raise AssertionError(f"the documentation knows no `{key}` in a `when`")


def listed(value: Any) -> list[Any]:
    """One thing or a list, as a list."""
    return value if isinstance(value, list) else [value]


def duration(written: str) -> timedelta:
    """`15m` as a duration."""
    count = written.rstrip("".join(UNITS))
    return timedelta(**{UNITS[written.removeprefix(count)]: int(count)})


def _is_within(count: int | None, bounds: Plain) -> bool:
    if count is None:
        return False
    return bool(bounds.get("at_least", count) <= count <= bounds.get("at_most", count))


# Words.


def _words(key: str, asked: Plain, parts: list[str], book: Plain) -> Iterator[tuple[str, bool]]:
    is_exact = asked.get("exact", False)
    parts = [part[:READ] for part in parts]
    for how, sought in asked.items():
        each = listed(sought)
        match how:
            case "any":
                yield f"{key}.any", any(_is_there(term, parts, is_exact, book) for term in each)
            case "all":
                yield f"{key}.all", all(_is_there(term, parts, is_exact, book) for term in each)
            case "none":
                yield f"{key}.none", not any(_is_there(term, parts, is_exact, book) for term in each)
            case "regex":
                lines = "\n".join(parts if parts[0] else parts[1:])
                text = spelled(lines) if is_exact else fold(lines)
                yield f"{key}.regex", any(regex(pattern).search(text[:SEARCHED]) is not None for pattern in each)
            case "exact":
                pass
            case _:
                raise AssertionError(f"the documentation knows no `{how}` in a `{key}`")


def _is_there(term: str, parts: list[str], is_exact: bool, book: Plain) -> bool:
    if term.startswith("$") and term[1:2].isalpha():
        return any(_is_there(each, parts, is_exact, book) for each in book["lists"][term[1:]])
    sought = words(term.removesuffix("*"), is_exact)
    return any(_follow_one_another(sought, words(part, is_exact), term.endswith("*")) for part in parts)


def _follow_one_another(sought: tuple[str, ...], found: tuple[str, ...], is_prefix: bool) -> bool:
    for start in range(len(found) - len(sought) + 1):
        here = found[start : start + len(sought)]
        if here == sought:
            return True
        if is_prefix and here[:-1] == sought[:-1] and here[-1].startswith(sought[-1]):
            return True
    return False


@lru_cache(1000)
def words(text: str, is_exact: bool) -> tuple[str, ...]:
    """The words of `text`: letters and digits that stand together."""
    kept = spelled(text) if is_exact else fold(text)
    return tuple("".join(_letter_or_space(character) for character in kept).split())


def _letter_or_space(character: str) -> str:
    return character if unicodedata.category(character)[0] in "LNM" else " "


@lru_cache(1000)
def fold(text: str) -> str:
    """`text` without case and accents."""
    # What is decomposed may have a case that the whole had not (ℍ), and the other way round (ﬅ).
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).casefold()
    return "".join(character for character in plain if not _is_mark_or_format(character))


def spelled(text: str) -> str:
    """`text` as it was written, each accented letter in one piece where there is such a one."""
    return unicodedata.normalize("NFC", text)


@lru_cache(10_000)
def _is_mark_or_format(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "M" or category == "Cf"


@lru_cache(1000)
def regex(pattern: str) -> Any:
    """`pattern` in RE2's syntax."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


# The customer, the conversation, the teams.


def _customer(asked: Plain, facts: Facts) -> Iterator[tuple[str, bool]]:
    known = facts.customer
    for key, wanted in asked.items():
        name = f"customer.{key}"
        match key:
            case "tier":
                yield name, bool(known.tier) and fold(known.tier) in map(fold, listed(wanted))
            case "region":
                yield name, bool(known.region) and fold(known.region) in map(fold, listed(wanted))
            case "expertise":
                yield name, bool(known.expertise) and known.expertise in listed(wanted)
            case "tags":
                yield name, _has_tags(known.tags, wanted)
            case "followers":
                yield name, _is_within(known.followers, wanted)
            case "attributes":
                each = ((known.attributes.get(attribute), listed(of)) for attribute, of in wanted.items())
                yield name, all(value is not None and fold(value) in map(fold, of) for value, of in each)
            case _:
                raise AssertionError(f"the documentation knows no `{name}`")


def _sender(asked: Plain, facts: Facts) -> Iterator[tuple[str, bool]]:
    known = facts.sender
    for key, wanted in asked.items():
        match key:
            case "age":
                longest = duration(wanted["at_most"]) if "at_most" in wanted else timedelta.max
                shortest = duration(wanted["at_least"]) if "at_least" in wanted else timedelta.min
                yield "sender.age", known.age is not None and shortest <= known.age <= longest
            case "verified":
                yield "sender.verified", known.is_verified is not None and known.is_verified == wanted
            case _:
                raise AssertionError(f"the documentation knows no `sender.{key}`")


def _conversation(asked: Plain, facts: Facts) -> Iterator[tuple[str, bool]]:
    before = facts.conversation
    for key, wanted in asked.items():
        name = f"conversation.{key}"
        match key:
            case "new":
                yield name, before.is_new == wanted
            case "reopened":
                yield name, before.is_reopened == wanted
            case "owner":
                yield name, before.owner is not None and before.owner in listed(wanted)
            case "tags":
                yield name, _has_tags(before.tags, wanted)
            case "messages":
                yield name, _is_within(before.messages, wanted)
            case "waiting":
                longest = duration(wanted["at_most"]) if "at_most" in wanted else timedelta.max
                shortest = duration(wanted["at_least"]) if "at_least" in wanted else timedelta.min
                yield name, shortest <= before.waiting <= longest
            case _:
                raise AssertionError(f"the documentation knows no `{name}`")


def _has_tags(tags: tuple[str, ...], wanted: Any) -> bool:
    asked = wanted if isinstance(wanted, Mapping) else {"any": wanted}
    there = set(map(fold, tags))
    return (
        ("any" not in asked or any(fold(tag) in there for tag in listed(asked["any"])))
        and all(fold(tag) in there for tag in listed(asked.get("all", [])))
        and not any(fold(tag) in there for tag in listed(asked.get("none", [])))
    )


def _teams(asked: Plain, facts: Facts) -> Iterator[tuple[str, bool]]:
    for team, wanted in asked.items():
        load = next((load for name, load in facts.teams.items() if name == team), None)
        for key, bounds in wanted.items():
            count = {"waiting": load.waiting, "available": load.available}[key] if load else None
            yield f"team.{key}", _is_within(count, bounds)


# Calendars.


def _hours(asked: Plain, facts: Facts, book: Plain) -> Iterator[tuple[str, bool]]:
    for key, names in asked.items():
        is_open = any(_is_open(name, facts.now, book) for name in listed(names))
        yield f"hours.{key}", is_open if key == "inside" else not is_open


def _is_open(name: str, instant: datetime, book: Plain) -> bool:
    if name == "always":
        return True
    calendar = book["calendars"][name]
    local = instant.astimezone(ZoneInfo(calendar["zone"]))
    today, clock = local.date(), local.time()
    own_hours = {str(day): spans for day, spans in calendar.get("open", {}).items()}
    if str(today) in own_hours:
        return any(start <= clock and (end is None or clock < end) for start, end in _read(own_hours[str(today)]))
    if _is_closed(calendar, today):
        return False
    for days, spans in calendar["hours"].items():
        for start, end in _read(spans):
            is_over_midnight = end is not None and end < start
            if _is_weekday(today, days) and start <= clock and (end is None or is_over_midnight or clock < end):
                return True
            # What is written for a weekday goes on into the next one, whatever the date of the evening was.
            if is_over_midnight and _is_weekday(today - timedelta(days=1), days) and end is not None and clock < end:
                return True
    return False


def _is_closed(calendar: Plain, day: date) -> bool:
    if str(day) in map(str, calendar.get("closed", [])):
        return True
    return any(is_holiday(country, day) for country in listed(calendar.get("holidays", [])))


@lru_cache(1000)
def is_holiday(country: str, day: date) -> bool:
    """Whether `day` is a holiday of a country (`PA`) or of one of its regions (`ES-MD`)."""
    code, _, region = country.partition("-")
    return day in country_holidays(code, subdiv=region or None, years=day.year)


def _is_weekday(day: date, written: str) -> bool:
    """Whether `day` is one of `mon-fri` or `sáb`."""
    first, _, last = fold(written).partition("-")
    after_first = (day.weekday() - _weekday(first)) % len(DAYS)
    return after_first <= (_weekday(last or first) - _weekday(first)) % len(DAYS)


def _weekday(name: str) -> int:
    return next(number for number, names in enumerate(DAYS) if name in names.split())


def _read(spans: Any) -> list[tuple[time, time | None]]:
    return [_span(*span.split("-")) for span in listed(spans)]


def _span(start: str, end: str) -> tuple[time, time | None]:
    return time.fromisoformat(start), None if end == MIDNIGHT else time.fromisoformat(end)


# What follows.


def _merged(matched: list[Plain], default_team: str) -> Outcome:
    thens = [rule["then"] for rule in matched]
    decided = matched[-1] if thens and "team" in thens[-1] else None
    return Outcome(
        matched=tuple(rule["name"] for rule in matched),
        rule=decided["name"] if decided else "default",
        team=decided["then"]["team"] if decided else default_team,
        reason=decided.get("description", decided["name"]) if decided else "default",
        reroute=decided["then"].get("reroute", False) if decided else False,
        priority=_latest(thens, "priority") or "",
        tags=_together(thens, "tags"),
        facts={name: value for then in thens for name, value in then.get("facts", {}).items()},
        deadlines={
            kind: (duration(within), then.get("calendar", "always"))
            for then in thens
            for kind, within in then.get("deadlines", {}).items()
        },
        acknowledge=_latest(thens, "acknowledge") or {},
        callback=next((_callback(then) for then in reversed(thens) if "callback" in then), ()),
        ladder=next((_ladder(rule) for rule in reversed(matched) if "ladder" in rule["then"]), ()),
        skills=_together(thens, "skills"),
        language=_latest(thens, "language") or "",
    )


def _latest(thens: list[Plain], key: str) -> Any:
    return next((then[key] for then in reversed(thens) if key in then), None)


def _together(thens: list[Plain], key: str) -> tuple[str, ...]:
    found: list[str] = []
    for then in thens:
        found += [value for value in listed(then.get(key, [])) if value not in found]
    return tuple(found)


def _callback(then: Plain) -> tuple[Any, ...]:
    if then["callback"] == "offer":
        return ("offer",)
    return duration(then["callback"]["within"]), then.get("calendar", "always")


def _ladder(rule: Plain) -> tuple[Any, ...]:
    steps = tuple(
        (
            duration(step["after"]),
            step.get("priority", ""),
            tuple(listed(step.get("tags", []))),
            "tell" in step,
            step.get("team", ""),
        )
        for step in rule["then"]["ladder"]
    )
    return rule["name"], rule["then"].get("calendar", "always"), steps
