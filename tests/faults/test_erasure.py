"""Who is erased is nowhere any more, whatever happens meanwhile; and nobody else has lost anything."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace
from redis.asyncio import Redis

from channels.files import Files
from router.cli import main
from router.customer_cli.commands import FOLDER
from router.model.event import NoteAdded, ReplyWritten
from router.model.message import Attachment, Proof
from tests.archived import closed, feeder_of, opened
from tests.core import ANA, CARE, Core, running_core, written
from tests.directory import ASKING
from tests.faults.test_poison import Landmine
from tests.planted import in_bytes, in_files, in_redis, plain_dumps
from tests.processes import router_config
from tests.waiting import eventually

Hilo = Callable[..., Coroutine[Any, Any, Result]]
SHARED = b"the same page for everybody"


@pytest.fixture
def config(tmp_path: Path, redis_url: str) -> Path:
    return router_config(tmp_path, redis_url)


@pytest.fixture
def hilo(config: Path) -> Hilo:
    async def run(*words: str, say: str = "") -> Result:
        arguments = [*words, "--config", str(config)]
        return await asyncio.to_thread(CliRunner().invoke, main, arguments, input=say)

    return run


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    await plain_dumps(redis_client)
    # With a directory that is never asked: what it is to be asked waits, and holds their addresses.
    async with running_core(redis_url, rulebook=Landmine(CARE), policy=ASKING) as running:
        yield running


@dataclass
class Planted:
    """What was planted of one person."""

    who: str
    words: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def mail(self) -> str:
        """Their address."""
        return f"email:{self.who}.planted@mail.example"

    def word(self, what: str) -> str:
        """A word of theirs that is nowhere else."""
        return self.words.setdefault(what, f"{self.who}zafiro{what}")


async def planted(core: Core, who: str, data: Path) -> Planted:
    """A person with a conversation in history, an open one, a reply under way, a note, files, a dead letter."""
    person = Planted(who)
    person.words |= {"mail": person.mail.partition(":")[2]}
    files = Files(data / "attachments")
    for name, content in (("original", f"raw {person.word('raw')}".encode()), ("shared", SHARED)):
        person.files[name] = kept(files, content)
    await closed(core, person.mail)
    archive_folder = data / "history"
    async with opened(archive_folder) as archive:
        while await feeder_of(core.connection, archive).feed():
            pass
    message = written(f"Hola, {person.word('text')}", person.mail, channel="email")
    listed = (Attachment(f"{person.word('file')}.pdf", "application/pdf", 5, person.files["shared"]),)
    message = replace(
        message,
        author=person.word("name"),
        subject=person.word("subject"),
        quoted=person.word("quoted"),
        attachments=listed,
        original=person.files["original"],
        proof=Proof.DKIM,
    )
    await core.accept(message)
    conversation = (await eventually(lambda: core.open_of(person.mail), "an open conversation")).id
    await core.does(NoteAdded(ANA, person.word("note")), conversation)
    await core.does(ReplyWritten(ANA, f"Claro, {person.word('reply')}"), conversation)
    await core.accept(written(f"boom {person.word('dead')}", person.mail, channel="email"))
    return person


def kept(files: Files, content: bytes) -> str:
    """The digest of a kept file."""
    digest = hashlib.sha256(content).hexdigest()
    files.keep({digest: content})
    return digest


async def test_who_is_erased_is_nowhere_and_another_has_lost_nothing(
    core: Core, hilo: Hilo, config: Path, redis_client: Redis
) -> None:
    data = config.parent / "data"
    # given two people with everything that one can have
    ada, bob = await planted(core, "ada", data), await planted(core, "bob", data)
    assert await in_redis(redis_client, ada.words.values()) | in_all(data, ada) == set(ada.words.values())
    before = {**await whole(redis_client, bob), **in_files([data], bob.words.values())}
    audit = await hilo("audit")
    assert audit.exit_code == 0, audit.output
    # when one of them is erased
    erased = await hilo("customer", "erase", ada.mail, "--yes", "--json")
    assert erased.exit_code == 0, erased.output
    # then no byte of theirs is left, neither in Redis nor on the disk
    assert await in_redis(redis_client, [*ada.words.values(), "ada"]) == set()
    assert in_files([data], [*ada.words.values(), "ada.planted"]) == {}
    assert not (data / "attachments" / ada.files["original"]).exists()
    # and the other has all that they had, the file that both had sent too, and the store agrees with itself
    assert {**await whole(redis_client, bob), **in_files([data], bob.words.values())} == before
    assert (data / "attachments" / bob.files["shared"]).read_bytes() == SHARED
    audit = await hilo("audit", "--json")
    assert audit.exit_code == 0, audit.output
    [row] = [each for each in json.loads(audit.output)["channels"] if each["channel"] == "email"]
    assert (row["accepted"], row["erased"], row["missing"]) == (4, 2, 0), row
    # and the receipt is there, and tells nothing of whom it is about
    receipts = sorted((data / FOLDER).iterdir())
    assert [path.suffix for path in receipts] == [".json", ".txt"]
    assert in_files(receipts, [*ada.words.values(), "ada"]) == {}
    # when they write again, then they are somebody new
    again = await core.says("Hola de nuevo", ada.mail, channel="email")
    assert len(await core.timeline(again.id)) == 2
    assert (await hilo("audit")).exit_code == 0


def in_all(data: Path, person: Planted) -> set[str]:
    """Which of a person's words are in the files."""
    return {word for seen in in_files([data], person.words.values()).values() for word in seen}


async def whole(redis: Redis, person: Planted) -> Mapping[str, set[str]]:
    """Which of a person's words each key holds."""
    found = {}
    async for name in redis.scan_iter(count=1000):
        if seen := in_bytes(await redis.dump(name) or b"", person.words.values()):
            found[name.decode()] = seen
    return found
