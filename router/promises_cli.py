"""`hilo promises`: what a text promises the customer, and by when."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.text import Text

from router.core.guard.promise import promises as promised
from router.guard_options import book_of, instant_in, instant_of, zone_of
from router.json_lines import BadLine, as_line, each_line, text_of
from router.model.calendar import time_zone
from router.model.clock import SystemClock
from router.options import json_option
from rules.guard.book import GuardBook

WIDEST = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """By what a text is read: the guard's files, when and where, and its language; all are looked for without one."""

    book: GuardBook
    now: datetime
    zone: ZoneInfo
    lang: str | None = None


@click.command()
@click.argument("text", required=False)
@click.option("--jsonl", "is_jsonl", is_flag=True, help="Read lines {text, lang, now, zone} from standard input.")
@click.option("--lang", help="The text's language (es, en); all are looked for without it.")
@click.option("--now", "now", help="When it is written: 2026-11-27T10:00; now without it.")
@click.option("--zone", "zone", default="UTC", show_default=True, help="The customer's time zone: America/Panama.")
@click.option(
    "--rules",
    "rules",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of your rules, whose wordings and hours are used; without it, those that come with Hilo.",
)
@json_option
def promises(
    text: str | None, is_jsonl: bool, lang: str | None, now: str | None, zone: str, rules: Path | None, as_json: bool
) -> None:
    """Show what a reply or a phone note promises, and by when.

    It needs no configuration and changes nothing. With --jsonl each line comes back with its promises; a line that
    can't be read is told on standard error, and the exit is 1 once all are done. A line's own `now` and `zone` go
    before the options.

    Example: hilo promises "Te llamo mañana a las 10" --zone America/Panama
    """
    if is_jsonl == (text is not None):
        raise click.UsageError("give a text, or --jsonl and lines on standard input")
    place = zone_of(zone)
    reading = Reading(book_of(rules), instant_of(now, place, "--now"), place, lang)
    if text is None:
        raise SystemExit(each_line(lambda line: answered(line, reading, is_now_told=now is not None)))
    found = found_in(text, reading)
    if as_json:
        click.echo(as_line({"promises": found}))
    else:
        _tell(found)


def found_in(text: str, reading: Reading) -> list[dict[str, Any]]:
    """What `text` promises, as data: `due` in the time of the zone, `start` and `end` in code points."""
    return [
        {
            "due": each.due_at.astimezone(reading.zone).isoformat() if each.due_at else None,
            "phrase": each.phrase,
            "start": each.start,
            "end": each.end,
            "vague": each.due_at is None,
        }
        for each in promised(
            text, reading.lang, reading.now, reading.zone, book=reading.book.wordings, hours=reading.book.hours
        )
    ]


def answered(line: dict[str, Any], reading: Reading, *, is_now_told: bool = True) -> dict[str, Any]:
    """`line` with its promises; what `reading` names stands in where it names none. Raises BadLine.

    Where nobody told when it is, it is the moment at which the line is read.
    """
    text = text_of(line, "text")
    if text is None:
        raise BadLine("it has no `text`")
    zone = _zone_in(line, reading.zone)
    now = _now_in(line, zone) or (reading.now if is_now_told else SystemClock().now())
    lang = text_of(line, "lang") or reading.lang
    return line | {"promises": found_in(text, replace(reading, now=now, zone=zone, lang=lang))}


def _zone_in(line: dict[str, Any], otherwise: ZoneInfo) -> ZoneInfo:
    named = text_of(line, "zone")
    try:
        return time_zone(named) if named else otherwise
    except ValueError as error:
        raise BadLine(str(error)) from error


def _now_in(line: dict[str, Any], zone: ZoneInfo) -> datetime | None:
    written = text_of(line, "now")
    if not written:
        return None
    try:
        return instant_in(written, zone)
    except ValueError as error:
        raise BadLine("its `now` is no time: write 2026-11-27T10:00") from error


def _written(due: str) -> str:
    """`due` for people, to the second."""
    return datetime.fromisoformat(due).isoformat(" ", "seconds")


def _tell(found: list[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    console.width = min(console.width, WIDEST)
    for each in found:
        phrase = " ".join(each["phrase"].split())
        shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in phrase)
        until = "is vague: say a date" if each["vague"] else f"is due by {_written(each['due'])}"
        console.print(Text(f"“{shown}” {until}"))
    if not found:
        console.print(Text("nothing is promised", style="dim"))
