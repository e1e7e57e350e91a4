"""The web chat when things break or somebody means ill: what was accepted stays, and the others are served."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from router.model.clock import SystemClock
from router.model.message import Handle
from router.store import metrics
from router.store.server import EmbeddedServer
from tests.core import running_core
from tests.waiting import eventually
from tests.webchat import ORIGIN, Chat, Page, new_key, open_chat, running_chat, settings_for_tests, written_by_the_team

BURST = 50


@pytest.fixture
async def chat(redis_url: str, redis_client: object) -> AsyncIterator[Chat]:
    async with running_chat(redis_url) as running:
        yield running


async def test_redis_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server, running_chat(server.url, per_minute=1000) as chat:
        page, token = await chat.page(), ""
        token = page.token
        for number in range(60):
            # when the store dies under every twelfth message
            if number % 12 == 6:
                os.kill(server.pid, signal.SIGKILL)
            page = await until_accepted(lambda: chat, page, token, f"mensaje {number}")
        # then each was taken once, in the visitor's order
        expected = [f"mensaje {number}" for number in range(60)]
        assert await chat.heard("mensaje 59") == expected
        assert (await chat.page(token)).first_texts[:50] == expected[:50]
        # and what the team writes now still reaches the page that stayed
        conversation = await chat.conversation_of("mensaje 59")
        await chat.adapter.send(written_by_the_team(conversation, Handle("chat", page.visitor), "o-07-after"))
        await page.line("Buenos días")


async def test_a_restart_of_the_chat_is_a_short_silence(redis_url: str, redis_client: object) -> None:
    async with running_core(redis_url, clock=SystemClock()) as core:
        # given a visitor in the middle of their story
        async with open_chat(core, redis_url, settings_for_tests()) as chat:
            page = await chat.page()
            accepted = await page.says_and_waits("antes")
            gone = asyncio.create_task(page.closed())
        # when the chat stops, pages are told to come back
        assert await gone == 1001
        async with open_chat(core, redis_url, settings_for_tests()) as chat:
            # then the page goes on where it was, and sends what it is not sure of once more
            again = await chat.page(page.token, after=accepted["position"])
            assert (again.welcome["token"], again.first_texts) == ("", [])
            await again.says_and_waits("antes", accepted["key"])
            await again.says_and_waits("después")
            assert await chat.heard("después") == ["antes", "después"]


async def test_who_says_nothing_or_only_half_is_shown_out(chat: Chat) -> None:
    # given a socket without a word, and connections that never end their first line
    silent = await chat.socket()
    port = int(chat.url.rpartition(":")[2])
    half = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
    for _, writer in half:
        writer.write(b"GET /chat HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    # when somebody else comes in between, they are served while those are still there
    page = await chat.page()
    assert (await page.says_and_waits("yo sí"))["type"] == "accepted"
    assert not silent.socket.closed
    # then the one is closed after five seconds, and the others are cut off after ten
    assert await silent.closed(7) == 1008
    async with asyncio.timeout(12):
        assert [await reader.read() for reader, _ in half] == [b""] * 50
    for _, writer in half:
        writer.close()


async def test_a_page_that_does_not_read_is_cut_off(chat: Chat) -> None:
    # given a page that stops to read, with little room in between, and one that does read
    page = await chat.page()
    await page.says_and_waits("Hola")
    conversation = await chat.conversation_of("Hola")
    deaf = await deaf_page(chat, page.token)
    await eventually(lambda: there_are(chat, 2), "both pages")
    # when more is written than fits
    for number in range(400):
        message = written_by_the_team(conversation, Handle("chat", page.visitor), f"o-07-long{number}", "x" * 16_000)
        await chat.adapter.send(message)
    # then it is the one that is cut off
    await eventually(lambda: there_are(chat, 1), "the deaf page gone")
    deaf.close()
    assert (await page.says_and_waits("sigo aquí"))["type"] == "accepted"


async def test_a_flood_is_closed_and_each_page_has_its_turn(redis_url: str, redis_client: object) -> None:
    async with running_chat(redis_url, per_minute=600) as chat:
        page = await chat.page()
        # given twenty pages that sent as much as they may all at once, so that hundreds of messages wait
        flooders = [await chat.page() for _ in range(20)]
        already = metrics_of_chat()
        await asyncio.gather(*map(burst, flooders))
        for number in range(3):
            taken = metrics_of_chat()
            waiting = 20 * BURST - (taken - already)
            assert waiting > 200
            # when a visitor writes
            assert (await page.says_and_waits(f"tranquila {number}"))["type"] == "accepted"
            # then one message of each page went before theirs, not all that waited
            assert metrics_of_chat() - taken < 3 * 20
        # and pages that go on without end are closed with a reason
        assert await asyncio.gather(*map(flood, flooders)) == [1008] * 20


async def test_who_writes_too_fast_is_slowed_down_and_loses_nothing(redis_url: str, redis_client: object) -> None:
    async with running_chat(redis_url, per_minute=30) as chat:
        page = await chat.page()
        answers = [await page.says_and_waits(f"rápido {number}") for number in range(12)]
        assert [answer["type"] for answer in answers[:10]] == ["accepted"] * 10
        refused = answers[-1]
        assert (refused["type"], refused["reason"]) == ("refused", "slow")
        assert 0 < refused["retry_after"] <= 2
        # when it comes again after the wait
        await asyncio.sleep(refused["retry_after"])
        assert (await page.says_and_waits("rápido 11", refused["key"]))["type"] == "accepted"


async def until_accepted(chat: Callable[[], Chat], page: Page, token: str, text: str) -> Page:
    """The page on which `text` was accepted: like the widget it sends the same key until it is, on new lines too."""
    key = new_key()
    async with asyncio.timeout(30):
        while True:
            try:
                answer = await page.says_and_waits(text, key)
                if answer["type"] == "accepted":
                    return page
                await asyncio.sleep(0.1)
            except (TypeError, aiohttp.ClientError, TimeoutError, ConnectionError):
                page = await new_line(chat, token) or page


async def new_line(chat: Callable[[], Chat], token: str) -> Page | None:
    """Another line for the same visitor, if there is one to be had now."""
    await asyncio.sleep(0.1)
    try:
        return await chat().page(token)
    except (TypeError, aiohttp.ClientError, TimeoutError, ConnectionError):
        return None


async def burst(page: Page) -> None:
    """Send what a page may at once; all of it has been read when this returns."""
    for number in range(BURST):
        await page.says(f"más {number}")
    await page.answered_all()


def metrics_of_chat() -> float:
    """How many arrivals of the web chat the inbox has taken so far."""
    return metrics.REGISTRY.get_sample_value("hilo_accepted_total", {"channel": "webchat"}) or 0.0


async def flood(page: Page) -> int | None:
    """Send without end; the code with which the server makes one."""
    try:
        for number in range(5000):
            await page.says(f"más {number}")
    except (aiohttp.ClientError, ConnectionError):
        pass
    return await page.closed()


async def deaf_page(chat: Chat, token: str) -> socket.socket:
    """A page that has said hello and will read nothing of what comes."""
    deaf = socket.create_connection(("127.0.0.1", int(chat.url.rpartition(":")[2])))
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    head = (
        f"GET /chat HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    deaf.sendall(head.encode())
    hello = b'{"type":"hello","token":"%s"}' % token.encode()
    # A masked text frame (RFC 6455 section 5.2) whose mask changes nothing.
    deaf.sendall(bytes([0x81, 0x80 | len(hello)]) + bytes(4) + hello)
    return deaf


async def there_are(chat: Chat, pages: int) -> bool:
    return chat.adapter.pages == pages
