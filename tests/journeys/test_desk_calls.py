"""Who may do what about calls, through the API: their team's alone, their own alone, and people alone take any."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from router.model.event import CallTaken
from tests.core import ANA, BETO, Core, running_core
from tests.desk import CARLA, Office, running_desk

NUMBER = {"number": "6123-4567", "consent": "ya, a la hora que sea"}


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, phone_provider="manual", region="PA", clock=core.clock) as running:
        yield running


async def test_another_teams_calls_and_promises_are_nobody_elses(core: Core, office: Office) -> None:
    # given a call that care owes, which an agent of care has taken
    ada = await core.says("Llámenme")
    path = f"/api/conversations/{ada.id}"
    carla, beto = await office.script(CARLA), await office.script(BETO)
    owed = (await carla.post(f"{path}/callback", NUMBER)).body["conversation"]["callback"]
    dora = replace(CARLA, id="dora", name="Dora")
    await core.does(CallTaken(dora, owed["id"]), ada.id)
    call = (await core.now(ada.id)).call
    assert call
    # then billing's agent sees none of it, and nothing that they say does anything
    assert (await beto.get("/api/callbacks")).body["callbacks"] == []
    in_an_hour = (core.clock.now() + timedelta(hours=1)).isoformat()
    commands: dict[str, dict[str, Any]] = {
        "callback": NUMBER,
        "callback/drop": {"reason": "x"},
        "call/take": {"callback": owed["id"]},
        "call/decline": {"callback": owed["id"]},
        "call/log": {"call": call.id, "status": "ended"},
        "call/wrap_up": {"call": call.id, "disposition": "solved"},
        "call/check": {"call": call.id},
        "promises": {"kind": "word", "due_at": in_an_hour},
        "promises/settle": {"promise": "pr-07-1", "state": "dropped"},
    }
    for name, body in commands.items():
        refused = await beto.post(f"{path}/{name}", body)
        assert (refused.status, refused.code) == (403, "not_your_team"), name
    # and a colleague of the same team sees it, and does not speak for who calls; a supervisor does
    assert [each["id"] for each in (await carla.get("/api/callbacks")).body["callbacks"]] == [ada.id]
    for name, code in (("call/log", "not_your_call"), ("call/wrap_up", "not_your_call"), ("call/take", "call_taken")):
        assert (await carla.post(f"{path}/{name}", commands[name])).code == code, name
    ana = await office.script(ANA)
    assert (await ana.post(f"{path}/call/log", commands["call/log"])).status == 200
    assert (await ana.post(f"{path}/call/wrap_up", commands["call/wrap_up"])).status == 200


async def test_people_alone_take_calls_and_by_their_own_page(office: Office) -> None:
    script, page = await office.script(CARLA), await office.page("ana")
    # a script sits nowhere: what it were offered would wait for nobody
    refused = await script.post("/api/phone", {"is_ready": True})
    assert (refused.status, refused.code) == (422, "no_phone")
    assert (await page.post("/api/phone", {"is_ready": True})).body["is_ready"]
    # and no other site's page makes anybody one who takes none
    forged = await page.post("/api/phone", {"is_ready": False}, Origin="https://evil.example")
    assert (forged.status, forged.code) == (403, "cross_site")
    assert (await page.get("/api/phone")).body["is_ready"]
