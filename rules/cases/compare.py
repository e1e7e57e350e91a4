"""A case played and compared: what is so with what was expected, and the words for where they differ."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime

from router.model.calendar import time_zone
from router.model.commitment import DeadlineKind
from rules.cases.case import NONE, Callback, Case, Expectation, Impossible, Player, Situation
from rules.cases.results import Difference, Failure, Result
from rules.language import UNKNOWN


def run(case: Case, player: Player) -> Result:
    """What becomes of `case`. After the first step that fails the story is played on, but compared no more."""
    failure: Failure | None = None
    reached: set[str] = set()
    played = 0
    try:
        for number, (step, situation) in enumerate(zip(case.steps, player.play(case), strict=True), 1):
            played = number
            reached.update(situation.matched)
            found = tuple(differences(step.expected, situation, case.zone)) if step.expected and not failure else ()
            if found:
                failure = Failure(number, step, found, situation=situation)
    except Impossible as error:
        failure = failure or Failure(played + 1, case.steps[played], impossible=str(error))
    return Result(case, failure, frozenset(reached))


def differences(expected: Expectation, so: Situation, zone: str) -> Iterator[Difference]:
    """Each expectation that does not hold; instants are shown as the clock in `zone` has them."""
    for key in ("team", "rule", "priority", "state"):
        wanted, actual = getattr(expected, key), getattr(so, key)
        if wanted is not None and wanted != actual:
            yield Difference(key, str(wanted), str(actual) or NONE)
    if expected.language is not None and expected.language != (so.language or UNKNOWN):
        yield Difference("language", expected.language, so.language or UNKNOWN)
    for key in ("matched", "tags", "skills"):
        yield from _missing(key, getattr(expected, key), getattr(so, key))
    unwanted = [tag for tag in expected.not_tags if tag in so.tags]
    if unwanted:
        yield Difference("not_tags", f"without {_listed(unwanted)}", _listed(so.tags))
    yield from _facts(expected.facts, so.facts)
    yield from _deadlines(expected, so, zone)
    yield from _promised(expected, so, zone)


def local(instant: datetime, zone: str) -> str:
    """`instant` as the clock in `zone` shows it: `2026-11-24 10:15`, with seconds where there are any."""
    at = instant.astimezone(time_zone(zone))
    has_seconds = at.second or at.microsecond
    return at.strftime("%Y-%m-%d %H:%M:%S" if has_seconds else "%Y-%m-%d %H:%M")


def instant(wall: datetime, zone: str) -> datetime:
    """The instant (UTC) at which the clock in `zone` shows `wall`, the first of two."""
    return wall.replace(tzinfo=time_zone(zone)).astimezone(UTC)


def _missing(key: str, wanted: Collection[str], actual: Collection[str]) -> Iterator[Difference]:
    if not set(wanted) <= set(actual):
        yield Difference(key, _listed(wanted), _listed(actual))


def _facts(wanted: Mapping[str, str], actual: Mapping[str, str]) -> Iterator[Difference]:
    for name, value in wanted.items():
        if actual.get(name) != value:
            yield Difference(f"facts.{name}", value, actual.get(name, NONE))


def _deadlines(expected: Expectation, so: Situation, zone: str) -> Iterator[Difference]:
    for kind, due_at in expected.deadlines.items():
        if so.deadlines.get(kind) != due_at:
            yield Difference(f"deadlines.{kind}", _instant(due_at, zone), _instant(so.deadlines.get(kind), zone))
    if expected.missed is not None and expected.missed != so.missed:
        yield Difference(
            "missed",
            *(_listed([kind for kind in DeadlineKind if kind in late]) for late in (expected.missed, so.missed)),
        )


def _promised(expected: Expectation, so: Situation, zone: str) -> Iterator[Difference]:
    wanted = expected.acknowledged
    is_as_wanted = wanted == so.acknowledged if isinstance(wanted, str) else wanted is bool(so.acknowledged)
    if wanted is not None and not is_as_wanted:
        yield Difference("acknowledged", _answer(wanted), _answer(so.acknowledged or False))
    if expected.callback is not None and expected.callback != so.callback:
        yield Difference("callback", _callback(expected.callback, zone), _callback(so.callback, zone))
    if expected.told_supervisor is not None and expected.told_supervisor is not so.told_supervisor:
        yield Difference("told_supervisor", _answer(expected.told_supervisor), _answer(so.told_supervisor))


def _listed(names: Collection[str]) -> str:
    return ", ".join(names) or NONE


def _instant(value: datetime | None, zone: str) -> str:
    return local(value, zone) if value else NONE


def _callback(value: Callback, zone: str) -> str:
    return value if isinstance(value, str) else local(value, zone)


def _answer(value: bool | str) -> str:
    return value if isinstance(value, str) else str(value).lower()
