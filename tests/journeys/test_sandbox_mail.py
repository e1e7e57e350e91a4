"""The sandbox's mail server as mail clients meet it, and what stops it from starting."""

import asyncio
import itertools
import json
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex

import pytest
import pytest_asyncio

from tests.sandbox_mail import ANA, deliver, in_thread, mailbox, raw_mail
from tests.sandbox_process import SandboxProcess


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[SandboxProcess]:
    """One for all stories here; each has an address of its own."""
    async with SandboxProcess() as running:
        yield running


@pytest.fixture
def care() -> str:
    """A care address whose mailbox nobody has used."""
    return f"care-{token_hex(4)}@hilo.example"


async def test_a_delivery_wakes_idle(sandbox: SandboxProcess, care: str) -> None:
    def story() -> None:
        with mailbox(sandbox, care) as imap:
            for number in range(1, 21):
                # given a client that waits in IDLE
                imap.idle()
                # when a mail is delivered
                deliver(sandbox, care, number)
                # then it hears of it
                assert (number, b"EXISTS") in imap.idle_check(timeout=5)
                imap.idle_done()

    await in_thread(story)


async def test_idle_tells_what_came_just_before_it_began(sandbox: SandboxProcess, care: str) -> None:
    def story() -> None:
        with mailbox(sandbox, care) as imap:
            # given a mail that came after the client's last command
            deliver(sandbox, care, 1)
            # when the client begins to wait, then it is told at once
            imap.idle()
            assert (1, b"EXISTS") in imap.idle_check(timeout=3)
            imap.idle_done()

    await in_thread(story)


async def test_mail_comes_back_byte_for_byte_with_the_trace_of_its_delivery(sandbox: SandboxProcess, care: str) -> None:
    to = care.title().replace("@", "+c-07@")

    def story() -> bytes:
        deliver(sandbox, to, 7)
        with mailbox(sandbox, care) as imap:
            assert imap.search(["HEADER", "Message-ID", "<7@example.org>"]) == [1]
            return bytes(imap.fetch([1], ["BODY.PEEK[]"])[1][b"BODY[]"])

    found = await in_thread(story)
    assert found.startswith(f"Return-Path: <{ANA}>\r\nDelivered-To: {to}\r\nReceived: from ".encode())
    assert found.endswith(raw_mail(7))


async def test_concurrent_sessions_lose_nothing_and_no_uid_is_given_twice(sandbox: SandboxProcess, care: str) -> None:
    def append(first: int) -> None:
        with mailbox(sandbox, care) as imap:
            for number in range(first, first + 25):
                imap.append("INBOX", raw_mail(number))
                imap.noop()

    def story() -> None:
        # when four senders and four sessions add to one mailbox at the same time
        with ThreadPoolExecutor(8) as pool:
            senders = [pool.submit(deliver, sandbox, care, *range(n * 100, n * 100 + 25)) for n in range(1, 5)]
            appenders = [pool.submit(append, n * 100 + 50) for n in range(1, 5)]
            for work in itertools.chain(senders, appenders):
                work.result()
        # then all is there, each under a UID of its own
        with mailbox(sandbox, care) as imap:
            uids = imap.search()
            assert uids == list(range(1, 201))
            subjects = {found[b"ENVELOPE"].message_id for found in imap.fetch(uids, ["ENVELOPE"]).values()}
            assert len(subjects) == 200

    await in_thread(story)


async def test_all_mail_survives_a_kill_under_the_same_uids(tmp_path: Path, care: str) -> None:
    def leave(sandbox: SandboxProcess) -> dict[str, object]:
        deliver(sandbox, care, 1, 2, 3, 4, 5)
        with mailbox(sandbox, care) as imap:
            imap.add_flags([2], [b"\\Seen", b"\\Answered"])
            imap.move([3], "Sent")
            imap.delete_messages([5])
            imap.uid_expunge([5])
            imap.create_folder("Done")
            imap.copy([4], "Done")
        return state(sandbox)

    def state(sandbox: SandboxProcess) -> dict[str, object]:
        seen: dict[str, object] = {}
        with mailbox(sandbox, care) as imap:
            for _, _, name in imap.list_folders():
                status = imap.folder_status(name, ["UIDVALIDITY", "UIDNEXT", "MESSAGES"])
                imap.select_folder(name, readonly=True)
                mails = imap.fetch(imap.search(), ["BODY.PEEK[]", "INTERNALDATE", "FLAGS"])
                kept = {
                    uid: (mail[b"BODY[]"], mail[b"INTERNALDATE"], set(mail[b"FLAGS"]) - {b"\\Recent"})
                    for uid, mail in mails.items()
                }
                seen[name] = (status, kept)
        return seen

    # given mailboxes in which things were delivered, flagged, moved, copied and expunged
    async with SandboxProcess(tmp_path) as first:
        left = await in_thread(lambda: leave(first))
        await first.kill()
    # when the sandbox starts again on the same folder, then a client finds all as it left it
    async with SandboxProcess(tmp_path) as second:
        assert await in_thread(lambda: state(second)) == left
        # and the next mail gets the next UID, not that of the one that is gone
        await in_thread(lambda: deliver(second, care, 6))
        with mailbox(second, care) as imap:
            assert imap.search() == [1, 2, 4, 6]


async def test_it_ends_with_the_standard_input_of_who_started_it() -> None:
    async with SandboxProcess() as sandbox:
        assert await sandbox.close_input() == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", sandbox.smtp_port), timeout=1)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"host": "0.0.0.0"}, "host: the sandbox listens on 127.0.0.1 only"),
        ({"smtp_prot": 0}, "there is no setting smtp_prot (did you mean smtp_port?)"),
        ({"chat_url": "javascript:alert(1)"}, "chat_url: "),
        ({"smtp_port": "taken"}, "for SMTP can't be had on 127.0.0.1"),
        ({"imap_port": "taken"}, "for IMAP can't be had on 127.0.0.1"),
        ({"x_port": "taken"}, "for X can't be had on 127.0.0.1"),
        ({"phone_port": "taken"}, "for the telephone exchange can't be had on 127.0.0.1"),
        ({"page_port": "taken"}, "for the page can't be had on 127.0.0.1"),
        ({"data": "taken"}, "another sandbox has it"),
        ({"data": "/dev/null/x"}, "can't be used"),
    ],
)
async def test_what_stops_it_from_starting_is_said_in_one_sentence(
    sandbox: SandboxProcess, tmp_path: Path, settings: dict[str, object], reason: str
) -> None:
    if settings.get("data") == "taken":
        settings = {"data": str(sandbox.data)}
    taken = {key: sandbox.smtp_port for key, value in settings.items() if value == "taken"}
    asked = {"data": str(tmp_path), "page_port": 0, "smtp_port": 0, "imap_port": 0, "x_port": 0, "phone_port": 0}
    asked |= {**settings, **taken}
    command = [sys.executable, "-m", "sandbox", "--json", json.dumps(asked)]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        out, said = await asyncio.wait_for(process.communicate(), 20)
    finally:
        if process.returncode is None:
            process.kill()
    assert (process.returncode, out) == (2, b"")
    assert said.startswith(b"sandbox: ")
    assert said.count(b"\n") == 1
    assert reason in said.decode()
