"""`hilo guard`: what the guard sees in a reply, before anybody sends it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from router.core.guard.alone import Setting, seen_alone
from router.guard_options import book_of, instant_of, zone_of
from router.guard_told import as_data, tell
from router.json_lines import BadLine, as_line, each_line, text_of
from router.model.clock import SystemClock
from router.model.fact import OPEN_KINDS, Fact
from router.model.finding import STOPPING, Finding
from router.options import json_option
from rules.guard.book import shipped_book


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
    place = zone_of(zone)
    facts = tuple(_known(each) for each in known)
    setting = Setting(book_of(rules), instant_of(at, place, "--at"), place, lang, channel, team, facts)
    if text is None:
        raise SystemExit(each_line(lambda line: judged(line, setting)))
    found = seen_alone(text, setting)
    if as_json:
        click.echo(as_line({"verdict": verdict(found), "findings": [as_data(each) for each in found]}))
    else:
        tell(text, found, is_stopped=verdict(found) == "stop")


def verdict(found: Sequence[Finding]) -> str:
    """`stop` if one of `found` stops a reply whoever it goes to, else `allow`."""
    return "stop" if any(each.kind in STOPPING for each in found) else "allow"


def judged(line: dict[str, Any], setting: Setting | None = None) -> dict[str, Any]:
    """`line` with its verdict and findings; what `setting` names stands in where it names none. Raises BadLine."""
    setting = setting or Setting(shipped_book(), SystemClock().now())
    text = text_of(line, "text")
    if text is None:
        raise BadLine("it has no `text`")
    lang, channel = text_of(line, "lang") or setting.lang, text_of(line, "channel") or setting.channel
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
        yield _fact(each["kind"], each["value"], text_of(each, "sort") or "")


def _known(written: str) -> Fact:
    kind, equals, value = written.partition("=")
    if not (kind and equals and value):
        raise click.BadParameter(f"`{written}` is no fact: write `name=Ana`", param_hint="--known")
    return _fact(kind, value)


def _fact(kind: str, value: str, sort: str = "") -> Fact:
    return Fact(kind, value, sort, is_open=kind in OPEN_KINDS)
