"""What the commands of the guard are told alike: the zone, the instant, and the folder of rules."""

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from router.model.calendar import time_zone
from router.model.clock import SystemClock
from rules.guard.book import GuardBook, folder_of, load_guard, shipped_book
from rules.problems import SourceError, format_problems

YEARS = range(1970, 2200)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; a mistake in --zone if there is none."""
    try:
        return time_zone(name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--zone") from error


def instant_of(written: str | None, zone: tzinfo, hint: str) -> datetime:
    """The instant that is written, in `zone` where it names no other; now, if none is."""
    if written is None:
        return SystemClock().now()
    try:
        return instant_in(written, zone)
    except ValueError as error:
        raise click.BadParameter(f"`{written}` is no time: write 2026-11-27T10:00", param_hint=hint) from error


def instant_in(written: str, zone: tzinfo) -> datetime:
    """The instant (UTC) that is written, in `zone` where it names no other; ValueError if it is none of our times."""
    at = datetime.fromisoformat(written)
    if at.year not in YEARS:
        raise ValueError(f"{at.year} is none of the years that calendars here reach to")
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def book_of(rules: Path | None) -> GuardBook:
    """The guard's files for the rules there, or those that come with Hilo; every mistake is told, and the exit is 1."""
    try:
        return load_guard(folder_of(rules)) if rules else shipped_book()
    except SourceError as error:
        click.echo(format_problems(error.problems), err=True)
        raise SystemExit(1) from error
