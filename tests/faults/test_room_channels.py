"""Each channel tells its source in its own words that there is no room, keeps what it has, and goes on by itself."""

import asyncio
import os
import signal
import smtplib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from router.model.clock import SystemClock
from router.store.connection import Connection
from router.store.fullness import Bounds
from router.store.inbox import Inbox
from router.store.server import EmbeddedServer
from tests.clock import HeldClock
from tests.contract.test_email_faults import CUSTOMER, hand_in, heard
from tests.core import ANA, running_core
from tests.desk import Answer, running_desk
from tests.email_channel import listening, raw_mail, running_email, settings_for_tests
from tests.ports import free_ports
from tests.room import evicted, fill, make_room, paused, watched_room
from tests.sandbox_process import SandboxProcess
from tests.waiting import eventually
from tests.webchat import Page, open_chat
from tests.webchat import settings_for_tests as chat_settings

IMPATIENT = Bounds(patience=1)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(tmp_path) as running:
        yield running


@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
async def test_a_mail_server_is_asked_to_come_again(server: EmbeddedServer, protocol: str) -> None:
    (port,) = free_ports(1)
    async with running_email(server.url, listening(protocol, f"127.0.0.1:{port}"), IMPATIENT) as (core, _):
        assert await answer(protocol, port, 0) == "250"
        # when the store is full, and when it is silent
        await fill(server.url, 0.9)
        await eventually(lambda: says(protocol, port, 1, "451 4.3.1"), "451 4.3.1")
        await make_room(server.url)
        await eventually(lambda: says(protocol, port, 1, "250"), "250 again")
        await paused(server.url, timedelta(seconds=4))
        assert await answer(protocol, port, 2) == "451 4.3.2"
        await eventually(lambda: says(protocol, port, 2, "250"), "250 once more", seconds=20)
        # then each mail was taken once
        assert await heard(core, 3) == [f"mensaje {number}" for number in range(3)]
        assert await evicted(server.url) == 0


async def test_a_mailbox_is_read_on_from_where_it_stood(server: EmbeddedServer) -> None:
    async with SandboxProcess() as sandbox:
        settings = settings_for_tests(imap=(sandbox.imap_port, "care@hilo.example", "sandbox"))
        async with running_email(server.url, settings, IMPATIENT) as (core, _):
            await asyncio.to_thread(hand_in, sandbox.smtp_port, range(2))
            assert await heard(core, 2) == ["mensaje 0", "mensaje 1"]
            # when mails come into a mailbox while there is no room, they stay there
            await fill(server.url, 0.9)
            await asyncio.sleep(1.5)
            await asyncio.to_thread(hand_in, sandbox.smtp_port, range(2, 20))
            await asyncio.sleep(2)
            assert await heard(core, 2) == ["mensaje 0", "mensaje 1"]
            # then they are taken by themselves, once, in their order
            await make_room(server.url)
            assert await heard(core, 20) == [f"mensaje {number}" for number in range(20)]


async def test_a_page_keeps_what_was_written_and_sends_it_again(server: EmbeddedServer) -> None:
    async with (
        running_core(server.url, clock=SystemClock()) as core,
        open_chat(core, server.url, chat_settings(), bounds=IMPATIENT) as chat,
    ):
        page = await chat.page()
        await page.says_and_waits("antes")
        await fill(server.url, 0.9)
        await eventually(chat.is_closed, "a closed door")
        # when it is written while there is no room, the page is told that it is busy, and when to come again
        refused = await page.says_and_waits("lleno")
        assert (refused["type"], refused["reason"]) == ("refused", "busy")
        assert refused["retry_after"] > 0
        await make_room(server.url)
        await eventually(lambda: is_taken(page, "lleno", refused["key"]), "lleno")
        # and when the store stands still, the page is answered before it takes its line for dead
        os.kill(server.pid, signal.SIGSTOP)
        try:
            refused = await page.says_and_waits("parado")
            assert refused["type"] == "refused"
        finally:
            os.kill(server.pid, signal.SIGCONT)
        await eventually(lambda: is_taken(page, "parado", refused["key"]), "parado", seconds=20)
        assert await chat.heard("parado") == ["antes", "lleno", "parado"]
        assert await evicted(server.url) == 0


async def test_an_agent_is_told_plainly_and_the_same_command_is_taken_later(server: EmbeddedServer) -> None:
    connection = Connection(server.url)
    async with running_core(server.url) as core, watched_room(connection) as room:
        inbox = Inbox(connection, HeldClock(), room=room)
        async with running_desk(server.url, inbox=inbox) as office:
            ana = await office.script(ANA)
            conversation = await core.says("antes")

            async def note(language: str = "es") -> Answer:
                path = f"/api/conversations/{conversation.id}/note"
                headers = {"Idempotency_Key": "k-1", "Accept_Language": language}
                return await ana.post(path, {"text": "una nota"}, **headers)

            async def has_status(status: int) -> bool:
                return (await note()).status == status

            # when even agents find no room
            await fill(server.url, 0.97)
            await eventually(lambda: has_status(503), "503")
            told = await note()
            assert (told.code, told.body["title"], int(told.headers["Retry-After"])) == (
                "store_full",
                "El almacén está lleno",
                2,
            )
            # then the same command is taken once there is some, and once only
            await make_room(server.url)
            await eventually(lambda: has_status(200), "200")
            assert [text for kind, text in await core.story(conversation.id) if kind == "note"] == ["una nota"]
    await connection.close()


async def is_taken(page: Page, text: str, key: str) -> bool:
    found = await page.says_and_waits(text, key)
    if found["type"] != "accepted":
        await asyncio.sleep(0.3)
    return bool(found["type"] == "accepted")


async def says(protocol: str, port: int, number: int, expected: str) -> bool:
    return await answer(protocol, port, number) == expected


async def answer(protocol: str, port: int, number: int) -> str:
    """What the door says to a mail: the code, and the enhanced code of a refusal."""
    return await asyncio.to_thread(_answer, protocol, port, number)


def _answer(protocol: str, port: int, number: int) -> str:
    kind = smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP
    with kind("127.0.0.1", port, timeout=30) as client:
        try:
            client.sendmail(CUSTOMER, "care@hilo.example", raw_mail(f"mensaje {number}", number=number))
        except smtplib.SMTPDataError as error:
            return f"{error.smtp_code} {_words(error.smtp_error).split()[0]}"
    return "250"


def _words(said: bytes | str) -> str:
    return said.decode() if isinstance(said, bytes) else said
