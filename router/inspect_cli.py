"""`hilo inspect`: what Hilo makes of what comes from outside, before it comes."""

import asyncio
import io
import secrets
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from channels.email.authentication import Authentication
from channels.email.identity import identified
from channels.email.message_ids import MessageIds
from channels.email.normalise import Account
from channels.email.own_thread import OwnThread
from channels.email.report import NO_MAIL, MailReport, report_of
from channels.email.resolver import DnsKeys
from channels.email.settings import EmailSettings
from router.model.clock import SystemClock
from router.options import json_option
from router.running_store import settings_at
from rules.problems import json_text

WIDEST = 100
LINES_SHOWN = 60
LIMIT = EmailSettings.model_fields["max_size"].default
EMPTY: dict[str, Any] = {
    **dict.fromkeys(("from", "subject", "date", "message_id", "in_reply_to", "text", "quoted", "html", "kind")),
    **{name: [] for name in ("to", "cc", "references", "attachments")},
    "verified": False,
}


@click.group()
def inspect() -> None:
    """What Hilo makes of something raw, without taking it.

    Example: hilo inspect email mail.eml
    """


@inspect.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A configuration: its address tells our own mails, its max_size holds, and its DNS tells who wrote (verify).",
)
@json_option
def email(file: Path, config: Path | None, as_json: bool) -> None:
    """Show a raw mail as Hilo reads it: who wrote what, what is folded away, what was odd. `-` reads standard input.

    It needs no configuration and changes nothing. Exit 1 if there is no mail in the file. Without a configuration
    nobody is asked for keys, and no mail is verified.

    Example: hilo inspect email mail.eml --json
    """
    channel = settings_at(config).channels.email if config else None
    address, limit = (channel.address, channel.max_size) if channel else ("", LIMIT)
    raw, size = _read(file, limit + 1)
    account = Account(address, MessageIds(secrets.token_bytes(32), address))
    report = report_of(raw, account, SystemClock().now(), limit, size)
    if report and channel:
        report = asyncio.run(_identified(report, raw, channel))
    if as_json:
        click.echo(json_text(as_data(report)))
    elif report:
        _tell(report)
    else:
        click.echo(f"No mail in {file}: it has no header that mails have.")
    if report is None:
        raise SystemExit(1)


async def _identified(report: MailReport, raw: bytes, channel: EmailSettings) -> MailReport:
    """The report once it is known who wrote, by what `channel` says of that."""
    clock, verify = SystemClock(), channel.verify
    authentication = Authentication(DnsKeys(clock, verify.within, verify.nameserver), verify.server)
    with OwnThread("inspect") as thread:
        author = await authentication.author(raw, clock.now(), thread)
    return replace(report, mail=identified(report.mail, raw, author, (), report.account, channel.colleagues))


def as_data(report: MailReport | None) -> dict[str, Any]:
    """The report for programs."""
    if report is None:
        return {**EMPTY, "problems": [NO_MAIL]}
    message, headers = report.mail.message, report.headers
    return {
        "from": report.sender or None,
        "to": report.to,
        "cc": report.cc,
        "subject": message.subject,
        "date": report.date.isoformat() if report.date else None,
        "message_id": headers.own_id() or None,
        "in_reply_to": " ".join(report.in_reply_to) or None,
        "references": report.references,
        "text": report.text,
        "quoted": message.quoted,
        "html": report.html or None,
        "attachments": [{"name": file.name, "type": file.media_type, "size": file.size} for file in report.attachments],
        "kind": report.kind,
        "verified": report.is_verified,
        "problems": report.problems,
    }


def _read(file: Path, most: int) -> tuple[bytes, int]:
    """At most `most` bytes of the file, and how many it has as far as is known."""
    try:
        if str(file) == "-":
            # A program may have closed it.
            raw = _all_of(sys.stdin.buffer, most) if sys.stdin else b""
            return raw, len(raw)
        with file.open("rb") as opened:
            return _all_of(opened, most), file.stat().st_size
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise click.BadParameter(f"{file} can't be read: {reason}", param_hint="FILE") from error


def _all_of(stream: BinaryIO, most: int) -> bytes:
    """What the stream has, piece by piece: a terminal or a pipe gives less at a time."""
    pieces: list[bytes] = []
    while most > 0 and (piece := stream.read(min(most, 2**20))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _tell(report: MailReport) -> None:
    """The report for people, at most WIDEST columns."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that has not all letters shows the others as signs.
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False, soft_wrap=False)
    console.width = min(console.width, WIDEST)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value, style in _rows(report):
        if value:
            table.add_row(name, Text(value, style=style))
    console.print(table)
    _tell_text(console, "Text", report.text, "")
    _tell_text(console, "Quoted", report.mail.message.quoted, "dim")


def _rows(report: MailReport) -> Iterator[tuple[str, str, str]]:
    """Name, value and style of each line; those without a value are not shown."""
    message = report.mail.message
    yield "From", report.sender or "nobody", "bold"
    yield "", "verified" if report.is_verified else "not verified", "green" if report.is_verified else "yellow"
    yield "Forwarded by", message.forwarded_by.address if message.forwarded_by else "", ""
    yield "To", "\n".join(report.to), ""
    yield "Cc", "\n".join(report.cc), ""
    yield "Subject", message.subject, "bold"
    yield "Date", report.date.strftime("%Y-%m-%d %H:%M:%S UTC") if report.date else "", ""
    yield "Kind", report.kind, "" if report.kind == "message" else "cyan"
    yield "Message-ID", report.headers.own_id(), ""
    yield "In reply to", "\n".join(report.in_reply_to), ""
    yield "References", "\n".join(report.references), ""
    yield "HTML", f"{len(report.html):,} characters, made safe" if report.html else "", ""
    files = (f"{file.name}  {file.media_type}  {file.size:,} bytes" for file in report.attachments)
    yield "Files", "\n".join(files), ""
    yield "Problems", "\n".join(report.problems), "yellow"


def _tell_text(console: Console, title: str, text: str, style: str) -> None:
    if not text:
        return
    lines = text.split("\n")
    console.print(Text(f"\n{title}", style="dim"))
    for line in lines[:LINES_SHOWN]:
        console.print(Padding(Text(line, style=style, overflow="fold"), (0, 0, 0, 2)))
    if len(lines) > LINES_SHOWN:
        console.print(Text(f"  … and {len(lines) - LINES_SHOWN} more lines: --json shows them", style="dim"))
