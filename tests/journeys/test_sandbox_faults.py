"""The faults that a test may ask of the sandbox's mail server, as mail clients meet them."""

import smtplib
from collections.abc import AsyncIterator
from secrets import token_hex

import pytest
import pytest_asyncio
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from tests.sandbox_mail import ANA, deliver, in_thread, mailbox, raw_mail
from tests.sandbox_process import SandboxProcess


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[SandboxProcess]:
    """One for all stories here; each has an address of its own."""
    async with SandboxProcess() as running:
        yield running


@pytest.fixture(autouse=True)
async def mended(sandbox: SandboxProcess) -> AsyncIterator[None]:
    """Nothing stays broken for the next story."""
    yield
    await sandbox.fault(smtp={}, imap={})


@pytest.fixture
def care() -> str:
    """A care address whose mailbox nobody has used."""
    return f"care-{token_hex(4)}@hilo.example"


async def test_smtp_refuses_for_now_and_for_good_as_asked(sandbox: SandboxProcess, care: str) -> None:
    def refused(to: str) -> tuple[int, bytes]:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            deliver(sandbox, to, 1)
        return refusal.value.recipients[to]

    # given that one mail is refused for now, and one address for good
    await sandbox.fault(smtp={"refuse_next": 1, "code": 452, "refuse_addresses": {"gone@example.org": 550}})
    assert (await in_thread(lambda: refused(care)))[0] == 452
    # then the next mail passes, and the address stays refused until the faults are ended
    await in_thread(lambda: deliver(sandbox, care, 1))
    assert (await in_thread(lambda: refused("gone@example.org")))[0] == 550
    await sandbox.fault(smtp={})
    await in_thread(lambda: deliver(sandbox, "gone@example.org", 2))
    assert len(await sandbox.mails("gone@example.org")) == 1


@pytest.mark.parametrize(("drop", "kept"), [("drop_after_data", 1), ("drop_unkept", 0)])
async def test_a_connection_dropped_after_data_leaves_the_sender_in_doubt(
    sandbox: SandboxProcess, care: str, drop: str, kept: int
) -> None:
    await sandbox.fault(smtp={drop: 1})

    def story() -> None:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            deliver(sandbox, care, 1)

    # the sender sees the same in both cases: only the mailbox knows
    await in_thread(story)
    assert len(await sandbox.mails(care)) == kept


async def test_smtp_keeps_a_mail_though_its_answer_is_late(sandbox: SandboxProcess, care: str) -> None:
    await sandbox.fault(smtp={"delay_seconds": 30})

    def story() -> None:
        with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=0.5) as smtp, pytest.raises(TimeoutError):
            smtp.sendmail(ANA, care, raw_mail())

    with pytest.raises(smtplib.SMTPServerDisconnected):
        await in_thread(story)
    assert len(await sandbox.mails(care)) == 1


async def test_smtp_keeps_to_its_size_and_password(care: str) -> None:
    def story(sandbox: SandboxProcess) -> None:
        with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as smtp:
            smtp.ehlo()
            assert smtp.esmtp_features["size"] == "20000"
            assert smtp.has_extn("smtputf8")
            # a mail that says its size is refused before it is sent, one that does not after
            with pytest.raises(smtplib.SMTPSenderRefused):
                smtp.sendmail(ANA, care, b"x" * 30_000)
            smtp.mail(ANA)
            smtp.rcpt(care)
            assert smtp.data(b"x\r\n" * 10_000)[0] == 552
            with pytest.raises(smtplib.SMTPAuthenticationError):
                smtp.login("anyone", "wrong")
            smtp.login("anyone", "sandbox")

    async with SandboxProcess(max_mail_bytes=20_000) as sandbox:
        await in_thread(lambda: story(sandbox))
        assert await sandbox.mails(care) == []


async def test_imap_drops_connections_and_refuses_sign_ins_as_asked(sandbox: SandboxProcess, care: str) -> None:
    # given a client in IDLE
    imap = IMAPClient("127.0.0.1", sandbox.imap_port, ssl=False, timeout=5)
    await in_thread(lambda: imap.login(care, "sandbox"))
    await in_thread(lambda: imap.select_folder("INBOX"))
    await in_thread(imap.idle)
    # when all connections are dropped and the next sign-in is to fail
    await sandbox.fault(imap={"drop_connections": True, "refuse_logins": 1})
    # then the client sees a broken connection, then a refusal, then is let in
    with pytest.raises((IMAPClientError, OSError)):
        await in_thread(imap.idle_done)

    def sign_in() -> None:
        with mailbox(sandbox, care):
            pass

    with pytest.raises(LoginError, match="for now"):
        await in_thread(sign_in)
    await in_thread(sign_in)


async def test_a_new_uidvalidity_renumbers_the_inbox_and_ends_its_sessions(sandbox: SandboxProcess, care: str) -> None:
    def look() -> tuple[int, dict[int, bytes]]:
        with mailbox(sandbox, care) as imap:
            validity = imap.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"]
            found = imap.fetch(imap.search(), ["ENVELOPE"])
            return validity, {uid: found[uid][b"ENVELOPE"].message_id for uid in sorted(found)}

    def prepare() -> None:
        deliver(sandbox, care, 1, 2, 3)
        with mailbox(sandbox, care) as imap:
            imap.delete_messages([1])
            imap.uid_expunge([1])

    # given an inbox whose first mail was expunged
    await in_thread(prepare)
    before, numbered = await in_thread(look)
    assert list(numbered) == [2, 3]
    # when the server rebuilds its index
    answer = await sandbox.fault(imap={"new_uidvalidity": care})
    # then the same mails have other UIDs under a higher UIDVALIDITY
    after, renumbered = await in_thread(look)
    assert answer["uidvalidity"] == after > before
    assert renumbered == {1: b"<2@example.org>", 2: b"<3@example.org>"}
