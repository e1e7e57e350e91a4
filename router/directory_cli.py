"""`hilo directory`: what the directory says of somebody, as the router would hear it."""

import asyncio
from pathlib import Path
from typing import Any

import click

from directory.book import read_book
from directory.contract import Entry
from directory.marks import KINDS, handle_of
from directory.registry import directory_for
from router.model.clock import SystemClock
from router.model.errors import PermanentError, StartError, TemporaryError
from router.model.fact import FactKind, masked
from router.model.message import Handle
from router.options import config_option, json_option
from router.running_store import settings_at
from router.settings import Settings
from rules.problems import SourceError, format_problems, json_text, plain

WIDTH = 12


@click.group()
def directory() -> None:
    """What the company knows of its customers.

    Example: hilo directory look-up ana@example.org
    """


@directory.command("look-up")
@click.argument("handle")
@config_option
@json_option
def look_up(handle: str, config: Path, as_json: bool) -> None:
    """Show what the directory says of HANDLE: a mail address, a phone number, an @name on X, or `kind:address`.

    What is personal is masked. It needs no running Hilo, and changes nothing. Exit 1 if nobody has that handle.

    Example: hilo directory look-up +50761234567 --json
    """
    settings = settings_at(config)
    if settings.directory is None:
        raise click.ClickException(f"{config} names no directory: docs/directory.md says how to")
    asked = _handle(handle, settings.facts.region or "")
    try:
        entry = asyncio.run(_asked(settings, asked))
    except SourceError as error:
        click.echo(format_problems(error.problems), err=True)
        raise SystemExit(1) from error
    except (TemporaryError, PermanentError, StartError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json_text(as_data(entry) if entry else None))
    elif entry:
        for name, value in as_data(entry).items():
            _tell(name, value)
    else:
        click.echo(f"The directory knows nobody with {plain(str(asked))}.")
    if entry is None:
        raise SystemExit(1)


def as_data(entry: Entry) -> dict[str, Any]:
    """The entry for programs; what is personal masked."""
    profile = entry.profile
    return {
        "id": entry.id,
        "name": masked(FactKind.NAME, entry.name),
        "language": entry.language,
        "tier": profile.tier,
        "region": profile.region,
        "expertise": profile.expertise,
        "followers": profile.followers,
        "tags": list(profile.tags),
        "attributes": dict(profile.attributes),
        "handles": [f"{handle.kind}:{masked(handle.kind, handle.address)}" for handle in entry.handles],
        "facts": {fact.kind: fact.masked for fact in entry.facts},
    }


async def _asked(settings: Settings, handle: Handle) -> Entry | None:
    """Its entry. Raises SourceError for the mistakes in a file, and what the others do where they are away."""
    assert settings.directory
    region = settings.facts.region or ""
    if settings.directory.file:
        return read_book(settings.directory.file, region).look_up([handle], ())
    found = directory_for(settings.directory, SystemClock(), region)
    try:
        await found.open()
        return await found.look_up([handle], ())
    finally:
        await found.close()


def _handle(written: str, region: str) -> Handle:
    """The handle that is meant."""
    kind, colon, address = written.partition(":")
    if not colon or kind not in KINDS:
        address = written
        kind = "email" if "@" in written[1:] else "twitter" if written.startswith("@") else "phone"
    found = handle_of(kind, address, region)
    if found is None:
        hint = "for example ana@example.org, +50761234567, @ana, or chat:ID"
        raise click.BadParameter(f"{plain(written)!r} is no {kind}: {hint}", param_hint="HANDLE")
    return found


def _tell(name: str, value: Any) -> None:
    lines = [f"{key}: {text}" for key, text in value.items()] if isinstance(value, dict) else value
    lines = lines if isinstance(lines, list) else [lines]
    for number, line in enumerate(line for line in lines if line not in ("", None)):
        click.echo(f"{name if number == 0 else '':<{WIDTH}}{plain(str(line))}")
