"""The sandbox's ARI, and what Hilo asks of it, against Asterisk's own Swagger (the shared cases); and who may ask."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis

from router.model.call import CallStatus
from sandbox.phone.lines import Behaviour, Does
from tests.asterisk import ANSWERS, CUSTOMER, OURS, PASSWORD, USER, Pbx, hilo
from tests.cases import shared_cases

TYPES: Mapping[str, Any] = {"string": str, "Date": str, "int": int, "long": int, "boolean": bool, "object": dict}
LIST = re.compile(r"List\[(\w+)\]")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")


@pytest.fixture
async def session(asterisk: Pbx) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody who knows the password."""
    headers = {"Authorization": aiohttp.encode_basic_auth(USER, PASSWORD)}
    async with aiohttp.ClientSession(asterisk.url, headers=headers) as opened:
        yield opened


def swagger(name: str) -> dict[str, Any]:
    """Asterisk's declaration of `name`; a skip, aloud, without the shared cases."""
    found: dict[str, Any] = json.loads((shared_cases("asterisk_ari") / f"{name}.json").read_text(encoding="utf-8"))
    return found


def wrong(value: Any, kind: str, models: Mapping[str, Any]) -> list[str]:
    """What of `value` is not as the model `kind` says. A model that these declarations lack is passed over."""
    if found := LIST.fullmatch(kind):
        return [each for item in value for each in wrong(item, found[1], models)] if isinstance(value, list) else [kind]
    if kind in TYPES:
        is_right = isinstance(value, TYPES[kind]) and (kind != "Date" or bool(STAMP.fullmatch(value)))
        return [] if is_right else [f"{value!r} is no {kind}"]
    if kind not in models:
        return []
    fields: dict[str, Any] = {}
    for model in (kind, *(parent for parent in ("Event", "Message") if kind in models["Event"]["subTypes"])):
        fields |= models[model]["properties"]
    missing = [f"{kind} lacks {name}" for name, field in fields.items() if field.get("required") and name not in value]
    inside = [each for name in value if name in fields for each in wrong(value[name], fields[name]["type"], models)]
    return missing + inside + [f"{kind} has no {name}" for name in value if name not in fields]


async def a_busy_day(asterisk: Pbx, url: str) -> None:
    """Every kind of call once."""
    asterisk.exchange.behave(
        CUSTOMER.address, ANSWERS, Behaviour(Does.BUSY), Behaviour(Does.VOICEMAIL), ANSWERS, ANSWERS
    )
    ends = (CallStatus.ENDED, CallStatus.BUSY, CallStatus.VOICEMAIL, CallStatus.DROPPED)
    link = "https://pbx.example/{name}"
    async with hilo(asterisk, url, screen="hilo-screen", briefing="sound:{text}", recordings=link) as line:
        await line.ready()
        for number, status in enumerate(ends):
            line.told.clear()
            await line.placed(await line.order(f"m-07-{number}", text="Ana"))
            if status in (CallStatus.ENDED, CallStatus.DROPPED):
                await line.until(CallStatus.TALKING)
                customer = await asterisk.leg(CUSTOMER.address)
                (asterisk.exchange.drop if status is CallStatus.DROPPED else asterisk.exchange.put_down)(customer)
            await line.until(status)
        line.told.clear()
        caller = asterisk.exchange.ring("+50761111111", OURS)
        await line.until(CallStatus.TALKING)
        asterisk.exchange.put_down(caller)
        await line.until(CallStatus.ENDED)


async def test_every_event_is_as_asterisk_declares_it(asterisk: Pbx, redis_client: Redis, redis_url: str) -> None:
    models = swagger("events")["models"] | swagger("channels")["models"]
    await a_busy_day(asterisk, redis_url)
    kinds = {event["type"] for event in asterisk.ari.hub.told}
    assert {"StasisStart", "StasisEnd", "ChannelDestroyed", "Dial", "ChannelEnteredBridge", "PlaybackFinished"} <= kinds
    assert [each for event in asterisk.ari.hub.told for each in wrong(event, event["type"], models)] == []


async def test_every_request_is_one_that_asterisk_knows(asterisk: Pbx, redis_client: Redis, redis_url: str) -> None:
    declared = {
        f"{operation['httpMethod']} {re.sub('{.*?}', '{id}', api['path'])}": operation.get("parameters", [])
        for api in swagger("channels")["apis"]
        for operation in api["operations"]
    }
    await a_busy_day(asterisk, redis_url)
    asked = [each for each in asterisk.ari.asked if "/channels" in each["operation"].split(" ")[1][:9]]
    assert {each["operation"] for each in asked} <= set(declared)
    for each in asked:
        parameters = {one["name"]: one for one in declared[each["operation"]] if one["paramType"] == "query"}
        assert set(each["query"]) <= set(parameters)
        assert {name for name, one in parameters.items() if one["required"]} <= set(each["query"])
        for name, value in each["query"].items():
            assert value in parameters[name].get("allowableValues", {}).get("values", [value])


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("POST", "/ari/channels", {}, 400),
        ("POST", "/ari/channels", {"endpoint": "PJSIP/101"}, 400),
        ("POST", "/ari/channels", {"endpoint": "PJSIP", "app": "hilo"}, 400),
        ("POST", "/ari/channels", {"endpoint": "Carrier/pigeon", "app": "hilo"}, 500),
        ("POST", "/ari/channels", {"endpoint": "PJSIP/101", "app": "hilo", "channelId": "x" * 150}, 400),
        ("GET", "/ari/channels/none", {}, 404),
        ("DELETE", "/ari/channels/none", {}, 404),
        ("POST", "/ari/channels/rings/ring", {}, 409),
        ("DELETE", "/ari/channels/rings", {"reason": "boredom"}, 400),
        ("POST", "/ari/bridges/none/addChannel", {"channel": "rings"}, 404),
        ("POST", "/ari/bridges/room/addChannel", {"channel": "none"}, 400),
        ("POST", "/ari/bridges/room/addChannel", {"channel": "rings"}, 422),
        ("GET", "/ari/channels/rings/variable", {"variable": "NONE"}, 404),
        ("GET", "/ari/channels/rings/variable", {}, 400),
        ("GET", "/ari/playbacks/none", {}, 404),
    ],
)
async def test_what_is_refused(
    asterisk: Pbx, session: aiohttp.ClientSession, method: str, path: str, query: dict[str, str], status: int
) -> None:
    asterisk.exchange.behave("sip:101", Behaviour(Does.PERSON))
    ringing = {"endpoint": "PJSIP/101", "app": "hilo", "channelId": "rings"}
    async with session.post("/ari/channels", params=ringing) as response:
        assert response.status == 200
    async with session.post("/ari/bridges/room", params={"type": "mixing"}) as response:
        assert response.status == 200
    async with session.request(method, path, params=query) as response:
        assert response.status == status
        assert "message" in await response.json()


async def test_a_channels_id_is_taken_once(asterisk: Pbx, session: aiohttp.ClientSession) -> None:
    asterisk.exchange.behave("sip:101", Behaviour(Does.PERSON))
    ringing = {"endpoint": "PJSIP/101", "app": "hilo", "channelId": "rings"}
    statuses = []
    for _ in range(2):
        async with session.post("/ari/channels", params=ringing) as response:
            statuses.append(response.status)
    assert statuses == [200, 409]
    assert asterisk.rings("sip:101") == 1


async def test_without_the_password_nothing_is_told(asterisk: Pbx) -> None:
    statuses = []
    async with aiohttp.ClientSession(asterisk.url) as session:
        wrong_one = {"Authorization": aiohttp.encode_basic_auth(USER, "guessed")}
        for headers, query in (({}, {}), (wrong_one, {}), ({}, {"api_key": f"{USER}:guessed"})):
            async with session.get("/ari/channels", headers=headers, params=query) as response:
                statuses.append(response.status)
        async with session.get("/ari/channels", params={"api_key": f"{USER}:{PASSWORD}"}) as response:
            statuses.append(response.status)
    assert statuses == [401, 401, 401, 200]


async def test_an_application_that_nobody_is_connected_for_gets_no_channel(
    asterisk: Pbx, session: aiohttp.ClientSession
) -> None:
    # given a phone that is rung for an application without a socket
    asterisk.exchange.behave("sip:101", ANSWERS)
    async with session.post("/ari/channels", params={"endpoint": "PJSIP/101", "app": "nobody"}) as response:
        assert response.status == 200
    # when it is answered, or somebody rings, then it is hung up
    agent = await asterisk.leg("sip:101")
    caller = asterisk.exchange.ring(CUSTOMER.address, OURS)
    assert (await agent.over()).cause == (await caller.over()).cause == 16
    assert agent.answered_at is not None
    assert asterisk.ari.hub.told == []


async def test_a_second_socket_takes_the_application_over(asterisk: Pbx, session: aiohttp.ClientSession) -> None:
    query = {"app": "hilo"}
    async with (
        session.ws_connect("/ari/events", params=query) as first,
        session.ws_connect("/ari/events", params=query),
    ):
        assert (await first.receive_json(timeout=5))["type"] == "ApplicationReplaced"
        assert (await first.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
