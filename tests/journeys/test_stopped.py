"""Through the API: a reply that sends the customer away is stopped, the team does the hop, and it is counted."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from router.model.call import Call
from router.model.ids import ConversationId
from router.model.message import ChannelName, InboundMessage
from router.store import metrics
from tests.core import ANA, CARE, Core, running_core
from tests.desk import CARLA, Office, running_desk
from tests.story import RINGER
from tests.waiting import eventually

TEXT = "Para eso escríbenos a care@hilo.example"


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=core.clock) as running:
        yield running


async def test_the_team_does_the_hop_or_a_supervisor_says_why_not(core: Core, office: Office) -> None:
    # given somebody in the chat, and an agent who would have them write a mail
    ada = await core.says("¿Me mandan la factura?")
    carla, ana = await office.script(CARLA), await office.script(ANA)
    reply, before = f"/api/conversations/{ada.id}/reply", _counted()
    stopped = await carla.post(reply, {"text": TEXT})
    # then nothing leaves, and the mail can be written for them; nobody knows where to, as yet
    assert (stopped.status, stopped.code) == (422, "stopped")
    (found,) = stopped.body["found"]
    assert (found["kind"], found["to"], found["phrase"]) == ("deflection", "email", TEXT.removeprefix("Para eso "))
    despite = {"offer": "despite", "needs": "supervisor", "reason": True}
    assert stopped.body["offers"] == [{"offer": "email", "to": [], "fields": {"to": None}}, despite]
    # when an agent gives the reason, then it is not theirs to give
    passing = {"text": TEXT, "despite": {"reason": "she asked for it"}}
    assert (await carla.post(reply, passing)).code == "supervisors_right"
    # when the mail is written instead, then it leaves, and the address is known from then on
    mail = {"text": "Aquí va tu factura", "to": "ada@Example.org", "subject": "Tu factura"}
    assert (await carla.post(reply, mail)).status == 200
    again = await carla.post(reply, {"text": TEXT})
    assert again.body["offers"][0]["to"] == ["ada@example.org"]
    assert again.body["offers"][0]["fields"] == {"to": "ada@example.org"}
    # and a supervisor may send it with a reason, which stands beside it
    assert (await ana.post(reply, passing | {"despite": {}})).code == "reason_needed"
    assert (await ana.post(reply, passing)).status == 200
    entry = (await core.timeline(ada.id))[-1]
    assert (entry.actor, entry.detail["despite_reason"]) == ("for-ana", "she asked for it")
    # and for each team it is counted what was stopped, and what left all the same; for supervisors
    assert (await carla.get("/api/guard/counts")).status == 403
    care, billing = (await ana.get("/api/guard/counts")).body["teams"]
    assert care["team"] == {"id": "care", "name": "Atención al cliente"}
    assert care["counts"]["deflection"] == {"stopped": 2, "overridden": 1}
    assert billing["counts"]["deflection"] == {"stopped": 0, "overridden": 0}
    assert [now - then for now, then in zip(_counted(), before, strict=True)] == [2, 1]


async def test_a_promise_is_recorded_with_its_instant(core: Core, office: Office) -> None:
    ada = await core.says("¿Cuándo?")
    carla, reply = await office.script(CARLA), f"/api/conversations/{ada.id}/reply"
    assert (await carla.post(reply, {"text": "Hoy", "promise": "2020-01-01T00:00:00Z"})).code == "in_the_past"
    at = "2026-11-24T15:00:00-05:00"
    done = await carla.post(reply, {"text": "Te escribo a las 15:00", "promise": at})
    assert done.status == 200, done.body
    (promise,) = done.body["conversation"]["promises"]
    assert (promise["kind"], promise["due_at"], promise["state"]) == ("word", "2026-11-24T20:00:00Z", "open")
    # and a word in time keeps it, which is counted for the team
    assert (await carla.post(reply, {"text": "Ya está listo"})).body["conversation"]["promises"][0]["state"] == "kept"
    assert await core.records.tallies(CARE) == {"promise": {"kept": 1}}


def _counted() -> list[float]:
    names = ("stopped", "overridden")
    return [metrics.GUARD.labels("care", "deflection", name)._value.get() for name in names]


async def test_of_who_rings_a_stopped_reply_says_nothing_that_is_known(core: Core, office: Office) -> None:
    # given what Ada has told us, and somebody who rings from a number that we rang for her
    ada = await core.says("Soy Ana Ruiz, ya reinicié el módem")
    carla = await office.script(CARLA)
    path, asks = f"/api/conversations/{ada.id}", {"text": "¿Me dice su nombre completo? ¿Ya reinició el módem?"}
    before = await carla.post(f"{path}/reply", asks)
    assert (before.code, {each["known"] is None for each in before.body["found"]}) == ("stopped", {False})
    rings = InboundMessage("CA1", ChannelName("phone"), "main", RINGER, "", core.clock.now(), call="CA1")
    await core.accept(replace(rings, conversation=ada.id))
    await eventually(lambda: _call(core, ada.id), "the call")
    # then no answer of the desk's says what is known, until an agent has made sure who it is
    page, stopped = await carla.get(path), await carla.post(f"{path}/reply", asks)
    assert (page.body["hidden"], page.body["known"], page.body["customer"]["facts"]) == (True, None, None)
    assert (stopped.code, {each["known"] for each in stopped.body["found"]}) == ("stopped", {None})
    assert not any(each.get("known") for each in stopped.body["offers"])
    assert (await carla.post(f"{path}/call/check", {"call": "CA1"})).status == 200
    assert (await carla.post(f"{path}/reply", asks)).body["found"] == before.body["found"]
    assert (await carla.get(path)).body["known"]


async def _call(core: Core, conversation: ConversationId) -> Call | None:
    return (await core.now(conversation)).call
