"""At the desk: who may be the same person is said by agents, proved by a code, and undone if it was a mistake."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from router.model.clock import SystemClock
from router.model.conversation import Conversation
from router.model.event import AddressGiven, Linked
from router.model.ids import partition_of
from router.model.message import Handle, Proof
from router.store import keys as names
from router.store.connection import xrange
from tests.core import Core, running_core, written
from tests.desk import Office, running_desk
from tests.journeys.test_console import FAINT, NOE, PEOPLE, desk_of, hears, row
from tests.waiting import eventually

MAIL, CHAT = "email:ana@example.org", "chat:ana"
WIDE = {"width": 1280, "height": 800}


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url, clock=SystemClock()) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=SystemClock(), users=PEOPLE) as running:
        yield running


async def typed(core: Core) -> tuple[Conversation, Conversation]:
    """A mail's conversation, and a visitor's who has typed its address; the team has the hint."""
    more: dict[str, Any] = {"sender": MAIL, "channel": "email", "proof": Proof.DKIM, "subject": "Factura"}
    mail = await hears(core, "Mi factura de octubre está mal", "Ana Ruiz", **more)
    chat = await hears(core, "Hola, sigo esperando", "Ana", sender=CHAT)
    await core.inbox.accept(AddressGiven(handle(MAIL), handle(CHAT)), "typed")
    await suggested(core, chat)
    return mail, chat


async def suggested(core: Core, conversation: Conversation) -> None:
    async def hinted() -> bool:
        return bool((await core.now(conversation.id)).suggestions)

    await eventually(hinted, "a suggestion")


def handle(written: str) -> Handle:
    return Handle(*written.split(":", 1))


async def test_a_typed_address_leads_to_one_story_and_back_to_two(core: Core, office: Office, browser: Browser) -> None:
    mail, chat = await typed(core)
    async with desk_of(browser, office, viewport=WIDE) as page:
        keys, card = page.keyboard, page.get_by_role("complementary", name="Customer")
        # given Luz, who is writing to the visitor
        await page.goto(f"{office.url}/#/care/{chat.id}")
        await expect(page.locator(".theirs .words")).to_have_text("Hola, sigo esperando")
        await keys.press("r")
        await keys.type("Ya lo veo")
        await keys.press("Escape")
        # then the card says first who it may be, and the story has it in a line
        same = card.get_by_role("region", name="The same person?")
        await expect(same).to_contain_text(
            "Ana gave ana@example.org, who has an open conversation with Atención al cliente."
        )
        await expect(page.locator(".happened.suggestion")).to_contain_text("May be the same person as ana@example.org")
        # when she says by keyboard that it is so
        for key in ("g", "d"):
            await keys.press(key)
        await expect(same.get_by_role("link", name="Look at it")).to_be_visible()
        await expect(same.get_by_role("button", name="Same person")).to_be_focused()
        await keys.press("Enter")
        # then the page leads to the elder conversation, which holds both stories, and what she was writing is there
        await expect(page.get_by_text("That conversation is part of this one now")).to_be_visible()
        assert page.url.endswith(f"/care/{mail.id}")
        await expect(page.locator(".theirs .words")).to_have_text(
            ["Mi factura de octubre está mal", "Hola, sigo esperando"]
        )
        await expect(page.locator(".composer textarea")).to_have_value("Ya lo veo")
        await expect(page.locator(".happened.linked")).to_contain_text(
            "ana@example.org is the same person: Luz said so. Their two conversations are one"
        )
        await expect(row(page, "Ana")).to_have_count(1)
        # and the old address leads there too
        await page.goto(f"{office.url}/#/care/{chat.id}")
        await expect(page.locator(".theirs .words")).to_have_count(2)
        assert page.url.endswith(f"/care/{mail.id}")
        # when it was a mistake, then the card undoes it, once it has said what that does
        visitor = card.get_by_role("region", name="Addresses").locator("li", has_text="visitor")
        await visitor.locator("summary").focus()
        for key in ("Enter", "Tab"):
            await keys.press(key)
        await expect(visitor).to_contain_text("Joined with this customer: Luz said so")
        await expect(visitor).to_contain_text("goes to a conversation of its own")
        for key in ("Enter", "Enter"):
            await keys.press(key)
        await expect(page.locator(".theirs .words")).to_have_text(["Mi factura de octubre está mal"])
        await expect(page.locator(".happened.unlinked")).to_contain_text("Luz parted the stories")
        await expect(row(page, "Ana")).to_have_count(2)
        await page.goto(f"{office.url}/#/care/{chat.id}")
        await expect(page.locator(".theirs .words")).to_have_text(["Hola, sigo esperando"])
        assert page.url.endswith(f"/care/{chat.id}")


async def test_an_answer_to_what_is_part_of_another_is_kept_and_led_there(
    core: Core, office: Office, browser: Browser
) -> None:
    mail, chat = await typed(core)
    async with desk_of(browser, office, viewport=WIDE) as page:
        # given Luz, whose page hears nothing of what a colleague says meanwhile
        await page.route("**/api/feed*", lambda route: route.abort())
        await page.reload()
        await page.goto(f"{office.url}/#/care/{chat.id}")
        await expect(page.locator(".theirs .words")).to_have_count(1)
        await page.keyboard.press("r")
        await page.keyboard.type("Ya lo veo")
        await core.does(Linked(NOE, handle(MAIL)), chat.id)

        async def joined() -> bool:
            return (await core.now(chat.id)).joined is not None

        await eventually(joined, "one story")
        # when she sends, then nothing has left, and she goes on where the story does
        await page.keyboard.press("Control+Enter")
        await expect(page).to_have_url(f"{office.url}/#/care/{mail.id}")
        await expect(page.locator(".theirs .words")).to_have_count(2)
        await expect(page.locator(".composer textarea")).to_have_value("Ya lo veo")
        await expect(page.locator(".ours")).to_have_count(0)


async def test_a_code_proves_it_on_a_phone(core: Core, office: Office, browser: Browser) -> None:
    mail, chat = await typed(core)
    size = {"width": 360, "height": 740}
    async with desk_of(browser, office, locale="es-PA", color_scheme="dark", viewport=size) as page:
        await page.goto(f"{office.url}/#/care/{chat.id}")
        # given the line above the conversation, which leads to the card
        await page.get_by_role("link", name="¿La misma persona? ana@example.org").click()
        same = page.get_by_role("region", name="¿La misma persona?")
        await expect(same).to_contain_text("Ana dio ana@example.org, que tiene una conversación abierta")
        # when a code is sent, then it is waited for, and a wrong one is told
        await same.get_by_role("button", name="Enviar un código").click()
        await expect(same).to_contain_text("Código enviado a a***@example.org; esperamos que lo escriba")
        await expect(same.get_by_role("button", name="código")).to_have_count(0)
        # and the visitor is told of it where they are, by one click
        await page.goto(f"{office.url}/#/care/{chat.id}")
        told = page.get_by_role("group", name="El código va en camino. ¿Se lo dices a Ana por chat web?")
        await expect(told).to_contain_text("Te enviamos un código a a***@example.org; escríbelo aquí.")
        await told.get_by_role("button", name="Avisar").click()
        await expect(page.locator(".ours .head")).to_contain_text("por chat web")
        await expect(told).to_be_hidden()
        await page.goto(f"{office.url}/#/care/{chat.id}/customer")
        await hears(core, "000000", "Ana", sender=CHAT)
        await expect(same).to_contain_text("1 equivocado")
        assert await page.evaluate(FAINT) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        # when the visitor writes it, then they are one, and the page goes where the story goes on
        await core.accept(written(await _code(core, chat), CHAT))
        await expect(page).to_have_url(f"{office.url}/#/care/{mail.id}/customer")
        await expect(page.locator(".known-handle", has_text="ana@example.org")).to_contain_text("correo firmado")
        await page.goto(f"{office.url}/#/care/{mail.id}")
        await expect(page.locator(".happened.linked")).to_contain_text("escribió el código que le enviamos")
        await expect(page.locator(".happened.code").first).to_contain_text("Luz envió un código a a***@example.org")


async def test_what_only_a_supervisor_may_say_is_shown_as_such(core: Core, office: Office, browser: Browser) -> None:
    # given two of whom nothing says that they are one, but an agent who tried
    await hears(core, "Mi factura", "Eva", sender="email:eva@example.org", channel="email")
    chat = await hears(core, "Buenas", "Visita", sender="chat:eva")
    await core.does(Linked(NOE, handle("email:eva@example.org")), chat.id)
    await suggested(core, chat)
    async with desk_of(browser, office, "noe", viewport=WIDE) as page:
        await page.goto(f"{office.url}/#/care/{chat.id}")
        same = page.get_by_role("region", name="The same person?")
        # then it is said to him in a line, and what he may do is there
        await expect(same).to_contain_text("Only a supervisor can say that they are one.")
        await expect(same.get_by_role("button")).to_have_text(["Send a code", "Not the same"])
        # when he drops it, then it is not shown any more
        await same.get_by_role("button", name="Not the same").click()
        await expect(same).to_be_hidden()
        await expect(page.locator(".happened.suggestion").last).to_contain_text(
            "Noé said that eva@example.org is not the same person"
        )


KNOWN: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "email", "link": "verified", "evidence": "dkim"}, "signed mail", "correo firmado"),
    ({"kind": "email", "link": "verified", "evidence": "code"}, "by a code", "con un código"),
    ({"kind": "email", "link": "verified", "evidence": "directory"}, "in the directory", "en el directorio"),
    ({"kind": "phone", "link": "verified", "evidence": "agent", "by": {"name": "Luz"}}, "says Luz", "según Luz"),
    ({"kind": "chat", "link": "verified", "evidence": "agent", "by": None}, "says an agent", "según un agente"),
    ({"kind": "email", "link": "verified"}, "verified", "verificado"),
    ({"kind": "email", "link": "claimed", "evidence": "written"}, "typed, not proved", "escrito, sin probar"),
    ({"kind": "email", "link": "claimed"}, "not proved", "sin probar"),
    ({"kind": "site", "link": "verified", "evidence": "site"}, "signed by the site", "lo firmó la web"),
    ({"kind": "twitter", "link": "verified", "evidence": "site"}, "", ""),
]
SAID = "(link) => import('/console/link-words.js').then((words) => words.knownWords(link))"


async def test_how_a_handle_is_known_is_said_in_words(office: Office, browser: Browser) -> None:
    for place, locale in enumerate(("en-US", "es-PA"), start=1):
        async with desk_of(browser, office, locale=locale) as page:
            for link, *words in KNOWN:
                assert await page.evaluate(SAID, {"evidence": None, "by": None, **link}) == words[place - 1], link


async def _code(core: Core, conversation: Conversation) -> str:
    """The code in the mail that left for the address."""
    stream = names.key(partition_of(conversation.id), names.outbound("email"))
    [(_, fields)] = await xrange(core.connection.commands, stream)
    [code] = re.findall(r"[0-9]{6}", json.loads(fields[b"m"])["subject"])
    return str(code)
