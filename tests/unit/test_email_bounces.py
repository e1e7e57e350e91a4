"""Delivery reports: which mails are some, what they say, and which reply of ours they are proved to be about."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.email.bounced import Bounced, Bounces
from channels.email.compose import Letterhead, compose
from channels.email.message_ids import MessageIds
from channels.email.normalise import Account, Mail, left_behind, normalise
from channels.email.notes import Problem
from router.model.ids import ConversationId
from router.model.message import DeliveryState, Handle
from tests.cases import shared_cases
from tests.email_channel import CARE_ADDRESS, MADE_IN_THE_TEST, reply

NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
IDS = MessageIds(MADE_IN_THE_TEST, CARE_ADDRESS)
ACCOUNT = Account(CARE_ADDRESS, IDS)
BOUNCES = Bounces(CARE_ADDRESS, IDS)
REPLY = reply()
SENT = compose(REPLY, Letterhead(CARE_ADDRESS, "Atención", IDS))
OURS = BOUNCES.address(REPLY)
REFUSED = "550 5.1.1 <ana@example.org>: User unknown"

# Why some of the shared bounces are read as something else, by the beginnings of their names.
NOT_SEEN = {
    "lhost-amazonses-": "JSON by a notification service (SNS), of which some tell of deliveries and complaints",
    "lhost-apachejames-": "`post_master` under `Re:` and our own subject: only its words tell, as in a person's mail",
    "lhost-verizon-": "the same",
    "lhost-fml-": "a list manager's refusal (not a member, a loop), with neither form nor sender of a report",
    "lhost-kddi-": "from a no-reply address, with a return path, in Japanese words alone",
    "lhost-sendmail-14": "a person who forwards a bounce to another: a message, as it should be",
}
OTHERS = ("chatwoot_mail", "cpython_email", "discourse_trimmer/emails", "freescout_mail", "mailparser_malformed")
MORE_OTHERS = ("mikel_mail", "talon", "webklex_mail", "zammad_mail")
# Bounces among the mails of other projects, each looked at: reports, or a server's mail under a report's subject.
BOUNCES_ELSEWHERE = {
    *("mail_malformed_2", "raw_email_with_mimepart_without_content_type.eml", "issue-462.eml"),
    *("mail052.box", "mail055.box", "mail063.box", "mail092.box"),
}


def read(raw: bytes, return_path: str | None = None) -> Mail:
    return normalise(raw, ACCOUNT, NOW, return_path)


def mails(folder: str) -> Iterator[tuple[Path, Mail]]:
    for path in sorted(shared_cases(folder).rglob("*")):
        if path.is_file() and path.suffix not in (".json", ".jsonl", ".html", ".md"):
            yield path, read(path.read_bytes())


def meant(path: Path) -> str:
    """What the shared mail is, by its name."""
    if path.parent.name == "not":
        return "not"
    sort = path.name.partition("-")[0]
    return sort if sort in ("rfc3834", "arf") else "bounce"


def test_bounces_are_told_from_all_other_mails() -> None:
    # given bounces of some sixty sorts of server, answers of responders, complaints, and what only looks so
    table: Counter[tuple[str, str]] = Counter()
    missed = []
    for path, mail in mails("sisimai"):
        table[meant(path), mail.kind] += 1
        if meant(path) == "bounce" and mail.kind != "bounce":
            missed.append(path.name)
    # then nearly all bounces are known, each miss has its reason, and nothing else is one
    assert [name for name in missed if not name.startswith(tuple(NOT_SEEN))] == []
    bounces = sum(count for (sort, _), count in table.items() if sort == "bounce")
    assert table["bounce", "bounce"] >= 0.97 * bounces
    assert {sort for sort, kind in table if kind == "bounce"} == {"bounce"}
    assert {kind for sort, kind in table if sort == "rfc3834"} == {"auto-reply"}


@pytest.mark.parametrize("folder", [*OTHERS, *MORE_OTHERS])
def test_no_mail_of_a_person_is_a_bounce(folder: str) -> None:
    assert {path.name for path, mail in mails(folder) if mail.kind == "bounce"} <= BOUNCES_ELSEWHERE


def test_most_bounces_say_what_came_back() -> None:
    # given the shared bounces that are known as such, most of which have the mail with them, or its headers
    reports = [mail.report for _, mail in mails("sisimai") if mail.report]
    # then its Message-ID, whom it was for, and the server's status are found wherever they are
    found = Counter[str]()
    for report in reports:
        found.update(
            identifiers=bool(report.identifiers), recipients=bool(report.recipients), status=bool(report.status)
        )
    assert found["identifiers"] >= 0.85 * len(reports)
    assert found["recipients"] >= 0.98 * len(reports)
    assert found["status"] >= 0.8 * len(reports)


def dsn(
    *,
    to: str = CARE_ADDRESS,
    action: str = "failed",
    status: str = "5.1.1",
    words: str = REFUSED,
    mail: bytes = SENT,
    recipient: str = "ana@example.org",
) -> bytes:
    """A report by RFC 3464 about `mail`."""
    head = mail.partition(b"\r\n\r\n")[0].decode()
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: x\r\nMessage-ID: <b@mx.example>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
        "--x\r\n\r\nI am sorry.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {words}\r\n\r\n"
        f"--x\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n\r\n--x--\r\n"
    ).encode()


def told(raw: bytes) -> Bounced | None:
    report = read(raw, "").report
    assert report is not None
    return BOUNCES.told(report, NOW)


def in_words(text: str, mail: bytes = SENT) -> bytes:
    """A report as servers write it that know no RFC 3464: the mail stands below."""
    head = "From: MAILER-DAEMON@mx.example\r\nTo: care@hilo.example\r\nSubject: failure notice\r\n\r\n"
    return f"{head}{text}\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n".encode() + mail


@pytest.mark.parametrize(
    ("raw", "state", "reason"),
    [
        (dsn(), DeliveryState.FAILED, "550 5.1.1 <(address)>: User unknown"),
        (dsn(words="Mailbox is gone"), DeliveryState.FAILED, "5.1.1 Mailbox is gone"),
        (dsn(action="delayed", status="4.4.1", words="no route"), DeliveryState.SENT, "delayed: 4.4.1 no route"),
        (dsn(action="relayed", status="2.1.5", words="250 ok"), DeliveryState.SENT, "relayed: 2.1.5 250 ok"),
        (dsn(action="delivered", status="2.1.5", words="250 2.1.5 ok"), DeliveryState.DELIVERED, "250 2.1.5 ok"),
        (
            in_words("Sorry.\r\n\r\n<ana@example.org>:\r\n550 5.1.1 No such user"),
            DeliveryState.FAILED,
            "550 5.1.1 No such user",
        ),
        (in_words("Could not be delivered yet, will keep trying."), DeliveryState.SENT, "delayed: failure notice"),
        # the recipient forwards to another mailbox, which is gone: the mail that came back still tells whom it was for
        (dsn(recipient="gone@other.example"), DeliveryState.FAILED, "550 5.1.1 <(address)>: User unknown"),
        # nothing of the mail came back, but it came to the address that only this mail carried
        (dsn(to=OURS, mail=b"\r\n\r\n"), DeliveryState.FAILED, "550 5.1.1 <(address)>: User unknown"),
        (dsn(to=OURS.upper(), mail=b"\r\n\r\n"), DeliveryState.FAILED, "550 5.1.1 <(address)>: User unknown"),
    ],
)
def test_a_report_says_what_became_of_the_reply(raw: bytes, state: DeliveryState, reason: str) -> None:
    found = told(raw)
    assert found is not None
    assert (found.receipt.message, found.receipt.conversation) == (REPLY.id, REPLY.conversation)
    assert (found.receipt.state, found.receipt.reason, found.receipt.at) == (state, reason, NOW)


@pytest.mark.parametrize(
    "raw",
    [
        # another conversation's reply, with a signature that was seen elsewhere; somebody else's recipient; a token
        # with a letter changed; another installation's
        dsn(mail=SENT.replace(b"c-07-abc0", b"c-07-abc9")),
        dsn(mail=SENT.replace(b"ana@", b"eva@"), recipient="eva@example.org", words="550 no"),
        dsn(to=OURS.replace("abc0", "abc9"), mail=b"\r\n\r\n"),
        dsn(to=Bounces(CARE_ADDRESS, MessageIds(b"another secret", CARE_ADDRESS)).address(REPLY), mail=b"\r\n\r\n"),
        dsn(mail=compose(REPLY, Letterhead(CARE_ADDRESS, "", MessageIds(b"another secret", CARE_ADDRESS)))),
        dsn(mail=b"To: ana@example.org\r\nMessage-ID: <x@example.org>\r\n\r\n"),
    ],
)
def test_a_forged_or_foreign_report_is_about_nothing_of_ours(raw: bytes) -> None:
    assert told(raw) is None
    # and yet somebody sees it, and nobody is answered
    message = read(raw, "").message
    assert (message.kind, message.is_automatic) == ("bounce", True)


def test_a_mailbox_that_is_gone_is_known_by_what_proves_it_only() -> None:
    ana = Handle("email", "ana@example.org")
    for raw, unreachable in (
        (dsn(), ana),
        (dsn(to=OURS), ana),
        # for now; later; by the address alone anybody whom we wrote to could name anybody else
        (dsn(status="4.2.2"), None),
        (dsn(action="delayed"), None),
        (dsn(to=OURS, mail=b"\r\n\r\n", recipient="victim@example.org"), None),
    ):
        found = told(raw)
        assert found is not None
        assert found.unreachable == unreachable


def test_a_copy_that_comes_back_does_not_say_that_the_customer_was_not_reached() -> None:
    eva = Handle("email", "eva@example.net")
    both = compose(reply(copied=(eva,)), Letterhead(CARE_ADDRESS, "", IDS))
    for to in (CARE_ADDRESS, OURS):
        found = told(dsn(to=to, mail=both, recipient="Eva@example.net", words="550 5.1.1 no such user"))
        assert found is not None
        assert (found.receipt.state, found.unreachable) == (DeliveryState.SENT, None)
        assert found.receipt.reason == "eva@example.net: 550 5.1.1 no such user"
    # and the customer's own does
    found = told(dsn(to=OURS, mail=both))
    assert found is not None
    assert found.receipt.state is DeliveryState.FAILED


def test_no_report_tells_of_more_copies_than_people_read() -> None:
    # given a report, by whoever got our reply, that names all of a long Cc of its own making
    many = ", ".join(f"u{number}@example.net" for number in range(90))
    found = told(dsn(to=OURS, mail=SENT.replace(b"Subject:", f"Cc: {many}\r\nSubject:".encode(), 1), recipient=many))
    # then what the timeline gets of it is short
    assert found is not None
    assert found.receipt.state is DeliveryState.SENT
    assert len(found.receipt.reason) < 1000


def test_no_report_names_more_mails_than_are_looked_at() -> None:
    # given a report under thousands of references of the form of ours, with the mail that came back
    forged = "\r\n ".join(f"<o-07-a{number}.c-07-b.{number:032x}@hilo.example>" for number in range(1300))
    raw = dsn(to=f"{CARE_ADDRESS}\r\nReferences: {forged}")
    report = read(raw, "").report
    # then few of them are looked at, and the one that is ours among them
    assert report is not None
    assert len(report.identifiers) == 50
    found = BOUNCES.told(report, NOW)
    assert found is not None
    assert found.receipt.message == REPLY.id


def test_the_envelope_tells_where_a_report_came_to() -> None:
    report = read(dsn(to="undisclosed-recipients:;", mail=b"\r\n\r\n"), "").report
    assert report is not None
    assert BOUNCES.told(report, NOW) is None
    found = BOUNCES.told(report, NOW, (OURS,))
    assert found is not None
    assert found.receipt.message == REPLY.id


def test_who_writes_about_a_bounce_is_a_person() -> None:
    # given a customer who forwards the report that they got, as text and as an attachment
    head = b"From: ana@example.org\r\nSubject: Fwd: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
    inner = b"Content-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\nContent-Type: message/rfc822\r\n\r\n"
    for raw in (head + b"\r\n" + dsn(), head + inner + dsn() + b"\r\n--y--\r\n"):
        assert read(raw).kind == "message"
    # and a postmaster with a question of their own, and a mail to the bounce address of a reply
    assert read(b"From: postmaster@example.org\r\nSubject: Pedido 41\r\n\r\nHola").kind == "message"
    assert read(f"From: ana@example.org\r\nTo: {OURS}\r\n\r\nHola".encode()).kind == "message"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Respuesta automática: Problema de entrega", "Vuelvo el lunes: ana@example.org"),
        (
            "Automatic reply: Delivery problem",
            "Back on Monday.\n\nOn Monday, Hilo wrote:\n> It was not delivered to you.",
        ),
        ("Re: Problema de entrega", "Vuelvo el lunes.\n\n> No se entregó."),
        ("Problema de entrega", "Vuelvo el lunes: ana@example.org"),
    ],
)
def test_a_responder_is_no_mail_server_because_the_customer_wrote_about_a_delivery(subject: str, text: str) -> None:
    # given a customer whose parcel was not delivered, and who is away when our reply comes
    head = f"From: ana@example.org\r\nTo: {OURS}\r\nSubject: {subject}\r\nIn-Reply-To: {IDS.of(REPLY)}\r\n"
    raw = f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
    # then their responder has answered, by the rules or not, and our reply did not fail
    for return_path in ("", "ana@example.org"):
        mail = read(raw, return_path)
        assert mail.report is None
    assert read(raw, "").kind == "auto-reply"
    # and who is called postmaster may write about deliveries as others do
    mail = read(raw.replace(b"From: ana@", b"From: postmaster@"), "postmaster@example.org")
    assert mail.report is None


def test_a_report_too_large_to_be_read_is_known_by_its_headers() -> None:
    large = (Problem.TOO_LARGE, 10**8, 10**7, ACCOUNT, NOW, NOW)
    mail = left_behind(dsn(to=OURS).partition(b"\r\n\r\n")[0], *large)
    assert mail.report is not None
    found = BOUNCES.told(mail.report, NOW)
    assert found is not None
    assert (found.receipt.message, found.receipt.state) == (REPLY.id, DeliveryState.FAILED)


HEAD = b"From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n"
PARTS = b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
STATUS = PARTS + b"--x\r\nContent-Type: message/delivery-status\r\n\r\n"
BOMBS = {
    "addresses": HEAD + b"\r\n" + b"a@b.example " * 500_000,
    "no addresses": HEAD + b"\r\n" + b"@" * 3_000_000,
    "words": HEAD + b"\r\n" + b"mail message no se pudo entreg delivery " * 100_000,
    "half a status": HEAD + b"\r\n" + b"5.1." * 1_000_000,
    "To, again and again": HEAD + b"\r\n" + b"To: x\nMessage-ID: <\n" * 100_000,
    "fields": HEAD + STATUS + b"Action: failed\r\nStatus: 5.1.1\r\n\r\n" * 190,
    "a field": HEAD + STATUS + b"Action: failed\r\nDiagnostic-Code: smtp; " + b"5.1.1 " * 500_000,
    "a mail that came back": HEAD + PARTS + b"--x\r\nContent-Type: message/rfc822\r\n\r\n" + SENT + b"a\r\n" * 400_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_report_is_read_in_a_moment_whatever_is_in_it(name: str) -> None:
    began = time.thread_time()
    mail = read(BOMBS[name])
    assert mail.report is not None
    BOUNCES.told(mail.report, NOW)
    assert time.thread_time() - began < 2
    assert len(mail.report.words) <= 300
    assert len(mail.report.recipients) <= 20


def test_a_bounce_address_that_would_be_too_long_is_ours_as_it_is() -> None:
    address = f"atencion-al-cliente-{'a' * 30}@hilo.example"
    assert Bounces(address, IDS).address(REPLY) == address
    assert BOUNCES.address(REPLY) != BOUNCES.address(reply(conversation=ConversationId("c-07-abc1")))
