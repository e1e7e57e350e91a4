"""A store without room refuses at the door: nothing that was taken is lost, nothing is thrown away, all opens again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog.testing

from router.model.errors import StoreClosed, StoreFull
from router.model.event import MessageArrived, NoteAdded
from router.model.ids import PARTITIONS, ConversationId
from router.store.connection import Connection
from router.store.fullness import Bounds, Fullness
from router.store.inbox import Accepted, Inbox
from router.store.metrics import exposition
from router.store.room import Door, Room, too_full
from router.store.server import EmbeddedServer
from router.store.server_socket import server_home
from tests.clock import HeldClock
from tests.core import ANA, Core, running_core, written
from tests.faults.servers import command, events
from tests.room import evicted, fill, make_room, paused
from tests.waiting import eventually

IMPATIENT = Bounds(patience=0.5)


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    async with EmbeddedServer(tmp_path) as server:
        yield server.url


@pytest.fixture
async def connection(url: str) -> AsyncIterator[Connection]:
    opened = Connection(url)
    yield opened
    await opened.close()


async def test_it_closes_to_customers_first_then_to_agents_and_opens_by_itself(
    url: str, connection: Connection
) -> None:
    room = Room(connection, PARTITIONS)
    inbox = Inbox(connection, HeldClock(), room=room)
    async with running_core(url) as core:
        conversation = (await core.says("antes")).id
        with structlog.testing.capture_logs() as logs:
            # when the store is nine tenths full, customers are put off and agents are not
            await fill(url, 0.92)
            await room.look()
            with pytest.raises(StoreFull, match=r"9[123]% of its memory"):
                await accept(inbox, "lleno")
            assert await inbox.submit(NoteAdded(ANA, "cabe"), conversation, "k-note")
            await eventually(lambda: noted(core, conversation, "cabe"), "the note")
            assert b"hilo_store_full_ratio 0.9" in exposition()
            # when it is fuller than that, neither is taken; what was taken goes on all the same
            await fill(url, 0.97)
            await room.look()
            with pytest.raises(StoreFull):
                await inbox.submit(NoteAdded(ANA, "no cabe"), conversation, "k-more")
            # then it opens by itself once there is room
            await make_room(url)
            await room.look()
            assert (await accept(inbox, "después")).is_new
        told = [event for event in events(logs) if event.startswith("store_")]
        assert told == ["store_filling", "store_closed", "store_closed", "store_open", "store_open"]
        assert await evicted(url) == 0


async def test_what_the_server_itself_refuses_closes_the_door_at_once(url: str, connection: Connection) -> None:
    # given a room that saw an empty store a moment ago
    room = Room(connection, PARTITIONS)
    await room.look()
    inbox = Inbox(connection, HeldClock(), room=room)
    await accept(inbox, "antes")
    await fill(url, 1.05)
    # when the next message finds it full, nothing is half written, and the one after asks the server no more
    with pytest.raises(StoreFull):
        await accept(inbox, "lleno")
    await make_room(url)
    with pytest.raises(StoreFull):
        await accept(inbox, "enseguida")
    # then the same message is new to a store with room
    assert (await accept(Inbox(connection, HeldClock()), "lleno")).is_new
    assert await evicted(url) == 0


async def test_a_disk_that_the_server_cannot_write_to_is_told_plainly(
    tmp_path: Path, url: str, connection: Connection
) -> None:
    room = Room(connection, PARTITIONS)
    await room.look()
    # given a server whose snapshots fail, which refuses writes for that
    (server_home(tmp_path) / "dump.rdb").mkdir()
    await command(url, "CONFIG", "SET", "save", "3600 1")
    await command(url, "BGSAVE")
    await eventually(lambda: has_failed(url), "the snapshot")
    with pytest.raises(StoreFull, match="can't write to its disk"):
        await accept(Inbox(connection, HeldClock(), room=room), "no")


async def test_replicas_that_are_away_are_told_plainly(url: str, connection: Connection) -> None:
    room = Room(connection, PARTITIONS)
    await room.look()
    await command(url, "CONFIG", "SET", "min-replicas-to-write", "1")
    with pytest.raises(StoreClosed, match="replicas"):
        await accept(Inbox(connection, HeldClock(), room=room), "no")


async def test_a_disk_without_space_closes_to_customers_alone(tmp_path: Path, connection: Connection) -> None:
    # given bounds that no disk can keep
    room = Room(connection, PARTITIONS, Bounds(free_disk=10**15), tmp_path)
    await room.look()
    assert "disk is full" in room.why_closed(Door.ARRIVALS)
    assert room.why_closed(Door.COMMANDS) == ""


async def test_a_server_that_does_not_answer_is_given_up_and_the_repeat_changes_nothing(
    url: str, connection: Connection
) -> None:
    room = Room(connection, PARTITIONS, IMPATIENT)
    await room.look()
    inbox = Inbox(connection, HeldClock(), room=room)
    async with running_core(url) as core:
        await core.says("antes")
        await paused(url, timedelta(seconds=2))
        # when it is silent, the first gives up after a while, and the next is not made to wait
        with pytest.raises(StoreClosed, match="slow"):
            await accept(inbox, "lento", "m-slow")
        with pytest.raises(StoreClosed):
            await accept(inbox, "otro", "m-other")
        assert room.why_closed(Door.COMMANDS)
        # then the source comes again until it is taken, and it is in the conversation once
        await eventually(lambda: taken(room, inbox, "lento", "m-slow"), "the message", seconds=20)
        await eventually(lambda: taken(room, inbox, "otro", "m-other"), "the other", seconds=20)
        conversation = await core.says("después")
        assert [text for kind, text in await core.story(conversation.id) if kind == "message_in"] == [
            "antes",
            "lento",
            "otro",
            "después",
        ]


@pytest.mark.parametrize("has_room", [True, False], ids=["bounded", "without the room"])
async def test_five_times_what_is_worked_off_is_refused_at_the_door(
    url: str, connection: Connection, *, has_room: bool
) -> None:
    room = Room(connection, PARTITIONS, Bounds(backlog=200))
    inbox = Inbox(connection, HeldClock(), room=room if has_room else None)
    accepted: list[str] = []
    # when a thousand arrive and nobody works them off
    for number in range(1000):
        if number % 50 == 0:
            await room.look()
        try:
            accepted.append(str((await accept(inbox, f"m {number}", f"m-{number}", f"chat:{number % 40}")).event))
        except StoreClosed:
            continue
    if not has_room:
        # (this is what the bound is there for)
        assert len(accepted) == 1000
        return
    assert 200 < len(accepted) <= 250
    # then all that was taken is worked off, the door opens below its bound, and the rest is new
    async with running_core(url) as core:
        await eventually(lambda: is_open(room), "the door")
        assert (await accept(inbox, "m 999", "m-999", "chat:39")).is_new
        await eventually(lambda: committed(core, len(accepted) + 1), "all that was taken", seconds=20)


@pytest.mark.parametrize(
    ("seen", "was_closed", "expected"),
    [
        (Fullness(memory=0.84), False, ""),
        (Fullness(memory=0.86), False, "86% of its memory"),
        # What closed at its bound does not open and close with every look.
        (Fullness(memory=0.84), True, "84% of its memory"),
        (Fullness(memory=0.81), True, ""),
        (Fullness(backlog=100), False, ""),
        (Fullness(backlog=101), False, "101 events wait"),
        (Fullness(backlog=90), True, "90 events wait"),
        (Fullness(backlog=80), True, ""),
        (Fullness(free_disk=9 * 10**8, needed_disk=10**9), False, "900 of 1000 MB free"),
        (Fullness(free_disk=10**9, needed_disk=10**9), False, ""),
        (Fullness(is_written=False), False, "can't write"),
        (Fullness(lacking="0 of 1 replicas are there", is_kept=False), False, "0 of 1 replicas are there"),
        # Where one primary of several lacks its replica, the others' customers are not refused.
        (Fullness(lacking="0 of 1 replicas are there at 10.0.0.1:6379"), False, ""),
    ],
)
def test_the_bounds(seen: Fullness, was_closed: bool, expected: str) -> None:
    found = too_full(seen, Bounds(backlog=100), Door.ARRIVALS, was_closed=was_closed)
    assert expected in str(found or "")
    assert bool(found) == bool(expected)


async def accept(inbox: Inbox, text: str, key: str = "", sender: str = "chat:ada") -> Accepted:
    message = written(text, sender, key)
    return await inbox.accept(MessageArrived(message), message.key)


async def taken(room: Room, inbox: Inbox, text: str, key: str) -> bool:
    await room.look()
    try:
        await accept(inbox, text, key)
    except StoreClosed:
        await asyncio.sleep(0.05)
        return False
    return True


async def noted(core: Core, conversation: ConversationId, text: str) -> bool:
    return ("note", text) in await core.story(conversation)


async def is_open(room: Room) -> bool:
    await room.look()
    return not room.why_closed(Door.ARRIVALS)


async def has_failed(url: str) -> bool:
    return bool((await command(url, "INFO", "persistence"))["rdb_last_bgsave_status"] == "err")


async def committed(core: Core, count: int) -> bool:
    found = 0
    for number in range(40):
        conversation = await core.open_of(f"chat:{number}")
        story = await core.story(conversation.id) if conversation else []
        found += sum(kind == "message_in" for kind, _ in story)
    return found == count
