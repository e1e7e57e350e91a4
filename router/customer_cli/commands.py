"""`hilo customer`: what is held of a person, for them, and the end of it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from channels.files import Files
from router.customer_cli import receipt as receipts
from router.customer_cli.erasing import SETTLES_SECONDS, Erasing, why_not
from router.customer_cli.export import export as write_export
from router.customer_cli.glance import Glance, glance
from router.customer_cli.person import NobodyKnown, People, Person, Tell
from router.customer_cli.plan import Plan, Plans
from router.model.errors import PermanentError
from router.options import config_option, json_option
from router.running_store import asked_of_store
from router.settings import Settings
from router.store.connection import Connection
from rules.problems import json_text, plain

T = TypeVar("T")
FOLDER = "erasures"
id_argument = click.argument("identifier", metavar="ID")


@dataclass(frozen=True, slots=True)
class Office:
    """What the commands need of the installation."""

    people: People
    plans: Plans
    tell: Tell

    async def found(self, name: str) -> tuple[Plan | None, Person]:
        """Who is meant by `name`, and the erasure of theirs that was broken off. Raises NobodyKnown."""
        plan = self.plans.find(name)
        customers = tuple(plan.customers) if plan else await self.people.customers(name)
        person = await self.people.person(customers, self.tell)
        if plan is None and person.held.is_empty:
            raise NobodyKnown(f"nothing is held of {name}")
        return plan, person

    async def whole(self, name: str) -> tuple[Plan | None, Person]:
        """The same where everything is at hand. Raises PermanentError where it is not."""
        plan, person = await self.found(name)
        if reason := await self.people.why_not_whole(person.held.customers):
            raise PermanentError(reason)
        return plan, person


@click.group()
def customer() -> None:
    """What is held of one customer: to look at, to hand over, to erase.

    ID is a customer's or a conversation's id, or a handle such as email:ana@example.org. docs/privacy.md tells more.

    Example: hilo customer show email:ana@example.org
    """


@customer.command()
@id_argument
@config_option
@json_option
def show(identifier: str, config: Path, as_json: bool) -> None:
    """Show at a glance what is held, names and handles masked.

    Example: hilo customer show u-07-2k9q1m
    """

    async def look(office: Office) -> tuple[Glance, str, bool]:
        plan, person = await office.found(identifier)
        return glance(person), await office.people.why_not_whole(person.held.customers), plan is not None

    found, reason, is_unfinished = _ask(config, look)
    if as_json:
        click.echo(json_text({**found.as_data(), "not_whole": reason, "erasure_unfinished": is_unfinished}))
        return
    click.echo(_lines(found))
    if reason:
        click.echo(f"\nNot all of it: {reason}.")
    if is_unfinished:
        click.echo("\nAn erasure was broken off: `hilo customer erase` with the same ID finishes it.")


@customer.command()
@id_argument
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def export(identifier: str, file: Path, config: Path) -> None:
    """Write all that is held into one zip FILE, for who asks for their data.

    It holds what agents noted too: look through it before you hand it over.

    Example: hilo customer export email:ana@example.org ana.zip
    """
    if file.exists():
        raise click.ClickException(f"{file} is there already: name another file")

    async def write(office: Office) -> int:
        _, person = await office.whole(identifier)
        files = Files(office.people.attachments)
        return await asyncio.to_thread(write_export, person, files, file, office.tell)

    count = _ask(config, write)
    click.echo(f"{file}: {count} files. It is personal: hand it over by a way that only its customer can read.")


@customer.command()
@id_argument
@click.option("--yes", is_flag=True, help="Do not ask, and erase although something is promised.")
@config_option
@json_option
def erase(identifier: str, yes: bool, config: Path, as_json: bool) -> None:
    """Erase all that is held, everywhere but in backups, and print a receipt.

    It may run while Hilo does, and be broken off: the same command again finishes it.

    Example: hilo customer erase email:ana@example.org
    """
    if not yes:
        _ask(config, lambda office: _agreed(office, identifier))
        click.confirm("Erase all of this for good?", abort=True, err=True)
    told, path = _ask(config, lambda office: erased(office, identifier, is_sure=yes))
    click.echo(json_text(told) if as_json else receipts.as_text(told))
    click.echo(f"The receipt is kept in {path}", err=True)


async def _agreed(office: Office, name: str) -> None:
    """Say what would be erased. Raises PermanentError where it may not be without being sure."""
    plan, person = await office.whole(name)
    click.echo(_lines(glance(person)), err=True)
    why_not(plan, person, is_sure=False)


async def erased(
    office: Office, name: str, *, is_sure: bool, pause: float = SETTLES_SECONDS
) -> tuple[dict[str, Any], Path]:
    """The receipt of an erasure, and where it is kept. Raises PermanentError, or TemporaryError: then go on later."""
    known, person = await office.whole(name)
    # Who was asked has been told what is owed; it may have been promised since.
    why_not(known, person, is_sure=is_sure)
    plan = known or office.plans.new(person.held.customers)
    work = Erasing(office.people, office.plans, plan, office.tell, pause)
    await work.run(person)
    is_ours = office.people.settings.redis.url is None
    told = receipts.receipt(plan, files_left=work.files_left, is_ours=is_ours, has_history=office.people.has_history)
    path = receipts.keep(office.plans.folder, told)
    office.plans.drop(plan)
    return told, path


def _lines(found: Glance) -> str:
    """What there is at a glance, each row in a line of its own."""
    return "\n".join(plain(row) for row in found.as_text().splitlines())


def _ask(config: Path, call: Callable[[Office], Coroutine[Any, Any, T]]) -> T:
    with _progress() as tell:

        async def work(settings: Settings, connection: Connection) -> T:
            return await call(Office(People(settings, connection), Plans(settings.data / FOLDER), tell))

        return asked_of_store(config, work)


@contextmanager
def _progress() -> Iterator[Tell]:
    """Tells how far the work has come: on a terminal by a bar, else by a line for each step."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    steps: list[str] = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)

        def tell(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total or None)
            if not console.is_terminal and (not steps or steps[-1] != what):
                steps.append(what)
                click.echo(f"{what} …", err=True)

        yield tell
