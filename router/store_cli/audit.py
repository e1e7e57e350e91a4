"""`hilo audit`: whether everything is there, once, and agrees."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from history.archive import Archive
from history.schema import FILE
from router.options import config_option, json_option
from router.running_store import asked_of_store
from router.settings import Settings
from router.store import wire
from router.store.audit.audit import Audit, Report
from router.store.audit.counts import NUMBERS
from router.store.audit.findings import Finding
from router.store.connection import Connection
from rules.problems import plain

SHOWN = 20
NARROWEST = 100


@click.command()
@config_option
@json_option
def audit(config: Path, as_json: bool) -> None:
    """Prove that what channels accepted is there once, and that the store agrees with itself.

    It changes nothing and may run while traffic flows. Exit 1 if anything is wrong; docs/operations.md says what to do.

    Example: hilo audit
    """

    async def look(settings: Settings, connection: Connection) -> Report:
        async with archive_at_hand(settings.data) as history:
            audit_ = Audit(connection, settings.redis.partitions, settings.teams, history=history)
            with _progress() as tell:
                return await audit_.run(tell)

    report = asked_of_store(config, look)
    if as_json:
        click.echo(wire.encode(as_data(report)).decode())
    else:
        _tell(report)
    if report.findings:
        raise SystemExit(1)


@asynccontextmanager
async def archive_at_hand(data: Path) -> AsyncIterator[Archive | None]:
    """The archive in the data folder; None where there is none, as on a machine where history does not run."""
    folder = data / "history"
    if not (folder / FILE).exists():
        yield None
        return
    archive = Archive(folder)
    try:
        yield archive
    finally:
        await archive.close()


def as_data(report: Report) -> Mapping[str, object]:
    """All of it, for a program."""
    return {
        "ok": not report.findings,
        "keys": report.keys,
        "conversations": report.conversations,
        "counted_since": report.counted_since,
        "archive_read": report.has_history,
        "channels": [
            {"channel": row.channel, **{name: getattr(row, name) for name in (*NUMBERS, "missing")}}
            for row in report.rows
        ],
        "wrong": [
            {
                "kind": kind,
                "count": len(found),
                "first": [{"subject": f.subject, "text": f.text} for f in found[:SHOWN]],
            }
            for kind, found in _by_kind(report.findings)
        ],
    }


def _tell(report: Report) -> None:
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console = Console(width=max(console.width, NARROWEST), soft_wrap=True)
    if report.rows:
        console.print(_table(report))
    else:
        click.echo("No customer has written yet.")
    earlier = sum(row.earlier for row in report.rows)
    if earlier:
        began = f"{report.counted_since:%Y-%m-%d %H:%M} UTC" if report.counted_since else "not yet"
        click.echo(
            f"Counting began: {began}. {earlier} messages are from before: they are there, in no column, and that none "
            "of those got lost is not proved."
        )
    if not report.has_history and any(row.archived for row in report.rows):
        click.echo(
            "No archive lies in this machine's data folder: `archived` is what Redis has counted, and whether the "
            "archive holds it is not proved. Run this where history runs."
        )
    for kind, found in _by_kind(report.findings):
        click.echo(f"\n{kind}: {len(found)}")
        for finding in found[:SHOWN]:
            click.echo(plain(f"  {finding.subject}  {finding.text}"))
        if len(found) > SHOWN:
            click.echo(f"  … and {len(found) - SHOWN} more")
    plural = "" if report.conversations == 1 else "s"
    what = f"{report.keys} keys, {report.conversations} conversation{plural}"
    if report.findings:
        click.echo(f"\n{what}: {len(report.findings)} things are wrong. docs/operations.md says what to do about each.")
    else:
        click.echo(f"{what}: all is there, once, and agrees.")


def _table(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("channel")
    # Where nobody became part of anybody nothing came or went.
    told = [name for name in NUMBERS[:-1] if name not in ("came", "went") or any(getattr(r, name) for r in report.rows)]
    for name in (*told, "missing"):
        table.add_column(name.replace("_", " "), justify="right")
    for row in report.rows:
        table.add_row(Text(row.channel), *(str(getattr(row, name)) for name in (*told, "missing")))
    return table


def _by_kind(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    ranked = sorted(findings, key=attrgetter("kind", "subject"))
    return [(str(kind), list(found)) for kind, found in groupby(ranked, attrgetter("kind"))]


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Tells how far the work has come, on a terminal only, and leaves nothing there."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Reading keys", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
