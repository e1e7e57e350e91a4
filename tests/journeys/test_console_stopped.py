"""At the desk's page: a reply that sends the customer away is held back, and the team does the hop for them."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from router.core.found.facts import facts_in
from router.model.clock import SystemClock
from router.model.event import Linked
from router.model.message import Handle, Proof
from tests.core import Core, running_core
from tests.desk import Office, running_desk
from tests.journeys.test_console import LUZ, PEOPLE, desk_of, hears, is_now, row

# How far the box to write in begins below a notice, in pixels.
BELOW_THE_NOTICE = """() => {
  const [notice, box] = [".notice", ".composer"].map((one) => document.querySelector(one).getBoundingClientRect());
  return box.top - notice.bottom;
}"""
ASKS = "Listo, Sol, ya lo veo. Mándanos un DM con tu cédula."


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url, clock=SystemClock()) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=SystemClock(), users=PEOPLE) as running:
        yield running


async def test_asked_for_a_direct_message_it_is_we_who_open_it(core: Core, office: Office, browser: Browser) -> None:
    # given somebody who asks in public, and an agent who is no supervisor
    more = {"channel": "twitter", "sender": "twitter:1001", "proof": Proof.SIGNED, "public": True, "thread": "post1"}
    sol = await hears(core, "@hilo sigo sin señal", "Sol", **more)
    async with desk_of(browser, office, "noe", locale="es-PA") as page:
        await row(page, "Sol").click()
        box, keys = page.locator(".composer textarea"), page.keyboard
        await box.fill(ASKS)
        await keys.press("Control+Enter")
        # then what sends Sol away is underlined, one line says why, and the way out has the focus
        held = page.get_by_role("group", name="Le pide a Sol un mensaje directo: mejor lo abres tú.")
        await expect(held.locator("mark")).to_have_text("Mándanos un DM")
        await expect(page.get_by_role("button", name="Abrir el mensaje directo")).to_be_focused()
        await expect(held).to_contain_text("Un supervisor puede enviarla así, con un motivo.")
        await expect(held.get_by_label("Por qué sale igual")).to_be_hidden()
        # when they take it, then it is written to Sol alone, without the sentence that asked for it
        await keys.press("Enter")
        await expect(page.locator(".where select")).to_have_value("twitter")
        await expect(box).to_be_focused()
        await expect(box).to_have_value("Listo, Sol, ya lo veo.")
        await keys.type(" ¿Cuál es tu cédula?")
        await keys.press("Control+Enter")
        await is_now(core, sol, lambda c: c.state == "pending", "answered")
        await expect(page.locator(".ours .head")).to_contain_text("por X (Twitter), mensaje directo")
    (left,) = [entry for entry in await core.timeline(sol.id) if entry.kind == "message_out"]
    assert (left.text, left.detail.get("public")) == ("Listo, Sol, ya lo veo. ¿Cuál es tu cédula?", None)


async def test_nobody_is_asked_again_nor_left_without_a_date(core: Core, office: Office, browser: Browser) -> None:
    # given somebody who has told their number
    text = "Mi cédula es 8-123-4567"
    ada = await hears(core, text, "Ada", facts=facts_in(text))
    async with desk_of(browser, office, "noe", locale="es-PA") as page:
        await row(page, "Ada").click()
        box, keys = page.locator(".composer textarea"), page.keyboard
        # when an agent asks for it, then one key shows it, and the next takes the question out
        await box.fill("Gracias, Ada. ¿Me das tu número de cédula?")
        await keys.press("Control+Enter")
        await expect(page.get_by_role("group", name="Le pide a Ada algo que ya sabemos")).to_be_visible()
        await expect(page.get_by_role("button", name="Ver lo que sabemos")).to_be_focused()
        await keys.press("Enter")
        await expect(page.locator(".shown-facts dd b")).to_have_text("8-123-4567")
        await keys.press("Enter")
        await expect(box).to_have_value("Gracias, Ada.")
        # when they say no date, then the policy's stands for it with one key, or it is what the next key replaces
        await box.fill("Te llamamos lo antes posible.")
        await keys.press("Control+Enter")
        await expect(page.get_by_role("button", name="Prometerlo para")).to_be_focused()
        await page.get_by_role("button", name="Poner una fecha").click()
        await expect(box).to_be_focused()
        chosen = await box.evaluate("box => box.value.slice(box.selectionStart, box.selectionEnd)")
        assert chosen == "lo antes posible"
        # sent as it stands it would leave: any agent may
        await keys.press("Control+Enter")
        await page.get_by_role("button", name="Enviar así").click()
        await expect(page.locator(".ours").last).to_contain_text("Salió sin fecha.")
        # and with a date nobody is asked
        await box.fill("Te llamamos mañana a las 10.")
        await keys.press("Control+Enter")
        # and what was promised can come back by itself
        strip = page.get_by_role("group", name="Una promesa en lo que dijiste")
        await expect(strip).to_contain_text("Prometiste «mañana a las 10» = mañana 10:00")
        # and nothing lies over what is pressed next; it stands below the reply, in the heading and on the card
        assert await page.evaluate(BELOW_THE_NOTICE) >= 0
        await expect(page.locator(".ours").last).to_contain_text("Prometido: mañana 10:00")
        await expect(page.locator(".conversation header")).to_contain_text("prometido: mañana 10:00")
        await page.get_by_role("button", name="Que vuelva").click()
        await is_now(core, ada, lambda c: c.state == "snoozed", "back when it is due")
    bare, dated = [entry for entry in await core.timeline(ada.id) if entry.kind == "message_out"]
    assert (bare.text, bare.detail["despite"]) == ("Te llamamos lo antes posible.", "empty lo antes posible")
    assert (dated.text, "promised" in dated.detail) == ("Te llamamos mañana a las 10.", True)


async def test_the_mail_is_written_for_them_and_they_are_told_where_they_are(
    core: Core, office: Office, browser: Browser
) -> None:
    # given somebody in the chat, and a supervisor who would have them write a mail
    ada = await hears(core, "¿Me mandan la factura?", "Ada")
    async with desk_of(browser, office, "ana", locale="es-PA") as page:
        await row(page, "Ada").click()
        box, keys = page.locator(".composer textarea"), page.keyboard
        await box.fill("Claro. Escríbenos al correo care@hilo.example.")
        await keys.press("Control+Enter")
        await expect(page.get_by_role("button", name="Escribir el correo")).to_be_focused()
        # when they write it instead, to the address that Ada gave, by keyboard alone
        await keys.press("Enter")
        await expect(page.get_by_label("Para", exact=True)).to_be_focused()
        await expect(page.locator(".where")).to_contain_text("Sale por correo a la dirección de abajo.")
        await keys.type("ada")
        await keys.press("Control+Enter")
        await expect(page.get_by_text("«ada» no es una dirección de correo")).to_be_visible()
        await keys.type("@correo.example")
        await keys.press("Tab")
        await keys.type("Tu factura")
        await keys.press("Enter")
        await expect(box).to_be_focused()
        await keys.type(" Aquí va.")
        await keys.press("Control+Enter")
        # then the mail leaves, and on Ada's own channel a word of it is one click away
        told = page.get_by_role("group", name="El correo va en camino. ¿Se lo dices a Ada por chat web?")
        await expect(told).to_contain_text("Te hemos escrito a a***@correo.example.")
        await expect(page.locator(".ours")).to_contain_text("Para ada@correo.example · Tu factura")
        await expect(page.get_by_label("Para", exact=True)).to_be_hidden()
        await told.get_by_role("button", name="Avisar").click()
        await expect(page.locator(".ours").last).to_contain_text("Te hemos escrito a a***@correo.example.")
        await expect(told).to_be_hidden()
        # and a supervisor may send what was stopped with a reason, which stands below it
        await box.fill("Escríbenos al correo care@hilo.example.")
        await keys.press("Control+Enter")
        await page.get_by_text("Enviar con un motivo").click()
        await page.get_by_label("Por qué sale igual").fill("lo pidió ella")
        await keys.press("Enter")
        await expect(page.locator(".ours").last).to_contain_text("Salió igual, según Ana: lo pidió ella")
        # and the address is known from then on
        await page.get_by_role("button", name="Por correo a…").click()
        await page.get_by_role("button", name="ada@correo.example").click()
        await expect(page.get_by_label("Para", exact=True)).to_have_value("ada@correo.example")
    replies = [entry for entry in await core.timeline(ada.id) if entry.kind == "message_out"]
    assert [(entry.channel, entry.detail["handle"]) for entry in replies] == [
        ("email", "email:ada@correo.example"),
        ("webchat", str(next(t.handle for t in ada.targets))),
        ("webchat", str(next(t.handle for t in ada.targets))),
    ]
    assert replies[0].text == "Claro. Aquí va."
    assert (await core.now(ada.id)).targets[-1].handle == Handle("email", "ada@correo.example")


async def test_after_a_mail_they_are_told_where_they_were_also_if_a_mail_of_theirs_comes_in_between(
    core: Core, office: Office, browser: Browser
) -> None:
    # given Ada, who wrote in the chat and then by mail, and an agent who answers in the chat
    ada = await hears(core, "¿Me mandan la factura?", "Ada", sender="chat:ada")
    await core.does(Linked(LUZ, Handle("email", "ada@correo.example")), ada.id)
    mail = {"channel": "email", "sender": "email:ada@correo.example", "proof": Proof.DKIM, "subject": "Factura"}
    await hears(core, "Por aquí también", "Ada", **mail)
    async with desk_of(browser, office, "ana", locale="es-PA") as page:
        await page.goto(f"{office.url}/#/care/{ada.id}")
        where = page.locator(".where select")
        await expect(where).to_have_value("email")
        await where.select_option("webchat")
        # when they write a mail to another address
        await page.get_by_role("button", name="Por correo a…").click()
        await page.get_by_label("Para", exact=True).fill("contador@correo.example")
        await page.locator(".composer textarea").fill("Aquí va la factura.")
        await page.keyboard.press("Control+Enter")
        # then the next word goes to the chat again, and so does what tells Ada of it
        told = page.get_by_role("group", name="El correo va en camino. ¿Se lo dices a Ada por chat web?")
        await expect(where).to_have_value("webchat")
        await told.get_by_role("button", name="Avisar").click()
        await expect(page.locator(".ours .head").last).to_contain_text("por chat web")
        await is_now(core, ada, lambda c: c.state == "pending", "answered")
