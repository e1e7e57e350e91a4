"""What a message tells is found once it is held, by the kinds that are in their files at that time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from router.core.found.finder import LONG, FactFinder
from router.model.customer import Customer
from router.model.event import MessageArrived, Transferred
from router.model.fact import Fact
from router.model.message import MessageKind, Proof
from router.rules_watch import fact_kinds
from router.rules_watch.fact_kinds import FactKindsWatch
from router.store.connection import Connection
from router.store.inbox import Inbox
from rules.problems import SourceError
from tests.clock import MONDAY, HeldClock
from tests.core import ANA, BILLING, Core, running_core, written
from tests.waiting import eventually

METER = "facts:\n  - {name: meter, label: {es: Medidor}, patterns: 'medidor ([0-9]{5})'}\n"
BROKEN = "facts:\n  - {name: meter, patterns: 'medidor ([0-9]{5})'}\n"


async def customer_of(core: Core, sender: str = "chat:ada") -> Customer:
    """Who writes from there."""
    conversation = await core.open_of(sender)
    assert conversation
    customer = await core.records.customer(conversation.customer)
    assert customer
    return customer


def pairs(facts: tuple[Fact, ...]) -> list[tuple[str, str]]:
    """Kind and value of each."""
    return [(str(fact.kind), fact.value) for fact in facts]


@pytest.mark.parametrize("padding", ["", " bla" * LONG])
async def test_what_a_customer_says_is_known_of_them_and_of_the_matter(
    redis_url: str, redis_client: Redis, padding: str
) -> None:
    async with running_core(redis_url) as core:
        # when a customer tells who they are and what they did, in a short message or in a long one
        text = f"Soy Ana Ruiz, mi cédula es 8-765-4321, ya reinicié el módem.{padding}"
        conversation = await core.says(text, key="m1")
        # then it is kept, with the message that it comes from
        customer = await customer_of(core)
        assert pairs(customer.facts) == [("name", "Ana Ruiz"), ("identity", "8-765-4321")]
        assert pairs(conversation.known) == [("tried", "restarted_modem")]
        assert {(fact.source, fact.at) for fact in (*customer.facts, *conversation.known)} == {("m1", MONDAY)}
        # and the next team finds it all
        await core.does(Transferred(ANA, BILLING), conversation.id)
        assert pairs((await core.now(conversation.id)).known) == [("tried", "restarted_modem")]
        assert (await customer_of(core)).facts == customer.facts


@pytest.mark.parametrize("kind", [MessageKind.AUTO_REPLY, MessageKind.BOUNCE, MessageKind.LIST])
async def test_what_nobody_says_of_themselves_is_no_fact(
    redis_url: str, redis_client: Redis, kind: MessageKind
) -> None:
    async with running_core(redis_url) as core:
        mail = written("Soy Ana Ruiz, mi cédula es 8-765-4321", "email:ana@example.org", channel="email")
        await core.accept(replace(mail, kind=kind, proof=Proof.DKIM))
        # neither is what somebody else had written, which is folded away
        await core.accept(replace(mail, key="m2", text="Hola", quoted=mail.text, proof=Proof.DKIM))
        await eventually(lambda: _has_heard(core, 2), "both messages")
        assert (await customer_of(core, "email:ana@example.org")).facts == ()


async def _has_heard(core: Core, messages: int) -> bool:
    conversation = await core.open_of("email:ana@example.org")
    return conversation is not None and conversation.messages == messages


async def test_the_kinds_that_ops_name_are_looked_for_once_they_are_in_their_files(
    redis_url: str, redis_client: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a door at which nothing is named yet, in a country whose numbers need no code
    for pause in ("LOOK_SECONDS", "SETTLE_SECONDS"):
        monkeypatch.setattr(fact_kinds, pause, 0.01)
    folder = tmp_path / "facts"
    said: list[str] = []
    finder = FactFinder("PA")
    kinds = FactKindsWatch(folder, HeldClock(), said.append)
    kinds.supply(finder)
    watching = asyncio.create_task(kinds.run())
    connection = Connection(redis_url)
    inbox = Inbox(connection, HeldClock(), finder=finder)
    async with running_core(redis_url) as core:

        async def hears(text: str) -> list[tuple[str, str]]:
            message = written(text)
            await inbox.accept(MessageArrived(message), message.key)
            await eventually(lambda: core._heard(message), text)
            return pairs((await customer_of(core)).facts)

        assert await hears("El medidor 12345, cel 6123-4567") == [("phone", "+50761234567")]
        # when ops name a kind, then it is found from then on
        folder.mkdir()
        (folder / "00.yaml").write_text(METER)
        await eventually(lambda: _is(bool(finder.kinds.sought)), "the new kind")
        assert ("meter", "12345") in await hears("El medidor 12345")
        # when they make a mistake, then it is told, and what they had named before is still found
        (folder / "00.yaml").write_text(BROKEN)
        await eventually(lambda: _is(bool(kinds.status.problems)), "the mistake")
        assert "`meter` is a new kind of fact" in kinds.status.problems[0].message
        assert "those of before go on" in said[-1]
        assert ("meter", "54321") in await hears("El medidor 54321")
        # when it is mended, then nothing is wrong any more
        (folder / "00.yaml").write_text(METER + "\n")
        await eventually(lambda: _is(not kinds.status.problems), "no mistake")
    kinds.stop()
    await watching
    await connection.close()
    # and at the start there are no kinds of before
    (folder / "00.yaml").write_text(BROKEN)
    with pytest.raises(SourceError, match="is a new kind of fact"):
        FactKindsWatch(folder, HeldClock())


@asynccontextmanager
async def watching(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FactKindsWatch]:
    """The kinds in `folder`, followed."""
    for pause in ("LOOK_SECONDS", "SETTLE_SECONDS"):
        monkeypatch.setattr(fact_kinds, pause, 0.02)
    kinds = FactKindsWatch(folder, HeldClock())
    task = asyncio.create_task(kinds.run())
    yield kinds
    kinds.stop()
    await asyncio.wait_for(task, 5)


async def test_kinds_that_went_without_a_word_are_missed_and_looked_for_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, away = tmp_path / "facts", tmp_path / "away"
    folder.mkdir()
    (folder / "00.yaml").write_text(METER)
    async with watching(folder, monkeypatch) as kinds:

        async def tells(text: str) -> None:
            await eventually(lambda: _is(any(text in each.message for each in kinds.status.problems)), text)
            assert [each.name for each in kinds.kinds.sought] == ["meter"]

        # when the folder is gone, as a mount is that is lost, or holds nothing any more, or nothing in its file
        folder.rename(away)
        await tells("this folder has no kinds of facts any more")
        away.rename(folder)
        await eventually(lambda: _is(not kinds.status.problems), "all is there again")
        (folder / "00.yaml").write_text("")
        await tells("there is nothing in this file any more")
        # then what is meant can be said
        (folder / "00.yaml").write_text("facts: []\n")
        await eventually(lambda: _is(not kinds.kinds.sought and not kinds.status.problems), "none are named")


async def test_kinds_that_are_written_all_the_while_are_taken_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, beside = tmp_path / "facts", tmp_path / "beside"
    folder.mkdir()
    async with watching(folder, monkeypatch) as kinds:

        async def write() -> None:
            for number in count():
                beside.write_text(f"{METER}# {number}\n")
                beside.rename(folder / "00.yaml")
                await asyncio.sleep(0.015)

        # given somebody who writes more often than anybody looks
        writing = asyncio.create_task(write())
        # then what they write is looked for
        await eventually(lambda: _is(bool(kinds.kinds.sought)), "the kind")
        writing.cancel()


async def _is(holds: bool) -> bool:
    return holds
