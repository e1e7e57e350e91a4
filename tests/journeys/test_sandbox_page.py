"""The sandbox's page and its API: one person plays the customer."""

import json
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, async_playwright, expect

from tests.sandbox_mail import ANA, answer_by_mail, in_thread
from tests.sandbox_process import SandboxProcess
from tests.x_client import XClient


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[SandboxProcess]:
    """One for all stories here; each has an address of its own."""
    async with SandboxProcess() as running:
        yield running


@pytest.fixture
def care() -> str:
    """A care address whose mailbox nobody has used."""
    return f"care-{token_hex(4)}@hilo.example"


@pytest.fixture
def customer() -> str:
    """The address of a customer who has not written yet."""
    return f"ana-{token_hex(4)}@example.org"


async def test_a_customer_writes_is_answered_and_answers_in_the_thread(
    sandbox: SandboxProcess, care: str, customer: str
) -> None:
    # given a customer's mail, written through the API
    first = await sandbox.write(customer, "¿Dónde está mi pedido?", to=care, name="Ana Ñíguez", subject="Pedido 41")
    [asked] = await sandbox.mails(care)
    assert (asked["from"], asked["from_name"], asked["subject"]) == (customer, "Ana Ñíguez", "Pedido 41")
    assert asked["text"].strip() == "¿Dónde está mi pedido?"
    # when the team answers and the customer answers that
    await in_thread(lambda: answer_by_mail(sandbox, first, care=care, to=customer))
    [answered] = await sandbox.wait_for_mails(customer)
    assert answered["in_reply_to"] == first == answered["references"][0]
    thread = [*answered["references"], answered["message_id"]]
    await sandbox.write(customer, "Gracias", to=care, in_reply_to=answered["message_id"], references=thread)
    # then the second mail stands in the thread, and both are in the customer's Sent
    last = (await sandbox.wait_for_mails(care, 2))[-1]
    assert last["in_reply_to"] == "<answer@hilo.example>"
    assert last["references"] == [first, "<answer@hilo.example>"]
    assert [mail["message_id"] for mail in await sandbox.mails(customer, "Sent")] == [first, last["message_id"]]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Content-Type": "text/plain"}, 415),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_other_sites_in_the_browser_can_do_nothing(
    sandbox: SandboxProcess, care: str, headers: dict[str, str], status: int
) -> None:
    sent = {"Content-Type": "application/json", **headers}
    mail = json.dumps({"from": ANA, "to": care, "subject": "x", "text": "x"})
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.page_url}/mail", data=mail, headers=sent) as answer,
    ):
        assert answer.status == status
    assert len(await sandbox.mails(care)) == (status == 200)


@pytest.mark.parametrize(
    "mail", [{"from": "no address", "to": ANA}, {"from": ANA, "to": ANA, "subject": "a\r\nBcc: b@c.example"}, {}]
)
async def test_a_mail_that_can_not_be_is_refused_with_the_reason(sandbox: SandboxProcess, mail: dict[str, str]) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{sandbox.page_url}/mail", json=mail) as answer:
        assert answer.status == 422
        assert answer.content_type == "application/problem+json"
        assert (await answer.json(content_type=None))["detail"]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Page]:
    """The page in a real browser: a Spanish phone."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium was found: apt install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(locale="es-ES", viewport={"width": 360, "height": 740})
        page.set_default_timeout(10_000)
        try:
            await page.goto(url)
            yield page
        finally:
            await browser.close()


@pytest.fixture
async def page(sandbox: SandboxProcess) -> AsyncIterator[Page]:
    async with opened(sandbox.page_url) as page:
        yield page


@pytest.mark.browser
async def test_one_person_plays_the_customer_by_keyboard_on_a_phone(
    sandbox: SandboxProcess, page: Page, care: str, customer: str
) -> None:
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    # given the page in the browser's language
    await page.get_by_role("button", name="Correo").press("Enter")
    await page.get_by_label("Tu dirección").fill(customer)
    await page.get_by_role("button", name="Escribir").press("Enter")
    await page.get_by_label("Para").fill(care)
    # when the customer writes, and the server refuses once
    await sandbox.fault(smtp={"refuse_next": 1})
    await page.get_by_label("Asunto").fill("Pedido 41")
    await page.get_by_label("Tu mensaje").fill("¿Dónde está?")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Tu texto sigue aquí")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("heading", name="Pedido 41")).to_be_focused()
    # then the mail is at the team's, and their answer is announced as it comes
    [asked] = await sandbox.wait_for_mails(care)
    await in_thread(
        lambda: answer_by_mail(sandbox, asked["message_id"], care=care, to=customer, subject="Re: <b>Pedido</b> 41")
    )
    await expect(page.get_by_role("status")).to_contain_text("Correo nuevo de Hilo Care: Re: <b>Pedido</b> 41")
    # and an answer to it goes into the same thread
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Hilo Care").press("Enter")
    await page.get_by_role("button", name="Responder").press("Enter")
    await page.keyboard.type("Gracias")
    await page.keyboard.press("Control+Enter")
    thanked = (await sandbox.wait_for_mails(care, 2))[-1]
    assert thanked["references"] == [asked["message_id"], "<answer@hilo.example>"]
    assert thanked["text"].startswith("Gracias\n\nEl ")
    assert "\n> Llega mañana a las 10." in thanked["text"]
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert wrong == []


@pytest.mark.browser
async def test_one_person_plays_the_customer_on_x_by_keyboard(sandbox: SandboxProcess, page: Page) -> None:
    handle = f"ana_{token_hex(3)}"
    async with XClient(sandbox.x_url) as x:
        await page.get_by_role("button", name="X (Twitter)").press("Enter")
        await page.get_by_label("Tu @nombre").fill(f"@{handle}")
        # when the customer posts, the company hears of it though the customer named nobody
        await page.get_by_label("Lo que dices en X").fill("Sin internet & sin luz, ver https://ana.example/a?b=1&c=2")
        await page.keyboard.press("Control+Enter")
        await expect(
            page.get_by_text("@HiloCare Sin internet & sin luz, ver https://ana.example/a?b=1&c=2")
        ).to_be_visible()
        [mention] = (await x.tweepy.get_users_mentions(4400000001, user_auth=True))["data"]
        # and the company's answer appears by itself, and can be answered in the thread
        answer = {"in_reply_to_tweet_id": mention["id"], "user_auth": True}
        posted = await x.tweepy.create_tweet(text="Lo vemos <ahora>", **answer)
        await expect(page.get_by_role("status")).to_contain_text("@HiloCare ha escrito en X")
        await page.get_by_role("listitem").filter(has_text="Lo vemos <ahora>").get_by_role("button").press("Enter")
        await page.keyboard.type("Gracias")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_text("@HiloCare Gracias")).to_be_visible()
        [thanks, _] = (await x.tweepy.get_users_mentions(4400000001, tweet_fields="referenced_tweets", user_auth=True))[
            "data"
        ]
        assert thanks["referenced_tweets"] == [{"type": "replied_to", "id": posted["data"]["id"]}]
        # when the customer goes on in private, only the company reads it
        await page.get_by_role("button", name="En privado").press("Enter")
        await page.get_by_label("Lo que dices en X").fill("Mi contrato es el 41")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_text("Mi contrato es el 41")).to_be_visible()
        [message] = (await x.tweepy.get_direct_message_events(dm_event_fields="sender_id", user_auth=True))["data"]
        assert message["text"] == "Mi contrato es el 41"
        await x.tweepy.create_direct_message(participant_id=message["sender_id"], text="Anotado", user_auth=True)
        await expect(page.get_by_text("Anotado")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.browser
async def test_the_page_says_calmly_that_there_is_no_chat_in_both_languages(page: Page) -> None:
    site = page.frame_locator("#site")
    await expect(site.get_by_role("status")).to_contain_text("No hay chat configurado")
    await page.get_by_role("button", name="English").click()
    await expect(site.get_by_role("status")).to_contain_text("No chat is configured")
    await expect(page.get_by_role("heading", name="Web chat")).to_be_visible()


@pytest.mark.browser
async def test_the_chat_appears_as_soon_as_it_answers() -> None:
    async def widget(request: web.Request) -> web.Response:
        script = "document.body.append(Object.assign(document.createElement('button'), {textContent: 'Chat'}))"
        return web.Response(text=script, content_type="text/javascript")

    # given a page whose chat does not answer yet
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    async with SandboxProcess(chat_url=f"http://127.0.0.1:{port}") as sandbox, opened(sandbox.page_url) as page:
        site = page.frame_locator("#site")
        await expect(site.get_by_role("status")).to_contain_text("El chat aún no responde")
        # when a server begins to give its script
        app = web.Application()
        app.add_routes([web.get("/widget.js", widget)])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        # then the script runs on the page without a reload, and the note is gone
        try:
            await expect(site.get_by_role("button", name="Chat")).to_be_visible()
            await expect(site.get_by_role("status")).to_be_hidden()
        finally:
            await runner.cleanup()
