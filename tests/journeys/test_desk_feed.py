"""The feed: what has changed, for whoever may see it, with nothing missed between two connections."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from redis.asyncio import Redis

from desk import hub, stream
from router.model.event import Claimed, NoteAdded, Transferred
from router.store.feed import Feed
from router.store.live import Live, LiveKind
from tests.core import ANA, BETO, BILLING, Core, running_core
from tests.desk import CARLA, Event, Events, Office, running_desk
from tests.waiting import eventually


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=core.clock) as running:
        yield running


async def test_a_message_and_its_reply_are_told_as_they_happen(core: Core, office: Office) -> None:
    carla = await office.script(CARLA)
    async with carla.feed() as feed:
        await feed.begun()
        # when a customer writes and an agent answers
        conversation = await core.says("Hola")
        arrived = await feed.next()
        await carla.post(f"/api/conversations/{conversation.id}/reply", {"text": "Lo miro"})
        replied = await feed.next()
    # then each change comes with the conversation as it is and with the length of the queue
    assert (arrived.kind, arrived.data["id"], arrived.data["kinds"]) == (
        "change",
        conversation.id,
        ["message_in", "routed"],
    )
    assert (arrived.data["conversation"]["state"], arrived.data["conversation"]["preview"]) == ("new", "Hola")
    assert arrived.data["teams"] == [{"id": "care", "waiting": 1, "total": 1}]
    assert (replied.data["kinds"], replied.data["conversation"]["state"]) == (["message_out"], "pending")
    assert replied.data["teams"] == [{"id": "care", "waiting": 0, "total": 1}]


async def test_each_team_sees_its_own_and_what_leaves_it(core: Core, office: Office) -> None:
    carla, beto, ana = [await office.script(agent) for agent in (CARLA, BETO, ANA)]
    async with carla.feed() as care, beto.feed() as billing, ana.feed() as supervisor:
        for feed in (care, billing, supervisor):
            await feed.begun()
        # given a conversation of Atención
        conversation = await core.says("Mi factura")
        # when it goes to Facturación with what the next one shows
        await core.does(Transferred(ANA, BILLING), conversation.id)
        await core.does(NoteAdded(BETO, "Es nuestra"), conversation.id)
        told: dict[str, list[Any]] = {"care": [], "billing": [], "supervisor": []}
        for name, feed in (("care", care), ("billing", billing), ("supervisor", supervisor)):
            told[name] = await _until(feed, lambda data: "transferred" in data["kinds"])
        another = await core.says("Otra cosa", "chat:bob")
        assert (await care.next()).data["id"] == another.id
    # then the former owner sees it go and nothing of it after, the new one sees it come, a supervisor both
    assert told["care"][-1] == {
        "conversation": None,
        "id": conversation.id,
        "kinds": told["care"][-1]["kinds"],
        "teams": [{"id": "care", "waiting": 0, "total": 0}],
    }
    assert {data["conversation"]["team"]["id"] for data in told["billing"]} == {"billing"}
    assert told["billing"][-1]["teams"] == [{"id": "billing", "waiting": 1, "total": 1}]
    assert {count["id"] for count in told["supervisor"][-1]["teams"]} == {"care", "billing"}


async def test_what_happened_between_two_connections_is_told(core: Core, office: Office) -> None:
    # given a reader who has read a queue, and left
    carla = await office.script(CARLA)
    await core.says("Primera", "chat:1")
    position = (await carla.get("/api/queues/care")).body["position"]
    # when more happens meanwhile, part of it of another team's
    second = await core.says("Segunda", "chat:2")
    third = await core.says("Tercera", "chat:3")
    await core.does(Claimed(ANA), second.id)
    # then the queue's position brings what came after it, once for each conversation and as it is now
    async with carla.feed(f"?position={position}") as feed:
        first_two = [await feed.next() for _ in range(2)]
        assert {event.data["id"]: event.data["conversation"]["state"] for event in first_two} == {
            second.id: "open",
            third.id: "new",
        }
        fourth = await core.says("Cuarta", "chat:4")
        assert (await feed.next()).data["id"] == fourth.id
        reached = feed.position
    # and the last position heard brings only what came after that, though the page's address still has an old one
    fifth = await core.says("Quinta", "chat:5")
    async with carla.feed(f"?position={position}", last_event_id=reached) as feed:
        assert (await feed.next()).data["id"] == fifth.id


async def test_a_position_that_the_feed_does_not_reach_is_a_reset(core: Core, office: Office) -> None:
    # given a reader of long ago, whose part of the feed is trimmed away
    carla = await office.script(CARLA)
    conversation = await core.says("Hola")
    old = (await carla.get("/api/me")).body["position"]
    await core.does(Claimed(ANA), conversation.id)
    partition = int(conversation.id.split("-")[1])
    await core.does(NoteAdded(ANA, "Nota"), conversation.id)
    await core.connection.commands.xtrim(f"hilo:{{p{partition:02d}}}:feed", maxlen=1, approximate=False)
    # then that position, and what was never one, bring a reset; and the feed goes on from there
    for number, lost in enumerate((old, "nonsense", "gZCR", "ñ", "x" * 5000)):
        async with carla.feed(last_event_id=lost.encode("ascii", "replace").decode()) as feed:
            assert (await feed.next()).kind == "reset"
            assert feed.position
            next_one = await core.says(f"Sigue {number}", f"chat:r{number}")
            assert (await feed.next()).data["id"] == next_one.id


async def test_what_was_never_a_position_is_not_written_back(core: Core, office: Office) -> None:
    # given an address with lines of its own in the place of a position, alone and within a true one, and numbers
    # that Redis does not have
    carla = await office.script(CARLA)
    true = (await carla.get("/api/me")).body["position"]
    lines = "\nevent: change\ndata: {}\n\n"
    beyond = base64.urlsafe_b64encode(msgspec.msgpack.encode([(2**64 - 1, 2**64 - 1)] * 16)).decode().rstrip("=")
    for asked in (f"x{lines}", f"{true}{lines}", f"{true[:4]}\n{true[4:]}", f"{true}!!!!", beyond):
        # when somebody follows it
        async with carla.feed(f"?position={quote(asked)}") as feed:
            # then the first that they are told is that the position is lost
            assert (await feed.next()).kind == "reset", asked
            assert feed.position == true


async def test_who_types_is_told_to_those_who_see_the_conversation(core: Core, office: Office) -> None:
    conversation = await core.says("Hola")
    carla, beto = await office.script(CARLA), await office.script(BETO)
    async with carla.feed() as care, beto.feed() as billing:
        for feed in (care, billing):
            await feed.begun()
        # when the customer types, then an agent, and then something happens that Facturación sees
        await office.services.live.tell(Live(LiveKind.TYPING, conversation.id, is_customer=True))
        typing = await _live(care)
        assert (await carla.post(f"/api/conversations/{conversation.id}/typing")).status == 204
        answering = await _live(care)
        await core.does(Transferred(ANA, BILLING), conversation.id)
        # then those of the team are told who types, and nobody else
        assert (typing.kind, typing.data) == (
            "live",
            {"kind": "typing", "conversation": conversation.id, "is_customer": True, "name": ""},
        )
        assert (answering.data["is_customer"], answering.data["name"]) == (False, "for-carla")
        assert (await billing.next()).kind == "change"


async def _live(feed: Events) -> Event:
    """The next that is told live; the change by which the conversation began may still be on its way."""
    while (told := await feed.next()).kind != "live":
        assert told.kind == "change"
    return told


async def test_a_quiet_feed_beats_and_carries_the_position_on(
    core: Core, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.1)
    beto = await office.script(BETO)
    async with beto.feed() as feed:
        before = await feed.begun()
        # when only another team has something to do
        await core.says("Hola")

        async def moved() -> bool:
            return await feed.begun() != before

        # then the reader is told nothing but where the feed has come to
        await eventually(moved, "a heartbeat with a later position")


@pytest.mark.parametrize("way", ["sign out", "revoke"])
async def test_the_feed_ends_with_the_right_to_read_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.1)
    reader = await office.page("carla") if way == "sign out" else await office.script(CARLA)
    async with reader.feed() as feed:
        await feed.begun()
        if way == "sign out":
            await office.ask("DELETE", "/api/session", headers=reader.headers)
        else:
            await office.tokens.revoke("for-carla")
        assert await feed.is_over()


async def test_a_slow_reader_is_let_go_and_misses_nothing(
    core: Core, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a reader whose queue holds little, and who stops reading
    monkeypatch.setattr(hub, "READER_HOLDS", 4)
    carla = await office.script(CARLA)
    async with carla.feed() as feed:
        position = await feed.begun()
    reader = await office.desk._hub.join()
    conversations = [await core.says(f"Mensaje {number}", f"chat:s{number}") for number in range(8)]

    async def let_go() -> bool:
        return reader.is_over

    await eventually(let_go)
    assert await reader.next() is None
    office.desk._hub.leave(reader)
    # when they come back from where they were, then all of it is told
    async with carla.feed(last_event_id=position) as feed:
        monkeypatch.setattr(hub, "READER_HOLDS", 256)
        told = {(await feed.next()).data["id"] for _ in conversations}
    assert told == {conversation.id for conversation in conversations}


async def test_too_many_feeds(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "READERS_AT_MOST", 1)
    carla = await office.script(CARLA)
    async with carla.feed():
        refused = await carla.get("/api/feed")
    assert (refused.status, refused.code, refused.headers["Retry-After"]) == (503, "too_many_readers", "2")


async def test_one_agent_does_not_take_the_feeds_of_all(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # A feed that was closed is noticed at its next beat.
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.1)
    # given a script that has opened as many feeds as one may
    carla, beto = await office.script(CARLA), await office.script(BETO)
    async with AsyncExitStack() as opened:
        for _ in range(stream.READERS_PER_AGENT):
            await opened.enter_async_context(carla.feed())
        # then one more is refused, and others are let in
        async with asyncio.timeout(5):
            refused = await carla.get("/api/feed")
        assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "too_many_own_readers", "2")
        await opened.enter_async_context(beto.feed())

    async def is_let_in() -> bool:
        async with office.http.get(f"{office.url}/api/feed", headers=carla.headers) as response:
            return response.status == 200

    # and once those are closed, so is the script
    await eventually(is_let_in)


async def test_all_feeds_end_when_the_desk_stops(redis_url: str, redis_client: Redis) -> None:
    async with running_desk(redis_url) as office:
        carla = await office.script(CARLA)
        async with carla.feed() as feed:
            await feed.begun()
            async with asyncio.timeout(5):
                await office.desk.stop()
            assert await feed.is_over()


async def test_a_position_from_before_anything_happened(core: Core, redis_url: str) -> None:
    # given the position of an empty feed, as the first page of a new desk has it
    empty = await Feed(core.connection, 16).position()
    conversation = await core.says("Hola")
    async with running_desk(redis_url, clock=core.clock) as office:
        carla = await office.script(CARLA)
        async with carla.feed(last_event_id=empty) as feed:
            assert (await feed.next()).data["id"] == conversation.id


async def _until(feed: Events, is_last: Any) -> list[Any]:
    told: list[Any] = []
    while not told or not is_last(told[-1]):
        told.append((await feed.next()).data)
    return told
