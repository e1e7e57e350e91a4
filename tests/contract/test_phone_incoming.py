"""Who rings us: named to the exchange with conversation, owner and agent, and held before it hears so."""

import asyncio
import dataclasses
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from channels.phone.adapter import PhoneAdapter
from channels.phone.settings import IncomingSettings, PhoneSettings
from router.model.call import Call, CallDirection, CallStatus
from router.model.conversation import Conversation
from router.model.event import CallbackSet, Claimed
from router.model.ids import AgentId, CallbackId, MessageId, partition_of
from router.model.message import Handle
from router.model.secret import Secret
from router.model.team import Agent
from router.model.units import Endpoint
from router.store import keys, wire
from router.store.connection import Connection, xrange
from router.store.open_calls import OpenCall, OpenCalls
from router.store.shifts import Shifts
from tests.contract.doors import hosted, services_on
from tests.contract.phones import order
from tests.core import ANA, BILLING, CARE, Core, running_core
from tests.waiting import eventually

TOKEN = "the exchange's token"
ADA, BEA = "+50761234567", "+50769999999"
ANAS, CARLAS = "phone:+50760000001", "sip:carla@pbx.example.org"
ANA_WITH_PHONE = Agent(ANA.id, ANA.name, ANA.teams, ANA.role, phone=ANAS)
CARLA = Agent(AgentId("carla"), "Carla", frozenset({CARE}), phone=CARLAS)
LESS = {"Authorization": "Bearer somebody else's"}


@dataclass(frozen=True)
class Hall:
    """The door at work beside a running core, and an exchange that asks at it."""

    core: Core
    shifts: Shifts
    adapter: PhoneAdapter
    http: aiohttp.ClientSession

    async def rings(self, call: str, caller: str | None, **more: Any) -> dict[str, Any]:
        """What the exchange is answered."""
        async with self.http.post(self.url(), json={"call": call, "caller": caller, "called": "+5078331111"}) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def posts(self, path: str, **asked: Any) -> int:
        """The status of the answer."""
        async with self.http.post(self.url(path), **asked) as answer:
            return answer.status

    def url(self, path: str = "") -> str:
        """The door, or what is behind it."""
        return f"http://127.0.0.1:{self.adapter.port}/channels/phone/incoming{path}"

    async def known(self, number: str) -> Conversation:
        """The conversation of a customer who has written from that number."""
        return await self.core.says("Hola", f"phone:{number}")

    async def events(self, partition: int) -> list[Any]:
        """What waits in a partition's stream."""
        entries = await xrange(self.core.connection.commands, keys.key(partition, keys.INBOUND))
        return [wire.read_event(identifier, partition, fields).body for identifier, fields in entries]


@asynccontextmanager
async def open_hall(url: str, inbox_url: str = "") -> AsyncIterator[Hall]:
    """A hall on the Redis at `url`."""
    connection = Connection(url)
    async with running_core(url) as core:
        shifts = Shifts(connection, core.clock)
        lent = dataclasses.replace(services_on(connection, "phone"), shifts=shifts, clock=core.clock, region="PA")
        settings = PhoneSettings(listen=Endpoint("127.0.0.1", 0), incoming=IncomingSettings(token=Secret.of(TOKEN)))
        adapter = PhoneAdapter(settings, lent)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with hosted(url, adapter, inbox_url), aiohttp.ClientSession(headers=headers) as http:
            yield Hall(core, shifts, adapter, http)
    await connection.close()


@pytest.fixture
async def hall(redis_url: str, redis_client: object) -> AsyncIterator[Hall]:
    async with open_hall(redis_url) as opened:
        yield opened


async def test_a_known_caller_goes_to_who_is_at_work_on_their_conversation(hall: Hall) -> None:
    # given Ada's conversation, with Ana at work on it, and Carla idle for longer
    conversation = await hall.known(ADA)
    await hall.core.does(Claimed(ANA), conversation.id)
    await hall.shifts.ready(CARLA)
    await hall.core.clock.advance(timedelta(seconds=5))
    await hall.shifts.ready(ANA_WITH_PHONE)
    # when Ada rings, from a number that the exchange shows as one of the country's
    answer = await hall.rings("CA1", "6123-4567")
    # then the exchange knows all that it needs
    assert answer == {
        "conversation": conversation.id,
        "owner": {"id": "care", "name": "Atención al cliente"},
        "agent": {"id": "ana", "name": "Ana"},
        "device": "+50760000001",
        "language": "es",
    }


async def test_where_that_agent_is_not_there_it_goes_to_who_is_idle_longest(hall: Hall) -> None:
    conversation = await hall.known(ADA)
    await hall.core.does(Claimed(ANA), conversation.id)
    await hall.shifts.ready(CARLA)
    answer = await hall.rings("CA1", ADA)
    assert (answer["agent"], answer["device"]) == ({"id": "carla", "name": "Carla"}, CARLAS)


async def test_one_agent_is_not_sent_two_callers(hall: Hall) -> None:
    await hall.shifts.ready(CARLA)
    first, second = await asyncio.gather(hall.rings("CA1", ADA), hall.rings("CA2", BEA))
    assert [first["device"], second["device"]].count(CARLAS) == 1
    # when the exchange asks again for the one that she has, it is hers
    mine = "CA1" if first["device"] else "CA2"
    assert (await hall.rings(mine, ADA if mine == "CA1" else BEA))["device"] == CARLAS
    # when she did not take it, the next caller is hers
    assert await hall.posts(f"/{mine}", json={"status": "no_answer"}) == 200
    assert (await hall.rings("CA3", "+50767777777"))["device"] == CARLAS


async def test_who_has_not_wrapped_up_is_sent_nobody(hall: Hall) -> None:
    await hall.shifts.ready(CARLA)
    await hall.rings("CA1", ADA)
    for status in ("talking", "ended"):
        assert await hall.posts("/CA1", json={"status": status, "agent": "carla"}) == 200
    conversation = await eventually(lambda: hall.core.open_of(f"phone:{ADA}"), "a conversation")

    async def is_hers() -> bool:
        found = await hall.core.now(conversation.id)
        return found.call is not None and found.call.is_busy and found.call.status is CallStatus.ENDED

    await eventually(is_hers, "the call, which Carla has to wrap up")
    assert (await hall.rings("CA2", BEA))["agent"] is None


async def test_who_is_held_for_a_call_that_somebody_else_is_owed_is_sent_nobody(hall: Hall) -> None:
    # given Carla, who is just being asked to call Bea
    await hall.shifts.ready(CARLA)
    bea = await hall.known(BEA)
    await hall.core.does(CallbackSet(ANA, Handle("phone", BEA)), bea.id)
    callback = (await hall.core.now(bea.id)).callback
    assert callback
    assert await hall.shifts.hold(CARLA.id, callback.id, timedelta(seconds=15))
    # when Ada rings, then nobody is there, and when Bea does, it is the same matter
    assert (await hall.rings("CA1", ADA))["agent"] is None
    assert (await hall.rings("CA2", BEA))["agent"] == {"id": "carla", "name": "Carla"}


async def test_of_nobody_there_the_exchange_hears_too(hall: Hall) -> None:
    conversation = await hall.known(ADA)
    answer = await hall.rings("CA1", ADA)
    assert (answer["conversation"], answer["agent"], answer["device"]) == (conversation.id, None, None)


async def test_an_agent_of_another_team_is_not_sent_the_caller(hall: Hall) -> None:
    await hall.known(ADA)
    await hall.shifts.ready(Agent(AgentId("dora"), "Dora", frozenset({BILLING}), phone="phone:+50760000009"))
    assert (await hall.rings("CA1", ADA))["agent"] is None


async def test_an_unknown_caller_has_no_conversation_yet(hall: Hall) -> None:
    await hall.shifts.ready(CARLA)
    answer = await hall.rings("CA1", ADA)
    assert (answer["conversation"], answer["owner"]["id"], answer["agent"]["id"]) == (None, "care", "carla")
    # then one begins
    await eventually(lambda: hall.core.open_of(f"phone:{ADA}"), "a conversation")


async def test_who_was_rung_lately_and_rings_back_is_in_that_conversation(hall: Hall) -> None:
    # given a customer of the chat, for whom a number was rung that nobody is known by
    conversation = await hall.core.says("Llámenme", "chat:ada")
    await hall.adapter.send(
        order(None, Handle("phone", ADA), conversation=conversation.id, created_at=hall.core.clock.now())
    )
    # when that number rings back
    answer = await hall.rings("CA1", ADA)
    # then it is that conversation, with this call alone: the number proves nothing of who it is
    assert answer["conversation"] == conversation.id

    async def has_it() -> bool:
        return (await hall.core.now(conversation.id)).messages == 2

    await eventually(has_it, "the call in the conversation")
    assert await hall.core.open_of(f"phone:{ADA}") is None
    # and what becomes of it is told to the same customer
    assert await hall.posts("/CA1", json={"status": "no_answer"}) == 200

    async def is_missed() -> bool:
        call = (await hall.core.now(conversation.id)).call
        return call is not None and call.id == "CA1" and call.status is CallStatus.NO_ANSWER

    await eventually(is_missed, "the call that was missed")
    assert await hall.core.records.customer_of(Handle("phone", ADA)) is None


async def test_who_rings_back_within_the_grace_time_has_the_same_agent(hall: Hall) -> None:
    # given a call of Ana's that was cut off a moment ago; she is wrapping up, and takes no other calls
    conversation = await hall.known(ADA)
    await hall.shifts.ready(CARLA)
    now = hall.core.clock.now()
    call = Call(
        id=MessageId("o-07-1"),
        direction=CallDirection.OUT,
        status=CallStatus.DROPPED,
        at=now,
        number=Handle("phone", ADA),
        agent=ANA.id,
        agent_name="Ana",
        device=Handle("phone", "+50760000001"),
        grace_until=now + timedelta(minutes=10),
    )
    name = keys.key(partition_of(conversation.id), keys.conversation(conversation.id))
    await hall.core.connection.commands.hset(name, "d", wire.encode(replace(conversation, call=call)))
    # and she is held for the call that the line's was before, which nobody is owed any more
    assert await hall.shifts.hold(ANA.id, CallbackId("k-07-0"), timedelta(seconds=15))
    assert (await hall.rings("CA1", ADA))["agent"] == {"id": "ana", "name": "Ana"}
    # when the grace time is over
    await hall.core.clock.advance(timedelta(minutes=11))
    await hall.shifts.ready(CARLA)
    assert (await hall.rings("CA2", ADA))["agent"] == {"id": "carla", "name": "Carla"}


@pytest.mark.parametrize("shown", [None, "", "anonymous", "+266696687", "Restricted"])
async def test_who_withholds_their_number_is_taken_for_nobody_else(hall: Hall, shown: str | None) -> None:
    await hall.rings("CA1", shown)
    await hall.rings("CA2", shown)
    await eventually(hall.core.is_quiet, "all is decided")
    # then each call is a customer of its own
    found = [key async for key in hall.core.connection.commands.scan_iter(match="hilo:{p*:cust:*")]
    assert len(found) == 2


async def test_what_is_answered_is_held(redis_url: str, redis_client: object) -> None:
    # given an inbox out of reach
    async with open_hall(redis_url, inbox_url="unix:///nowhere/redis.sock") as hall:
        # then the exchange is not told whom to ring
        assert await hall.posts("", json={"call": "CA1", "caller": ADA, "called": ""}) == 503


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", b"", 400),
        ("", b"[]", 400),
        ("", b'{"call": ""}', 400),
        ("", b'{"call": "a b"}', 400),
        ("", b'{"call": "CA1", "caller": 5}', 400),
        ("", b'{"call": "CA1", "conversation": "c-07-1"}', 400),
        ("", b'{"call": "CA1", "caller": "' + b"9" * 90 + b'"}', 400),
        ("", b'{"call": "' + b"A" * 70_000 + b'"}', 413),
        ("/CA1", b'{"status": "ended"}', 404),
        ("/CA1", b'{"status": "ordered"}', 400),
        ("/CA1", b'{"status": "??"}', 400),
        ("/CA1", b'{"status": "ended", "seconds": -1}', 400),
        ("/%2e%2e", b'{"status": "ended"}', 404),
        ("/a%20b", b'{"status": "ended"}', 400),
    ],
)
async def test_what_can_t_be_read_is_refused(hall: Hall, path: str, body: bytes, status: int) -> None:
    assert await hall.posts(path, data=body) == status


@pytest.mark.parametrize("headers", [{"Authorization": ""}, LESS, {"Authorization": f"Basic {TOKEN}"}])
async def test_who_shows_no_token_hears_nothing(hall: Hall, headers: dict[str, str]) -> None:
    await hall.known(ADA)
    async with aiohttp.ClientSession(headers=headers) as stranger:
        for path, body in (("", {"call": "CA1", "caller": ADA}), ("/CA1", {"status": "ended"})):
            async with stranger.post(hall.url(path), json=body) as answer:
                assert (answer.status, await answer.text()) == (403, "")
    assert await hall.core.connection.commands.hlen(keys.channel("phone", "open")) == 0


async def test_how_long_the_exchange_waits(hall: Hall) -> None:
    """Printed, for docs/performance.md: on a shared machine it is no promise to be held by a test."""
    await hall.known(ADA)
    await hall.shifts.ready(ANA_WITH_PHONE)
    took = []
    for number in range(200):
        began = time.perf_counter()
        await hall.rings(f"CA{number}", ADA)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    sys.stdout.write(f"incoming call named and held: p50 {took[100]:.1f} ms, p95 {took[190]:.1f} ms\n")
    assert len(took) == 200


@pytest.mark.parametrize(
    ("begun", "answer"),
    [
        (b"POST /channels/phone/incoming HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", b"HTTP/1.1 408"),
        (b"POST /channels/phone/incoming HTTP/1.1\r\nHost: x\r\n", b""),
    ],
    ids=["body", "head"],
)
async def test_what_trickles_in_is_cut_off(
    redis_url: str, redis_client: object, monkeypatch: pytest.MonkeyPatch, begun: bytes, answer: bytes
) -> None:
    # given a door at which nobody waits for long
    monkeypatch.setattr("channels.phone.server.HEAD_SECONDS", 0.2)
    monkeypatch.setattr("channels.phone.server.BODY_SECONDS", 0.2)
    async with open_hall(redis_url) as hall:
        reader, writer = await asyncio.open_connection("127.0.0.1", hall.adapter.port)
        # when somebody begins a request and says no more
        writer.write(begun)
        told = await asyncio.wait_for(reader.readline(), 10)
        # then they hear so, or nothing, and the connection is closed
        assert told.startswith(answer)
        await asyncio.wait_for(reader.read(), 10)
        writer.close()


async def test_a_call_of_ours_is_not_written_over_by_who_rings(hall: Hall) -> None:
    # given a call that we make
    conversation, calls = await hall.known(ADA), OpenCalls(hall.core.connection, "phone")
    ours = order(conversation=conversation.id)
    await calls.begin(OpenCall(ours.id, hall.core.clock.now(), ours))
    # when an exchange gives its id to somebody who rings, or says what became of it
    assert await hall.posts("", json={"call": ours.id, "caller": BEA}) == 400
    assert await hall.posts(f"/{ours.id}", json={"status": "ended"}) == 404
    # then it is as it was
    known = await calls.of(ours.id)
    assert known
    assert (known.order, known.caller) == (ours, None)
