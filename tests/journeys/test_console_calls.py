"""At the desk's page: a call is noted, taken, dialled by hand and wrapped up, and what is promised in it is kept."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from router.core.found.facts import facts_in
from router.model.call import CallReport, CallStatus
from router.model.clock import SystemClock
from router.model.event import CallReported
from router.model.ids import MessageId
from router.model.message import ChannelName, InboundMessage
from tests.core import Core, running_core
from tests.desk import Office, running_desk
from tests.journeys.test_console import NOE, PEOPLE, desk_of, hears, is_now, row
from tests.story import RINGER
from tests.waiting import eventually

ASKS = "Llámenme ya, a la hora que sea: mi cédula es 8-765-4321."


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url, clock=SystemClock()) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    clock = SystemClock()
    async with running_desk(redis_url, phone_provider="manual", region="PA", clock=clock, users=PEOPLE) as running:
        yield running


@pytest.fixture
async def by_twilio(redis_url: str, core: Core) -> AsyncIterator[Office]:
    clock = SystemClock()
    async with running_desk(redis_url, phone_provider="twilio", region="PA", clock=clock, users=PEOPLE) as running:
        yield running


async def test_a_call_by_keyboard_alone(core: Core, office: Office, browser: Browser) -> None:
    # given somebody who asks to be called whatever the hour, and an agent who dials by hand
    ada = await hears(core, ASKS, "Ada", facts=facts_in(ASKS))
    async with desk_of(browser, office, "noe", locale="es-PA") as page:
        keys = page.keyboard
        await row(page, "Ada").click()
        await expect(page.locator(".timeline")).to_contain_text(ASKS)
        # when the call is noted as people there write a number, with Ada's own words for any hour
        await keys.press("b")
        form = page.get_by_role("dialog", name="Llamar a Ada")
        await expect(form.get_by_label("Número")).to_be_focused()
        await keys.type("6123-4567")
        await form.get_by_label("A cualquier hora").focus()
        await keys.press("Space")
        await expect(form.get_by_label("con sus palabras")).to_be_focused()
        await keys.type("a la hora que sea")
        await form.get_by_label("De qué se trata").focus()
        await keys.type("sin internet")
        await keys.press("Control+Enter")
        # then it is owed, and stands on the board: who, whom, why
        await is_now(core, ada, lambda c: c.callback is not None, "owed")
        await keys.press("Escape")
        await keys.press("g")
        await keys.press("l")
        board = page.get_by_role("region", name="Llamadas")
        await expect(board.get_by_role("link", name="Ada")).to_contain_text("La ofreció Noé: sin internet")
        await expect(board).to_contain_text("+50761234567")
        await expect(page.get_by_role("navigation")).to_contain_text("1 por hacer")
        # when one key takes the next, then its number is there to be dialled, with why and the words
        await keys.press("l")
        panel = page.get_by_role("region", name="Llamada", exact=True)
        dial = panel.get_by_role("link", name="Marcar +50761234567")
        await expect(dial).to_have_attribute("href", "tel:+50761234567")
        await expect(panel).to_contain_text("«a la hora que sea»")
        # when Ada answers and they have talked, each by its number
        await keys.press("1")
        await expect(panel).to_contain_text("Hablas con Ada")
        await is_now(core, ada, lambda c: c.call is not None and c.call.status == "talking", "talking")
        await keys.press("1")
        await expect(panel.get_by_text("¿En qué quedó?")).to_be_visible()
        # then what came of it, corrected by another number, and a note in which two things are promised
        await keys.press("1")
        await keys.press("2")
        await keys.type("Cambiamos el cable. Le escribo mañana a las 10. Le llamo pasado mañana a las 11.")
        await keys.press("Control+Enter")
        await expect(panel).to_be_hidden()
        await expect(page.locator(".timeline")).to_contain_text("Noé cerró la llamada: por seguir")
        # and one more key notes each promise, and is never typed to Ada
        strip = page.get_by_role("group", name="Una promesa en lo que dijiste")
        await expect(strip).to_contain_text("mañana a las 10")
        await keys.press("Escape")
        await keys.press("y")
        await expect(strip).to_contain_text("pasado mañana a las 11")
        await keys.press("y")
        await expect(strip).to_be_hidden()
        await keys.press("y")
        await is_now(core, ada, lambda c: len(c.promises) == 2, "promised")
        await expect(page.get_by_role("region", name="Promesas")).to_contain_text("mañana a las 10")
        await expect(page.get_by_label("Respuesta para Ada")).to_have_value("")
        await expect(board).to_contain_text("Nadie espera una llamada.")
    done = await core.records.conversation(ada.id)
    assert done
    assert done.call
    assert (done.callback, done.call.disposition, done.call.seconds is not None) == (None, "follow_up", True)


async def test_who_rings_is_seen_and_made_sure_of(core: Core, by_twilio: Office, browser: Browser) -> None:
    # given a customer who rings, and nobody answers yet
    rings = InboundMessage("CA1", ChannelName("phone"), "main", RINGER, "", SystemClock().now(), call="CA1")
    await core.accept(rings)
    async with desk_of(browser, by_twilio, "noe", locale="es-PA") as page:
        await page.keyboard.press("g")
        await page.keyboard.press("l")
        board = page.get_by_role("region", name="Llamadas")
        # then it is there for whoever answers, with since when
        await expect(board).to_contain_text("Ahora")
        await expect(board.get_by_role("link", name="+50761234567")).to_contain_text("desde")
        await expect(board).not_to_contain_text("Con colegas")
        # when Noé answers, then the only number is the one by which who rings is made sure of
        called = await eventually(lambda: core.open_of(str(RINGER)), "the call")
        report = CallReport(
            MessageId("CA1"), CallStatus.TALKING, SystemClock().now(), agent=NOE.id, agent_name=NOE.name
        )
        await core.inbox.accept(CallReported(report, RINGER), "CA1 talking")
        await board.get_by_role("link", name="+50761234567").click()
        panel = page.get_by_role("region", name="Llamada", exact=True)
        await expect(panel).to_contain_text("El número no prueba nada")
        await expect(panel.locator("[data-key]")).to_have_count(1)
        await page.keyboard.press("1")
        await is_now(core, called, lambda c: c.call is not None and c.call.checked_at is not None, "checked")
        # and a line that fell is said by one key
        await expect(panel.get_by_role("button", name="Se cortó")).to_be_visible()
        await page.keyboard.press("x")
        await is_now(core, called, lambda c: c.call is not None and c.call.status == "dropped", "dropped")
