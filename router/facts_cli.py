"""`hilo facts`: what Hilo finds in what a customer writes, before anybody writes it."""

import io
import json
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from router.core.found.facts import facts_in
from router.core.found.phones import COUNTRIES
from router.model.fact import Fact
from router.options import json_option
from rules.fact_kinds import NO_KINDS, FactKinds, load_fact_kinds
from rules.facts_schema import facts_schema
from rules.problems import SourceError, format_problems, json_text, plain

WIDEST = 100
SHOWN_CHARACTERS = 4_000


@click.command()
@click.argument("text", required=False)
@click.option("--jsonl", is_flag=True, help='Read lines {"text": …, "lang": …}, write each with its "facts".')
@click.option("--lang", type=click.Choice(["es", "en"]), help="The language, where a line does not say it.")
@click.option(
    "--region",
    type=click.Choice(sorted(COUNTRIES), case_sensitive=False),
    help="The country that phone and ID numbers without one are of.",
)
@click.option(
    "--kinds",
    "path",
    type=click.Path(path_type=Path, exists=True),
    help="Also look for what these YAML files name (a folder, or one file).",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of such files, for editors.")
@json_option
def facts(
    text: str | None, jsonl: bool, lang: str | None, region: str | None, path: Path | None, schema: bool, as_json: bool
) -> None:
    """Show what a customer's message tells of them and of the matter: name, numbers, devices, what was tried.

    It needs no configuration and changes nothing. TEXT may be `-`: it is then read from standard input, as the lines of
    --jsonl are. A line that is none is told by its number; exit 1 then.

    Example: hilo facts "Soy Ana Ruiz, ya reinicié el módem" --region PA
    """
    if schema:
        click.echo(json.dumps(facts_schema(), ensure_ascii=False, indent=2))
        return
    if (text is None) != jsonl:
        raise click.UsageError("give a TEXT, or --jsonl and lines on standard input")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that has not all letters shows the others as signs; a program that reads gets UTF-8.
        sys.stdout.reconfigure(errors="replace", encoding="utf-8" if jsonl or as_json else None)
    look = partial(facts_in, region=region or "", kinds=_kinds(path) if path else NO_KINDS)
    if jsonl:
        raise SystemExit(_each_line(sys.stdin.buffer if sys.stdin else (), lang or "", look))
    written = _read() if text == "-" else text or ""
    found = look(written, lang or "")
    if as_json:
        click.echo(json_text({"text": written, "lang": lang, "facts": [as_data(fact) for fact in found]}))
    else:
        _tell(written, found)


def as_data(fact: Fact) -> dict[str, Any]:
    """The fact for programs."""
    return {
        "kind": str(fact.kind),
        "value": fact.value,
        "sort": fact.sort or None,
        "phrase": fact.phrase,
        "start": fact.start,
        "end": fact.end,
        "masked": fact.masked,
        "proved": fact.proved,
        "of_other": fact.of_other,
    }


def _kinds(path: Path) -> FactKinds:
    """The kinds that the files name; their mistakes are told, and end the command."""
    try:
        return load_fact_kinds(path)
    except SourceError as error:
        click.echo(format_problems(error.problems), err=True)
        raise SystemExit(1) from error


def _read() -> str:
    # A program may have closed it.
    return sys.stdin.buffer.read().decode("utf-8", "replace") if sys.stdin else ""


def _each_line(lines: Iterable[bytes], lang: str, look: Callable[[str, str], tuple[Fact, ...]]) -> int:
    """Write each of `lines` with its facts; 1 if one could not be read, else 0."""
    exit_code = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = _entry(line)
        except ValueError as error:
            click.echo(f"line {number}: {error}", err=True)
            exit_code = 1
            continue
        found = look(entry["text"], entry.get("lang") or lang)
        click.echo(_line({**entry, "facts": [as_data(fact) for fact in found]}))
    return exit_code


def _entry(line: bytes) -> dict[str, Any]:
    """The object of one line; ValueError, in plain words, if it is none that has a text."""
    try:
        entry = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError("this is not text in UTF-8") from error
    except RecursionError as error:
        raise ValueError("this is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"this is no JSON: {error}") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise ValueError('an object with a "text" is expected: {"text": "…", "lang": "es"}')
    if not isinstance(entry.get("lang"), str | None):
        raise ValueError('"lang" is a language\'s code, such as "es"')
    return entry


def _line(entry: dict[str, Any]) -> str:
    """`entry` as one line; half a letter (a lone surrogate), which UTF-8 has not, stays escaped."""
    text = json.dumps(entry, ensure_ascii=False)
    return json.dumps(entry) if any("\ud800" <= sign <= "\udfff" for sign in text) else text


def _tell(text: str, found: tuple[Fact, ...]) -> None:
    """The text with its facts underlined, and a table of them, at most WIDEST columns wide."""
    console = Console(highlight=False, soft_wrap=False)
    console.width = min(console.width, WIDEST)
    shown = Text("\n".join(plain(line) for line in text[:SHOWN_CHARACTERS].split("\n")), overflow="fold")
    for fact in found:
        shown.stylize("underline", fact.start, fact.end)
    console.print(Padding(shown, (0, 0, 1, 0)))
    if not found:
        console.print(Text("Nothing is told here that somebody would have to ask for.", style="dim"))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("Fact", "Value", "In lists", ""):
        table.add_column(name, overflow="fold")
    for fact in found:
        table.add_row(*(Text(plain(cell)) for cell in _cells(fact)))
    console.print(table)


def _cells(fact: Fact) -> tuple[str, ...]:
    proved = {True: "check digit right", False: "check digit wrong", None: ""}[fact.proved]
    notes = ", ".join(filter(None, (proved, "somebody else's" if fact.of_other else "")))
    kind = f"{fact.kind} ({fact.sort})" if fact.sort and fact.sort != fact.kind else fact.kind
    return kind, fact.value, fact.masked, notes
