"""The widget in a real browser, on a page of another origin with loud styles: what visitors do and see."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from router.model.event import ReplyWritten, Resolved
from router.store.live import Live, LiveKind
from tests.core import ANA
from tests.waiting import eventually
from tests.widget import (
    HIDDEN,
    LOUD,
    SIDEWAYS,
    House,
    covers,
    focused,
    line,
    open_house,
    open_page,
    opened,
    says,
    texts,
    visit,
    write,
)


@pytest.fixture
async def house(redis_url: str, redis_client: object) -> AsyncIterator[House]:
    async with open_house(redis_url) as opened:
        yield opened


async def test_a_visitor_asks_and_is_answered_and_finds_it_all_after_a_reload(house: House, browser: Browser) -> None:
    page = await visit(browser, house.shop, locale="es-PA")
    # given the chat, which says first who answers
    await opened(page)
    await says(page, "Aquí te responde Atención al cliente.")
    await write(page, "Hola, la factura 41 está mal")
    await says(page, "Eres la siguiente persona en la cola")
    await expect(line(page, "Hola, la factura 41 está mal")).to_contain_text("Entregado")
    # when Ana begins to write, and then answers
    conversation = await house.chat.conversation_of("Hola, la factura 41 está mal")
    await house.chat.services.live.tell(Live(LiveKind.TYPING, conversation, is_customer=False, name="Ana"))
    await says(page, "Ana está escribiendo…")
    await house.core.does(ReplyWritten(ANA, "La corrijo: https://example.org/f/41."), conversation)
    await expect(line(page, "La corrijo")).to_contain_text("Ana")
    await expect(page.get_by_role("link", name="https://example.org/f/41")).to_have_attribute(
        "rel", "noopener noreferrer nofollow"
    )
    await expect(page.get_by_text("Ana está escribiendo…")).to_be_hidden()
    # then the desk knows that it arrived, once, also when the visitor comes back
    await house.chat.until(conversation, "delivered")
    await page.get_by_role("textbox", name="Escribe tu mensaje").fill("Gracias, y otra co")
    await page.reload()
    await expect(line(page, "La corrijo")).to_be_visible()
    assert await texts(page) == ["Hola, la factura 41 está mal", "La corrijo: https://example.org/f/41."]
    await expect(page.get_by_role("textbox", name="Escribe tu mensaje")).to_have_value("Gracias, y otra co")
    assert (await house.chat.kinds(conversation)).count("delivered") == 1
    # and that it is solved is said calmly
    await house.core.does(Resolved(ANA), conversation)
    await says(page, "Atención al cliente lo dio por resuelto. Si falta algo, escribe aquí mismo.")


async def test_it_speaks_the_visitors_language_unless_the_page_chooses(house: House, browser: Browser) -> None:
    for locale, attributes, name in (
        ("en-GB", "", "Write to us"),
        ("es-MX", "", "Escríbenos"),
        ("fr-FR", "", "Write to us"),
        ("es-MX", 'data-language="en"', "Write to us"),
    ):
        house.shop.attributes = attributes
        page = await visit(browser, house.shop, locale=locale)
        await expect(page.get_by_role("button", name=name)).to_be_visible()
        await page.context.close()


async def test_the_page_and_the_chat_leave_each_other_alone(house: House, browser: Browser) -> None:
    # given a page with loud styles, that gives the chat its colour
    house.shop.style = LOUD + ":root { --hilo-accent: rgb(122, 59, 143); --hilo-on-accent: rgb(255, 250, 240) }"
    page = await visit(browser, house.shop, locale="es")
    await opened(page)
    await write(page, "<img src=x onerror=alert(1)> **hola** javascript:alert(1)")
    mine = page.locator("hilo-chat li.visitor .words")
    # then words are words, the colour is the page's, and nothing else of it is
    await expect(mine).to_have_text("<img src=x onerror=alert(1)> **hola** javascript:alert(1)")
    await expect(mine).to_have_css("background-color", "rgb(122, 59, 143)")
    await expect(mine).to_have_css("color", "rgb(255, 250, 240)")
    await expect(mine).to_have_css("font-size", "16px")
    await expect(mine).to_have_css("border-top-width", "0px")
    assert await page.locator("hilo-chat img, hilo-chat a").count() == 0
    # and the chat has put one element into the page, and no global name
    assert await page.locator("hilo-chat").count() == 1
    assert await page.evaluate("Object.keys(window).filter((name) => /hilo/i.test(name))") == []


async def test_the_keyboard_is_enough(house: House, browser: Browser) -> None:
    page = await visit(browser, house.shop, locale="es")
    await expect(page.get_by_role("button", name="Escríbenos")).to_be_visible()
    # when the visitor goes on with Tab from the page's own link
    await page.get_by_role("link", name="a link of the page").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    # then the chat is open and the next key is already text
    await page.keyboard.type("Hola")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("dos líneas")
    await page.keyboard.press("Enter")
    await expect(line(page, "dos líneas")).to_be_visible()
    await house.chat.conversation_of("Hola\ndos líneas")
    # and each control can be reached and has a name
    await says(page, "Eres la siguiente persona")
    names = []
    for _ in range(4):
        await page.keyboard.press("Shift+Tab")
        names.append(await focused(page))
    assert names == [
        "Deja un correo y te respondemos ahí si te vas",
        "Conversación",
        "Cerrar el chat",
        "a link of the page",
    ]
    # and Escape leaves, back to where one came from
    await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    assert await focused(page) == "Escríbenos"


async def test_on_a_phone_it_is_a_sheet_that_holds_the_focus(house: House, browser: Browser) -> None:
    context = await browser.new_context(locale="es", viewport={"width": 360, "height": 640}, has_touch=True)
    page = await open_page(context, house.shop)
    await page.get_by_role("button", name="Escríbenos").tap()
    await expect(page.get_by_role("dialog")).to_have_css("opacity", "1")
    await eventually(lambda: covers(page, 360, 640), "the sheet")
    await write(page, "palabrasinespaciosquenocabe" * 12)
    await says(page, "Eres la siguiente persona")
    # then nothing sticks out, what one taps is large enough, and nothing makes a phone zoom
    assert await page.evaluate(SIDEWAYS) == []
    for button in await page.get_by_role("dialog").get_by_role("button").all():
        box = await button.bounding_box()
        assert box is None or min(box["width"], box["height"]) >= 36
    assert await page.get_by_role("textbox").evaluate("(box) => parseFloat(getComputedStyle(box).fontSize)") >= 16
    # and Tab stays in the sheet
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await focused(page) != "a link of the page"


async def test_a_text_that_is_too_long_is_stopped_before_it_leaves_and_kept(house: House, browser: Browser) -> None:
    page = await visit(browser, house.shop, locale="es")
    await opened(page)
    box = page.get_by_role("textbox")
    await box.fill("á" * 3990)
    await says(page, "Quedan 10")
    await box.fill("🧶" * 4003)
    await says(page, "Sobran 3 caracteres. Envíalo en dos mensajes.")
    await box.press("Enter")
    await expect(box).to_have_value("🧶" * 4003)
    await box.fill("🧶" * 4000)
    await box.press("Enter")
    await expect(box).to_have_value("")
    await house.chat.conversation_of("🧶" * 4000)


async def test_an_address_is_asked_for_once_and_only_while_one_waits(house: House, browser: Browser) -> None:
    page = await visit(browser, house.shop, locale="en")
    await opened(page)
    offer = page.get_by_role("button", name="Leave an email and we answer there if you go")
    await expect(offer).to_be_hidden()
    await write(page, "Where is my parcel?")
    await offer.click()
    field = page.get_by_role("textbox", name="Your email")
    await expect(field).to_be_focused()
    await field.fill("ada")
    await field.press("Enter")
    await says(page, "That does not look like an email address.")
    await field.fill("ada@example.org")
    await field.press("Enter")
    await says(page, "Saved. If you leave, the answer goes to your email too.")
    conversation = await house.chat.conversation_of("Where is my parcel?")
    await house.chat.until(conversation, "address")
    # then nobody asks again
    await page.reload()
    await says(page, "You are next")
    await expect(offer).to_be_hidden()


async def test_what_comes_while_the_chat_is_closed_is_counted(house: House, browser: Browser) -> None:
    page = await visit(browser, house.shop, locale="es")
    await opened(page)
    await write(page, "Hola")
    conversation = await house.chat.conversation_of("Hola")
    await page.get_by_role("button", name="Cerrar el chat").click()
    await house.core.does(ReplyWritten(ANA, "uno"), conversation)
    await house.core.does(ReplyWritten(ANA, "dos"), conversation)
    launcher = page.get_by_role("button", name="Escríbenos, 2 mensajes nuevos")
    await expect(launcher).to_be_visible()
    await page.reload()
    await launcher.click()
    await expect(line(page, "dos")).to_be_visible()
    await page.get_by_role("button", name="Cerrar el chat").click()
    await expect(page.get_by_role("button", name="Escríbenos", exact=True)).to_be_visible()


async def test_delivered_is_what_was_in_front_of_the_visitor(house: House, browser: Browser) -> None:
    # given a visitor who has gone to another tab
    page = await visit(browser, house.shop, locale="es")
    await opened(page)
    await write(page, "Hola")
    conversation = await house.chat.conversation_of("Hola")
    await page.evaluate(HIDDEN, "hidden")
    await house.core.does(ReplyWritten(ANA, "Buenos días"), conversation)
    await expect(line(page, "Buenos días")).to_be_visible()
    assert (await house.chat.kinds(conversation))[-1] == "sent"
    # then it is delivered when they come back to this one
    await page.evaluate(HIDDEN, "visible")
    await house.chat.until(conversation, "delivered")


async def test_it_stays_open_from_page_to_page_without_taking_the_focus(house: House, browser: Browser) -> None:
    page = await visit(browser, house.shop, locale="es")
    await opened(page)
    await page.reload()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await page.evaluate("document.activeElement === document.body")
    await page.get_by_role("button", name="Cerrar el chat").click()
    await page.reload()
    await expect(page.get_by_role("button", name="Escríbenos")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_be_hidden()
