"""`hilo`: the command line. Verbs of the vocabulary; exit 0, 1 (it says no) or 2 (used wrongly)."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, TypeVar

import click

from desk.tokens import Tokens
from directory.book import read_book
from router.customer_cli.commands import customer
from router.daemon import Daemon, Part
from router.directory_cli import directory
from router.facts_cli import facts
from router.guard_cli import guard
from router.inspect_cli import inspect
from router.logs import configure_logs
from router.model.clock import SystemClock
from router.model.errors import HiloError, StartError
from router.model.ids import TeamId
from router.model.units import Endpoint, endpoint
from router.options import config_option, json_option
from router.promises_cli import promises
from router.rules_cli import rules
from router.running_store import asked_of_store, needs_server, settings_at
from router.settings import Settings, load_settings
from router.settings_odd import odd
from router.store.server_socket import socket_path
from router.store_cli.audit import audit
from router.store_cli.dead import dead
from rules.cases.found import cases_in
from rules.document import read_library
from rules.problems import SourceError, did_you_mean, format_problems, to_json

T = TypeVar("T")
EVERYTHING = frozenset(Part)

log_option = click.option(
    "--log",
    type=click.Choice(["debug", "info", "warning"]),
    default=lambda: "warning" if sys.stderr.isatty() else "info",
    show_default="warning in a terminal, else info",
    help="How much the log tells.",
)


def _endpoint(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Endpoint | None:
    try:
        return endpoint(value) if value else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


listen_option = click.option(
    "--listen", callback=_endpoint, metavar="HOST:PORT", help="Serve /metrics, /healthz and /readyz there."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Hilo: one thread a customer, one owning team, whatever the channel.

    \b
    Begin with:   hilo up
    Then open:    the desk's address that it prints
    """


@main.command()
@config_option
@log_option
@listen_option
def up(config: Path, log: str, listen: Endpoint | None) -> None:
    """Run everything in this process: Redis, router, channels, desk and history.

    Example: hilo up --config config.yaml
    """
    settings = settings_at(config, with_secrets=True)
    _run(Daemon(settings, EVERYTHING, listen=listen, say=_say), log, lambda: click.echo(_welcome(settings)))
    _say("Hilo has stopped.")


@main.command()
@config_option
@log_option
def redis(config: Path, log: str) -> None:
    """Run the embedded Redis alone, for the other commands to use.

    Example: hilo redis & hilo router & hilo desk
    """
    settings = settings_at(config)
    if settings.redis.url:
        raise click.ClickException("`redis.url` names a server, so there is none to start: it runs by itself")
    where = f"Redis is up at {socket_path(settings.data)}"
    _run(Daemon(settings, frozenset({Part.REDIS})), log, lambda: click.echo(where))


@main.command()
@config_option
@log_option
@listen_option
def router(config: Path, log: str, listen: Endpoint | None) -> None:
    """Run a router alone; any number of them share the work.

    Example: hilo router --listen 127.0.0.1:8431
    """
    settings = settings_at(config)
    needs_server(settings)
    _run(Daemon(settings, frozenset({Part.ROUTER}), listen=listen), log, lambda: click.echo("The router is at work."))


@main.command()
@click.argument("name")
@config_option
@log_option
@listen_option
def channel(name: str, config: Path, log: str, listen: Endpoint | None) -> None:
    """Run one channel alone; a second process of the same channel stands by.

    Example: hilo channel email
    """
    settings = settings_at(config)
    known = [key for key, value in settings.channels if value is not None]
    if name not in known:
        hint = did_you_mean(name, known) or f"those configured are: {', '.join(known) or 'none'}"
        raise click.BadParameter(f"no channel {name!r} in {config}; {hint}", param_hint="NAME")
    needs_server(settings)
    daemon = Daemon(settings, frozenset({Part.CHANNELS}), (name,), listen)
    _run(daemon, log, lambda: click.echo(f"The channel {name} is open."))


@main.command()
@config_option
@log_option
def desk(config: Path, log: str) -> None:
    """Run the desk alone.

    Example: hilo desk --config config.yaml
    """
    settings = settings_at(config)
    needs_server(settings)
    _run(Daemon(settings, frozenset({Part.DESK})), log, lambda: click.echo(f"The desk is at {settings.desk.url}"))


@main.command()
@config_option
@log_option
@listen_option
def history(config: Path, log: str, listen: Endpoint | None) -> None:
    """Run history alone: what closes goes to the archive in the data folder, and then leaves Redis.

    It runs where the desk runs, which reads that archive. A second process of it stands by.

    Example: hilo history --listen 127.0.0.1:8432
    """
    settings = settings_at(config)
    needs_server(settings)
    daemon = Daemon(settings, frozenset({Part.HISTORY}), listen=listen)
    _run(daemon, log, lambda: click.echo("History is at work."))


@main.command()
@config_option
@json_option
def check(config: Path, as_json: bool) -> None:
    """Check the configuration and the rules: every mistake at once, each with its line.

    Example: hilo check --config config.yaml
    """
    try:
        settings = load_settings(config)
        # What a test expects stops no router, but is a mistake all the same.
        library = read_library(settings.rules.folder, settings.teams, settings.rules.default_team)
        cases_in(library)
        known = _known(settings)
    except SourceError as error:
        click.echo(to_json(error.problems) if as_json else format_problems(error.problems))
        raise SystemExit(1) from error
    warnings = list(odd(library.calls, library.care, settings.rules.reopen_within))
    if as_json:
        click.echo(json.dumps({"problems": [], "warnings": warnings}))
        return
    for warning in warnings:
        click.echo(f"Warning: {warning}.")
    channels = ", ".join(key for key, value in settings.channels if value is not None) or "none"
    click.echo(f"{config}: no mistakes. Teams: {', '.join(settings.teams)}. Channels: {channels}.{known}")


def _known(settings: Settings) -> str:
    """What is told of the directory's file. A mistake in it stops no router, but is one all the same."""
    if settings.directory is None or settings.directory.file is None:
        return ""
    book = read_book(settings.directory.file, settings.facts.region or "")
    odd = {"shared by several": book.shared, "not readable": book.unread}
    told = "".join(f", {count:,} handles {what}" for what, count in odd.items() if count)
    return f" Customers in the directory: {len(book.entries):,}{told}."


main.add_command(rules)
main.add_command(directory)
main.add_command(facts)
main.add_command(inspect)
main.add_command(guard)
main.add_command(promises)
main.add_command(audit)
main.add_command(dead)
main.add_command(customer)


@main.group()
def token() -> None:
    """Tokens, with which scripts use the desk's API."""


@token.command("create")
@click.option("--name", required=True, help="What the token is for; it stands in timelines.")
@click.option("--team", "teams", required=True, multiple=True, help="The team that it acts for; may be repeated.")
@config_option
def token_create(name: str, teams: tuple[str, ...], config: Path) -> None:
    """Make a token and print it, this once.

    Example: hilo token create --name nightly-report --team care
    """
    settings = settings_at(config)
    for team in teams:
        if team not in settings.teams:
            hint = did_you_mean(team, settings.teams) or f"the teams are: {', '.join(settings.teams)}"
            raise click.BadParameter(f"no team {team!r}; {hint}", param_hint="--team")
    chosen = frozenset(TeamId(team) for team in teams)
    click.echo(_with_tokens(config, lambda tokens: tokens.create(name, chosen)))


@token.command("list")
@config_option
@json_option
def token_list(config: Path, as_json: bool) -> None:
    """Show the tokens there are (not the secrets themselves)."""
    found = _with_tokens(config, lambda tokens: tokens.list())
    rows = [
        {"name": entry.name, "teams": sorted(entry.teams), "created_at": entry.created_at.isoformat()}
        for entry in found
    ]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(f"{row['name']:<28} {', '.join(row['teams']):<30} {row['created_at'][:16]}")
    if not rows:
        click.echo("No tokens yet. Make one with: hilo token create --name NAME --team TEAM")


@token.command("revoke")
@click.argument("name")
@config_option
def token_revoke(name: str, config: Path) -> None:
    """End a token; `hilo token list` shows the names."""
    if not _with_tokens(config, lambda tokens: tokens.revoke(name)):
        raise click.ClickException(f"no token {name!r}; `hilo token list` shows those there are")
    click.echo(f"{name} opens nothing any more.")


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(f"hilo {installed_version('hilo-router')}")


def _say(text: str) -> None:
    """Tell a person at the terminal; a log has its own line."""
    if sys.stderr.isatty():
        click.echo(text, err=True)


def _run(daemon: Daemon, level: str, ready: Callable[[], None]) -> None:
    configure_logs(level, _own_names(daemon.settings))
    try:
        asyncio.run(daemon.run(ready))
    except (StartError, HiloError) as error:
        raise click.ClickException(str(error)) from error


def _own_names(settings: Settings) -> frozenset[str]:
    """The company's own addresses and names, those of its teams and channels too, which logs may tell."""
    email, twitter = settings.channels.email, settings.channels.twitter
    own = [*([email.address] if email else []), *([f"@{twitter.account}"] if twitter else [])]
    return frozenset([*own, *settings.teams, *(name for name, _ in settings.channels)])


def _with_tokens(config: Path, call: Callable[[Tokens], Coroutine[Any, Any, T]]) -> T:
    """What `call` returns of the tokens in the store, which must run."""
    return asked_of_store(config, lambda _, connection: call(Tokens(connection, SystemClock())))


def _welcome(settings: Settings) -> str:
    """What `hilo up` prints once it serves: where to go, and how to sign in."""
    lines = ["", "Hilo is up.", "", f"  Desk      {settings.desk.url}"]
    if settings.sandbox.enabled:
        password = settings.sandbox_password.read_text(encoding="ascii").strip()
        users = [name for name, user in settings.users.items() if user.password.file == settings.sandbox_password]
        if users:
            lines.append(f"            sign in as {users[0]} with password {password}")
        lines.append(f"  Sandbox   http://{settings.sandbox.listen}/sandbox")
        lines.append("            be a customer: web chat, email, X (Twitter) and the phones")
    if settings.channels.webchat:
        lines.append(f"  Web chat  {settings.channels.webchat.url}")
    return "\n".join([*lines, "", "Ctrl+C stops it; nothing is lost.", ""])
