"""`hilo guard`: what the guard sees in a reply, before anybody sends it."""

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.text import Text

from router.core.found.personal_data import personal_data
from router.core.guard.deflection import deflection
from router.core.guard.read import is_allowed
from router.model.finding import Destination, Finding, FindingKind
from router.model.ids import TeamId
from router.options import json_option
from rules.guard.book import GuardBook, folder_of, load_guard, shipped_book
from rules.problems import SourceError, format_problems

WIDEST = 100
LONGEST_LINE = 1_000_000
PUBLIC = ("twitter", "x")
PLACES = {
    Destination.DM: "a direct message",
    Destination.EMAIL: "email",
    Destination.PHONE: "the phone",
    Destination.WEB: "a page or a form",
    Destination.APP: "the app",
    Destination.CHAT: "another chat",
    Destination.WHATSAPP: "WhatsApp",
    Destination.BRANCH: "a branch",
    Destination.COMPANY: "somebody else",
}


class BadLine(Exception):
    """A line is not what is asked for; it says why."""


@dataclass(frozen=True, slots=True)
class Reader:
    """By what replies are judged: the book, the team that writes, the language and the way that they take."""

    book: GuardBook
    team: str | None = None
    lang: str | None = None
    channel: str | None = None


@click.command()
@click.argument("text", required=False)
@click.option("--jsonl", "is_jsonl", is_flag=True, help="Read lines {text, lang, channel} from standard input.")
@click.option("--lang", help="The text's language (es, en); all are looked for without it.")
@click.option("--channel", help="What the reply leaves by: twitter_public, twitter_dm, email, webchat, phone …")
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
    rules: Path | None,
    team: str | None,
    as_json: bool,
) -> None:
    """Show what would stop a reply: it sends the customer elsewhere, or shows personal data in public.

    It needs no configuration and changes nothing. With --jsonl each line comes back with its verdict and findings; a
    line that can't be read is told on standard error, and the exit is 1 once all are done.

    Example: hilo guard "Mándanos un DM con tu número" --channel twitter_public
    """
    if is_jsonl == (text is not None):
        raise click.UsageError("give a text, or --jsonl and lines on standard input")
    reader = Reader(_book(rules), team, lang, channel)
    if text is None:
        raise SystemExit(_lines(reader))
    told = judged({"text": text}, reader)
    if as_json:
        click.echo(_json({"verdict": told["verdict"], "findings": told["findings"]}))
    else:
        _tell(text, told["findings"])


def judged(line: dict[str, Any], reader: Reader | None = None) -> dict[str, Any]:
    """`line` with its verdict and findings; what `reader` names stands in where it names none. Raises BadLine."""
    reader = reader or Reader(shipped_book())
    text = _text_of(line, "text")
    if text is None:
        raise BadLine("it has no `text`")
    lang, channel = _text_of(line, "lang") or reader.lang, _text_of(line, "channel") or reader.channel
    found = list(findings(text, replace(reader, lang=lang, channel=channel)))
    return line | {"verdict": "stop" if found else "allow", "findings": found}


def findings(text: str, reader: Reader) -> Iterator[dict[str, Any]]:
    """What the guard sees in `text`, as data; `start` and `end` count code points."""
    allowed = reader.book.allowed(TeamId(reader.team)) if reader.team else ()
    for each in deflection(text, reader.lang, reader.channel, reader.book.wordings):
        if is_allowed(Finding(FindingKind.DEFLECTION, each.start, each.end, each.phrase, to=each.to), allowed):
            continue
        yield {
            "kind": "deflection",
            "to": each.to.value,
            "phrase": each.phrase,
            "start": each.start,
            "end": each.end,
        }
    for shown in personal_data(text) if is_public(reader.channel) else ():
        yield {
            "kind": "exposure",
            "to": None,
            "what": shown.kind.value,
            "phrase": text[shown.start : shown.end],
            "start": shown.start,
            "end": shown.end,
        }


def is_public(channel: str | None) -> bool:
    """Whether all the world reads what leaves by `channel`."""
    words = (channel or "").lower().replace("-", "_").split("_")
    return "public" in words or (words[0] in PUBLIC and not {"dm", "direct", "private"} & set(words))


def _book(rules: Path | None) -> GuardBook:
    try:
        return load_guard(folder_of(rules)) if rules else shipped_book()
    except SourceError as error:
        click.echo(format_problems(error.problems), err=True)
        raise SystemExit(1) from error


def _lines(reader: Reader) -> int:
    """Judge the lines of standard input; 1 if any of them can't be read, else 0."""
    failed = 0
    for number, raw in enumerate(_raw_lines(sys.stdin.buffer if sys.stdin else io.BytesIO()), 1):
        if not raw.strip():
            continue
        try:
            click.echo(_json(judged(_object(raw), reader)))
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


def _tell(text: str, found: list[dict[str, Any]]) -> None:
    """The text with what was found underlined, and why, at most WIDEST columns."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False)
    console.width = min(console.width, WIDEST)
    shown = Text("".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text))
    for each in found:
        shown.stylize("bold underline red", each["start"], each["end"])
    console.print(shown)
    for each in found:
        console.print(Text(f"  {_reason(each)}", style="yellow"))
    console.print(Text("stop" if found else "allow: nothing here sends the customer away", style="bold"))


def _reason(found: dict[str, Any]) -> str:
    phrase = " ".join(found["phrase"].split())
    cut = phrase if len(phrase) <= 40 else f"{phrase[:39]}…"
    if found["kind"] == "deflection":
        return f"“{cut}” sends the customer to {PLACES[Destination(found['to'])]}"
    return f"“{cut}” shows personal data in public ({found['what']})"
