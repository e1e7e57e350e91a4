"""`hilo dead`: what was set aside for a person to look at."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from router.model.errors import PermanentError
from router.options import config_option, json_option
from router.running_store import asked_of_store
from router.store.dead_letter import DeadLetter
from router.store.dead_letters import DeadLetters
from router.store_cli.letter_lines import as_data, as_row, as_text
from rules.problems import json_text

ids_argument = click.argument("ids", metavar="ID...", nargs=-1)
all_option = click.option("--all", "everything", is_flag=True, help="All that there are now.")
Done = tuple[list[str], dict[str, str]]
T = TypeVar("T")


@click.group()
def dead() -> None:
    """Dead letters: what could not be processed and was set aside.

    Example: hilo dead list, then hilo dead show ID, then hilo dead replay ID
    """


@dead.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@config_option
@json_option
def list_(limit: int, config: Path, as_json: bool) -> None:
    """Show the dead letters, the oldest first; nothing personal is in it.

    Example: hilo dead list --limit 20
    """

    async def look(letters: DeadLetters) -> tuple[int, Sequence[DeadLetter]]:
        return await letters.count(), await letters.list(limit)

    count, found = _ask(config, look)
    if as_json:
        shown = [as_data(letter, with_content=False) for letter in found]
        click.echo(json_text({"count": count, "letters": shown}))
        return
    for letter in found:
        click.echo(as_row(letter))
    if not count:
        click.echo("No dead letters.")
        return
    if count > len(found):
        click.echo(f"… and {count - len(found)} more: --limit shows them.")
    click.echo("\nLook at one: hilo dead show ID. Once the cause is mended: hilo dead replay ID.")


@dead.command()
@click.argument("identifier", metavar="ID")
@config_option
@json_option
def show(identifier: str, config: Path, as_json: bool) -> None:
    """Show one as it came: this may be personal text.

    Example: hilo dead show d-07-1700000000000-0
    """
    letter = _ask(config, lambda letters: letters.get(identifier))
    if letter is None:
        raise click.ClickException(_gone(identifier))
    if as_json:
        click.echo(json_text(as_data(letter, with_content=True)))
        return
    click.echo(as_text(letter))


@dead.command()
@ids_argument
@all_option
@config_option
@json_option
def replay(ids: tuple[str, ...], everything: bool, config: Path, as_json: bool) -> None:
    """Put letters back where they came from, to be tried again.

    What their customers wrote meanwhile has gone on, so what is replayed comes late.

    Example: hilo dead replay d-07-1700000000000-0
    """
    _one_way(ids, everything)
    done = _ask(config, lambda letters: _each(letters, ids, letters.replay))
    _tell(done, "replayed", "See what became of them in a moment: hilo dead list", as_json)


@dead.command()
@ids_argument
@all_option
@click.option("--yes", is_flag=True, help="Do not ask before several are dropped.")
@config_option
@json_option
def drop(ids: tuple[str, ...], everything: bool, yes: bool, config: Path, as_json: bool) -> None:
    """Forget letters for good; customers' messages among them are counted as dropped.

    Example: hilo dead drop d-07-1700000000000-0
    """
    _one_way(ids, everything)
    if (everything or len(ids) > 1) and not yes:
        many = "all dead letters" if everything else f"{len(ids)} dead letters"
        click.confirm(f"Drop {many} for good?", abort=True)
    done = _ask(config, lambda letters: _each(letters, ids, letters.drop))
    _tell(done, "dropped", "", as_json)


def _ask(config: Path, call: Callable[[DeadLetters], Coroutine[Any, Any, T]]) -> T:
    return asked_of_store(config, lambda settings, connection: call(DeadLetters(connection, settings.redis.partitions)))


async def _each(letters: DeadLetters, ids: Sequence[str], act: Callable[[str], Awaitable[bool]]) -> Done:
    """The ids with which `act` was done, and for each of the others why it was not; without ids all there are now."""
    done: list[str] = []
    failed: dict[str, str] = {}
    for name in ids or [letter.id async for letter in letters.all()]:
        try:
            if await act(name):
                done.append(name)
            else:
                failed[name] = _gone(name)
        except PermanentError as error:
            failed[name] = str(error)
    return done, failed


def _tell(done: Done, verb: str, afterwards: str, as_json: bool) -> None:
    """Say what was done; exit with 1 where anything was not."""
    names, failed = done
    if as_json:
        click.echo(json_text({verb: names, "failed": failed}))
    else:
        for reason in failed.values():
            click.echo(f"Error: {reason}", err=True)
        click.echo(f"{len(names)} {verb}. {afterwards}".rstrip() if names or not failed else f"None {verb}.")
    if failed:
        raise SystemExit(1)


def _one_way(ids: tuple[str, ...], everything: bool) -> None:
    if bool(ids) == everything:
        raise click.UsageError("name the letters' ids, or --all; `hilo dead list` shows them")


def _gone(identifier: str) -> str:
    return (
        f"no dead letter {identifier[:60]}: it was replayed or dropped already (also where the answer to this very "
        "command got lost), or it never was; `hilo dead list` shows those there are"
    )
