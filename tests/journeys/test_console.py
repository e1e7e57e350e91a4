"""A community manager works at the desk's page in a real browser, on real parts."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Error, Locator, Page, Route, expect

from desk.app import Desk
from desk.settings import DeskSettings
from router.model.clock import SystemClock
from router.model.conversation import Conversation
from router.model.event import NoteAdded, ReplyWritten
from router.model.ids import AgentId
from router.model.message import Attachment, Proof
from router.model.team import Agent
from router.model.units import Endpoint
from router.store.live import Live, LiveChannel, LiveKind
from tests.core import BILLING, CARE, Core, running_core, written
from tests.desk import PASSWORD, USERS, Office, Person, running_desk
from tests.waiting import eventually

CONSOLE = Path(__file__).parents[2] / "desk" / "console"
CLOCK = SystemClock()
LUZ = Agent(AgentId("luz"), "Luz", frozenset({CARE, BILLING}))
NOE = Agent(AgentId("noe"), "Noé", frozenset({CARE}))
PEOPLE = {**USERS, "luz": Person(LUZ), "noe": Person(NOE)}
_numbers = count(1)


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url, clock=CLOCK) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=CLOCK, users=PEOPLE) as running:
        yield running


@asynccontextmanager
async def desk_of(browser: Browser, office: Office, user: str = "luz", **more: Any) -> AsyncIterator[Page]:
    """The desk's page with `user` signed in; an error that its scripts don't catch fails the test."""
    context = await browser.new_context(**{"locale": "en-US", **more})
    errors: list[Error] = []
    context.on("weberror", lambda uncaught: errors.append(uncaught.error))
    page = await context.new_page()
    await page.goto(office.url)
    await sign_in(page, user)
    yield page
    await context.close()
    assert errors == []


async def sign_in(page: Page, user: str) -> None:
    """By keyboard alone."""
    await expect(page.locator("#user")).to_be_focused()
    await page.keyboard.type(user)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator(".desk")).to_be_visible()


async def hears(core: Core, text: str, name: str, **more: Any) -> Conversation:
    """The conversation of a customer called `name` who wrote `text`."""
    number = next(_numbers)
    sender = more.pop("sender", f"chat:{number}")
    message = replace(written(text, sender, f"console{number}", CLOCK.now()), author=name, **more)
    await core.accept(message)

    async def heard() -> Conversation | None:
        named = await core.records.conversation(message.conversation) if message.conversation else None
        found = named or await core.open_of(str(message.sender))
        story = await core.timeline(found.id) if found else []
        return found if any(entry.message == message.key for entry in story) else None

    return await eventually(heard, text)


def row(page: Page, name: str) -> Locator:
    """The queue's row of a customer."""
    return page.get_by_role("region", name=re.compile("Queue|Cola")).get_by_role("link", name=name)


async def is_now(core: Core, conversation: Conversation, test: Callable[[Conversation], bool], what: str) -> None:
    """Wait until `test` holds of the conversation."""

    async def look() -> bool:
        return test(await core.now(conversation.id))

    await eventually(look, what)


async def test_a_shift_by_keyboard_alone(core: Core, office: Office, browser: Browser) -> None:
    # given somebody who has signed in and looks at an empty queue
    async with desk_of(browser, office) as page:
        keys = page.keyboard
        await expect(page.get_by_text("Nobody is waiting.")).to_be_visible()
        # when a customer writes, then it is there without a reload, in the title too, and a screen reader hears it
        ada = await hears(core, "Me cobraron dos veces", "Ada")
        await expect(row(page, "Ada")).to_contain_text("waits < 1 min")
        await expect(page).to_have_title("(1) Atención al cliente · Hilo")
        await expect(
            page.locator("[aria-live]", has_text="New in Atención al cliente: Ada, web chat.")
        ).to_be_attached()
        # claim
        await keys.press("j")
        await expect(page.locator(".theirs .words")).to_have_text("Me cobraron dos veces")
        await keys.press("c")
        await is_now(core, ada, lambda c: c.assignee == "luz" and c.state == "open", "claimed")
        await expect(row(page, "Ada")).to_contain_text("you")
        # reply
        await keys.press("r")
        await expect(page.get_by_text("Goes to web chat, where Ada wrote last.")).to_be_visible()
        await keys.type("Lo miro ahora")
        await keys.press("Control+Enter")
        await is_now(core, ada, lambda c: c.state == "pending", "answered")
        await expect(page.locator(".ours")).to_contain_text("on its way")
        # note
        await keys.press("Escape")
        await keys.press("n")
        await keys.type("Cobro doble en octubre")
        await keys.press("Control+Enter")
        await eventually(lambda: _has(core, ada, ("note", "Cobro doble en octubre")), "the note")
        # release
        await keys.press("Escape")
        await keys.press("Shift+C")
        await is_now(core, ada, lambda c: c.assignee is None, "released")
        # snooze, for an hour
        await keys.press("s")
        await expect(page.get_by_role("dialog", name="Snooze until")).to_be_visible()
        await keys.press("Enter")
        await is_now(core, ada, lambda c: c.state == "snoozed", "snoozed")
        await expect(row(page, "Ada")).to_contain_text("until ")
        # resolve, and reopen
        await keys.press("e")
        await is_now(core, ada, lambda c: c.state == "resolved", "resolved")
        await expect(row(page, "Ada")).to_have_count(0)
        await keys.press("Shift+E")
        await is_now(core, ada, lambda c: c.state == "open", "reopened")
        await expect(row(page, "Ada")).to_be_visible()
        # transfer with a note
        await keys.press("t")
        await keys.press("Space")
        await keys.press("Tab")
        await keys.type("Falta devolverle la cuota")
        await keys.press("Control+Enter")
        await is_now(core, ada, lambda c: c.ownership.team == BILLING, "transferred")
        await expect(page.get_by_role("status").filter(has_text="Facturación has it now.")).to_be_visible()
        # then the other team has the whole story, one `g` away
        await keys.press("g")
        await keys.press("f")
        await expect(row(page, "Ada")).to_be_visible()
        await keys.press("j")
        await expect(page.locator(".happened.transferred")).to_contain_text("Falta devolverle la cuota")
        await keys.press("?")
        await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("go to Facturación")


async def _has(core: Core, conversation: Conversation, told: tuple[str, str]) -> bool:
    return told in await core.story(conversation.id)


async def test_the_page_is_as_tall_as_the_window(browser: Browser, office: Office, core: Core) -> None:
    await core.says("Hola")
    async with desk_of(browser, office) as page:
        # what only screen readers hear takes no room: no scrollbar stands beside the desk's own
        assert await page.evaluate("document.documentElement.scrollHeight - innerHeight") == 0
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


async def test_after_one_is_dealt_with_the_next_is_the_next(core: Core, office: Office, browser: Browser) -> None:
    for name in ("Ada", "Grace", "Hedy"):
        await hears(core, f"Soy {name}", name)
    async with desk_of(browser, office) as page:
        # given the one that waits longest on top, opened and resolved
        await expect(row(page, "Ada")).to_be_visible()
        await page.keyboard.press("j")
        await expect(page.locator(".theirs .words")).to_have_text("Soy Ada")
        await page.keyboard.press("e")
        await expect(row(page, "Ada")).to_have_count(0)
        # when the agent goes on, then nobody is passed over
        await page.keyboard.press("j")
        await expect(page.locator(".theirs .words")).to_have_text("Soy Grace")
        await page.keyboard.press("r")
        await page.keyboard.type("Un momento")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("heading", name="On hold")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("j")
        await expect(page.locator(".theirs .words")).to_have_text("Soy Hedy")


async def test_a_reply_that_comes_too_late_keeps_its_words_and_shows_what_is_new(
    core: Core, office: Office, browser: Browser
) -> None:
    ada = await hears(core, "¿Hay novedades?", "Ada")
    async with desk_of(browser, office) as page:
        # given a reply half written, at a desk that the feed does not reach
        await page.route("**/api/feed*", _cut)
        await page.reload()
        await row(page, "Ada").click()
        await expect(page.locator(".theirs")).to_have_count(1)
        await page.keyboard.press("r")
        await page.keyboard.type("Aún no")
        # when a colleague answers first
        await core.does(ReplyWritten(NOE, "Sí: ya está resuelto"), ada.id)
        await page.keyboard.press("Control+Enter")
        # then nothing is sent, the words stay, what is new stands under its line
        await expect(page.get_by_role("alert")).to_contain_text("Read it above; your text is kept.")
        await expect(page.get_by_role("textbox", name="Reply to Ada")).to_have_value("Aún no")
        await expect(page.locator(".since ~ .ours .words")).to_have_text("Sí: ya está resuelto")
        assert await core.story(ada.id) == [
            ("message_in", "¿Hay novedades?"),
            ("routed", ""),
            ("message_out", "Sí: ya está resuelto"),
        ]

        # and it goes once the reader has had the time to read that
        async def sent() -> bool:
            await page.keyboard.press("Control+Enter")
            return await _has(core, ada, ("message_out", "Aún no"))

        await eventually(sent, "the reply")
        await expect(page.locator(".since")).to_have_count(0)
        assert [text for kind, text in await core.story(ada.id) if kind == "message_out"][1:] == ["Aún no"]


async def _cut(route: Route) -> None:
    await route.abort()


async def test_a_draft_outlives_a_reload_and_another_conversation(core: Core, office: Office, browser: Browser) -> None:
    await hears(core, "Hola", "Ada")
    await hears(core, "Buenas", "Grace")
    async with desk_of(browser, office) as page:
        box = page.get_by_role("textbox", name="Reply to")
        await row(page, "Ada").click()
        await box.fill("Querida Ada,")
        await row(page, "Grace").click()
        await expect(box).to_have_value("")
        await page.reload()
        await row(page, "Ada").click()
        await expect(box).to_have_value("Querida Ada,")
        await expect(row(page, "Ada")).to_contain_text("draft")


async def test_while_the_desk_is_away_nothing_is_lost_and_nothing_leaves_twice(
    core: Core, office: Office, browser: Browser
) -> None:
    ada = await hears(core, "Hola", "Ada")
    async with desk_of(browser, office) as page:
        # given a desk's server that goes away
        await expect(row(page, "Ada")).to_be_visible()
        await page.keyboard.press("j")
        await expect(page.locator(".theirs")).to_have_count(1)
        port = int(office.url.rpartition(":")[2])
        await office.desk.stop()
        await expect(page.get_by_text("Connection lost.")).to_be_visible()
        # when a reply is sent meanwhile, and a customer writes
        await page.keyboard.press("r")
        await page.keyboard.type("Aquí estoy")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".ours")).to_contain_text("no connection, still trying")
        await hears(core, "Buenas", "Grace")
        # then all of it arrives by itself once the server is back, once
        again = Desk(DeskSettings(listen=Endpoint("127.0.0.1", port)), office.services)
        await again.start()
        try:
            await expect(page.get_by_text("Connection lost.")).to_be_hidden(timeout=20_000)
            await expect(row(page, "Grace")).to_be_visible()
            await expect(page.locator(".ours")).to_contain_text("on its way", timeout=20_000)
            assert [entry for entry in await core.story(ada.id) if entry[0] == "message_out"] == [
                ("message_out", "Aquí estoy")
            ]
        finally:
            await again.stop()


async def test_a_refused_act_is_undone_with_a_word(core: Core, office: Office, browser: Browser) -> None:
    ada = await hears(core, "Hola", "Ada")
    async with desk_of(browser, office) as page:
        # given a page that does not know yet that a colleague has left a note
        await page.route("**/api/feed*", _cut)
        await page.reload()
        await row(page, "Ada").click()
        await expect(page.locator(".theirs")).to_have_count(1)
        await core.does(NoteAdded(NOE, "Espera a mañana"), ada.id)
        # when the agent resolves it
        await page.get_by_role("button", name="Resolve").click()
        # then it is as before, with the note, and it is said why
        await expect(page.get_by_role("status").filter(has_text="Not resolved: it changed meanwhile.")).to_be_visible()
        await expect(page.get_by_text("Espera a mañana")).to_be_visible()
        await expect(page.get_by_role("button", name="Resolve")).to_be_visible()
        assert (await core.now(ada.id)).state == "new"


async def test_the_list_keeps_still_under_the_pointer(core: Core, office: Office, browser: Browser) -> None:
    await hears(core, "Hola", "Ada")
    async with desk_of(browser, office) as page:
        # given a pointer that moves over the queue
        await row(page, "Ada").hover()
        await hears(core, "Buenas", "Grace")
        # then what arrives is announced, and inserted when it is asked for or the eye is elsewhere
        news = page.get_by_role("button", name="1 change · show it")
        await expect(news).to_be_visible()
        await expect(row(page, "Grace")).to_have_count(0)
        await page.get_by_role("main").hover()
        await expect(row(page, "Grace")).to_be_visible()
        await expect(news).to_be_hidden()


async def test_what_nobody_proved_is_marked(core: Core, office: Office, browser: Browser) -> None:
    mail: dict[str, Any] = {"channel": "email", "subject": "Contraseña"}
    await hears(core, "¿Me la mandan?", "Ada", sender="email:ada@example.org", **mail)
    await hears(core, "¿Y a mí?", "Grace", sender="email:grace@example.org", proof=Proof.DKIM, **mail)
    async with desk_of(browser, office) as page:
        await row(page, "Ada").click()
        await expect(page.locator(".head .doubt")).to_have_text("unverified")
        await expect(page.get_by_text("Nothing proves that ada@example.org is Ada")).to_be_visible()
        await row(page, "Grace").click()
        await expect(page.locator(".theirs .words")).to_have_text("¿Y a mí?")
        await expect(page.locator(".doubt")).to_have_count(0)


async def test_the_agent_may_choose_another_of_the_customers_channels(
    core: Core, office: Office, browser: Browser
) -> None:
    # given somebody who wrote by mail and then in the chat
    ada = await hears(core, "Por correo", "Ada", sender="email:ada@example.org", channel="email", proof=Proof.DKIM)
    await hears(core, "Por chat", "Ada", sender="chat:ada9", conversation=ada.id)
    async with desk_of(browser, office) as page:
        await row(page, "Ada").click()
        channel = page.get_by_role("combobox", name="Channel")
        await expect(channel).to_have_value("webchat")
        await channel.select_option("email")
        await expect(page.get_by_text("Ada wrote last in web chat.")).to_be_visible()
        await page.get_by_role("textbox", name="Reply to Ada").fill("Te escribo al correo que usas")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator(".ours .head")).to_contain_text("to email")
        await expect(page.locator(".ours")).to_contain_text("on its way")
        sent = [entry for entry in await core.timeline(ada.id) if entry.kind == "message_out"]
        assert [entry.channel for entry in sent] == ["email"]


async def test_what_was_sent_as_the_page_was_left_has_left_once(core: Core, office: Office, browser: Browser) -> None:
    ada = await hears(core, "Hola", "Ada")
    async with desk_of(browser, office) as page:
        box = page.get_by_role("textbox", name="Reply to Ada")
        # given a reply that the desk took, whose answer never came
        arrived = asyncio.Event()

        async def take(route: Route) -> None:
            await route.fetch()
            arrived.set()

        await page.route("**/reply", take)
        await row(page, "Ada").click()
        await box.fill("Aquí estoy")
        await page.keyboard.press("Control+Enter")
        await asyncio.wait_for(arrived.wait(), 10)
        # when the page is opened anew, then it knows that it has left
        await page.unroute_all(behavior="ignoreErrors")
        await page.reload()
        await expect(page.locator(".ours .words")).to_have_text("Aquí estoy")
        await expect(box).to_have_value("")
        # and one that the desk never saw comes back as a draft
        await page.route("**/reply", _cut)
        await box.fill("¿Sigue usted ahí?")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".ours")).to_have_count(2)
        await page.reload()
        await expect(box).to_have_value("¿Sigue usted ahí?")
        await page.unroute_all(behavior="ignoreErrors")
        await box.press("Control+Enter")
        await expect(page.locator(".ours")).to_have_count(2)
        await eventually(lambda: _has(core, ada, ("message_out", "¿Sigue usted ahí?")), "the reply")
        sent = [text for kind, text in await core.story(ada.id) if kind == "message_out"]
        assert sent == ["Aquí estoy", "¿Sigue usted ahí?"]


async def test_who_writes_is_seen_on_both_sides(core: Core, office: Office, browser: Browser) -> None:
    ada = await hears(core, "Hola", "Ada")
    live = office.services.live
    heard = asyncio.create_task(_first(live, lambda one: not one.is_customer))
    async with desk_of(browser, office) as page:
        await row(page, "Ada").click()
        await expect(page.locator(".theirs")).to_have_count(1)
        await page.get_by_role("textbox", name="Reply to Ada").press_sequentially("Hola")
        assert (await asyncio.wait_for(heard, 10)).name == "Luz"
        for told, shown in (
            (Live(LiveKind.TYPING, ada.id, is_customer=True), "Ada is writing…"),
            (Live(LiveKind.TYPING, ada.id, is_customer=False, name="Noé"), "Noé, from the team, is writing too…"),
            (Live(LiveKind.PRESENT, ada.id, is_customer=True), "Ada is in the chat now."),
        ):
            await live.tell(told)
            await expect(page.get_by_text(shown)).to_be_visible()
            await expect(page.get_by_text("Ada is writing…")).to_be_hidden(timeout=10_000)


async def _first(live: LiveChannel, is_it: Callable[[Live], bool]) -> Live:
    async for told in live.listen():
        if is_it(told):
            return told
    raise AssertionError("the live channel has ended")


async def test_what_went_to_a_team_of_others_is_theirs(core: Core, office: Office, browser: Browser) -> None:
    ada = await hears(core, "Hola", "Ada")
    async with desk_of(browser, office, "noe") as page:
        await row(page, "Ada").click()
        await page.get_by_role("button", name="Transfer").click()
        await page.get_by_role("radio", name="Facturación").check()
        await page.get_by_role("button", name="Transfer to Facturación").click()
        await is_now(core, ada, lambda c: c.ownership.team == BILLING, "transferred")
        await expect(page.get_by_text("Facturación has this conversation now.")).to_be_visible()
        await expect(page.get_by_role("textbox", name="Reply to Ada")).to_be_hidden()
        await page.get_by_role("main").hover()
        await expect(row(page, "Ada")).to_have_count(0)


async def test_a_long_story_is_read_back_to_its_beginning(core: Core, office: Office, browser: Browser) -> None:
    ada = await hears(core, "Al principio", "Ada")
    await asyncio.gather(*(core.does(NoteAdded(NOE, f"Nota {number}"), ada.id) for number in range(205)))
    async with desk_of(browser, office) as page:
        await row(page, "Ada").click()
        await expect(page.locator(".timeline .note")).to_have_count(200)
        await page.get_by_role("button", name="Show what came before").click()
        await expect(page.locator(".timeline .note")).to_have_count(205)
        await expect(page.locator(".theirs .words")).to_have_text("Al principio")
        await expect(page.get_by_role("button", name="Show what came before")).to_be_hidden()


PAYLOADS = (
    "<script>hit()</script>",
    "<img src=x onerror=hit()>",
    "<svg onload=hit()>",
    "<iframe srcdoc='<script>parent.hit()</script>'>",
    "<a href='javascript:hit()'>a</a>",
    '"><script>hit()</script>',
    "'-hit()-'",
    "{{constructor.constructor('hit()')()}}",
    "${hit()}",
    "</textarea><script>hit()</script>",
    "</title><script>hit()</script>",
    "<style>@import 'javascript:hit()'</style>",
    "<math><mtext><img src=x onerror=hit()></mtext></math>",
    "<details open ontoggle=hit()>",
    "<body onload=hit()>",
    "<input autofocus onfocus=hit()>",
    "<base href='//evil.example/'>",
    "<form action='javascript:hit()'><button>a</button></form>",
    "javascript:hit()",
    "\u202e<b>al revés</b>",
    "&lt;b&gt;ya escapado&lt;/b&gt; &amp; <!-- comentario -->",
)


async def test_markup_in_names_messages_subjects_files_and_notes_is_text(
    core: Core, office: Office, browser: Browser
) -> None:
    # given every payload in every field that somebody else can write
    conversations = []
    for number, payload in enumerate(PAYLOADS):
        files = (Attachment(payload, "text/html", 1),)
        more: dict[str, Any] = {"sender": f"email:{number}@example.org", "channel": "email", "language": payload[:20]}
        more["quoted"] = payload
        conversation = await hears(core, payload, payload, subject=payload, attachments=files, **more)
        await core.does(NoteAdded(replace(NOE, name=payload), payload), conversation.id)
        conversations.append((payload, conversation))
    async with desk_of(browser, office) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.add_init_script("window.hit = () => { window.isHit = true }")
        await page.reload()
        for payload, conversation in conversations:
            # when each is looked at, then it is there as it was written
            await page.goto(f"{office.url}/#/care/{conversation.id}")
            await expect(page.locator(".theirs .words")).to_have_text(payload)
            await expect(page.locator("main h2")).to_have_text(payload)
            await expect(page.locator(".timeline .note .words")).to_have_text(payload)
            await expect(page.locator(".theirs .subject")).to_contain_text(payload)
            await expect(page.locator(".theirs .folded")).to_have_text(payload)
        # and nothing of it became a page's part, ran, or asked for something
        assert (
            await page.locator(
                ".desk :is(script, img, iframe, object, style, base, math, [onload], "
                "details:not(.why, .mistaken, .quoted, .about-handle))"
            ).count()
            == 0
        )
        assert await page.evaluate("window.isHit") is None
        assert [url for url in asked if not url.startswith(office.url)] == []


async def test_spanish_and_english_are_equals(core: Core, office: Office, browser: Browser) -> None:
    await hears(core, "Hola", "Ada")
    # given a browser that speaks Spanish
    async with desk_of(browser, office, locale="es-PA") as page:
        await expect(row(page, "Ada")).to_contain_text("espera < 1 min")
        await expect(page.locator("html")).to_have_attribute("lang", "es")
        await hears(core, "Hola", "Grace")
        await expect(page.locator("[aria-live]", has_text="Nueva en Atención al cliente: Grace")).to_be_attached()
        # when its reader prefers English, then it stays so, and nothing that was said in Spanish is left to be read
        await page.get_by_role("button", name="English").click()
        await expect(row(page, "Ada")).to_contain_text("waits < 1 min")
        await expect(page.locator("[aria-live]", has_text="Nueva en")).not_to_be_attached()
        await page.reload()
        await expect(page.get_by_role("button", name="Español")).to_be_visible()
        # and both have the same words, with the same blanks in them
        assert await page.evaluate(BLANKS, "en") == await page.evaluate(BLANKS, "es")


BLANKS = """async (language) => {
  const book = (await import(`/console/strings/${language}.js`))[language];
  const blanks = (value) => typeof value === "string"
    ? (value.match(/\\{\\w+\\}/g) ?? []).sort().join()
    : Object.fromEntries(Object.entries(value).map(([name, one]) => [name, blanks(one)]));
  return blanks({ ...book, teams: { ...book.teams, otherTag: "" } });
}"""


async def test_one_pane_at_a_time_on_a_phone(core: Core, office: Office, browser: Browser) -> None:
    await hears(core, "Hola", "Ada")
    async with desk_of(browser, office, viewport={"width": 360, "height": 740}) as page:
        panes = page.locator(".pane:visible")
        await page.get_by_role("link", name="Atención al cliente").click()
        await row(page, "Ada").click()
        await expect(page.locator(".theirs .words")).to_have_text("Hola")
        await expect(panes).to_have_count(1)
        # nothing is wider than the screen, and back is at its foot
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        await page.get_by_role("link", name="Customer").click()
        await expect(page.get_by_text("visitor of the page", exact=True)).to_be_visible()
        for pane in ("Conversation", "Queue", "Teams"):
            back = page.get_by_role("link", name=pane, exact=True)
            assert ((await back.bounding_box()) or {"y": 0})["y"] > 660
            await back.click()
            await expect(panes).to_have_count(1)
        await expect(page.get_by_role("navigation", name="Teams")).to_be_visible()


@pytest.mark.parametrize(
    ("look", "words"),
    [
        ({"color_scheme": "light"}, "What was quoted"),
        ({"color_scheme": "dark", "locale": "es-PA", "viewport": {"width": 360, "height": 740}}, "Lo citado"),
    ],
)
async def test_what_a_mail_quotes_is_folded_away_and_opens(
    core: Core, office: Office, browser: Browser, look: dict[str, Any], words: str
) -> None:
    # given a mail whose answer stood above a long history
    history = "El lun, 3 mar 2025 a las 10:02, Ayuda escribió:\n> ¿Puede el martes?\n> " + "https://a.example/" * 9
    ada = await hears(core, "Sí, el martes.", "Ada", sender="email:ada@x.org", channel="email", quoted=history)
    async with desk_of(browser, office, **look) as page:
        # when it is looked at, then the answer is there and the rest is a line
        await page.goto(f"{office.url}/#/care/{ada.id}")
        await expect(page.locator(".theirs .words")).to_have_text("Sí, el martes.")
        folded, line = page.locator(".theirs .folded"), page.locator(".theirs summary")
        await expect(folded).to_be_hidden()
        await expect(line).to_have_text(words)
        # and by keyboard it opens to all that was folded away, within the page's width, and readable
        await line.focus()
        await page.keyboard.press("Enter")
        await expect(folded).to_be_visible()
        assert await folded.inner_text() == history
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate(FAINT) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_text_has_contrast(core: Core, office: Office, browser: Browser, scheme: Any) -> None:
    ada = await hears(core, "Hola", "Ada", sender="email:ada@example.org", channel="email", subject="Factura")
    await core.does(NoteAdded(NOE, "Una nota"), ada.id)
    await core.does(ReplyWritten(LUZ, "Una respuesta"), ada.id)
    await hears(core, "Buenas", "Grace")
    async with desk_of(browser, office, color_scheme=scheme) as page:
        for keys in (["j"], ["k", "n"], ["Escape", "t"], ["Escape", "s"], ["Escape", "?"]):
            for key in keys:
                await page.keyboard.press(key)
            assert await page.evaluate(FAINT) == []


# The contrast of WCAG 2.2 (1.4.3) of each piece of text with the nearest background behind it that is not clear.
FAINT = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const parsed = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = ([r, g, b]) => [r, g, b]
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = parsed(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return parsed("Canvas");
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || !node.checkVisibility() || node.closest("noscript, button:disabled")) continue;
    const [one, other] = [light(parsed(getComputedStyle(node).color)), light(behind(node))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) faint.push(`${text.data.trim().slice(0, 40)} ${contrast.toFixed(2)}`);
  }
  return faint;
}"""


async def test_an_ended_session_asks_who_is_there_and_keeps_what_was_written(
    core: Core, office: Office, browser: Browser
) -> None:
    await hears(core, "Hola", "Ada")
    async with desk_of(browser, office) as page:
        await row(page, "Ada").click()
        box = page.get_by_role("textbox", name="Reply to Ada")
        await box.fill("Querida Ada,")
        # when the session is over, and something is asked of the desk
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Claim").click()
        # then it says so, and goes on where it was
        await expect(page.get_by_role("alert")).to_contain_text("Your session has ended.")
        await sign_in(page, "luz")
        await expect(box).to_have_value("Querida Ada,")


async def test_a_wrong_password_says_what_to_do(office: Office, page: Page) -> None:
    await page.goto(office.url)
    await page.locator("#user").fill("luz")
    await page.locator("#password").fill("no es esta")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("No user has that name and password.")
    await expect(page.locator("#password")).to_be_focused()


def test_nothing_in_the_console_makes_markup_of_text() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|srcdoc"
    )
    scripts = sorted(CONSOLE.rglob("*.js"))
    assert len(scripts) > 20
    assert [script.name for script in scripts if forbidden.search(script.read_text(encoding="utf-8"))] == []
    page = (CONSOLE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page)
