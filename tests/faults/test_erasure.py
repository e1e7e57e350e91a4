"""Who is erased is nowhere any more, whatever happens meanwhile; and nobody else has lost anything."""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace
from redis.asyncio import Redis

from channels.files import Files
from router.cli import main
from router.customer_cli.commands import FOLDER, Office, erased
from router.customer_cli.files import FilesOf
from router.customer_cli.person import People
from router.customer_cli.plan import Plans
from router.model.event import Linked, NoteAdded, ReplyWritten, Unlinked
from router.model.ids import CustomerId, MessageId
from router.model.message import Attachment, Handle, Proof
from router.settings import load_settings
from router.store import keys
from router.store.connection import Connection
from router.store.open_calls import OpenCall, OpenCalls
from router.store.visitors import Visitors, subject_name
from tests.archived import closed, feeder_of, opened
from tests.clock import MONDAY
from tests.contract.phones import order
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
    # Both in one partition: what of the one is deleted lies among what of the other stays.
    kind, _, address = person.mail.partition(":")
    await core.connection.commands.set(keys.handle(Handle(kind, address)), f"u-07-planted{who}")
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
    assert await in_redis(redis_client, [*ada.words.values(), "plantedada"]) == set()
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
    assert in_files(receipts, [*ada.words.values(), "plantedada"]) == {}
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


class BrokenOff(Exception):
    """What ends an erasure in the middle, as a kill does."""


async def erased_until(config: Path, who: str, commands: int) -> bool:
    """Whether the erasure came to its end; it is broken off at its so many-th command to Redis."""
    settings = load_settings(config)
    connection = Connection(str(settings.redis.url))
    send: Any = connection.commands.execute_command
    left = [commands]

    async def counted(*words: Any, **options: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise BrokenOff
        return await send(*words, **options)

    connection.commands.execute_command = counted  # type: ignore[method-assign]
    office = Office(People(settings, connection), Plans(settings.data / FOLDER), lambda *_: None)
    try:
        await erased(office, who, is_sure=True, pause=0.0)
    except BrokenOff:
        return False
    finally:
        await connection.close()
    return True


async def test_broken_off_anywhere_it_is_finished_by_the_next(
    core: Core, hilo: Hilo, config: Path, redis_client: Redis
) -> None:
    # given two people
    data = config.parent / "data"
    ada, bob = await planted(core, "ada", data), await planted(core, "bob", data)
    before = {**await whole(redis_client, bob), **in_files([data], bob.words.values())}
    # when the erasure of one is broken off again and again, each time a little later
    commands, runs = 2, 0
    while not await erased_until(config, ada.mail, commands):
        commands, runs = commands + 2, runs + 1
        if runs % 5 == 0:
            # then who looks is told that it is not done, while the handle leads nowhere any more
            plan = Plans(data / FOLDER).find(ada.mail)
            assert plan is None or (await hilo("customer", "show", plan.customers[0], "--json")).exit_code == 0
    assert runs > 8
    # then it is done as if it had been done at once
    assert await in_redis(redis_client, [*ada.words.values(), "plantedada"]) == set()
    assert in_files([data], [*ada.words.values(), "ada.planted"]) == {}
    assert {**await whole(redis_client, bob), **in_files([data], bob.words.values())} == before
    audit = await hilo("audit", "--json")
    assert audit.exit_code == 0, audit.output
    counts: Any = await redis_client.hgetall(keys.key(7, keys.COUNTS))
    assert counts[b"erased:email"] == b"2"
    assert not [name for name in counts if name.startswith(b"erasing:")]
    assert len(list((data / FOLDER).glob("*.json"))) == 1


async def test_who_writes_while_they_are_erased_is_somebody_new_and_whole(
    core: Core, hilo: Hilo, config: Path, redis_client: Redis
) -> None:
    # given a person who goes on writing, and an agent who goes on noting, while they are erased
    ada = await planted(core, "ada", config.parent / "data")
    former = await core.open_of(ada.mail)
    assert former is not None
    is_over = asyncio.Event()

    async def write() -> list[str]:
        told: list[str] = []
        while not is_over.is_set():
            told.append(f"tarde{len(told)}")
            await core.accept(written(told[-1], ada.mail, channel="email"))
            await core.inbox.submit(NoteAdded(ANA, f"nota {told[-1]}"), former.id, f"k-{told[-1]}")
            await asyncio.sleep(0.02)
        return told

    writing = asyncio.create_task(write())
    for _ in range(3):
        result = await hilo("customer", "erase", ada.mail, "--yes")
        assert result.exit_code == 0, result.output
    is_over.set()
    told = await writing
    assert len(told) > 50
    last = await core.says("la última", ada.mail, channel="email")
    # then what they had said before is nowhere, and the old conversation is not there again
    assert await in_redis(redis_client, {word for what, word in ada.words.items() if what != "mail"}) == set()
    assert await core.records.conversation(former.id) is None
    assert await core.timeline(former.id) == []
    # and what they wrote since is one conversation of one customer, each message once, and the store agrees
    heard = [text for kind, text in await core.story(last.id) if kind == "message_in"]
    assert heard == [*told[len(told) - len(heard) + 1 :], "la última"]
    audit = await hilo("audit")
    assert audit.exit_code == 0, audit.output


async def test_what_a_feeder_had_in_its_hands_does_not_come_back(core: Core, hilo: Hilo, config: Path) -> None:
    # given a closed conversation that a feeder has read and not archived yet
    data = config.parent / "data"
    stories = await closed(core, "chat:ada")
    # when its customer is erased, and the feeder goes on
    async with opened(data / "history") as archive:
        await archive.open()
        assert (await hilo("customer", "erase", "chat:ada", "--yes")).exit_code == 0
        await archive.keep(list(stories.values()))
        # then the archive does not hold it
        assert [await archive.conversation(name) for name in stories] == [None]
    assert (await hilo("audit")).exit_code == 0


async def test_a_file_that_another_sends_in_that_moment_stays(core: Core, config: Path) -> None:
    # given two people's same file, of whom one is being erased: it is set aside
    data = config.parent / "data"
    files = Files(data / "attachments")
    digest = kept(files, SHARED)
    connection = Connection(core.connection.url)
    work = FilesOf(connection, data / "attachments", None)
    assert await work.set_aside({CustomerId("u-07-ada")}, [digest]) == []
    assert files.path(digest) is None
    # when the other's message, whose file was there a moment ago, is in Redis only now
    listed = (Attachment("page.html", "text/html", 5, digest),)
    await core.accept(replace(written("Hola", "email:bob@mail.example", channel="email"), attachments=listed))
    # then it is brought back; and removed once nobody names it
    assert await work.remove({CustomerId("u-07-ada")}, [digest]) == [digest]
    assert files.path(digest) is not None
    await connection.commands.flushall()
    await work.set_aside({CustomerId("u-07-ada")}, [digest])
    assert await work.remove({CustomerId("u-07-ada")}, [digest]) == []
    assert list((data / "attachments").iterdir()) == []
    await connection.close()


async def test_what_is_held_is_shown_masked_and_handed_over_whole(
    core: Core, hilo: Hilo, config: Path, tmp_path: Path
) -> None:
    ada = await planted(core, "ada", config.parent / "data")
    # when ops look, then they see how much there is, and not what
    shown = await hilo("customer", "show", ada.mail)
    assert shown.exit_code == 0, shown.output
    assert in_bytes(shown.output.encode(), ada.words.values()) == set()
    assert re.search(r"(?m)^open conversations +[0-9]+$", shown.stdout), "each row has a line of its own"
    found = json.loads((await hilo("customer", "show", "u-07-plantedada", "--json")).stdout)
    assert {name: count for name, count in found["held"].items() if name != "facts"} == {
        "open_conversations": 1,
        "closed_conversations": 1,
        "of_them_in_history": 1,
        "messages": 5,
        "calls_owed": 0,
        "calls": 0,
        "promises": 0,
        "notes": 1,
        "files": 2,
        "raw_mails": 1,
        # Two replies, and two questions for the directory.
        "on_their_way": 4,
        "dead_letters": 1,
        "chat_transcripts": 0,
    }
    assert found["handles"] == ["email:a***@mail.example"]
    # when the person asks for it, then all of it is in one file that others can't read
    target = tmp_path / "ada.zip"
    assert (await hilo("customer", "export", ada.mail, str(target))).exit_code == 0
    assert target.stat().st_mode & 0o077 == 0
    with ZipFile(target) as archive:
        told = {name: archive.read(name) for name in archive.namelist()}
    missing = set(ada.words.values()) - in_bytes(b"".join([*told.values(), *map(str.encode, told)]), ada.words.values())
    assert missing == set()
    assert sum(name.endswith(".eml") for name in told) == 1
    # and another file is not written over
    assert (await hilo("customer", "export", ada.mail, str(target))).exit_code == 1


async def test_nobody_is_erased_unasked_and_nobody_by_mistake(core: Core, hilo: Hilo) -> None:
    unknown = await hilo("customer", "erase", "email:nobody@mail.example", "--yes")
    assert (unknown.exit_code, "nobody is known as" in unknown.output) == (1, True)
    conversation = await core.says("Hola")
    refused = await hilo("customer", "erase", conversation.id, say="n\n")
    assert refused.exit_code == 1
    assert await core.records.conversation(conversation.id)
    assert (await hilo("customer", "erase", conversation.id, say="y\n")).exit_code == 0
    assert await core.records.conversation(conversation.id) is None


async def test_what_a_reply_promised_stops_an_erasure_and_an_answer_alone_does_not(core: Core, hilo: Hilo) -> None:
    # given one who was promised something with a reply, and another who was only answered
    ada, bob = await core.says("Hola", sender="chat:ada"), await core.says("Buenas", sender="chat:bob")
    at = core.clock.now() + timedelta(hours=2)
    await core.does(ReplyWritten(ANA, "Te escribo a esa hora", promise=at), ada.id)
    await core.does(ReplyWritten(ANA, "Claro"), bob.id)
    # when they are erased, then who was promised something is kept, and it is said what is owed
    refused = await hilo("customer", "erase", "chat:ada", say="y\n")
    told = f"still open: what was promised in {ada.id}"
    assert (refused.exit_code, told in refused.output) == (1, True), refused.output
    assert await core.open_of("chat:ada")
    # and who was answered is gone
    assert (await hilo("customer", "erase", "chat:bob", say="y\n")).exit_code == 0
    assert await core.open_of("chat:bob") is None


async def test_what_the_site_said_of_a_chat_visitor_goes_and_their_token_is_nobodys(
    core: Core, hilo: Hilo, redis_client: Redis
) -> None:
    # given two visitors of whom each has brought a signed token, of the site's customers 4711 and 4712
    visitors, now = Visitors(core.connection), MONDAY
    ends = now + timedelta(minutes=10)
    for visitor, token, subject in (("ada0", "aa", "4711"), ("bob0", "bb", "4712")):
        await core.says("Hola", sender=f"chat:{visitor}")
        assert await visitors.brings(visitor, token, ends, now, is_over=False)
        assert await visitors.bind(visitor, subject)
    # when one is erased
    assert (await hilo("customer", "erase", "chat:ada0", "--yes")).exit_code == 0
    # then nothing names them, nor what the site calls them
    assert await in_redis(redis_client, ["ada0", subject_name("4711")]) == set()
    # and their token, good for a while yet, is let in for nobody: it goes when it would have gone
    assert not await visitors.brings("eve0", "aa", ends, now, is_over=False)
    assert not await visitors.brings("ada0", "aa", ends, now, is_over=False)
    assert await redis_client.pttl(keys.brought("aa")) > 0
    # and the other is who they were
    assert await visitors.brings("bob0", "bb", ends, now, is_over=False)
    assert await visitors.name_of("bob0") == subject_name("4712")


async def test_who_is_one_with_others_is_erased_under_all_of_their_ids(
    core: Core, hilo: Hilo, config: Path, redis_client: Redis
) -> None:
    # given a visitor of the chat, and one who wrote by mail and has a conversation in history, who are one person
    data = config.parent / "data"
    ada, bob = await planted(core, "ada", data), await planted(core, "bob", data)
    chat = await core.says(f"Hola {ada.word('chat')}", "chat:0123456789ada")
    mail = await core.open_of(ada.mail)
    assert mail is not None
    await core.does(Linked(ANA, handle(ada.mail)), chat.id)
    await eventually(lambda: are_one(core, ada.mail, "chat:0123456789ada"), "they are one")
    before = {**await whole(redis_client, bob), **in_files([data], bob.words.values())}
    assert (await hilo("audit")).exit_code == 0
    # when they are erased by one of their handles
    erased = await hilo("customer", "erase", "chat:0123456789ada", "--yes", "--json")
    assert erased.exit_code == 0, erased.output
    # then nothing is left of either, nor of who was part of whom
    assert json.loads(erased.stdout)["customers"] == 2
    left = [*ada.words.values(), "plantedada", chat.id, chat.customer, "0123456789ada"]
    assert await in_redis(redis_client, left) == set()
    assert in_files([data / "history", data / "attachments"], ada.words.values()) == {}
    assert {**await whole(redis_client, bob), **in_files([data], bob.words.values())} == before
    audit = await hilo("audit")
    assert audit.exit_code == 0, audit.output


async def test_of_whom_somebody_was_taken_for_nothing_is_told_either(
    core: Core, hilo: Hilo, redis_client: Redis
) -> None:
    # given two people who were taken for one, and parted again
    visitor, mailbox = "chat:0123456789eva", "email:leo.planted@mail.example"
    eva = await core.says("Hola, soy Eva", visitor)
    leo = await core.says("Hola, soy leozafiro", mailbox, channel="email")
    await core.does(Linked(ANA, handle(mailbox)), eva.id)
    await eventually(lambda: are_one(core, visitor, mailbox), "they are one")
    head = await core.open_of(visitor)
    assert head is not None
    part = next(name for name in (eva.customer, leo.customer) if name != head.customer)
    await core.does(Unlinked(ANA, part), head.id)

    async def are_two() -> bool:
        found = await core.records.customers([eva.customer, leo.customer])
        return all(record is not None and not record.part_of and not record.busy_with for record in found)

    await eventually(are_two, "they are two")
    # when one of them is erased, then the other's record tells nothing of them, and is whole
    assert (await hilo("customer", "erase", mailbox, "--yes")).exit_code == 0
    told = await core.records.customer(eva.customer)
    assert told is not None
    assert told.left == ()
    assert await in_redis(redis_client, ["leozafiro", "leo.planted"]) == set()
    assert "Hola, soy Eva" in [text for _, text in await core.story(told.open_conversation or eva.id)]
    assert (await hilo("audit")).exit_code == 0


async def test_of_who_was_one_with_them_for_a_while_nothing_is_kept_for_an_undo(
    core: Core, hilo: Hilo, redis_client: Redis
) -> None:
    # given a visitor, with whom two others are one, the first of whom is parted again
    senders = [f"chat:0123456789{name}" for name in ("eva", "leo", "mia")]
    told = []
    for name in senders:
        told.append(await core.says(f"Hola, soy {name}zafiro", name))
        # Which of two stays is told by who was there first.
        await core.clock.advance(timedelta(seconds=1))
    eva, leo, mia = told
    for other in senders[1:]:
        await core.does(Linked(ANA, handle(other)), eva.id)
        await eventually(lambda: are_one(core, senders[0], other), "they are one")  # noqa: B023 - waited for here
    await core.does(Unlinked(ANA, leo.customer), eva.id)
    await eventually(lambda: is_one_alone(core, leo.customer), "they are two")
    # when that one is erased, then what an undo of the other needs tells nothing of them
    assert (await hilo("customer", "erase", senders[1], "--yes")).exit_code == 0
    assert await in_redis(redis_client, ["leozafiro", "0123456789leo"]) == set()
    # and it can still be undone
    await core.does(Unlinked(ANA, mia.customer), eva.id)
    await eventually(lambda: is_one_alone(core, mia.customer), "they are two")
    assert [text for kind, text in await core.story(mia.id) if kind == "message_in"] == [
        f"Hola, soy {senders[2]}zafiro"
    ]
    assert [text for kind, text in await core.story(eva.id) if kind == "message_in"] == [
        f"Hola, soy {senders[0]}zafiro"
    ]
    assert (await hilo("audit")).exit_code == 0


async def is_one_alone(core: Core, name: CustomerId) -> bool:
    """Whether that customer is part of nobody, and nothing is under way with them."""
    found = await core.records.customer(name)
    return found is not None and not found.part_of and not found.busy_with


async def are_one(core: Core, *handles: str) -> bool:
    """Whether the handles lead to one customer, with whom nothing is under way."""
    names = {await core.records.customer_of(handle(each)) for each in handles}
    found = await core.records.customers([name for name in names if name])
    heads = [record for record in found if record and not record.part_of and not record.busy_with]
    return len(names) == 1 and len(heads) == 1


def handle(text: str) -> Handle:
    """The handle that `text` names."""
    kind, _, address = text.partition(":")
    return Handle(kind, address)


async def test_calls_under_way_and_whom_we_rang_lately_go_too(core: Core, hilo: Hilo) -> None:
    # given two people of the chat for whom numbers were rung, and who ring back
    calls, names = OpenCalls(core.connection, "phone"), ("ada", "bob")
    numbers = {who: Handle("phone", f"+5076123456{place}") for place, who in enumerate(names)}
    conversations = {who: (await core.says("Hola", f"chat:{who}")).id for who in names}
    for who, number in numbers.items():
        rang = order(None, number, id=MessageId(f"o-07-{who}"), conversation=conversations[who])
        await calls.begin(OpenCall(rang.id, MONDAY, rang))
        await calls.begin(OpenCall(MessageId(f"CA-{who}"), MONDAY, None, number, conversations[who]))
    # when one is erased
    result = await hilo("customer", "erase", "chat:ada", "--yes")
    assert result.exit_code == 0, result.output
    # then nothing of their calls is known any more, and all of the other's is
    assert {each.id for each in await calls.all()} == {"o-07-bob", "CA-bob"}
    assert await calls.rang_for(numbers["ada"]) is None
    assert await calls.rang_for(numbers["bob"]) == conversations["bob"]
