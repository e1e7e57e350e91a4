"""`hilo rules explain`: why a message goes where it goes, condition by condition."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click
from pydantic_core import PydanticCustomError

from router.model.calendar import time_zone
from router.model.clock import SystemClock
from router.model.message import ChannelName, MessageKind
from router.options import config_option, json_option
from router.rules_cli.known_file import instant_of, with_known
from router.rules_cli.routings import explain_conversation
from router.rules_cli.scope import Scope, scope_of
from router.rules_cli.trace_data import trace_data
from router.rules_cli.trace_lines import Line, Styled, moment, tell, trace_lines
from rules.checks import one_line
from rules.document import load_rules
from rules.engine import RuleBook
from rules.explain import trace
from rules.facts import CHANNELS, Facts
from rules.language import detect
from rules.problems import SourceError, format_problems, json_text

SHOWN_TEXT = 96


def _zone(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        time_zone(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return value


@click.command()
@click.option("--rules", "path", type=click.Path(path_type=Path), help="The rules, instead of the configuration's.")
@click.option("--channel", type=click.Choice(CHANNELS), default="webchat", show_default=True, help="Where they wrote.")
@click.option("--text", default="", help="What they wrote.")
@click.option("--subject", default="", help="A mail's subject.")
@click.option("--public/--direct", default=False, help="Whether everybody can read it.")
@click.option(
    "--kind",
    type=click.Choice([str(kind) for kind in MessageKind]),
    default="message",
    show_default=True,
    help="Who wrote it.",
)
@click.option("--attachments", type=click.IntRange(0, 100), default=0, metavar="N", help="How many files came with it.")
@click.option("--language", metavar="CODE", help="The text's language (`es`), instead of the one detected.")
@click.option(
    "--customer",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="YAML of what is known: tier, region, tags, contacts, conversation, teams, …",
)
@click.option("--at", metavar="TIME", help="When, as the clock in ZONE shows it: `2026-11-24 10:00`. Without it: now.")
@click.option(
    "--zone",
    default="UTC",
    metavar="ZONE",
    callback=_zone,
    show_default=True,
    help="The zone of instants; those of a calendar stand in its own.",
)
@click.option(
    "--conversation",
    metavar="ID",
    help="Instead of a message: each routing and move of this conversation; its address at the desk will do, too.",
)
@click.option("--all", "shows_all", is_flag=True, help="Every condition of the rules that did not match, too.")
@config_option
@json_option
def explain(
    path: Path | None,
    zone: str,
    conversation: str | None,
    shows_all: bool,
    config: Path,
    as_json: bool,
    **message: Any,
) -> None:
    """Show every rule tried for a message, what held and what did not, and the verdict.

    Example: hilo rules explain --channel email --text "Quiero darme de baja"
    """
    scope, book = _loaded(config, path)
    if conversation:
        explain_conversation(conversation, config, book, ZoneInfo(zone), shows_all=shows_all, as_json=as_json)
        return
    found = trace(book, _facts(scope, zone, **message))
    if as_json:
        click.echo(json_text(trace_data(found)))
        return
    tell(_asked(found.facts, ZoneInfo(zone)))
    tell(trace_lines(found, ZoneInfo(zone), shows_all=shows_all))


def _facts(
    scope: Scope,
    zone: str,
    *,
    channel: str,
    text: str,
    subject: str,
    public: bool,
    kind: str,
    attachments: int,
    language: str | None,
    customer: Path | None,
    at: str | None,
) -> Facts:
    """What rules see of the message that the options describe."""
    if not (text or subject or attachments):
        raise click.UsageError("give the message: --text TEXT (or --subject, --attachments, or --conversation ID)")
    facts = Facts(
        channel=ChannelName(channel),
        text=text,
        subject=subject,
        language=language.lower() if language else detect(text).code,
        public=public,
        kind=MessageKind(kind),
        attachments=attachments,
        now=_instant(at, zone),
    )
    try:
        return with_known(facts, customer, scope.teams, zone)
    except SourceError as error:
        _refuse(error)


def _loaded(config: Path, path: Path | None) -> tuple[Scope, RuleBook]:
    try:
        scope = scope_of(config, path)
        return scope, load_rules(scope.path, scope.teams, scope.default_team)
    except SourceError as error:
        _refuse(error)


def _refuse(error: SourceError) -> NoReturn:
    click.echo(format_problems(error.problems), err=True)
    raise SystemExit(1) from error


def _instant(written: str | None, zone: str) -> datetime:
    if written is None:
        return SystemClock().now()
    try:
        return instant_of(written, zone)
    except PydanticCustomError as error:
        raise click.BadParameter("date and time, as in `2026-11-24 10:00`", param_hint="--at") from error


def _asked(facts: Facts, zone: ZoneInfo) -> Iterator[Line]:
    """The message as it was taken."""
    way = "public" if facts.public else "direct"
    how = f"{facts.channel}, {way} · language {facts.language} · {moment(facts.now, zone)}"
    yield (Styled(how, dim=True),)
    yield (f"«{one_line(f'{facts.subject} — {facts.text}' if facts.subject else facts.text, SHOWN_TEXT)}»",)
    yield ()
