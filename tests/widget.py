"""The widget on a company's page in a real browser: the page, the chat behind it, and what a visitor does there."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from channels.webchat.settings import WebchatSettings
from router.model.clock import SystemClock
from tests.core import Core, running_core
from tests.webchat import Chat, open_chat, settings_for_tests

LOUD = "* { color: red !important; font: 40px serif; border: 3px solid red } ol { list-style: square; margin: 40px }"
PAGE = """<!doctype html><html lang="de"><meta name="viewport" content="width=device-width"><title>Shop</title>
<style>{style}</style><h1>Shop</h1><a href="#">a link of the page</a>
<script src="{chat}/widget.js" {attributes} defer></script></html>"""


@dataclass
class Shop:
    """A company's page that embeds the chat; what is set here is what its next load has."""

    url: str
    chat: str
    style: str = LOUD
    attributes: str = ""


@asynccontextmanager
async def open_shop(chat: str) -> AsyncIterator[Shop]:
    """A shop whose chat is at the address `chat`."""
    port = free_port()
    shop = Shop(f"http://127.0.0.1:{port}", chat)

    async def page(_: web.Request) -> web.Response:
        text = PAGE.format(chat=shop.chat, style=shop.style, attributes=shop.attributes)
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield shop
    finally:
        await runner.cleanup()


@dataclass
class House:
    """A shop, the chat that it embeds, and the core behind it."""

    shop: Shop
    core: Core
    chat: Chat


@asynccontextmanager
async def open_house(url: str, **settings: object) -> AsyncIterator[House]:
    """A shop with its chat, beside a core on the Redis at `url`."""
    async with (
        open_shop(f"http://127.0.0.1:{free_port()}") as shop,
        running_core(url, clock=SystemClock()) as core,
        open_chat(core, url, settings_of(shop, **settings)) as chat,
    ):
        yield House(shop, core, chat)


# What sticks out to the right of the window, inside of the chat.
SIDEWAYS = """() => [...document.querySelector("hilo-chat").shadowRoot.querySelectorAll("dialog *")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.className)"""
KEPT_BY_A_CLOSED_TAB = """(prefix) => localStorage.setItem(prefix + "a1b2c3d4e5f6a7b8",
  JSON.stringify({key: "a1b2c3d4e5f6a7b8", text: "de otra pestaña", at: Date.now()}))"""
HIDDEN = """(state) => { Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
  document.dispatchEvent(new Event("visibilitychange")); }"""
ONCE_MORE = """() => { const line = document.createElement("script");
  line.src = document.querySelector("script").src; document.body.append(line); }"""
NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });"""
FOCUSED = """() => { let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at?.getAttribute("aria-label") ?? at?.textContent ?? ""; }"""


async def visit(browser: Browser, shop: Shop, locale: str) -> Page:
    """The shop's page, in the browser of somebody new who prefers that language."""
    return await open_page(await browser.new_context(locale=locale), shop)


async def open_page(context: BrowserContext, shop: Shop) -> Page:
    page = await context.new_page()
    await page.goto(shop.url)
    return page


async def opened(page: Page) -> None:
    """Open the chat, and wait until it is on the line."""
    await page.locator("hilo-chat .launcher").click()
    await expect(page.locator("hilo-chat .says")).to_be_visible()


async def write(page: Page, text: str) -> None:
    box = page.locator("hilo-chat textarea")
    await box.fill(text)
    await box.press("Enter")


async def says(page: Page, text: str) -> None:
    """The chat shows that text somewhere."""
    await expect(page.get_by_text(text)).to_be_visible()


def line(page: Page, text: str) -> Locator:
    """The line of the transcript with that text."""
    return page.locator("hilo-chat li", has_text=text)


async def texts(page: Page) -> list[str]:
    """The texts of all lines, as they stand."""
    return await page.locator("hilo-chat li:not(.day) .words").all_text_contents()


async def focused(page: Page) -> str:
    """The name of what has the focus."""
    found: str = await page.evaluate(FOCUSED)
    return found


async def covers(page: Page, width: int, height: int) -> bool:
    """Whether the chat fills the window."""
    box = await page.get_by_role("dialog").bounding_box()
    return box is not None and (box["x"], box["y"], box["width"], box["height"]) == (0, 0, width, height)


def settings_of(shop: Shop, **settings: object) -> WebchatSettings:
    """Settings of the chat that `shop` embeds."""
    return settings_for_tests(listen=shop.chat.removeprefix("http://"), origins=[shop.url], **settings)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
