"""At the desk's page: a public reply that shows personal data is held back, and leaves as a direct message."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from router.model.clock import SystemClock
from router.model.conversation import Conversation
from router.model.message import Proof
from tests.core import Core, running_core
from tests.desk import Office, running_desk
from tests.journeys.test_console import PEOPLE, desk_of, hears, is_now, row

SHOWN = "¡Listo, Sol! 🎉 La línea 6123-4567 de tu caso 20481234 ya tiene señal"


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url, clock=SystemClock()) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=SystemClock(), users=PEOPLE) as running:
        yield running


async def tweets(core: Core, text: str, *, public: bool = True) -> Conversation:
    """Sol's conversation once they wrote `text` on X."""
    more = {"channel": "twitter", "sender": "twitter:1001", "proof": Proof.SIGNED, "public": public}
    return await hears(core, text, "Sol", **more, thread="post1" if public else "dm")


async def test_personal_data_leaves_as_a_direct_message_and_not_in_public(
    core: Core, office: Office, browser: Browser
) -> None:
    # given somebody who asks in public, and an agent who sees where the answer goes
    sol = await tweets(core, "@hilo sigo sin señal, ¿qué pasa?")
    async with desk_of(browser, office, locale="es-PA") as page:
        keys = page.keyboard
        await row(page, "Sol").click()
        box, where = page.locator(".composer textarea"), page.locator(".where")
        await expect(where).to_contain_text("donde Sol escribió la última vez. Lo puede leer todo el mundo.")
        places = ["X (Twitter), en público", "X (Twitter), mensaje directo"]
        await expect(where.get_by_role("option")).to_have_text(places)
        await expect(page.locator(".theirs .head")).to_contain_text("X (Twitter), en público")
        # when they write Sol's number there
        await box.fill(SHOWN)
        await keys.press("Control+Enter")
        # then it is held back: what was seen is underlined, in one line why, and the way out has the focus
        why = "En X (Twitter) esto lo podría leer todo el mundo, y muestra un teléfono."
        held = page.get_by_role("group", name=why)
        await expect(held.locator("mark")).to_have_text("6123-4567")
        await expect(held.locator(".words")).to_have_text(SHOWN)
        await expect(page.get_by_role("button", name="Enviar por mensaje directo")).to_be_focused()
        await expect(box).to_be_hidden()
        assert [entry.kind for entry in await core.timeline(sol.id)] == ["message_in", "routed"]
        # Esc leads back to the draft, with all that was typed
        await keys.press("Escape")
        await expect(box).to_be_focused()
        await expect(box).to_have_value(SHOWN)
        # sent again it is held back again, and Enter sends it to Sol alone
        await keys.press("Control+Enter")
        await expect(held).to_be_visible()
        await keys.press("Enter")
        await is_now(core, sol, lambda c: c.state == "pending", "answered")
        await expect(page.locator(".ours .head")).to_contain_text("por X (Twitter), mensaje directo")
        await expect(box).to_have_value("")
        # and what is no number of anybody leaves in public, with the reason beside it
        await box.fill("Tu trámite 300-1234 sigue abierto")
        await keys.press("Control+Enter")
        await page.get_by_text("No es un dato personal").click()
        publish = page.get_by_role("button", name="Enviar en público")
        await expect(publish).to_be_disabled()
        await page.get_by_label("Qué es 300-1234").select_option("reference")
        await publish.click()
        await expect(page.locator(".ours").last).to_contain_text("300-1234 (un caso, un pedido, un importe)")
    told = [entry for entry in await core.timeline(sol.id) if entry.kind == "message_out"]
    assert [(entry.text, entry.detail.get("public")) for entry in told] == [
        (SHOWN, None),
        ("Tu trámite 300-1234 sigue abierto", "yes"),
    ]


async def test_the_answer_follows_the_customer_and_turns_to_all_the_world_by_nobodys_hand(
    core: Core, office: Office, browser: Browser
) -> None:
    # given a conversation that began in public
    await tweets(core, "@hilo sigo sin señal")
    async with desk_of(browser, office, locale="es-PA") as page:
        await row(page, "Sol").click()
        box, where = page.locator(".composer textarea"), page.locator(".where select")
        await expect(where).to_have_value("twitter/public")
        # when they go on in private, then so does the answer
        await tweets(core, "Por aquí les dejo mi cédula", public=False)
        await expect(where).to_have_value("twitter")
        # and what is being written for them alone stays so, whatever they write meanwhile
        await box.fill("Con esa cédula aparece")
        await tweets(core, "@hilo ¿y?")
        await expect(page.locator(".where")).to_contain_text("en público")
        await expect(where).to_have_value("twitter")
        # until somebody chooses
        await where.select_option("twitter/public")
        await expect(page.locator(".where")).to_contain_text("Lo puede leer todo el mundo.")
