"""Instants and windows as they are said to a customer, in Spanish and English, on their own wall clock."""

from datetime import datetime, tzinfo

from router.core.languages import MONTHS, WEEKDAYS
from router.model.promise import Promise

UTC_NAMES = ("UTC", "Etc/UTC")
_NEAR = {"es": {-1: "ayer", 0: "hoy", 1: "mañana"}, "en": {-1: "yesterday", 0: "today", 1: "tomorrow"}}


def moment(at: datetime, now: datetime, zone: tzinfo, language: str) -> str:
    """`at` as it is said to somebody in `zone`: "hoy a las 15:00", "Monday, November 23 at 9:30"."""
    here = at.astimezone(zone)
    return f"{_day(at, now, zone, language)} {_hour(here, language)}{_named(zone)}"


def window(promise: Promise, now: datetime, zone: tzinfo, language: str) -> str:
    """When a visit comes: between two hours of a day, or until one."""
    from_at, due_at = promise.from_at or promise.due_at, promise.due_at
    begins, ends = from_at.astimezone(zone), due_at.astimezone(zone)
    if from_at == due_at:
        return moment(due_at, now, zone, language)
    if begins.date() != ends.date():
        join = {"es": " y ", "en": " and "}[language]
        both = join.join(moment(at, now, zone, language) for at in (from_at, due_at))
        return {"es": "el tiempo entre ", "en": "between "}[language] + both
    hours = {"es": "entre las {} y las {}", "en": "between {} and {}"}[language]
    clock = hours.format(*(f"{at.hour}:{at.minute:02}" for at in (begins, ends)))
    return f"{_day(from_at, now, zone, language)} {clock}{_named(zone)}"


def _day(at: datetime, now: datetime, zone: tzinfo, language: str) -> str:
    day = at.astimezone(zone).date()
    near = _NEAR[language].get((day - now.astimezone(zone).date()).days)
    if near:
        return near
    weekday, month = WEEKDAYS[language][day.weekday()], MONTHS[language][day.month - 1]
    return f"el {weekday} {day.day} de {month}" if language == "es" else f"{weekday}, {month} {day.day}"


def _hour(here: datetime, language: str) -> str:
    clock = f"{here.hour}:{here.minute:02}"
    if language == "en":
        return f"at {clock}"
    return f"a la {clock}" if here.hour == 1 else f"a las {clock}"


def _named(zone: tzinfo) -> str:
    """Said where nobody knows which time it is there."""
    return " (UTC)" if str(zone) in UTC_NAMES else ""
