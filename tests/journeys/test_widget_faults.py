"""The widget in a real browser when things break or are in its way: what was written is kept, and goes out once."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from router.model.clock import SystemClock
from router.model.decision import EntryKind
from router.model.event import ReplyWritten
from router.model.ids import PARTITIONS, TeamId
from router.store.connection import Connection
from router.store.records import Records
from router.store.server import EmbeddedServer
from tests.core import ANA, running_core
from tests.processes import hilo
from tests.webchat import open_chat
from tests.widget import (
    KEPT_BY_A_CLOSED_TAB,
    NO_STORAGE,
    ONCE_MORE,
    House,
    free_port,
    line,
    open_house,
    open_page,
    open_shop,
    opened,
    says,
    settings_of,
    texts,
    visit,
    write,
)


@pytest.fixture
async def house(redis_url: str, redis_client: object) -> AsyncIterator[House]:
    async with open_house(redis_url) as opened:
        yield opened


async def test_a_page_that_moves_the_chat_about_does_not_break_it(house: House, browser: Browser) -> None:
    page = await visit(browser, house.shop, locale="es")
    await opened(page)
    await write(page, "antes")
    await expect(line(page, "antes")).to_contain_text("Entregado")
    # when a page swaps its body, and loads the chat's line once more
    await page.evaluate("document.body.prepend(document.querySelector('hilo-chat'))")
    await page.evaluate(ONCE_MORE)
    await write(page, "después")
    await expect(line(page, "después")).to_contain_text("Entregado")
    assert await page.locator("hilo-chat").count() == 1
    assert await texts(page) == ["antes", "después"]


async def test_two_tabs_are_one_visitor(house: House, browser: Browser) -> None:
    context = await browser.new_context(locale="es")
    one, two = await open_page(context, house.shop), await open_page(context, house.shop)
    # when both open the chat at the same moment, as new as they are
    await asyncio.gather(opened(one), opened(two))
    await write(one, "desde la primera")
    await expect(line(two, "desde la primera")).to_be_visible()
    await write(two, "desde la segunda")
    await expect(line(one, "desde la segunda")).to_be_visible()
    conversation = await house.chat.conversation_of("desde la segunda")
    await house.core.does(ReplyWritten(ANA, "para las dos"), conversation)
    for tab in (one, two):
        await expect(line(tab, "para las dos")).to_be_visible()
        assert await texts(tab) == ["desde la primera", "desde la segunda", "para las dos"]


async def test_what_is_written_while_the_chat_is_away_waits_and_goes_out_once(
    redis_url: str, redis_client: object, browser: Browser
) -> None:
    async with (
        open_shop(f"http://127.0.0.1:{free_port()}") as shop,
        running_core(redis_url, clock=SystemClock()) as core,
    ):
        async with open_chat(core, redis_url, settings_of(shop)) as chat:
            page = await visit(browser, shop, locale="es")
            await opened(page)
            await write(page, "antes")
            conversation = await chat.conversation_of("antes")
        # when the chat is gone, the visitor goes on writing, and the team too
        await says(page, "La línea se ha cortado un momento.")
        await write(page, "mientras tanto")
        await write(page, "y esto")
        await says(page, "Guardamos tu mensaje y lo enviamos en cuanto vuelva.")
        await expect(line(page, "y esto")).to_contain_text("Guardado")
        await core.does(ReplyWritten(ANA, "sigo aquí"), conversation)
        async with open_chat(core, redis_url, settings_of(shop)) as chat:
            # then all of it arrives by itself, once, in order
            await expect(line(page, "y esto")).to_contain_text("Entregado", timeout=30_000)
            await expect(page.get_by_text("La línea se ha cortado")).to_be_hidden()
            await expect(line(page, "sigo aquí")).to_be_visible()
            assert await chat.heard("y esto") == ["antes", "mientras tanto", "y esto"]
            # and also what a page had kept that was closed meanwhile
            await page.evaluate(KEPT_BY_A_CLOSED_TAB, f"hilo:{chat.url}/:out:")
            await page.reload()
            await expect(line(page, "de otra pestaña")).to_contain_text("Entregado")
            assert await chat.heard("de otra pestaña") == ["antes", "mientras tanto", "y esto", "de otra pestaña"]


async def test_hilo_and_its_redis_killed_together_are_a_pause_for_the_visitor(tmp_path: Path, browser: Browser) -> None:
    port = free_port()
    (tmp_path / "rules").mkdir()
    config = tmp_path / "config.yaml"
    config.write_text(
        f"data: data\nredis: {{}}\nteams: {{care: {{name: Care}}}}\nrules: {{folder: rules, default_team: care}}\n"
        f"desk: {{listen: '127.0.0.1:{free_port()}'}}\nchannels: {{webchat: {{listen: '127.0.0.1:{port}'}}}}\n"
    )
    async with hilo("up", config=config) as first:
        await first.says("Hilo is up.")
        context = await browser.new_context(locale="en")
        page = await context.new_page()
        await page.goto(f"http://localhost:{port}/?language=en")
        await opened(page)
        await write(page, "before")
        await expect(line(page, "before")).to_contain_text("Delivered")
        # when both are killed at once, and the visitor goes on
        for each in (first.pid, *children_of(first.pid)):
            os.kill(each, signal.SIGKILL)
        await write(page, "meanwhile")
        await says(page, "We keep your message and send it as soon as the line is back.")
    async with hilo("up", config=config) as second:
        await second.says("Hilo is up.")
        # then it is the same conversation, and each message is in it once
        await expect(line(page, "meanwhile")).to_contain_text("Delivered", timeout=60_000)
        await page.reload()
        await expect(line(page, "meanwhile")).to_be_visible()
        assert await texts(page) == ["before", "meanwhile"]
        connection = Connection(EmbeddedServer(tmp_path / "data").url)
        [conversation] = await Records(connection, PARTITIONS).queue(TeamId("care"))
        timeline = await Records(connection, PARTITIONS).timeline(conversation.id)
        assert [entry.text for entry in timeline if entry.kind is EntryKind.MESSAGE_IN] == ["before", "meanwhile"]
        await connection.close()


async def test_with_the_store_away_the_visitor_is_told_calmly_and_nothing_is_lost(
    tmp_path: Path, browser: Browser
) -> None:
    server = EmbeddedServer(tmp_path)
    await server.start()
    async with open_house(server.url) as house:
        page = await visit(browser, house.shop, locale="en")
        await opened(page)
        await write(page, "before")
        await expect(line(page, "before")).to_contain_text("Delivered")
        await server.stop()
        await write(page, "while it is away")
        await says(page, "We keep your message and send it as soon as the line is back.")
        await server.start()
        await expect(line(page, "while it is away")).to_contain_text("Delivered", timeout=40_000)
        await expect(page.get_by_text("The line is down")).to_be_hidden()
        conversation = await house.chat.conversation_of("before")
        await house.core.does(ReplyWritten(ANA, "all here"), conversation)
        await expect(line(page, "all here")).to_be_visible()
        assert await house.chat.heard("before") == ["before", "while it is away"]
    await server.stop()


async def test_it_does_without_the_browsers_storage(house: House, browser: Browser) -> None:
    context = await browser.new_context(locale="es")
    await context.add_init_script(NO_STORAGE)
    page = await open_page(context, house.shop)
    await opened(page)
    await write(page, "sin memoria")
    await expect(line(page, "sin memoria")).to_contain_text("Entregado")


def children_of(pid: int) -> list[int]:
    """The processes that the process `pid` has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
