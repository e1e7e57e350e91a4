"""A mail finds its conversation through real servers: by the address that an answer gave, whatever else is lost."""

import asyncio
import email
import smtplib
from collections.abc import AsyncIterator
from email.policy import default

import pytest

from router.model.event import ReplyWritten
from router.model.message import DeliveryState, Handle
from tests.contract.test_email_smtp import received, sending
from tests.core import ANA
from tests.dkim_signer import Signer
from tests.email_channel import CARE_ADDRESS, raw_mail, reply, running_email, settings_for_tests
from tests.name_server import running_name_server
from tests.sandbox_mail import mailbox
from tests.sandbox_process import SandboxProcess
from tests.waiting import eventually

CUSTOMER, COPIED, SECRET = "ana@example.org", "eva@example.net", "luis@example.net"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxProcess]:
    async with SandboxProcess() as running:
        yield running


async def test_an_answer_finds_its_conversation_by_the_address_alone_and_a_copy_does_not(
    sandbox: SandboxProcess, redis_url: str, redis_client: object
) -> None:
    way_in = (sandbox.imap_port, CARE_ADDRESS, "sandbox")
    settings = settings_for_tests(imap=way_in, smtp_port=sandbox.smtp_port, plus_addresses=True)
    async with running_email(redis_url, settings) as (core, _):
        # given an answer of which somebody got a copy
        await sandbox.write(CUSTOMER, "¿Dónde está mi pedido?", subject="Pedido 41")
        conversation = await eventually(lambda: core.open_of(f"email:{CUSTOMER}"), "the conversation")
        assert conversation is not None
        await core.does(ReplyWritten(ANA, "Llega mañana.", copied=(Handle("email", COPIED),)), conversation.id)
        (answer,) = await received(sandbox)
        assert (answer["From"], answer["Cc"]) == (f"Atención <{CARE_ADDRESS}>", COPIED)
        address = str(answer["Reply-To"])
        assert address.startswith("care+r.")
        # when both write to that address, in a program that keeps neither references nor subject, in capitals
        await sandbox.write(COPIED, "¿Y el mío?", subject="Otra cosa", to=address)
        await sandbox.write(CUSTOMER, "Gracias", subject="Otra cosa", to=address.upper())
        other = await eventually(lambda: core.open_of(f"email:{COPIED}"), "the other's conversation")
        assert other is not None

        # then the one is in the conversation
        async def thanked() -> bool:
            return ("message_in", "Gracias") in await core.story(conversation.id)

        await eventually(thanked, "the answer in the timeline")
        # and the other in one of their own, with a hint for the team
        assert other.customer != conversation.customer
        hints = [each.detail for each in await core.timeline(other.id) if each.kind.value == "suggestion"]
        assert hints == [{"conversation": conversation.id}]


async def test_a_secret_copy_is_secret(sandbox: SandboxProcess, redis_url: str) -> None:
    # given an answer with a copy for one, and a secret one for another
    message = reply(copied=(Handle("email", COPIED),), blind_copied=(Handle("email", SECRET),))
    async with sending(redis_url, sandbox.smtp_port) as adapter:
        receipt = await adapter.send(message)
    assert (receipt.state, receipt.reason) == (DeliveryState.SENT, "")
    # then all three have it, and none of them reads of the secret one
    for address in (CUSTOMER, COPIED, SECRET):
        (raw,) = await asyncio.to_thread(raw_mails, sandbox, address)
        mail = email.message_from_bytes(raw, policy=default)
        assert (mail["To"], mail["Cc"], mail["Bcc"]) == (CUSTOMER, COPIED, None)
        assert SECRET.encode() not in raw[raw.index(b"From: ") :]


async def test_a_copy_that_is_refused_keeps_the_mail_from_nobody_and_is_told(
    sandbox: SandboxProcess, redis_url: str
) -> None:
    message = reply(copied=(Handle("email", COPIED),), blind_copied=(Handle("email", SECRET),))
    async with sending(redis_url, sandbox.smtp_port) as adapter:
        await sandbox.fault(smtp={"refuse_addresses": {COPIED: 550}})
        receipt = await adapter.send(message)
    assert receipt.state is DeliveryState.SENT
    assert receipt.reason.startswith(f"{COPIED}: 550")
    assert [len(await sandbox.mails(address)) for address in (CUSTOMER, COPIED, SECRET)] == [1, 0, 1]


async def test_what_a_colleague_forwards_is_the_customers(
    sandbox: SandboxProcess, redis_url: str, redis_client: object
) -> None:
    signer = Signer("hilo.example")
    text = "¿Lo miran?\n\nDe: Ana <ana@example.org>\nFecha: hoy\nPara: Beto\n\nHola, soy Ana"
    async with running_name_server() as name_server:
        name_server.texts[signer.name] = [signer.record]
        settings = settings_for_tests(
            imap=(sandbox.imap_port, CARE_ADDRESS, "sandbox"),
            smtp_port=sandbox.smtp_port,
            colleagues=["hilo.example"],
            verify={"nameserver": name_server.endpoint},
        )
        async with running_email(redis_url, settings) as (core, _):
            # given a mail that a colleague forwards, and one that only says so
            mail = raw_mail(text, number=1, sender="beto@hilo.example").replace(b"Subject: ", b"Subject: RV: ")
            for raw in (signer.sign(mail), mail.replace(b"<1@", b"<2@").replace(b"ana@", b"eva@")):
                await asyncio.to_thread(hand_in, sandbox, raw)
            conversation = await eventually(lambda: core.open_of(f"email:{CUSTOMER}"), "the customer's")
            claimed = await eventually(lambda: core.open_of("email:beto@hilo.example"), "the one that only says so")
            # then the one is the customer's, with the colleague's words as a note, and the other who it says it is from
            assert conversation is not None
            assert claimed is not None
            assert await core.story(conversation.id) == [
                ("message_in", "Hola, soy Ana"),
                ("note", "¿Lo miran?"),
                ("routed", ""),
            ]
            assert await core.open_of("email:eva@example.org") is None


def hand_in(sandbox: SandboxProcess, mail: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as smtp:
        smtp.sendmail("beto@hilo.example", CARE_ADDRESS, mail)


def raw_mails(sandbox: SandboxProcess, address: str) -> list[bytes]:
    with mailbox(sandbox, address) as imap:
        found = imap.fetch(imap.search("ALL"), ["BODY.PEEK[]"])
        return [bytes(found[uid][b"BODY[]"]) for uid in sorted(found)]
