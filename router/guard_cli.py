"""`hilo guard`: what the guard sees in a reply, before anybody sends it."""

import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import click

from router.core.guard.alone import Setting, seen_alone
from router.guard_told import as_data, tell
from router.model.calendar import time_zone
from router.model.clock import SystemClock
from router.model.fact import OPEN_KINDS, Fact
from router.model.finding import STOPPING, Finding
from router.options import json_option
from rules.guard.book import GuardBook, folder_of, load_guard, shipped_book
from rules.problems import SourceError, format_problems

LONGEST_LINE = 1_000_000


class BadLine(Exception):
    """A line is not what is asked for; it says why."""


@click.command()
@click.argument("text", required=False)
@click.option("--jsonl", "is_jsonl", is_flag=True, help="Read lines {text, lang, channel, known} from standard input.")
@click.option("--lang", help="The text's language (es, en); all are looked for without it.")
@click.option("--channel", help="What the reply leaves by: twitter_public, twitter_dm, email, webchat, phone …")
@click.option(
    "--known",
    "known",
    multiple=True,
    metavar="KIND=VALUE",
    help="A fact that is known: name=Ana, account=445566, tried=restarted_modem; as often as needed.",
)
@click.option("--at", "at", help="When it is written, for promises: 2026-11-27T10:00; now without it.")
@click.option("--zone", "zone", default="UTC", show_default=True, help="The time zone of promises: America/Panama.")
@click.option(
    "--rules",
    "rules",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of your rules, whose wordings are used; without it, those that come with Hilo.",
)
@click.option("--team", help="The team that writes it: what your files allow it is no finding.")
@json_option
def guard(
    text: str | None,
    is_jsonl: bool,
    lang: str | None,
    channel: str | None,
    known: tuple[str, ...],
    at: str | None,
    zone: str,
    rules: Path | None,
    team: str | None,
    as_json: bool,
) -> None:
    """Show what the guard sees in a reply, and whether it stops it.

    What sends the customer elsewhere, shows personal data in public, or asks for what is --known stops it. What it
    promises, and "as soon as possible" without a date, are shown only.

    It needs no configuration and changes nothing. With --jsonl each line comes back with its verdict and findings; a
    line that can't be read is told on standard error, and the exit is 1 once all are done.

    Example: hilo guard "¿Me confirmas tu nombre?" --known name=Ana
    """
    if is_jsonl == (text is not None):
        raise click.UsageError("give a text, or --jsonl and lines on standard input")
    place = _zone(zone)
    facts = tuple(_known(each) for each in known)
    setting = Setting(_book(rules), _instant(at, place), place, lang, channel, team, facts)
    if text is None:
        raise SystemExit(_lines(setting))
    found = seen_alone(text, setting)
    if as_json:
        click.echo(_json({"verdict": verdict(found), "findings": [as_data(each) for each in found]}))
    else:
        tell(text, found, is_stopped=verdict(found) == "stop")


def verdict(found: Sequence[Finding]) -> str:
    """`stop` if one of `found` stops a reply whoever it goes to, else `allow`."""
    return "stop" if any(each.kind in STOPPING for each in found) else "allow"


def judged(line: dict[str, Any], setting: Setting | None = None) -> dict[str, Any]:
    """`line` with its verdict and findings; what `setting` names stands in where it names none. Raises BadLine."""
    setting = setting or Setting(shipped_book(), SystemClock().now())
    text = _text_of(line, "text")
    if text is None:
        raise BadLine("it has no `text`")
    lang, channel = _text_of(line, "lang") or setting.lang, _text_of(line, "channel") or setting.channel
    known = (*setting.known, *_facts_of(line))
    found = seen_alone(text, replace(setting, lang=lang, channel=channel, known=known))
    return line | {"verdict": verdict(found), "findings": [as_data(each) for each in found]}


def _facts_of(line: dict[str, Any]) -> Iterator[Fact]:
    """The line's `known` facts: each with its `kind` and `value`, and if need be `sort`."""
    known = line.get("known") or []
    if not isinstance(known, list):
        raise BadLine('its `known` is no list; one looks like this: [{"kind": "name", "value": "Ana"}]')
    for each in known:
        if not isinstance(each, dict) or not all(isinstance(each.get(key), str) for key in ("kind", "value")):
            raise BadLine("one of its `known` facts has no `kind` and `value`")
        yield _fact(each["kind"], each["value"], _text_of(each, "sort") or "")


def _known(written: str) -> Fact:
    kind, equals, value = written.partition("=")
    if not (kind and equals and value):
        raise click.BadParameter(f"`{written}` is no fact: write `name=Ana`", param_hint="--known")
    return _fact(kind, value)


def _fact(kind: str, value: str, sort: str = "") -> Fact:
    return Fact(kind, value, sort, is_open=kind in OPEN_KINDS)


def _zone(name: str) -> ZoneInfo:
    try:
        return time_zone(name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--zone") from error


def _instant(written: str | None, zone: ZoneInfo) -> datetime:
    """The instant that is written, in `zone` where it names no other; now, if none is."""
    if written is None:
        return SystemClock().now()
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        raise click.BadParameter(f"`{written}` is no time: write 2026-11-27T10:00", param_hint="--at") from error
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _book(rules: Path | None) -> GuardBook:
    try:
        return load_guard(folder_of(rules)) if rules else shipped_book()
    except SourceError as error:
        click.echo(format_problems(error.problems), err=True)
        raise SystemExit(1) from error


def _lines(setting: Setting) -> int:
    """Judge the lines of standard input; 1 if any of them can't be read, else 0."""
    failed = 0
    for number, raw in enumerate(_raw_lines(sys.stdin.buffer if sys.stdin else io.BytesIO()), 1):
        if not raw.strip():
            continue
        try:
            click.echo(_json(judged(_object(raw), setting)))
        except BadLine as bad:
            failed = 1
            click.echo(f"line {number}: {bad}", err=True)
    return failed


def _raw_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Each line; of one that is too long the beginning, which can't be read then."""
    while line := stream.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE + 1)


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > LONGEST_LINE:
        raise BadLine(f"it is longer than {LONGEST_LINE:,} bytes")
    try:
        value = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadLine("it is not text in UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise BadLine(f"it is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise BadLine('it is no object; one looks like this: {"text": "Llámanos al 611", "lang": "es"}')
    return value


def _text_of(line: dict[str, Any], key: str) -> str | None:
    value = line.get(key)
    if value is not None and not isinstance(value, str):
        raise BadLine(f"its `{key}` is no text")
    return value


def _json(value: object) -> str:
    """One line; lone halves of a letter, which UTF-8 has not, stay escaped."""
    told = json.dumps(value, ensure_ascii=False)
    return told if told.isprintable() else json.dumps(value)
