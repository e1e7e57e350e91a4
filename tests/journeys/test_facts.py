"""What a customer said once stands on the card, for those who may open the conversation and for nobody else."""

import json
from collections.abc import AsyncIterator

import pytest

from router.core.found.finder import FactFinder
from rules.fact_kinds import FactKinds, FactWords
from tests.core import ANA, BETO, Core, running_core
from tests.desk import CARLA, Office, running_desk

METER = FactKinds(
    words={"meter": FactWords({"es": "Medidor"}, {"es": "¿Qué número tiene?"})}, whole=frozenset({"meter"})
)


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=core.clock, finder=FactFinder("PA", METER)) as running:
        yield running


async def test_from_the_message_to_the_card_and_on_to_the_next_team(core: Core, office: Office) -> None:
    # given a customer who says who they are and what they did
    conversation = await core.says("Soy Ana Ruiz, cédula 8-765-4321, ya reinicié el módem", key="m1")
    carla, path = await office.script(CARLA), f"/api/conversations/{conversation.id}"
    # then who opens the conversation has it on the card, with where it was said
    page = (await carla.get(path)).body
    facts = {fact["kind"]: fact for fact in page["customer"]["facts"]}
    assert facts["identity"] == {
        "kind": "identity",
        "label": {"es": "Documento", "en": "ID number"},
        "value": "8-765-4321",
        "masked": "****4321",
        "words": None,
        "sort": "cedula-pa",
        "proved": None,
        "of_other": False,
        "is_claimed": False,
        "confirmed_by": None,
        "confirmed_at": None,
        "at": facts["identity"]["at"],
        "source": "m1",
        "phrase": "8-765-4321",
    }
    assert [(fact["value"], fact["words"]["es"]) for fact in page["known"]] == [
        ("restarted_modem", "Reinició el módem")
    ]
    # when an agent corrects the number, then the answer tells no fact, and the timeline none of what is personal
    fixed = await carla.post(f"{path}/facts", {"kind": "identity", "value": "8-765-4322", "instead_of": "8-765-4321"})
    assert (fixed.status, fixed.body["conversation"]["customer"].get("facts")) == (200, None)
    # and adds one of the kinds that ops have named, and what else was tried
    assert (await carla.post(f"{path}/facts", {"kind": "meter", "value": "12345"})).status == 200
    assert (await carla.post(f"{path}/facts", {"kind": "tried", "value": "changed_cable"})).status == 200
    assert (await carla.post(f"{path}/facts/drop", {"kind": "tried", "value": "restarted_modem"})).status == 200
    # and gives the conversation to another team
    assert (await carla.post(f"{path}/transfer", {"team": "billing", "note": "Es de la factura"})).status == 200
    assert (await carla.get(path)).status == 403
    # then that team has all of it
    beto = await office.script(BETO)
    page = (await beto.get(path)).body
    facts = {fact["kind"]: fact for fact in page["customer"]["facts"]}
    assert (facts["identity"]["value"], facts["identity"]["source"]) == ("8-765-4322", "m1")
    assert facts["identity"]["confirmed_by"]["name"] == "for-carla"
    assert (facts["meter"]["masked"], facts["meter"]["label"]) == ("12345", {"es": "Medidor", "en": "meter"})
    assert [fact["value"] for fact in page["known"]] == ["changed_cable"]
    entry = next(entry for entry in page["timeline"] if entry["kind"] == "fact")
    assert entry["detail"] == {"kind": "identity", "value": "****4322", "was": "****4321", "how": "corrected"}
    # and neither the queue nor the feed has any of it
    queue = (await beto.get("/api/queues/billing")).body
    assert "8-765-4322" not in json.dumps(queue)
    assert "known" not in queue["conversations"][0]
    assert "facts" not in queue["conversations"][0]["customer"]


async def test_what_is_refused_is_told_in_both_languages(core: Core, office: Office) -> None:
    conversation = await core.says("Hola")
    ana, path = await office.script(ANA), f"/api/conversations/{conversation.id}"
    for body, status, code in (
        ({"kind": "shoe", "value": "42"}, 422, "unknown_fact_kind"),
        ({"kind": "plan", "value": " "}, 422, "empty_fact"),
        ({"kind": "email", "value": "en casa"}, 422, "bad_fact"),
        ({"kind": "account", "value": "4111 1111 1111 1111"}, 422, "no_cards"),
        ({"kind": "plan", "value": "b", "instead_of": "a"}, 409, "no_such_fact"),
        ({"kind": "plan"}, 400, "malformed"),
    ):
        answer = await ana.post(f"{path}/facts", body)
        assert (answer.status, answer.code) == (status, code)
    refused = await ana.post(f"{path}/facts/drop", {"kind": "plan", "value": "a"})
    assert (refused.status, refused.code) == (409, "no_such_fact")
    # and what there is to choose from can be read
    told = (await ana.get("/api/fact-kinds")).body
    meter = next(kind for kind in told["kinds"] if kind["kind"] == "meter")
    assert meter == {
        "kind": "meter",
        "label": {"es": "Medidor", "en": "meter"},
        "ask": {"es": "¿Qué número tiene?"},
        "is_open": True,
        "of_the_matter": False,
    }
    assert {"value": "changed_cable", "words": {"es": "Cambió el cable", "en": "Changed the cable"}} in told["steps"]
