"""Dead letters are replayed once or dropped once, and everybody is told as if the first time had been the only one."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from redis.asyncio import Redis

from router.model.decision import OutcomeKind
from router.model.errors import PermanentError
from router.model.event import NoteAdded
from router.store import keys
from router.store.dead_letter import Origin, letter_of
from router.store.dead_letters import DeadLetters
from router.store.outbound import Outbound
from router.store_cli.letter_lines import as_row, as_text
from tests.clock import HeldClock
from tests.core import ANA, CARE, running_core, written
from tests.faults.test_poison import PARTITION, Landmine, Stage
from tests.waiting import eventually

COUNTS = keys.key(PARTITION, keys.COUNTS)


@pytest.fixture
async def stage(redis_url: str, redis_client: Redis) -> AsyncIterator[Stage]:
    async with aclosing(Stage(redis_url)) as opened:
        await opened.settle(["ada"])
        yield opened


@pytest.fixture
def letters(stage: Stage) -> DeadLetters:
    return DeadLetters(stage.connection, 16)


async def a_dead_message(stage: Stage, letters: DeadLetters, text: str = "boom") -> str:
    """The id of the dead letter that a customer's message became, by a fault in the rules."""
    async with running_core(stage.connection.url, rulebook=Landmine(CARE)) as core:
        await core.accept(written(text))
        await eventually(letters.count, "a dead letter")
    return (await letters.list())[0].id


async def test_a_replayed_message_arrives_once(stage: Stage, letters: DeadLetters) -> None:
    # given a message that met a fault in the rules, and one that went on
    name = await a_dead_message(stage, letters)
    async with running_core(stage.connection.url) as core:
        conversation = (await core.says("¿Hola?")).id
    # when it is replayed twice, once the rules are mended
    assert [await letters.replay(name), await letters.replay(name)] == [True, False]
    async with running_core(stage.connection.url) as core:
        await eventually(stage.is_empty, "all done")
        # then it is there once, late
        said = [text for kind, text in await core.story(conversation) if kind == "message_in"]
    assert said == ["¿Hola?", "boom"]
    assert await letters.count() == 0


async def test_who_waits_for_a_command_is_told_anew(stage: Stage, letters: DeadLetters) -> None:
    # given a command that could not be carried out since a record was broken
    async with running_core(stage.connection.url) as core:
        conversation = (await core.says("Hola")).id
        record = keys.key(PARTITION, keys.conversation(conversation))
        whole = await stage.redis.hget(record, "d")
        await stage.redis.hset(record, "d", "{")
        assert (await core.does(NoteAdded(ANA, "mira"), conversation, key="k")).reason == "dead_letter"
        await stage.redis.hset(record, "d", whole)
        # when it is replayed
        [letter] = await letters.list()
        assert await letters.replay(letter.id)
        # then its outcome is that of the second try
        outcome = await eventually(lambda: core.records.outcome(PARTITION, "k"), "an outcome")
        assert outcome.kind is OutcomeKind.DONE
        # and the same command again is still the same command
        assert not await core.inbox.submit(NoteAdded(ANA, "mira"), conversation, "k")


async def test_an_outcome_of_another_command_is_left_alone(stage: Stage, letters: DeadLetters) -> None:
    # given a dead command whose key was used anew once its outcome was forgotten
    fields: dict[Any, Any] = {"event": "1-0", "error": "old", "v": "1", "kind": "note", "key": "k"}
    await stage.redis.xadd(keys.key(PARTITION, keys.DEAD), fields)
    await stage.redis.hset(keys.key(PARTITION, keys.outcome("k")), mapping={"h": "x", "o": '{"kind":"done"}'})
    # when it is replayed, then what became of the later one stands
    assert await letters.replay((await letters.list())[0].id)
    assert await stage.redis.hget(keys.key(PARTITION, keys.outcome("k")), "o") == b'{"kind":"done"}'


async def test_what_fails_again_says_how_often_it_was_tried(stage: Stage, letters: DeadLetters) -> None:
    name = await a_dead_message(stage, letters)
    for _ in range(2):
        assert await letters.replay(name)
        name = await a_dead_message(stage, letters, "bien")
    assert [letter.replays for letter in await letters.list()] == [2]
    # and it is still counted as one message of the customer's
    assert await stage.redis.hget(COUNTS, keys.accepted("webchat")) == b"3"


async def test_a_dropped_message_is_gone_and_counted_once(stage: Stage, letters: DeadLetters) -> None:
    name = await a_dead_message(stage, letters)
    assert [await letters.drop(name), await letters.drop(name), await letters.replay(name)] == [True, False, False]
    assert await stage.redis.hgetall(COUNTS) | {b"since": b""} == {
        b"accepted:webchat": b"1",
        b"dropped:webchat": b"1",
        b"since": b"",
    }
    async with running_core(stage.connection.url):
        assert await stage.is_empty()


async def test_an_unreadable_timer_goes_back_among_the_timers(stage: Stage, letters: DeadLetters) -> None:
    # given a timer that nobody can read
    await stage.redis.zadd(keys.key(PARTITION, keys.TIMERS), {"not a timer": 1})
    async with running_core(stage.connection.url):
        await eventually(letters.count, "a dead letter")
    [letter] = await letters.list()
    assert (letter.origin, letter.kind) == (Origin.TIMER, "unreadable_timer")
    # when it is replayed, then it is among them again
    assert await letters.replay(letter.id)
    assert await stage.redis.zrange(keys.key(PARTITION, keys.TIMERS), 0, -1) == [b"not a timer"]
    assert await letters.count() == 0


async def test_an_unreadable_reply_goes_back_to_its_channel(stage: Stage, letters: DeadLetters) -> None:
    # given a reply that nobody can read
    replies = keys.key(PARTITION, keys.outbound("email"))
    await stage.redis.xadd(replies, {"m": "not a reply"})
    outbound = Outbound(stage.connection, HeldClock(), "email", 16)
    assert await outbound.take_over(1) == []
    [letter] = await letters.list()
    assert (letter.origin, letter.channel) == (Origin.REPLY, "email")
    # when it is replayed, then it is there again as it was
    assert await letters.replay(letter.id)
    [entry] = (await stage.entries(keys.outbound("email"))).values()
    assert entry[b"m"] == b"not a reply"


async def test_a_reply_that_names_no_channel_stays(stage: Stage, letters: DeadLetters) -> None:
    # given an unreadable reply that an earlier Hilo set aside without its channel
    await stage.redis.xadd(keys.key(PARTITION, keys.DEAD), {"error": "unreadable", "m": "{"})
    [letter] = await letters.list()
    # when somebody replays it, then they are told what to do, and it stays
    with pytest.raises(PermanentError, match="write the reply again"):
        await letters.replay(letter.id)
    assert await letters.count() == 1


async def test_an_errand_that_could_not_be_run_goes_back_among_the_errands(stage: Stage, letters: DeadLetters) -> None:
    # given an errand that nobody can read
    await stage.redis.xadd(keys.key(PARTITION, keys.ERRANDS), {"v": "1", "errand": "run", "body": "{"})
    async with running_core(stage.connection.url):
        await eventually(letters.count, "a dead letter")
    (letter,) = await letters.list()
    # when it is replayed, then it is an errand again, and no event
    assert await letters.replay(letter.id)
    assert await stage.is_empty()
    (waiting,) = (await stage.entries(keys.ERRANDS)).values()
    assert waiting[b"errand"] == b"run"
    async with running_core(stage.connection.url):
        await eventually(letters.count, "a dead letter once more")
    (again,) = await letters.list()
    assert (again.replays, again.error) == (1, letter.error)


async def test_a_letter_whose_place_is_taken_stays(stage: Stage, letters: DeadLetters) -> None:
    name = await a_dead_message(stage, letters)
    await stage.redis.delete(keys.key(PARTITION, keys.INBOUND))
    await stage.redis.set(keys.key(PARTITION, keys.INBOUND), "not a stream")
    with pytest.raises(PermanentError, match="did not write"):
        await letters.replay(name)
    assert await letters.count() == 1


@pytest.mark.parametrize("name", ["", "d-07", "d-99-1-0", "d-07-1-x", f"d-07-{2**64}-0", "d-07-1-0\n", "c-07-x"])
async def test_what_is_no_id_names_nothing(letters: DeadLetters, name: str) -> None:
    assert await letters.get(name) is None
    assert not await letters.replay(name)
    assert not await letters.drop(name)


async def test_all_are_those_there_when_it_began(stage: Stage, letters: DeadLetters) -> None:
    # given more than fit on a page
    dead = keys.key(PARTITION, keys.DEAD)
    for number in range(150):
        await stage.redis.xadd(dead, {"event": f"{number}-0", "error": "old", "kind": "riddle"})
    # when each is read while others come
    seen = []
    async for letter in letters.all():
        seen.append(letter.event)
        await stage.redis.xadd(dead, {"event": "new", "error": "new"})
    # then the others are left out
    assert seen == [f"{number}-0" for number in range(150)]


def test_what_strangers_wrote_does_not_tell_the_terminal_what_to_do() -> None:
    escape = "\x1b]0;yours\x07 \x9b31m \u202e"
    fields = {"kind": "message", "channel": escape, "error": escape, "body": json.dumps({"text": escape})}
    entry = b"1700000000000-0", {name.encode(): value.encode() for name, value in fields.items()}
    letter = letter_of(7, entry)
    for shown in (as_row(letter), as_text(letter)):
        assert all(sign.isprintable() or sign == "\n" for sign in shown)
