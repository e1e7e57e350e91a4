"""Who wrote is known before the inbox chooses the customer: by LMTP and by IMAP, with a name server that may fail."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from router.model.message import Handle, InboundMessage, Proof
from tests.contract.test_email_lmtp import aside, deliver, port_of
from tests.dkim_signer import Signer
from tests.dovecot import PASSWORD, USER, running_dovecot
from tests.email_channel import listening, raw_mail, receiving, settings_for_tests
from tests.name_server import Fault, NameServer, running_name_server

OURS = "mx.hilo.example"
SIGNER = Signer("example.org")


@pytest.fixture
async def name_server() -> AsyncIterator[NameServer]:
    async with running_name_server() as server:
        server.texts[SIGNER.name] = [SIGNER.record]
        yield server


def verify(asked: NameServer, **more: Any) -> dict[str, Any]:
    """The settings of who is asked."""
    return {"verify": {"nameserver": asked.endpoint, "within": "300ms", **more}}


async def arrived(url: str, settings: dict[str, Any], *mails: bytes) -> list[InboundMessage]:
    """The messages that come of the mails, delivered by LMTP."""
    async with receiving(url, listening(**settings)) as post:
        messages = []
        for mail in mails:
            delivering = aside(deliver, port_of(post), mail)
            messages.append(await post.take())
            await delivering
        return messages


async def test_a_signed_mail_by_lmtp_is_proved(redis_url: str, redis_client: object, name_server: NameServer) -> None:
    signed, forged = SIGNER.sign(raw_mail()), Signer("evil.example").sign(raw_mail(number=2))
    proofs = [message.proof for message in await arrived(redis_url, verify(name_server), signed, forged)]
    assert proofs == [Proof.DKIM, Proof.NONE]
    assert name_server.asked == [SIGNER.name]


async def test_our_own_mail_servers_word_is_enough(
    redis_url: str, redis_client: object, name_server: NameServer
) -> None:
    found = f"Authentication-Results: {OURS}; dmarc=pass header.from=example.org\r\n".encode()
    proofs = [each.proof for each in await arrived(redis_url, verify(name_server, server=OURS), found + raw_mail())]
    assert proofs == [Proof.DKIM]
    assert name_server.asked == []


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.SERVFAIL])
async def test_mail_comes_whatever_the_dns_does_and_is_the_same_mail(
    redis_url: str, redis_client: object, name_server: NameServer, fault: Fault
) -> None:
    # given name servers that fail
    name_server.fault = fault
    mail = SIGNER.sign(raw_mail())
    (first,) = await arrived(redis_url, verify(name_server), mail)
    assert (first.proof, first.text) == (Proof.NONE, "Hola")
    # when the same comes again once they are back, then it is proved, and the same by its key
    name_server.fault = None
    (again,) = await arrived(redis_url, verify(name_server), mail)
    assert (again.proof, again.key) == (Proof.DKIM, first.key)


FORWARDED = (
    "¿Lo miran?\n\n---------- Forwarded message ---------\nDe: Ana <ana@example.net>\nAsunto: a\nPara: b\n\nHola"
)


@pytest.mark.parametrize("is_proved_first", [True, False])
async def test_a_colleagues_forwarded_mail_that_comes_again_is_the_same_message_whatever_the_dns_says(
    redis_url: str, redis_client: object, name_server: NameServer, is_proved_first: bool
) -> None:
    # given a mail that a colleague forwards, and name servers that answer at one of its two readings
    mail = SIGNER.sign(raw_mail(FORWARDED, sender="eva@example.org").replace(b"Pedido 1", b"Fwd: a"))
    settings = {**verify(name_server), "colleagues": ("example.org",)}
    name_server.fault = None if is_proved_first else Fault.SILENT
    (first,) = await arrived(redis_url, settings, mail)
    name_server.fault = Fault.SILENT if is_proved_first else None
    (again,) = await arrived(redis_url, settings, mail)
    # then it is the same customer's, in the same words, so that the inbox knows it again
    assert first.sender == Handle("email", "ana@example.net" if is_proved_first else "eva@example.org")
    assert (again.key, again.sender, again.subject, again.text) == (first.key, first.sender, first.subject, first.text)
    # and another mail of the same form is what it is found to be itself
    (other,) = await arrived(redis_url, settings, mail.replace(b"Hola", b"Adi\xc3\xb3s"))
    assert other.sender == Handle("email", "eva@example.org")


async def test_who_is_taken_from_reply_to_is_not_proved_by_froms_signature(
    redis_url: str, redis_client: object, name_server: NameServer
) -> None:
    # given a form of our own site, signed by our domain, that writes for somebody
    ours = Signer("hilo.example")
    name_server.texts[ours.name] = [ours.record]
    form = raw_mail(sender="care@hilo.example", headers="Reply-To: ana@example.org\r\n")
    (message,) = await arrived(redis_url, verify(name_server), ours.sign(form))
    assert (message.sender, message.proof) == (Handle("email", "ana@example.org"), Proof.NONE)


async def test_a_signed_mail_in_a_mailbox_is_proved(
    redis_url: str, redis_client: object, name_server: NameServer
) -> None:
    # given a mailbox with a signed mail, and one of which only the headers are fetched, with our server's word
    found = f"Authentication-Results: {OURS}; dmarc=pass header.from=example.org\r\n".encode()
    large = found + raw_mail("x" * 3000, number=2)
    async with running_dovecot() as dovecot:
        await asyncio.to_thread(dovecot.deliver, SIGNER.sign(raw_mail()), large, SIGNER.sign(raw_mail(number=3))[:-4])
        more = {"max_size": 2000, **verify(name_server, server=OURS)}
        settings = settings_for_tests(imap=(dovecot.imap_port, USER, PASSWORD), **more)
        async with receiving(redis_url, settings) as post:
            messages = [await post.take() for _ in range(3)]
    assert [message.proof for message in messages] == [Proof.DKIM, Proof.DKIM, Proof.NONE]
