"""Replies by mail: what is said of each is true, and a second attempt is the same mail, not a second letter."""

import asyncio
import email
import re
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default

import pytest

from channels.email.adapter import EmailAdapter
from channels.email.settings import Tls
from router.model.errors import PermanentError, TemporaryError, UnknownOutcome
from router.model.event import ReplyWritten
from router.model.message import DeliveryState, Handle
from router.store.connection import Connection
from tests.core import ANA
from tests.email_channel import CARE_ADDRESS, raw_mail, reply, running_email, services_on, settings_for_tests
from tests.sandbox_mail import mailbox
from tests.sandbox_process import SandboxProcess
from tests.tcp_proxy import running_proxy
from tests.waiting import eventually

CUSTOMER = "ana@example.org"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxProcess]:
    async with SandboxProcess() as running:
        yield running


@asynccontextmanager
async def sending(url: str, port: int, **smtp: object) -> AsyncIterator[EmailAdapter]:
    """An adapter that sends through the server at `port`."""
    connection = Connection(url)
    settings = settings_for_tests(smtp_port=port, lmtp={"listen": "127.0.0.1:0"}, plus_addresses=True)
    settings = settings.model_copy(update={"smtp": settings.smtp.model_copy(update=smtp)})
    try:
        yield EmailAdapter(settings, services_on(connection))
    finally:
        await connection.close()


async def test_a_reply_arrives_in_its_thread(sandbox: SandboxProcess, redis_url: str) -> None:
    async with sending(redis_url, sandbox.smtp_port) as adapter:
        receipt = await adapter.send(reply("Llega mañana.\n\nUn saludo <b>"))
    assert receipt.state is DeliveryState.SENT
    (mail,) = await received(sandbox)
    assert mail["Message-ID"] == receipt.reference
    assert (mail["In-Reply-To"], mail["References"]) == ("<last@example.org>", "<first@example.org> <last@example.org>")
    assert (mail["From"], mail["To"]) == ("Atención <care@hilo.example>", CUSTOMER)
    assert mail["Subject"] == "Re: Pedido 41"
    text, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    assert text == "Llega mañana.\n\nUn saludo <b>\n\n-- \nFacturación\nLunes a viernes, de 9 a 18\n"
    assert "Un saludo &lt;b&gt;" in html
    assert "Lunes a viernes" in html


async def test_one_letter_fifty_times_in_doubt_is_one_letter(sandbox: SandboxProcess, redis_url: str) -> None:
    # given a server that takes the mail and is gone before it says so, fifty times, and as many processes that try
    await sandbox.fault(smtp={"drop_after_data": 50})
    message = reply(id="o-07-doubt")
    for _ in range(50):
        async with sending(redis_url, sandbox.smtp_port) as adapter:
            with pytest.raises(UnknownOutcome):
                await adapter.send(message)
    # then each has the same Message-ID and Date, and all other bytes too
    mails = await raw_mails(sandbox)
    assert len(mails) == 50
    assert len({raw[raw.index(b"From: ") :] for raw in mails}) == 1
    assert all(email.message_from_bytes(raw)["Message-ID"] and email.message_from_bytes(raw)["Date"] for raw in mails)


async def test_who_is_sent_again_after_a_lost_answer_has_one_letter(sandbox: SandboxProcess, redis_url: str) -> None:
    async with sending(redis_url, sandbox.smtp_port) as adapter:
        for number in range(20):
            message = reply(id=f"o-07-try{number}")
            # given a server that takes the mail, and is gone before it says so
            await sandbox.fault(smtp={"drop_after_data": 1})
            with pytest.raises(UnknownOutcome):
                await adapter.send(message)
            # then sending again is harmless
            assert await adapter.find(message) is None
            await adapter.send(message)
    mails = await raw_mails(sandbox)
    assert len(mails) == 40
    # since whoever reads them has the same bytes twice, but for the trace that the last server puts before
    bodies = [raw[raw.index(b"From: ") :] for raw in mails]
    assert bodies[0::2] == bodies[1::2]
    assert len({email.message_from_bytes(raw)["Message-ID"] for raw in mails}) == 20


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
async def test_a_refusal_for_now_is_tried_again(sandbox: SandboxProcess, redis_url: str, stage: str) -> None:
    async with sending(redis_url, sandbox.smtp_port) as adapter:
        await sandbox.fault(smtp={"refuse_next": 1, "code": 450, "at": stage})
        with pytest.raises(TemporaryError, match=r"450 4\.3\.0 The sandbox refuses this for now"):
            await adapter.send(reply())
        await adapter.send(reply())
    assert len(await received(sandbox)) == 1


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
async def test_a_refusal_for_good_says_why(sandbox: SandboxProcess, redis_url: str, stage: str) -> None:
    async with sending(redis_url, sandbox.smtp_port) as adapter:
        # MAIL is said twice: with the reply's own bounce address, then with ours
        await sandbox.fault(smtp={"refuse_next": 2 if stage == "mail" else 1, "code": 550, "at": stage})
        with pytest.raises(PermanentError, match=r"550 5\.1\.1 The sandbox refuses this for good"):
            await adapter.send(reply())


async def test_a_reply_has_a_bounce_address_of_its_own_where_the_server_lets_it(
    sandbox: SandboxProcess, redis_url: str
) -> None:
    async with sending(redis_url, sandbox.smtp_port) as adapter:
        await adapter.send(reply())
        # given a server that then takes no sender but ours, and a channel that is told not to try
        await sandbox.fault(smtp={"refuse_next": 1, "code": 553, "at": "mail"})
        await adapter.send(reply())
    async with sending(redis_url, sandbox.smtp_port, bounce_address=False) as adapter:
        await adapter.send(reply())
    # then all three arrive, and only the first one's sender says which reply it is
    first, *others = [mail["Return-Path"] for mail in await received(sandbox)]
    assert re.fullmatch(r"<care\+b\.o-07-abc1\.c-07-abc0\.[a-z2-7.]+@hilo\.example>", first)
    assert others == [f"<{CARE_ADDRESS}>"] * 2


async def test_a_server_out_of_reach_keeps_nothing_in_doubt(redis_url: str) -> None:
    # given nobody at the port, then one who only cuts lines, then one who says nothing
    async with sending(redis_url, 1) as adapter:
        with pytest.raises(TemporaryError, match="can't be reached"):
            await adapter.send(reply())
    async with running_proxy(1) as proxy, sending(redis_url, proxy.port) as adapter:
        with pytest.raises(TemporaryError):
            await adapter.send(reply())


async def test_a_server_that_falls_silent_within_the_mail_leaves_a_doubt(
    sandbox: SandboxProcess, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email.smtp.DATA_SECONDS", 1.0)
    async with sending(redis_url, sandbox.smtp_port) as adapter:
        await sandbox.fault(smtp={"delay_seconds": 3})
        with pytest.raises(UnknownOutcome):
            await adapter.send(reply())
        assert len(await sandbox.wait_for_mails(CUSTOMER)) == 1


async def test_a_server_that_wants_what_it_does_not_offer_is_temporary(sandbox: SandboxProcess, redis_url: str) -> None:
    async with sending(redis_url, sandbox.smtp_port, tls=Tls.STARTTLS) as adapter:
        with pytest.raises(TemporaryError, match="STARTTLS"):
            await adapter.send(reply())


async def test_nobody_to_answer_to_is_said(sandbox: SandboxProcess, redis_url: str) -> None:
    async with sending(redis_url, sandbox.smtp_port) as adapter:
        for address in ("unknown-0123@invalid", "no address", "a\r\nb@example.org", "<a@example.org>", ""):
            with pytest.raises(PermanentError, match="no address"):
                await adapter.send(reply(recipient=Handle("email", address)))
    assert await sandbox.mails(CUSTOMER) == []


async def test_an_address_beyond_ascii_is_reached(sandbox: SandboxProcess, redis_url: str) -> None:
    async with sending(redis_url, sandbox.smtp_port) as adapter:
        receipt = await adapter.send(reply(recipient=Handle("email", "iñigo@xn--maana-pta.example")))
    assert receipt.state is DeliveryState.SENT


async def test_a_mail_becomes_a_conversation_and_its_answer_arrives_in_the_same_thread(
    sandbox: SandboxProcess, redis_url: str, redis_client: object
) -> None:
    settings = settings_for_tests(imap=(sandbox.imap_port, CARE_ADDRESS, "sandbox"), smtp_port=sandbox.smtp_port)
    async with running_email(redis_url, settings) as (core, _):
        # given a customer who writes
        first = await sandbox.write(CUSTOMER, "¿Dónde está mi pedido?", subject="Pedido 41", name="Ana")
        conversation = await eventually(lambda: core.open_of(f"email:{CUSTOMER}"), "the conversation")
        assert conversation is not None
        assert (conversation.subject, conversation.customer_name) == ("Pedido 41", "Ana")
        # when the team answers
        await core.does(ReplyWritten(ANA, "Llega mañana."), conversation.id)
        (answer,) = await sandbox.wait_for_mails(CUSTOMER)
        assert (answer["subject"], answer["in_reply_to"]) == ("Re: Pedido 41", first)
        # and the customer answers that, and somebody else does, who was shown the mail
        for sender, text in ((CUSTOMER, "Gracias"), ("eva@example.net", "¿Y el mío?")):
            await sandbox.write(sender, text, subject="Re: Pedido 41", in_reply_to=answer["message_id"])
        other = await eventually(lambda: core.open_of("email:eva@example.net"), "the other's conversation")
        assert other is not None

        async def thanked() -> bool:
            return ("message_in", "Gracias") in await core.story(conversation.id)

        # then the one joins, and the other has a conversation of their own
        await eventually(thanked, "the answer in the timeline")
        assert other.id != conversation.id
        assert other.customer != conversation.customer


async def test_a_dropped_mailbox_and_a_new_numbering_lose_and_double_nothing(
    sandbox: SandboxProcess, redis_url: str, redis_client: object
) -> None:
    settings = settings_for_tests(imap=(sandbox.imap_port, CARE_ADDRESS, "sandbox"), smtp_port=sandbox.smtp_port)
    async with running_email(redis_url, settings) as (core, _):
        for number in range(12):
            await asyncio.to_thread(hand_in, sandbox, raw_mail(f"mensaje {number}", number=number))
            match number % 4:
                case 1:
                    await sandbox.fault(imap={"drop_connections": True})
                case 2:
                    await sandbox.fault(imap={"new_uidvalidity": True})
                case 3:
                    await sandbox.fault(imap={"refuse_logins": 1, "drop_connections": True})

        async def heard() -> list[str]:
            conversation = await core.open_of(f"email:{CUSTOMER}")
            entries = await core.timeline(conversation.id) if conversation else []
            found = [entry.text for entry in entries if entry.kind.value == "message_in"]
            return found if len(found) >= 12 else []

        expected = [f"mensaje {number}" for number in range(12)]
        assert await eventually(heard, "all messages", seconds=30) == expected
        # and a while later there is not one more
        await asyncio.sleep(1)
        assert await heard() == expected


def hand_in(sandbox: SandboxProcess, mail: bytes) -> None:
    """Send as a customer's program does."""
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as smtp:
        smtp.sendmail(CUSTOMER, CARE_ADDRESS, mail)


async def received(sandbox: SandboxProcess) -> list[EmailMessage]:
    """What lies in the customer's mailbox."""
    return [email.message_from_bytes(raw, policy=default) for raw in await raw_mails(sandbox)]


async def raw_mails(sandbox: SandboxProcess) -> list[bytes]:
    await sandbox.wait_for_mails(CUSTOMER)

    def read() -> list[bytes]:
        with mailbox(sandbox, CUSTOMER) as imap:
            found = imap.fetch(imap.search("ALL"), ["BODY.PEEK[]"])
            return [found[uid][b"BODY[]"] for uid in sorted(found)]

    return await asyncio.to_thread(read)
