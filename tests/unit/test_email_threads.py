"""Which conversation a mail belongs to: what a stranger holds, guesses or was copied on opens nobody else's."""

import random
from datetime import UTC, datetime

import pytest

from channels.email.identity import identified
from channels.email.message_ids import MessageIds
from channels.email.normalise import Account, normalise
from channels.email.tokens import Purpose
from router.model.ids import ConversationId
from router.model.message import Handle, InboundMessage, Proof
from tests.email_channel import CARE_ADDRESS, MADE_IN_THE_TEST, reply

IDS = MessageIds(MADE_IN_THE_TEST, CARE_ADDRESS)
ACCOUNT = Account(CARE_ADDRESS, IDS)
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
OURS = reply()
TOKEN = IDS.tokens.address(CARE_ADDRESS, Purpose.REPLY, OURS.recipient, OURS.conversation)


def read(
    sender: str, *, to: str = CARE_ADDRESS, answers: str = "", handed_to: tuple[str, ...] = (), more: str = ""
) -> InboundMessage:
    """The message in a mail of `sender`."""
    head = f"From: {sender}\r\nTo: {to}\r\nSubject: Re: Pedido 41\r\nMessage-ID: <9@{sender.partition('@')[2]}>\r\n"
    head += f"In-Reply-To: {answers}\r\nReferences: {answers}\r\n" if answers else ""
    raw = f"{head}{more}\r\nHola\r\n".encode()
    return identified(normalise(raw, ACCOUNT, NOW), raw, None, handed_to, ACCOUNT).message


def test_whom_we_wrote_to_is_led_back_by_either() -> None:
    for message in (
        read("ana@example.org", answers=IDS.of(OURS)),
        read("ana@example.org", to=TOKEN),
        read("ana@example.org", to=TOKEN.upper()),
        read("ana@example.org", to=f"Atención <{TOKEN}>, eva@example.org"),
        read("ANA@Example.org", handed_to=(TOKEN,)),
        # in a mailbox, where the mail server wrote down for whom it was
        read("ana@example.org", more=f"Delivered-To: {TOKEN}\r\n"),
        read("ana@example.org", more=f"X-Original-To: {TOKEN}\r\n"),
    ):
        assert (message.conversation, message.suggested) == (OURS.conversation, None)


def test_who_was_copied_or_holds_it_otherwise_gets_no_more_than_a_hint() -> None:
    # given somebody who answers all of a mail that they were copied on, in its thread
    message = read("eva@example.org", to=f"{TOKEN}, ana@example.org", answers=IDS.of(OURS))
    assert (message.conversation, message.suggested) == (None, OURS.conversation)
    assert message.copied == (Handle("email", "ana@example.org"),)
    # and one who only has the Message-ID, in whatever case
    for identifier in (IDS.of(OURS), IDS.of(OURS).upper()):
        message = read("eva@example.org", answers=identifier)
        assert (message.conversation, message.suggested) == (None, OURS.conversation)


def test_a_hint_is_never_made_up() -> None:
    other = TOKEN.replace("c-07-abc0", "c-07-abc1")
    assert other != TOKEN
    for address in (other, "care+r.c-07-abc0@hilo.example", TOKEN.replace("care+", "cara+"), TOKEN[:-3] + "org"):
        message = read("eva@example.org", to=address)
        assert (message.conversation, message.suggested) == (None, None)
    # nor by a Message-ID of another conversation or installation, or with another's holder
    eva = IDS.of(reply(recipient=Handle("email", "eva@example.org"), conversation=ConversationId("c-07-other")))
    signatures = [identifier.split(".")[2].split("@")[0] for identifier in (IDS.of(OURS), eva)]
    forged = signatures[1][:10] + signatures[0][10:]
    strange = MessageIds(b"another secret", CARE_ADDRESS).of(OURS)
    for identifier in (
        IDS.of(OURS).replace("c-07-abc0", "c-07-abc1"),
        IDS.of(OURS).replace(signatures[0], forged),
        strange,
    ):
        message = read("eva@example.org", answers=identifier)
        assert (message.conversation, message.suggested) == (None, None)


def test_two_hundred_references_across_customers_join_nothing() -> None:
    """Anything that leads one customer back, in another's mail: guessed, copied, cut, mixed, and by subject."""
    chance, joined, hints = random.Random(24), 0, 0
    customers = [f"customer{number}@example.org" for number in range(20)]
    for number in range(200):
        victim, stranger = chance.sample(customers, 2)
        sent = reply(recipient=Handle("email", victim), conversation=ConversationId(f"c-07-story{number}"))
        identifier = IDS.of(sent)
        address = IDS.tokens.address(CARE_ADDRESS, Purpose.REPLY, sent.recipient, sent.conversation)
        own = reply(recipient=Handle("email", stranger), conversation=ConversationId("c-07-own"))
        holder = IDS.tokens.token(Purpose.REPLY, own.recipient, own.conversation).split(".")[2]
        parts = address.split(".")
        ways = [
            {"answers": identifier},
            {"to": address},
            {"answers": identifier, "to": f"{address}, {victim}"},
            {"handed_to": (address,)},
            {"more": f"Delivered-To: {address}\r\nReply-To: {victim}\r\nSender: {victim}\r\n"},
            # our own signatures, put onto what is another's
            {"answers": IDS.of(own).replace(own.conversation, sent.conversation)},
            {"to": ".".join((*parts[:2], holder, *parts[3:]))},
            {"answers": identifier.upper(), "more": f"Thread-Topic: {sent.conversation}\r\n"},
        ]
        way = ways[number % len(ways)]
        # and of names that look like the victim's
        sender = chance.choice(
            [stranger, f"{victim}.evil.example", f"x{victim}", victim.replace("customer", "сustomer")]
        )
        message = read(sender, **way)  # type: ignore[arg-type]
        joined += message.conversation is not None
        hints += message.suggested == sent.conversation
    assert joined == 0
    assert hints > 120


@pytest.mark.parametrize("author", ["ana@example.org", "eva@example.org", None])
def test_the_proof_is_for_who_is_shown(author: str | None) -> None:
    raw = b"From: care@hilo.example\r\nReply-To: ana@example.org\r\n\r\nHola\r\n"
    handle = Handle("email", author) if author else None
    message = identified(normalise(raw, ACCOUNT, NOW), raw, handle, (), ACCOUNT).message
    assert (message.sender.address, message.proof) == (
        "ana@example.org",
        Proof.DKIM if author == "ana@example.org" else Proof.NONE,
    )


def test_copies_are_the_others_each_once() -> None:
    many = ", ".join(f"p{number}@example.net" for number in range(80))
    message = read(
        "ana@example.org",
        to=f'"Pérez, Eva" <eva@example.org>, {TOKEN}, ANA@x.example, Ventas: luis@example.org;',
        more=f"Cc: eva@example.org, =?utf-8?q?Jos=C3=A9?= <jose@example.org>, broken@, {many}\r\n",
    )
    copied = [handle.address for handle in message.copied]
    assert copied[:4] == ["eva@example.org", "ANA@x.example", "luis@example.org", "jose@example.org"]
    assert len(copied) == 50


def test_nothing_automatic_answers_what_the_envelope_alone_brings_to_a_bounce_address() -> None:
    # given a mail server that hands over without writing down for whom (LMTP), and a mail that names us otherwise
    bounce = IDS.tokens.address(CARE_ADDRESS, Purpose.BOUNCE, OURS.recipient, OURS.id, OURS.conversation)
    assert [read("ana@example.org", handed_to=(each,)).is_automatic for each in (bounce, TOKEN)] == [True, False]
