"""Poison: an event that can't be read, decided or written is set aside, and its neighbours are not."""

from collections.abc import AsyncIterator, Mapping

import pytest
from redis.asyncio import Redis

from router.model.decision import OutcomeKind
from router.model.event import Claimed
from router.model.ids import partition_of
from router.store import keys
from router.store.connection import xrange
from rules.engine import RuleBook, Verdict
from rules.facts import Facts
from tests.core import ANA, CARE, Core, running_core, written
from tests.waiting import eventually


class Landmine(RuleBook):
    """A rulebook with a fault in it: one word makes it raise."""

    def route(self, facts: Facts) -> Verdict:
        """What the rulebook says, unless the word is there."""
        if "boom" in facts.text:
            raise ZeroDivisionError("a fault in a rule")
        return super().route(facts)


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url, rulebook=Landmine(CARE)) as running:
        yield running


async def dead(core: Core, partition: int) -> list[Mapping[bytes, bytes]]:
    """The partition's dead letters."""
    return [fields for _, fields in await xrange(core.connection.commands, keys.key(partition, keys.DEAD))]


async def test_an_event_that_raises_is_a_dead_letter_and_its_neighbours_go_on(core: Core) -> None:
    # given a customer one of whose messages meets a fault
    first = await core.says("Hola")
    partition = partition_of(first.id)
    await core.accept(written("boom", key="k-boom"))
    # when they write on
    await core.says("¿Sigue ahí?")
    # then the one is set aside as it came, with its error, and the others are in the timeline
    letters = await eventually(lambda: dead(core, partition), "a dead letter")
    assert [(letter[b"kind"], letter[b"error"]) for letter in letters] == [
        (b"message", b"ZeroDivisionError: a fault in a rule")
    ]
    assert b"boom" in letters[0][b"body"]
    assert [text for kind, text in await core.story(first.id) if kind == "message_in"] == ["Hola", "¿Sigue ahí?"]


async def test_an_entry_that_nobody_can_read_does_not_block_the_partition(core: Core) -> None:
    conversation = await core.says("Hola")
    partition = partition_of(conversation.id)
    await core.connection.commands.xadd(keys.key(partition, keys.INBOUND), {"v": "99", "kind": "riddle"})
    await core.connection.commands.xadd(keys.key(partition, keys.INBOUND), {"nothing": "known"})
    await core.says("Sigo aquí")

    async def both() -> bool:
        return len(await dead(core, partition)) == 2

    await eventually(both, "both set aside")


async def test_what_cannot_be_written_is_set_aside_alone(core: Core) -> None:
    # given a conversation whose timeline holds something that Hilo did not write
    broken, fine = await core.says("Hola"), await core.says("Buenas", "chat:bob")
    name = keys.key(partition_of(broken.id), keys.timeline(broken.id))
    await core.connection.commands.rename(name, "aside")
    await core.connection.commands.set(name, "not a list")
    # when agents act on it and on another one
    outcome = await core.does(Claimed(ANA), broken.id)
    other = await core.does(Claimed(ANA), fine.id)
    # then who acted on it is told, and the other is not touched by it
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REFUSED, "dead_letter")
    assert other.kind is OutcomeKind.DONE
