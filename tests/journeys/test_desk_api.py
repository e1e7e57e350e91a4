"""A script works at the desk: it reads queues and conversations, and its commands become events."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from router.model.event import NoteAdded
from router.model.message import Proof
from tests.core import ANA, BETO, BILLING, Core, running_core, written
from tests.desk import CARLA, Office, Script, running_desk
from tests.waiting import eventually


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=core.clock) as running:
        yield running


async def test_a_message_is_read_claimed_and_answered(core: Core, office: Office) -> None:
    # given a customer's message in the queue of a team
    conversation = await core.says("No tengo internet")
    carla = await office.script(CARLA)
    queue = (await carla.get("/api/queues/care")).body
    assert [(c["id"], c["preview"], c["team"]["name"]) for c in queue["conversations"]] == [
        (conversation.id, "No tengo internet", "Atención al cliente")
    ]
    assert (queue["waiting"], queue["total"]) == (1, 1)
    # when an agent reads it, claims it and answers against what they read
    page = await carla.get(f"/api/conversations/{conversation.id}")
    claimed = await carla.post(f"/api/conversations/{conversation.id}/claim")
    again = await carla.get(f"/api/conversations/{conversation.id}")
    reply = await carla.post(
        f"/api/conversations/{conversation.id}/reply", {"text": "Lo miro"}, if_match=again.headers["ETag"]
    )
    # then each says what it is now, and the timeline tells all of it
    assert (page.headers["ETag"], page.body["customer"]["handles"][0]["address"]) == ('"1"', "ada")
    assert page.body["replies_to"] == [
        {"channel": "webchat", "handle": "chat:ada", "proof": Proof.NONE, "public": False}
    ]
    assert (claimed.status, claimed.body["conversation"]["state"]) == (200, "open")
    assert (reply.status, reply.body["revision"], reply.body["conversation"]["state"]) == (200, 3, "pending")
    assert reply.body["conversation"]["assignee"]["name"] == "for-carla"
    after = (await carla.get(f"/api/conversations/{conversation.id}")).body
    kinds = [entry["kind"] for entry in after["timeline"]]
    assert (kinds, after["timeline_start"]) == (["message_in", "routed", "claimed", "message_out"], 0)


async def test_every_command_of_the_desk(core: Core, office: Office) -> None:
    ana, conversation = await office.script(ANA), await core.says("Hola")
    tomorrow = (core.clock.now() + timedelta(days=1)).isoformat()
    steps: list[tuple[str, dict[str, str], str]] = [
        ("note", {"text": "Cliente de fibra"}, "new"),
        ("claim", {}, "open"),
        ("release", {}, "open"),
        ("snooze", {"until": tomorrow}, "snoozed"),
        ("resolve", {"note": "Ya funciona"}, "resolved"),
        ("reopen", {}, "open"),
        ("transfer", {"team": "billing", "note": "Es de la factura"}, "open"),
    ]
    for name, body, state in steps:
        answer = await ana.post(f"/api/conversations/{conversation.id}/{name}", body)
        assert (answer.status, answer.body["conversation"]["state"]) == (200, state), name
    moved = (await core.now(conversation.id)).ownership
    assert (moved.team, moved.reason) == (BILLING, "transferred by for-ana")


async def test_two_are_linked_and_parted(core: Core, office: Office) -> None:
    # given a chat, and a mail of the same person that somebody works on
    ana, chat = await office.script(ANA), await core.says("Hola")
    await core.clock.advance(timedelta(minutes=1))
    mail = await core.says("Mi factura", "email:ada@example.org", channel="email")
    # when they are linked
    linked = await ana.post(f"/api/conversations/{chat.id}/link", {"handle": "email:ada@example.org"})
    assert linked.status == 200

    async def joined() -> dict[str, Any] | None:
        old = (await ana.get(f"/api/conversations/{mail.id}")).body
        return old if old["part_of"] and old["part_of"]["conversation"] else None

    # then the elder tells both, who opens the other one is led there, and it is in the queue once
    old = await eventually(joined, "they are one")
    assert (old["state"], old["part_of"]) == ("closed", {"conversation": chat.id})
    refused = await ana.post(f"/api/conversations/{mail.id}/note", {"text": "Lo miro"})
    assert (refused.status, refused.code, refused.body["conversation"]["id"]) == (409, "merged", chat.id)
    page = (await ana.get(f"/api/conversations/{chat.id}")).body
    assert [entry["text"] for entry in page["timeline"] if entry["text"]] == ["Hola", "Mi factura"]
    (part,) = page["customer"]["parts"]
    assert (part["customer"], part["evidence"], part["handles"]) == (mail.customer, "agent", ["email:ada@example.org"])
    assert (await ana.get("/api/queues/care")).body["total"] == 1
    # when it was a mistake
    assert (await ana.post(f"/api/conversations/{chat.id}/unlink", {"customer": mail.customer})).status == 200

    async def parted() -> bool:
        return (await ana.get(f"/api/conversations/{mail.id}")).body["part_of"] is None

    # then each is there again
    await eventually(parted, "they are two")
    assert (await ana.get("/api/queues/care")).body["total"] == 2


async def test_me(core: Core, office: Office) -> None:
    await core.says("Hola")
    ana, beto = await office.script(ANA), await office.script(BETO)
    mine = (await beto.get("/api/me")).body
    # then an agent sees their own teams, and where else a conversation may go
    assert mine["agent"] == {"id": "token:for-beto", "name": "for-beto", "role": "agent"}
    assert mine["teams"] == [{"id": "billing", "name": "Facturación", "waiting": 0, "total": 0}]
    assert [team["id"] for team in mine["all_teams"]] == ["care", "billing"]
    # and a supervisor all
    teams = (await ana.get("/api/me")).body["teams"]
    assert [(team["id"], team["waiting"]) for team in teams] == [("care", 1), ("billing", 0)]


async def test_two_agents_at_once_the_second_sees_the_new_state(core: Core, office: Office) -> None:
    ana, carla, conversation = await office.script(ANA), await office.script(CARLA), await core.says("Hola")
    address = f"/api/conversations/{conversation.id}"
    seen = (await ana.get(address)).headers["ETag"]
    answers = await asyncio.gather(
        *(who.post(f"{address}/reply", {"text": "Hola, soy yo"}, if_match=seen) for who in (ana, carla))
    )
    lost = next(answer for answer in answers if answer.status != 200)
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert (lost.code, lost.body["conversation"]["state"]) == ("changed_since", "pending")
    assert [kind for kind, _ in await core.story(conversation.id)].count("message_out") == 1


async def test_the_same_key_is_the_same_command(core: Core, office: Office) -> None:
    ana, conversation = await office.script(ANA), await core.says("Hola")
    address = f"/api/conversations/{conversation.id}"
    # when a command comes again because its answer was lost, and at the same time as well
    once = await ana.post(f"{address}/reply", {"text": "Hola"}, idempotency_key="a1")
    twice = await asyncio.gather(
        *(ana.post(f"{address}/reply", {"text": "Hola"}, idempotency_key="a1") for _ in range(3))
    )
    # then it is answered alike, and was done once
    assert [(answer.status, answer.body["revision"]) for answer in (once, *twice)] == [(200, 2)] * 4
    assert [kind for kind, _ in await core.story(conversation.id)].count("message_out") == 1
    # and whatever else comes with that key is refused: another text, another command, another revision
    assert (await ana.post(f"{address}/reply", {"text": "Otra"}, idempotency_key="a1")).code == "key_reused"
    assert (await ana.post(f"{address}/claim", idempotency_key="c1")).code == "already_yours"
    assert (await ana.post(f"{address}/release", idempotency_key="c1")).code == "key_reused"
    late = await ana.post(f"{address}/reply", {"text": "Hola"}, idempotency_key="a1", if_match='"9"')
    assert (late.status, late.code) == (409, "key_reused")
    # but another agent's key is another key
    carla = await office.script(CARLA)
    assert (await carla.post(f"{address}/reply", {"text": "Otra"}, idempotency_key="a1")).status == 200


async def test_a_transfer_out_of_sight_is_answered_the_same_twice(core: Core, office: Office) -> None:
    carla, conversation = await office.script(CARLA), await core.says("Mi factura")
    address = f"/api/conversations/{conversation.id}"
    for _ in range(2):
        answer = await carla.post(f"{address}/transfer", {"team": "billing"}, idempotency_key="t1")
        assert (answer.status, answer.body) == (200, {"conversation": None, "revision": 2})
    assert ((await carla.get(address)).status, (await carla.get(address)).code) == (403, "not_your_team")


@pytest.mark.parametrize(
    ("command", "body", "status", "code"),
    [
        ("reply", {"text": " "}, 422, "empty_text"),
        ("reply", {"text": "x" * 20_001}, 422, "text_too_long"),
        ("reply", {"text": "Hola", "channel": "email"}, 422, "no_such_channel"),
        ("reply", {}, 400, "malformed"),
        ("reply", {"text": 1}, 400, "malformed"),
        ("reply", {"text": "Hola", "chanel": "email"}, 400, "malformed"),
        ("reply", ["Hola"], 400, "malformed"),
        ("reply", {"text": "x" * 70_000}, 413, "too_large"),
        ("release", {}, 422, "not_claimed"),
        ("reopen", {}, 422, "not_resolved"),
        ("transfer", {"team": "care"}, 422, "same_team"),
        ("transfer", {"team": "marte"}, 422, "unknown_team"),
        ("snooze", {"until": "2020-01-01T00:00:00Z"}, 422, "in_the_past"),
        ("snooze", {"until": "0001-01-01T00:00:00+14:00"}, 422, "in_the_past"),
        ("snooze", {"until": "9999-12-31T23:59:59-12:00"}, 422, "too_far"),
        ("snooze", {"until": "2026-12-01T00:00:00"}, 400, "malformed"),
        ("snooze", {"until": "tomorrow"}, 400, "malformed"),
        ("link", {}, 422, "nothing_to_link"),
        ("link", {"handle": "email:nobody"}, 422, "bad_handle"),
        ("link", {"handle": "nobody"}, 422, "bad_handle"),
        ("link", {"handle": "chat:ada"}, 422, "already_linked"),
        ("drop_suggestion", {"handle": "chat:eva"}, 422, "not_suggested"),
        ("unlink", {"handle": "chat:ada"}, 422, "only_handle"),
        ("unlink", {"customer": "u-07-nobody"}, 422, "not_linked"),
        ("dance", {}, 404, "not_found"),
    ],
)
async def test_what_cannot_be_done_is_a_problem(
    core: Core, office: Office, command: str, body: Any, status: int, code: str
) -> None:
    ana, conversation = await office.script(ANA), await core.says("Hola")
    answer = await ana.post(f"/api/conversations/{conversation.id}/{command}", body)
    # then it says what is wrong and what to do, in the words of a problem, and nothing has changed
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["title"]
    assert answer.body["detail"]
    assert (await core.now(conversation.id)).revision == 1


@pytest.mark.parametrize(
    "identifier",
    ["c-00-nobody", "c-99-nobody", "c-7-x", "u-00-abc", "c-00-x:y", "c-00-..%2f", "%00", "c-0٣-abc", "x" * 500],
)
async def test_an_id_that_names_nothing(core: Core, office: Office, identifier: str) -> None:
    ana = await office.script(ANA)
    for answer in (
        await ana.get(f"/api/conversations/{identifier}"),
        await ana.post(f"/api/conversations/{identifier}/claim"),
    ):
        assert (answer.status, answer.code) == (404, "unknown_conversation")
    # and nothing went to any partition's stream on its account
    keys = [key async for key in core.connection.commands.scan_iter("hilo:*:in")]
    assert [await core.connection.commands.xlen(key) for key in keys] == [0] * len(keys)


async def test_headers_that_cannot_be_meant(core: Core, office: Office) -> None:
    ana, conversation = await office.script(ANA), await core.says("Hola")
    address = f"/api/conversations/{conversation.id}/claim"
    assert (await ana.post(address, if_match="four")).code == "bad_if_match"
    assert (await ana.post(address, if_match='"1", "2"')).code == "bad_if_match"
    assert (await ana.post(address, idempotency_key="x" * 201)).code == "bad_idempotency_key"
    plain = await office.ask("POST", address, data="{}", headers={**ana.headers, "Content-Type": "text/plain"})
    assert (plain.status, plain.code) == (415, "not_json")
    broken = await office.ask(
        "POST", address, data='{"text":', headers={**ana.headers, "Content-Type": "application/json"}
    )
    assert (broken.status, broken.code) == (400, "malformed")
    wrong = await office.ask("PUT", address, headers=ana.headers)
    assert (wrong.status, wrong.code, wrong.headers["Allow"]) == (405, "method_not_allowed", "POST")
    # and a weak ETag, as proxies make them, and a body left out are understood
    assert (await office.ask("POST", address, headers={**ana.headers, "If-Match": 'W/"1"'})).status == 200


async def test_problems_are_told_in_the_reader_s_language(core: Core, office: Office) -> None:
    ana = await office.script(ANA)
    spanish = await ana.get("/api/queues/marte", accept_language="fr, es-PA;q=0.9, en;q=0.8")
    english = await ana.get("/api/queues/marte", accept_language="en-GB, es;q=0.5")
    assert (spanish.body["title"], spanish.headers["Content-Language"]) == ("No existe ese equipo", "es")
    assert (english.body["title"], english.headers["Content-Language"]) == ("There is no such team", "en")


async def test_a_long_story_is_read_page_by_page(core: Core, office: Office) -> None:
    # given a conversation of 2 entries and 250 notes
    ana, conversation = await office.script(ANA), await core.says("Hola")
    address = f"/api/conversations/{conversation.id}"
    for number in range(250):
        await core.inbox.submit(_note(str(number)), conversation.id, f"n{number}")

    async def all_there() -> bool:
        return await core.records.timeline_length(conversation.id) == 252

    await eventually(all_there)
    # when it is read from the end backwards
    latest = (await ana.get(address)).body
    before = (await ana.get(f"{address}?before={latest['timeline_start']}")).body
    # then every entry is there once
    assert [len(page["timeline"]) for page in (before, latest)] == [52, 200]
    texts = [entry["text"] for page in (before, latest) for entry in page["timeline"]]
    assert texts == ["Hola", "", *map(str, range(250))]
    assert (before["timeline_start"], (await ana.get(f"{address}?before=0")).body["timeline"]) == (0, [])
    assert (await ana.get(f"{address}?before=x")).code == "malformed"


async def test_a_slow_command_is_asked_for_later(redis_url: str, redis_client: object) -> None:
    # given a desk without any worker, and a conversation from before
    async with running_core(redis_url) as core:
        conversation = await core.says("Hola")
    async with running_desk(redis_url) as office:
        ana, carla = await office.script(ANA), await office.script(CARLA)
        # when a command is given
        answer = await ana.post(f"/api/conversations/{conversation.id}/claim")
        # then its address is told, and says the same for as long as nothing is decided, to its author alone
        where = answer.headers["Location"]
        assert (answer.status, answer.body) == (202, {"event": where})
        assert (await ana.get(where)).status == 202
        assert (await carla.get(where)).code == "unknown_event"
        assert (await ana.get("/api/events/e-00-" + "0" * 40)).code == "unknown_event"
        assert (await ana.get("/api/events/claim")).code == "unknown_event"
        # and once a worker is there, what became of it
        async with running_core(redis_url):
            assert (await eventually(lambda: _decided(ana, where))).body["conversation"]["state"] == "open"


async def _decided(who: Script, where: str) -> Any:
    answer = await who.get(where)
    return answer if answer.status == 200 else None


def _note(text: str) -> NoteAdded:
    return NoteAdded(ANA, text)


async def test_a_public_reply_with_personal_data_is_stopped_with_the_way_out(core: Core, office: Office) -> None:
    # given somebody who asks in public
    message = replace(written("@hilo sin señal", "twitter:1001", channel="twitter"), public=True)
    await core.accept(message)
    luz = await eventually(lambda: core.open_of("twitter:1001"), "the conversation")
    ana, reply = await office.script(ANA), f"/api/conversations/{luz.id}/reply"
    # when a script answers with a number
    told = {"text": "Tu línea 6123-4567 ya tiene señal"}
    stopped = await ana.post(reply, told, accept_language="es")
    # then it is told where that stands, and what to send instead
    assert (stopped.status, stopped.code) == (422, "stopped")
    assert stopped.body["title"] == "El guardián detuvo esta respuesta"
    (found,) = stopped.body["found"]
    assert (found["kind"], found["what"], found["start"], found["end"]) == ("exposure", "phone", 9, 18)
    assert (found["phrase"], found["is_customers"], found["to"]) == ("6123-4567", False, None)
    assert stopped.body["offers"] == [{"offer": "dm", "fields": {"public": False}}]
    done = await ana.post(reply, told | stopped.body["offers"][0]["fields"])
    assert done.status == 200
    # and what is no personal data leaves in public with the reason why
    for reason, status in (("because", 400), ("reference", 200)):
        cleared = [{"text": "6123-4567", "reason": reason}]
        assert (await ana.post(reply, told | {"cleared": cleared})).status == status
    entries = [entry for entry in await core.timeline(luz.id) if entry.kind == "message_out"]
    assert [(entry.detail.get("public"), entry.detail.get("cleared")) for entry in entries] == [
        (None, None),
        ("yes", "reference 6123-4567"),
    ]
