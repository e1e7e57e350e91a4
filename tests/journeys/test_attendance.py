"""People are present for their teams while their desk is open; scripts never are."""

from contextlib import AsyncExitStack

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from desk import stream
from router.dispatcher.watching import UNANSWERED
from router.model.ids import AgentId
from router.store import keys
from router.store.presence import Presence
from router.store.shifts import Shifts
from tests.core import BETO, BILLING
from tests.desk import CARLA, Office, running_desk
from tests.waiting import eventually


async def is_present(office: Office, **teams: int) -> bool:
    presence = Presence(office.services.connection, office.services.clock)
    return await presence.available() == teams


async def test_who_has_a_feed_open_is_there(
    redis_url: str, redis_client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.1)
    async with running_desk(redis_url) as office, AsyncExitStack() as first, AsyncExitStack() as second:
        beto, script = await office.page("beto"), await office.script(CARLA)
        # given a script that follows the feed, and nobody else
        await (await first.enter_async_context(script.feed())).begun()
        assert await is_present(office)
        # when somebody opens the desk, in two tabs
        await (await first.enter_async_context(beto.feed())).begun()
        await (await second.enter_async_context(beto.feed())).begun()
        await eventually(lambda: is_present(office, **{BILLING: 1}), "Beto is there")
        # then one tab closed changes nothing, and the heartbeat says it again where it was forgotten
        await first.aclose()
        await redis_client.delete(keys.PRESENCE)
        await eventually(lambda: is_present(office, **{BILLING: 1}), "still there")
        # and the last one does
        await second.aclose()
        await eventually(lambda: is_present(office), "gone")


async def test_who_was_taken_off_hears_of_it_and_why(
    redis_url: str, redis_client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.1)
    async with running_desk(redis_url, phone_provider="manual") as office:
        # given an agent who takes calls
        beto = await office.page("beto")
        shifts = Shifts(office.services.connection, office.services.clock)
        assert (await beto.post("/api/phone", {"is_ready": True})).body["is_ready"]
        async with beto.feed() as feed:
            await feed.begun()
            # when their phone was not answered
            await shifts.away(AgentId("beto"), UNANSWERED)
            # then their page is told that they take none, and finds out why
            told = await feed.next()
            assert (told.kind, told.data) == ("phone", {"is_ready": False})
        phone = (await beto.get("/api/phone")).body
        assert (phone["is_ready"], phone["off"]) == (False, "unanswered")
        # and who says that they take calls again does, and so does who says that they don't
        assert (await beto.post("/api/phone", {"is_ready": True})).body["off"] is None
        await shifts.away(AgentId("beto"), UNANSWERED)
        assert (await beto.post("/api/phone", {"is_ready": False})).body["off"] is None


async def test_who_has_no_phone_any_more_takes_no_calls(
    redis_url: str, redis_client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.1)
    async with running_desk(redis_url, phone_provider="twilio") as office:
        # given an agent who took calls before ops took away their phone
        beto = await office.page("beto")
        shifts = Shifts(office.services.connection, office.services.clock)
        await shifts.ready(replace(BETO, phone="phone:+50760000001"))
        # when their page is opened again
        async with beto.feed() as feed:
            await feed.begun()
            await feed.next()
        # then they take none
        assert await shifts.agents() == []
