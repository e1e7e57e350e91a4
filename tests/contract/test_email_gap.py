"""A mail that comes in the moment between two commands is not left until the next one."""

import asyncio

import pytest

from channels.email.imap import ImapSession
from channels.email.own_thread import Wake
from channels.email.settings import ImapSettings, Tls
from router.model.secret import Secret
from tests.sandbox_process import SandboxProcess

CARE = "care@hilo.example"


@pytest.mark.parametrize("comes_behind", ["look", "uids"])
async def test_a_mail_between_two_commands_ends_the_wait_at_once(comes_behind: str) -> None:
    async with SandboxProcess() as sandbox:
        password = Secret.of("sandbox")
        settings = ImapSettings(host="127.0.0.1", port=sandbox.imap_port, user=CARE, password=password, tls=Tls.NONE)
        session = ImapSession(settings)
        await asyncio.to_thread(session.open)
        # given a session that has just seen an empty mailbox, when a mail comes
        glance = await asyncio.to_thread(session.look)
        if comes_behind == "look":
            await sandbox.write("ada@example.org", "Hola", to=CARE)
        assert await asyncio.to_thread(session.uids, 0, glance.next_uid) == []
        if comes_behind == "uids":
            await sandbox.write("ada@example.org", "Hola", to=CARE)
        # then waiting for news ends long before its time, and the mail is there
        async with asyncio.timeout(10):
            await asyncio.to_thread(session.wait, 60, Wake())
        glance = await asyncio.to_thread(session.look)
        assert len(await asyncio.to_thread(session.uids, 0, glance.next_uid)) == 1
        await asyncio.to_thread(session.close)
