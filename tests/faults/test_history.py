"""History takes a closed conversation whole, once, and Redis forgets it only afterwards, wherever it is killed."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from redis.asyncio import Redis

from history.archive import Archive, Late, Story
from history.schema import ArchiveAway
from router.model.conversation import Conversation
from router.model.event import DeliveryReported
from router.model.ids import PARTITIONS, ConversationId, MessageId, partition_of
from router.model.message import DeliveryState, Receipt
from router.store import keys
from tests.archived import Kept, closed, counted, feeder_of, kept, left_of, messages, opened
from tests.core import Core, running_core
from tests.waiting import eventually

SENDERS = [f"chat:{name}" for name in ("ada", "bob", "eva", "leo", "mia", "tom")]
# A feeder in a process of its own that kills itself, as kill -9 does, at the step that it is told.
FEED = """
import asyncio, os, pathlib, signal, sys
import history.archive
from history.archive import Archive
from router.store.connection import Connection
from tests.archived import feeder_of
url, folder, step = sys.argv[1:]
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
def opened(folder, real=history.archive.opened):
    database = real(folder)
    if step == "in the transaction":
        database.set_trace_callback(lambda statement: statement == "COMMIT" and die())
    return database
history.archive.opened = opened
class Dying(Archive):
    async def keep(self, stories, late=()):
        if step == "before it is written":
            die()
        unknown = [] if step == "unguarded" else await super().keep(stories, late)
        if step == "before it is forgotten":
            die()
        return unknown
async def main():
    connection = Connection(url)
    feeder = feeder_of(connection, Dying(pathlib.Path(folder)))
    forget = feeder._forget
    async def forgotten(*told):
        await forget(*told)
        die()
    feeder._forget = forgotten
    await feeder.feed()
asyncio.run(main())
"""
STEPS = ("before it is written", "in the transaction", "before it is forgotten", "after it is forgotten")


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


async def killed_at(step: str, url: str, folder: Path) -> None:
    """A feeder was at work and was killed at `step`."""
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", FEED, url, folder, step, cwd=root)
    async with asyncio.timeout(60):
        assert await process.wait() == -9


async def whole(core: Core, archive: Archive) -> None:
    """What a feeder does that nobody kills."""
    feeder = feeder_of(core.connection, archive)
    while await feeder.feed():
        pass


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_any_step_each_conversation_is_archived_once_and_then_gone(
    core: Core, redis_url: str, tmp_path: Path, step: str
) -> None:
    stories = await closed(core, *SENDERS)
    # when it is killed, then each conversation is whole somewhere
    await killed_at(step, redis_url, tmp_path)
    async with opened(tmp_path) as archive:
        assert (await kept(core, archive, stories)).lost == []
        # and what was under way in one transaction is not there in part
        if step in ("before it is written", "in the transaction"):
            assert await archive.counts() == {}
        # and once it is at work again, each is in history, once and whole, as it last was, and Redis has forgotten it
        await whole(core, archive)
        assert await kept(core, archive, stories) == Kept([], list(stories), [])
        assert [await archive.conversation(name) for name in stories] == [s.conversation for s in stories.values()]
        assert await left_of(core, list(stories)) == []
        # and the count of what has gone is what is there
        assert await archive.counts() == await counted(core) == {"webchat": messages(stories)}


async def test_the_check_sees_what_is_forgotten_before_it_is_written(
    core: Core, redis_url: str, tmp_path: Path
) -> None:
    """The control arm: with the writing taken out, conversations are lost."""
    stories = await closed(core, *SENDERS)
    await killed_at("unguarded", redis_url, tmp_path)
    async with opened(tmp_path) as archive:
        assert (await kept(core, archive, stories)).lost != []


class Overtaken(Archive):
    """An archive that lets something happen just before it writes, once."""

    def __init__(self, folder: Path, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(folder)
        self._meanwhile = [meanwhile]

    async def keep(self, stories: Sequence[Story], late: Sequence[Late] = ()) -> list[Late]:
        """As ever, after what happens."""
        while self._meanwhile:
            await self._meanwhile.pop()()
        return await super().keep(stories, late)


async def test_what_changes_while_it_is_archived_is_archived_anew(core: Core, tmp_path: Path) -> None:
    # given a closed conversation, and a receipt for its reply that is committed between the reading and the writing
    [(name, before)] = (await closed(core, "chat:ada")).items()

    async def reported() -> None:
        await report(core, before.conversation, DeliveryState.FAILED)
        await eventually(lambda: has_more(core, before), "the receipt in the timeline")

    archive = Overtaken(tmp_path, reported)
    try:
        await feeder_of(core.connection, archive).feed()
        # then it is still in Redis, with the receipt
        after = await core.timeline(name)
        assert after[-1].detail == {"state": "failed"}
        # and the next round takes it as it is then
        await whole(core, archive)
        assert await archive.timeline(name) == after
        assert await core.records.conversation(name) is None
        assert await counted(core) == {"webchat": 2}
    finally:
        await archive.close()


async def test_a_failure_that_is_told_too_late_stands_at_the_end_of_the_archived_story(
    core: Core, redis_client: Redis, tmp_path: Path
) -> None:
    [(name, story)] = (await closed(core, "chat:ada")).items()
    async with opened(tmp_path) as archive:
        await whole(core, archive)
        # when the provider says after that, and twice, that the reply bounced
        for _ in range(2):
            await report(core, story.conversation, DeliveryState.FAILED, "550 no such mailbox")
        await eventually(lambda: waits(core, name), "on its way to history")
        await whole(core, archive)
        # then the story ends with it, once
        *earlier, last = await archive.timeline(name)
        assert earlier == story.entries
        assert (last.kind, last.message) == ("delivery", f"o-{partition_of(name):02d}-1")
        assert last.detail == {"state": "failed", "reason": "550 no such mailbox"}
        # and a receipt for what never was harms nobody
        await report(core, story.conversation, DeliveryState.FAILED, name=f"c-{partition_of(name):02d}-nobody")
        await eventually(lambda: waits(core, name), "on its way to history too")
        await whole(core, archive)
        assert await left_of(core, [name]) == []
        assert [key async for key in redis_client.scan_iter("*:dead")] == []


async def test_while_the_disk_can_not_be_written_nothing_is_forgotten(core: Core, tmp_path: Path) -> None:
    stories = await closed(core, "chat:ada", "chat:bob")
    # given something that stands in the archive's place
    (tmp_path / "history").write_text("a file", encoding="ascii")
    async with opened(tmp_path / "history") as archive:
        with pytest.raises(ArchiveAway):
            await whole(core, archive)
        assert [await core.timeline(name) for name in stories] == [story.entries for story in stories.values()]
        # when that is mended, then it goes on
        (tmp_path / "history").unlink()
        await whole(core, archive)
        assert (await kept(core, archive, stories)).archived == list(stories)


async def test_what_can_not_be_read_stays_and_its_neighbours_go(
    core: Core, redis_client: Redis, tmp_path: Path
) -> None:
    # given three closed conversations of one partition, the first of which a newer Hilo has written
    stories = await closed(core, *[f"chat:{number}" for number in range(40)])
    parts = [[name for name in stories if partition_of(name) == partition] for partition in range(PARTITIONS)]
    broken, *others = max(parts, key=len)
    assert others
    record = json.loads(await redis_client.hget(key_of(broken), "d") or b"")
    await redis_client.hset(key_of(broken), "d", json.dumps(record | {"state": "archived"}))
    # when history is at work for two rounds, then the others are gone and it is still there
    async with opened(tmp_path) as archive:
        feeder = feeder_of(core.connection, archive)
        for _ in range(2):
            await feeder.feed()
        assert set((await kept(core, archive, stories)).archived) == set(stories) - {broken}
        assert await redis_client.exists(key_of(broken))
        # and once it can be read, it follows
        await redis_client.hset(key_of(broken), "d", json.dumps(record))
        await whole(core, archive)
        assert (await kept(core, archive, stories)).archived == list(stories)


async def test_two_feeders_at_once_archive_everything_once(core: Core, tmp_path: Path) -> None:
    stories = await closed(core, *SENDERS)
    async with opened(tmp_path) as one, opened(tmp_path) as other:
        # when a second one works although it has no lease, as one that was paused and woke does
        await asyncio.gather(*(whole(core, archive) for archive in (one, other)))
        assert await kept(core, one, stories) == Kept([], list(stories), [])
        assert await one.counts() == await counted(core)


async def test_what_closed_before_there_was_a_history_is_taken_too(core: Core, tmp_path: Path) -> None:
    # given closed conversations that nothing asks to be taken, as an earlier version left them, and one that is open
    stories = await closed(core, *SENDERS)
    for name in stories:
        await core.connection.commands.delete(keys.key(partition_of(name), keys.ARCHIVE))
    open_one = await core.says("Hola", "chat:zoe")
    async with opened(tmp_path) as archive:
        await whole(core, archive)
        assert (await kept(core, archive, stories)).archived == []
        # when history starts
        feeder = feeder_of(core.connection, archive)
        running = asyncio.create_task(feeder.run())
        await eventually(lambda: has_left(core, list(stories)), "all in history")
        feeder.stop()
        await running
        # then it has them, and the open one stays
        assert await kept(core, archive, stories) == Kept([], list(stories), [])
        assert (await core.now(open_one.id)).state == open_one.state


async def has_left(core: Core, names: Sequence[ConversationId]) -> bool:
    """Whether Redis has forgotten all of them."""
    return not await left_of(core, names)


def key_of(name: ConversationId) -> str:
    return keys.key(partition_of(name), keys.conversation(name))


async def report(
    core: Core, conversation: Conversation, state: DeliveryState, reason: str = "", name: str = ""
) -> None:
    """A provider says what became of a reply of `conversation`."""
    message = MessageId(f"o-{partition_of(conversation.id):02d}-1")
    receipt = Receipt(message, ConversationId(name or conversation.id), state, core.clock.now(), reason=reason)
    await core.inbox.accept(DeliveryReported(receipt), f"receipt {name}")


async def has_more(core: Core, before: Story) -> bool:
    """Whether the timeline has grown."""
    return len(await core.timeline(before.conversation.id)) > len(before.entries)


async def waits(core: Core, name: ConversationId) -> bool:
    """Whether something waits for history in the conversation's partition."""
    stream = keys.key(partition_of(name), keys.ARCHIVE)
    return bool(await core.connection.commands.xlen(stream))
