"""The widget while the store has no room: the visitor is told calmly, their text is kept, and it goes out by itself."""

from pathlib import Path

from playwright.async_api import Browser, expect

from router.model.clock import SystemClock
from router.store.fullness import Bounds
from router.store.server import EmbeddedServer
from tests.core import running_core
from tests.room import evicted, fill, make_room
from tests.waiting import eventually
from tests.webchat import open_chat
from tests.widget import free_port, line, open_page, open_shop, opened, says, settings_of, texts, write

BUSY = "Ahora mismo hay mucho movimiento. Tu mensaje está guardado y sale solo en cuanto se pueda."


async def test_a_full_store_is_a_calm_word_and_everything_arrives(tmp_path: Path, browser: Browser) -> None:
    phone = await browser.new_context(locale="es-PA", viewport={"width": 360, "height": 640}, color_scheme="dark")
    async with (
        EmbeddedServer(tmp_path) as server,
        open_shop(f"http://127.0.0.1:{free_port()}") as shop,
        running_core(server.url, clock=SystemClock()) as core,
        open_chat(core, server.url, settings_of(shop), bounds=Bounds()) as chat,
    ):
        page = await open_page(phone, shop)
        await opened(page)
        await write(page, "antes")
        await expect(line(page, "antes")).to_contain_text("Entregado")
        # when there is no room, and the visitor writes on
        await fill(server.url, 0.9)
        await eventually(chat.is_closed, "a closed door")
        await write(page, "¿Hay alguien?")
        await says(page, BUSY)
        await write(page, "Es por la factura")
        # then both are kept, the word stays while they go on writing, and nothing sticks out
        await expect(line(page, "¿Hay alguien?")).to_contain_text("Guardado, sale en cuanto pueda")
        await expect(line(page, "Es por la factura")).to_contain_text("Guardado, sale en cuanto pueda")
        await page.locator("hilo-chat textarea").fill("y además")
        await says(page, BUSY)
        await expect(page.get_by_text("La línea se ha cortado")).to_be_hidden()
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        # (the page's own 40 pixels stay outside)
        assert await page.locator("hilo-chat .says").evaluate("each => getComputedStyle(each).fontSize") == "15px"
        await page.screenshot(path=tmp_path / "busy.png")
        # and a page that is loaded anew has them still
        await page.reload()
        await opened(page)
        await says(page, BUSY)
        assert await texts(page) == ["antes", "¿Hay alguien?", "Es por la factura"]
        # when there is room again, all goes out by itself, once, in order
        await make_room(server.url)
        await expect(line(page, "Es por la factura")).to_contain_text("Entregado", timeout=40_000)
        await expect(page.get_by_text(BUSY)).to_be_hidden()
        assert await chat.heard("Es por la factura") == ["antes", "¿Hay alguien?", "Es por la factura"]
        assert await evicted(server.url) == 0
