"""Raw mails to messages: what people wrote gets through, and nothing that anybody sends stops the reading."""

import base64
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.compose import Letterhead, compose
from channels.email.message_ids import MessageIds
from channels.email.normalise import left_behind
from channels.email.notes import Problem
from router.model.ids import ConversationId
from router.model.message import Handle
from tests.cases import shared_cases
from tests.email_channel import CARE_ADDRESS, reply
from tests.mail_checks import ACCOUNT, IDS, RECEIVED, carried, read

HEAD = b"From: ana@example.org\r\nMessage-ID: <1@example.org>\r\nDate: Tue, 3 Mar 2026 08:00:00 +0000\r\n"
CASES = ("chatwoot_mail", "cpython_email", "discourse_trimmer/emails", "freescout_mail", "mailparser_malformed")
MORE_CASES = ("mikel_mail", "sisimai", "talon", "webklex_mail", "zammad_mail")
SECONDS = 2.0


@pytest.mark.parametrize("folder", [*CASES, *MORE_CASES])
def test_every_shared_mail_gets_through_in_time(folder: str) -> None:
    mails = [
        path
        for path in sorted(shared_cases(folder).rglob("*"))
        if path.is_file() and path.suffix not in (".json", ".jsonl", ".html", ".md")
    ]
    assert mails
    for path in mails:
        began = time.thread_time()
        mail = read(path.read_bytes())
        assert time.thread_time() - began < SECONDS, path.name
        carried(mail)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=2000))
def test_no_bytes_stop_the_reading(raw: bytes) -> None:
    carried(read(raw))


FRAGMENTS = (
    (b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b"--x", b"--x--", b"\x00", b"\xff", b"\xc3\xa9", b"@"),
    (b'"', b"<", b">", b"(", b")", b",", b";", b":", b"=\r\n", b"=E9", b"%E9", b"=?utf-8?b?", b"=?x?q?=E9?=", b"?="),
    (b"From: ", b"Reply-To: ", b"Subject: ", b"Date: ", b"Message-ID: ", b"References: ", b"Content-Type: ", b"To: "),
    (b"multipart/mixed; boundary=x", b"multipart/alternative; boundary=x", b"message/rfc822", b"message/"),
    (b"text/plain", b"text/html", b"; charset=", b"utf-8", b"utf-16", b"x-foo", b"idna", b"utf-7", b"iso-2022-jp"),
    (b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"begin 644 x", b"AAAA"),
    (b"Content-Disposition: attachment; filename=", b"; name*0*=", b"ana@example.org", b"<a@b.example>"),
    (
        b"multipart/report; report-type=delivery-status; boundary=x",
        b"message/delivery-status",
        b"From: MAILER-DAEMON@x",
    ),
    (b"Action: failed", b"Status: 5.1.1", b"Diagnostic-Code: ;", b"Final-Recipient: rfc822;", b"text/rfc822-headers"),
    (b"<p>", b"</p>", b"<a href='", b"<!--", b"&#x110000;"),
)
PIECES = st.one_of(st.sampled_from([piece for row in FRAGMENTS for piece in row]), st.binary(max_size=6))


@settings(max_examples=1500, deadline=None)
@given(st.lists(PIECES, max_size=60).map(b"".join))
def test_no_pieces_of_mails_stop_the_reading(raw: bytes) -> None:
    carried(read(raw))
    carried(left_behind(raw, Problem.TOO_LARGE, 10**8, 10**7, ACCOUNT, RECEIVED, RECEIVED))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r"), max_size=200))
def test_any_text_survives_its_way(text: str) -> None:
    expected = read(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()).message.text
    for charset in ("utf-16", "utf-7", "utf-32"):
        raw = (
            HEAD + f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
        )
        assert read(raw + base64.encodebytes(text.encode(charset))).message.text == expected


HTML = b"Content-Type: text/html\r\n\r\n"
MANY = b"Content-Type: multipart/mixed; boundary=x\r\n"
ATTRIBUTES = (
    b"<p" + b"".join(b" a%d=1" % number for number in range(80_000)),
    b"<p" + b"".join(b" %d" % number for number in range(1000)) + b">",
    b"<p a='>'" + b"".join(b" a%d" % number for number in range(4000)),
)
BOMBS = {
    "parts": HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 200_000,
    "levels": HEAD
    + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(2000)),
    "mails in mails": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    "headers": HEAD + b"X-A: b\r\n" * 20_000 + b"\r\nHola",
    "lines": HEAD + b"\r\n" + b"\n" * 12_000_000,
    "lines, deep": HEAD
    + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(19))
    + b"\r\n" * 490_000
    + b"Hola",
    "one line": HEAD + b"\r\n" + b"a" * 25_000_000,
    "tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 24_000,
    "more tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<b><p>" * 1_000_000,
    "attributes": HEAD + HTML + ATTRIBUTES[0] + b">Hola",
    "attributes, a tag that never ends": HEAD + HTML + b"Hola" + ATTRIBUTES[0],
    "attributes behind a quoted >": HEAD + HTML + ATTRIBUTES[0].replace(b"<p", b"<p a='>'") + b">Hola",
    "attributes around <": HEAD
    + HTML
    + (b"<p" + b"".join(b" a%d='<' b%d c%d d%d" % ((n,) * 4) for n in range(14_000)))
    + b">Hola",
    "attributes in many tags": HEAD + HTML + ATTRIBUTES[1] * 520 + b"Hola",
    "HTML in many parts": HEAD + MANY + (b"\r\n--x\r\n" + HTML + b"<div>" * 14_000 + b"Hola") * 190,
    "attributes in many parts": HEAD + MANY + (b"\r\n--x\r\n" + HTML + ATTRIBUTES[1] * 33 + b"Hola") * 190,
    "quoted > in many parts": HEAD + MANY + (b"\r\n--x\r\n" + HTML + ATTRIBUTES[2] + b">Hola") * 190,
    "parameters": HEAD + b"Content-Type: text/plain; " + b'a="b;";' * 14_000 + b"\r\n\r\nHola",
    "parameters of a part": HEAD
    + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; "
    + b"a*0*=x;" * 3_000_000,
    "comments": b"From: " + b"(" * 90_000 + b"\r\n\r\nHola",
    "quotes": b"From: " + b'"' * 90_000 + b"\r\n\r\nHola",
    "encoded words": HEAD + b"Subject: " + b"=?utf-8?q?a?=" * 7000 + b"\r\n\r\nHola",
    "references": HEAD + b"References: " + b"<a@b> " * 15_000 + b"\r\n\r\nHola",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_shown_in_a_moment(name: str) -> None:
    began = time.thread_time()
    mail = read(BOMBS[name])
    assert time.thread_time() - began < SECONDS
    carried(mail)
    assert mail.message.text or name in ("tags", "more tags", "parameters of a part")


def test_what_is_too_much_is_kept_whole_as_a_file() -> None:
    raw = BOMBS["parts"]
    mail = read(raw)
    (file,) = mail.message.attachments
    assert (file.name, file.media_type, file.size) == ("mail.eml", "message/rfc822", len(raw))
    assert mail.contents == {file.digest: raw}
    # and a person is told, in both languages
    assert "más partes" in mail.message.text
    assert "more parts" in mail.message.text
    assert mail.message.sender == Handle("email", "ana@example.org")


@pytest.mark.parametrize(
    ("written", "address", "author"),
    [
        ("Ana <Ana@Example.ORG>", "Ana@example.org", "Ana"),
        ("<ana@mañana.example>", "ana@xn--maana-pta.example", ""),
        ("ana@straße.example", "ana@xn--strae-oqa.example", ""),
        ("ana@example.org", "ana@example.org", ""),
        ("ANA@example.org <ana@example.org>", "ana@example.org", ""),
        ('"Pérez, Ana" <ana@example.org>, eva@example.org', "ana@example.org", "Pérez, Ana"),
        ("Amigos: Ana <ana@example.org>, eva@example.org;", "ana@example.org", "Ana"),
        ("=?utf-8?Q?Ana_Mar=C3=ADa?= <ana@example.org>", "ana@example.org", "Ana María"),
        ("=?x-none?Q?Ana=E9?= <ana@example.org>", "ana@example.org", "Anaé"),
        ('"eva@example.net" <ana@example.org>', "ana@example.org", "eva@example.net"),
        ("Ana ana@example.org>", "ana@example.org", "Ana"),
        ("ana@example.org (Ana Ruiz)", "ana@example.org", "Ana Ruiz"),
        ("ana@example.org (=?utf-8?Q?Ana_Mar=C3=ADa?=)", "ana@example.org", "Ana María"),
        ("eva@example.net <ana@example.org>", "ana@example.org", "eva@example.net"),
        ("Ana <ana@example.org", "ana@example.org", "Ana"),
        ("Ana \u202e\u2066gro <ana@example.org>", "ana@example.org", "Ana gro"),
        ("ana@example.org\r\n eva", "ana@example.org", ""),
    ],
)
def test_who_wrote(written: str, address: str, author: str) -> None:
    message = read(f"From: {written}\r\n\r\nHola".encode()).message
    assert (message.sender.address, message.author) == (address, author)


@pytest.mark.parametrize("written", ["", "<>", "undisclosed:;", "ana", "ana@", "@example.org", "\x00"])
def test_who_can_not_be_told_is_somebody_all_the_same(written: str) -> None:
    mail = read(f"From: {written}\r\nMessage-ID: <7@example.org>\r\n\r\nHola".encode())
    # then the mail's own digest is the sender, and nobody would answer into nothing without being told
    assert mail.message.sender == read(b"Message-ID: <7@example.org>\r\n\r\nHola").message.sender
    assert mail.message.sender.address.endswith("@invalid")
    assert Problem.NO_SENDER in mail.problems
    assert "no se le puede responder" in mail.message.text
    assert mail.message.text.endswith("Hola")
    # and a Reply-To does as well
    answered = read(f"From: {written}\r\nReply-To: Eva <eva@example.org>\r\n\r\nHola".encode())
    assert answered.message.sender == Handle("email", "eva@example.org")


def test_a_reused_key_is_a_matter_of_the_inbox() -> None:
    # given another sender who uses a Message-ID that we know
    one, other = (
        read(f"From: {name}@example.org\r\nMessage-ID: <1@x>\r\n\r\nHola".encode()) for name in ("ana", "eva")
    )
    assert one.message.key == other.message.key == "<1@x>"
    assert one.message.sender != other.message.sender
    # and a mail without one has a key that stays the same
    bare = b"From: ana@example.org\r\n\r\nHola"
    assert read(bare).message.key == read(bare).message.key != read(bare + b"!").message.key


@pytest.mark.parametrize("header", ["References", "In-Reply-To"])
def test_who_answers_our_mail_takes_part_and_nobody_else(header: str) -> None:
    # given our reply to Ana
    ours = IDS.of(reply())
    raw = f"From: {{}}\r\nMessage-ID: <2@example.org>\r\n{header}: <x@y>\r\n\t{ours}\r\n\r\nGracias"
    # when she answers, then it is her conversation
    assert read(raw.format("Ana <ANA@Example.org>").encode()).message.conversation == ConversationId("c-07-abc0")
    # and from anybody else, or with a signature that is not ours, it is no proof
    assert read(raw.format("eva@example.org").encode()).message.conversation is None
    forged = raw.replace(ours, ours.replace("c-07-abc0", "c-07-abc9"))
    assert read(forged.format("ana@example.org").encode()).message.conversation is None
    other = MessageIds(b"another secret", CARE_ADDRESS).of(reply())
    assert read(raw.replace(ours, other).format("ana@example.org").encode()).message.conversation is None


def test_references_are_bounded_and_keep_the_first() -> None:
    identifiers = [f"<{number}@example.org>" for number in range(60)]
    raw = f"From: ana@example.org\r\nMessage-ID: <own@x>\r\nReferences: {' '.join(identifiers)}\r\n\r\nHola"
    message = read(raw.encode()).message
    assert message.thread == "<0@example.org>"
    assert message.references == (*identifiers[:1], *identifiers[-18:], "<own@x>")


ANA_WROTE = "From: ana@example.org"
OURS = IDS.of(reply())


@pytest.mark.parametrize(
    ("headers", "return_path", "kind", "is_automatic"),
    [
        (ANA_WROTE, None, "message", False),
        (f"{ANA_WROTE}\r\nAuto-Submitted: no", "ana@example.org", "message", False),
        (f"{ANA_WROTE}\r\nAuto-Submitted: auto-generated; x=y", None, "auto-reply", True),
        (f"{ANA_WROTE}\r\nAuto-Submitted: Auto-Replied (vacation)", None, "auto-reply", True),
        (f"{ANA_WROTE}\r\nX-Autoreply: yes", None, "auto-reply", True),
        (f"{ANA_WROTE}\r\nX-Autoreply-From: ana@example.org", None, "auto-reply", True),
        (f"{ANA_WROTE}\r\nPrecedence: auto_reply", None, "auto-reply", True),
        (f"{ANA_WROTE}\r\nPrecedence: first-class", None, "message", False),
        (f"{ANA_WROTE}\r\nReturn-Path: <>", None, "auto-reply", True),
        (ANA_WROTE, "<>", "auto-reply", True),
        (ANA_WROTE, "", "auto-reply", True),
        # a list, by its own headers or as mail to many
        (f"{ANA_WROTE}\r\nPrecedence: Bulk", None, "list", True),
        (f"{ANA_WROTE}\r\nPrecedence: list", None, "list", True),
        (f"{ANA_WROTE}\r\nList-Id: <neighbours.example.org>", None, "list", True),
        (f"{ANA_WROTE}\r\nList-Unsubscribe: <https://example.org/bye>", None, "list", True),
        (f"{ANA_WROTE}\r\nList-Id: <neighbours.example.org>\r\nAuto-Submitted: auto-replied", None, "auto-reply", True),
        # what people write about being away says nothing by itself
        (f"{ANA_WROTE}\r\nSubject: Fuera de la oficina", None, "message", False),
        (f"{ANA_WROTE}\r\nSubject: Re: Automatic reply: 41\r\nIn-Reply-To: {OURS}", None, "message", False),
        (f"{ANA_WROTE}\r\nSubject: Fuera de la oficina\r\nIn-Reply-To: {OURS}", None, "auto-reply", True),
        (f"{ANA_WROTE}\r\nSubject: Resposta automática: Pedido\r\nReferences: {OURS}", None, "auto-reply", True),
        (f"{ANA_WROTE}\r\nSubject: Automatic reply: 41\r\nX-Auto-Response-Suppress: All", None, "auto-reply", True),
        (f"{ANA_WROTE}\r\nSubject: Out of office\r\nTo: care+b.x@hilo.example", None, "auto-reply", True),
        (f"{ANA_WROTE}\r\nX-Auto-Response-Suppress: OOF, AutoReply", None, "message", True),
        (f"{ANA_WROTE}\r\nX-Auto-Response-Suppress: None", None, "message", False),
        # people answer where they are asked to, not where mail servers report
        (f"{ANA_WROTE}\r\nTo: CARE+b.x@hilo.example", None, "message", True),
        (f"{ANA_WROTE}\r\nTo: x@example.org\r\nDelivered-To: care+b.x@hilo.example", None, "message", True),
        (f"{ANA_WROTE}\r\nTo: care+r.x@hilo.example", None, "message", False),
        # nobody reads there, whoever wrote
        ("From: no-reply@shop.example", None, "message", True),
        ("From: Tienda <noresponder+41@shop.example>", None, "message", True),
        ("From: do_not_reply@shop.example", None, "message", True),
        ("From: noelia.reply@example.org", None, "message", False),
        ("From: Mailer-Daemon@example.org", None, "message", True),
        # a form of ours wrote for a person, whatever the form says of itself
        ("From: Care <care@HILO.example>", None, "message", False),
        ("From: care@hilo.example\r\nMessage-ID: <scan@printer.example>", None, "message", False),
        ("From: care@hilo.example\r\nReply-To: care@hilo.example", None, "message", False),
        ("From: care@hilo.example\r\nReply-To: marta@example.org", None, "message", False),
        (
            "From: care@hilo.example\r\nReply-To: marta@example.org\r\nAuto-Submitted: auto-generated",
            None,
            "message",
            True,
        ),
        ("From: care@hilo.example\r\nReply-To: noreply@corp.example", None, "message", True),
        # but without a From nobody knows that it was one of ours
        ("Reply-To: marta@example.org\r\nAuto-Submitted: auto-replied", None, "auto-reply", True),
        # reports of another sort than of what was not delivered
        (f"{ANA_WROTE}\r\nContent-Type: multipart/report; report-type=feedback-report", None, "auto-reply", True),
        (
            f"{ANA_WROTE}\r\nContent-Type: multipart/report; report-type=disposition-notification",
            None,
            "auto-reply",
            True,
        ),
        # our own mail, with another sender put into it on its way; and one that goes in circles
        (f"{ANA_WROTE}\r\nX-Loop: care@hilo.example", None, "message", True),
        (f"{ANA_WROTE}\r\nX-Loop: other@hilo.example", None, "message", False),
        (f"{ANA_WROTE}\r\nMessage-ID: {OURS}", None, "message", True),
        (f"{ANA_WROTE}\r\n" + "Received: by mx.example\r\n" * 51 + "X-A: b", None, "message", True),
        (f"{ANA_WROTE}\r\n" + "Received: by mx.example\r\n" * 50 + "X-A: b", None, "message", False),
    ],
)
def test_kinds(headers: str, return_path: str | None, kind: str, is_automatic: bool) -> None:
    mail = read(f"{headers}\r\n\r\nHola".encode(), return_path)
    assert (mail.kind, mail.message.is_automatic) == (kind, is_automatic)


@pytest.mark.parametrize(
    ("headers", "return_path", "is_doubtful"),
    [
        ("From: ana@example.org", None, False),
        ("From: ana@example.org", "ana@example.org", False),
        ("From: ana@example.org", "bounces+ana@mail.EXAMPLE.org", False),
        ("From: ana@shop.example.org\r\nReturn-Path: <ana@example.org>", None, False),
        ("From: ana@mañana.example", "ana@xn--maana-pta.example", False),
        ("From: victim@example.org", "evil@example.net", True),
        ("From: victim@example.org", "evil@badexample.org", True),
        ("From: victim@example.org", "root", True),
        ("From: victim@example.org\r\nReturn-Path: <evil@example.net>", None, True),
        # what the envelope says comes before what stands in the mail
        ("From: victim@example.org\r\nReturn-Path: <victim@example.org>", "evil@example.net", True),
        # only another organisation's Reply-To that was taken as the sender is in doubt
        ("From: ana@example.org\r\nReply-To: eva@example.net", None, False),
        ("From: care@hilo.example\r\nReply-To: victim@example.org", None, True),
        ("From: care@hilo.example\r\nReply-To: victim@example.org", "care@hilo.example", True),
        ("From: care@hilo.example\r\nReply-To: eva@shop.hilo.example", None, False),
        ("From: <>\r\nReply-To: victim@example.org", None, True),
        ("From: victim@example.org\r\nAuthentication-Results: mx.hilo.example; spf=fail; DMARC=fail", None, True),
        (
            "From: victim@example.org\r\nAuthentication-Results: mx.hilo.example;\r\n\tdmarc = fail (p=none)",
            None,
            True,
        ),
        ("From: ana@example.org\r\nAuthentication-Results: mx.hilo.example; spf=fail; dmarc=pass", None, False),
        # of several only the topmost is our own server's
        (
            "From: ana@example.org\r\nAuthentication-Results: mx.hilo.example; dmarc=pass\r\n"
            "Authentication-Results: mx.example.net; dmarc=fail",
            None,
            False,
        ),
    ],
)
def test_what_may_be_in_anothers_name_is_in_doubt(headers: str, return_path: str | None, is_doubtful: bool) -> None:
    mail = read(f"{headers}\r\n\r\nHola".encode(), return_path)
    assert mail.message.is_doubtful is is_doubtful
    # and it is a message like any other
    assert (mail.kind, mail.message.is_automatic) == ("message", False)


def test_a_mail_too_large_or_too_complex_is_in_doubt_all_the_same() -> None:
    path = b"Return-Path: <evil@example.net>\r\n"
    assert read(path + BOMBS["parts"]).message.is_doubtful
    assert not read(BOMBS["parts"]).message.is_doubtful
    large = (Problem.TOO_LARGE, 10**8, 10**7, ACCOUNT, RECEIVED, RECEIVED)
    assert left_behind(path + HEAD, *large).message.is_doubtful
    assert not left_behind(HEAD, *large).message.is_doubtful


def test_a_mail_without_a_sender_has_nobody_to_be_answered_to() -> None:
    assert read(b"Subject: Hola\r\n\r\nHola").message.is_automatic


def test_our_own_reply_coming_back_is_known_by_its_message_id() -> None:
    raw = compose(reply(), Letterhead(CARE_ADDRESS, "Atención", IDS))
    assert read(raw).is_own
    # and it is a message under a Message-ID that only looks like ours, or from or to somebody else
    forged = raw.replace(b"Message-ID: <o-07-abc1.c-07-abc0", b"Message-ID: <o-07-abc1.c-07-abc9")
    for other in (forged, raw.replace(b"<care@", b"<eva@"), raw.replace(b"To: ana@", b"To: eva@")):
        assert other != raw
        assert read(other).kind == "message"


@pytest.mark.parametrize(
    ("date", "sent_at"),
    [
        ("Tue, 3 Mar 2026 08:00:00 -0500", datetime(2026, 3, 3, 13, tzinfo=UTC)),
        ("Tue, 3 Mar 2026 08:00:00 -0000", datetime(2026, 3, 3, 8, tzinfo=UTC)),
        ("Tue, 3 Mar 2099 08:00:00 +0000", RECEIVED),
        ("hoy", RECEIVED),
        ("Tue, 99 Mar 2026 08:00:00 +0000", RECEIVED),
        ("Tue, 3 Mar 2026 08:00:00 +999999999999", RECEIVED),
    ],
)
def test_when_it_was_written(date: str, sent_at: datetime) -> None:
    assert read(f"From: ana@example.org\r\nDate: {date}\r\n\r\nHola".encode()).message.sent_at == sent_at


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain", "¡Hola!".encode("cp1252"), "¡Hola!"),
        ("text/plain; charset=iso-8859-1", "20 €".encode("cp1252"), "20 €"),
        ("text/plain; charset=us-ascii", "¡Hola!".encode(), "¡Hola!"),
        ("text/plain; charset=utf-8", "¡Hola!".encode("latin-1"), "¡Hola!"),
        ("text/plain; charset=x-foo", "¡Hola!".encode(), "¡Hola!"),
        ("text/plain; charset=cp-850", "¡Hola!".encode("cp850"), "¡Hola!"),
        ("text/plain; charset=gb2312", "你好".encode("gb18030"), "你好"),
        ("text/plain; charset=ks_c_5601-1987", "안녕".encode("cp949"), "안녕"),
        ("text/plain; charset=iso-2022-jp", "こんにちは".encode("iso-2022-jp"), "こんにちは"),
        ("text/plain; charset=idna", b"Hola", "Hola"),
        ("text/plain; charset=zlib", b"Hola", "Hola"),
        ("text/plain; charset=unicode_escape", rb"\ud800", r"\ud800"),
        ("text/html", b"<p>Hola<br>Ana", "Hola\nAna"),
        ("text/html; charset=utf-8", "<p>¿Sí? &amp; <b>no".encode(), "¿Sí? & no"),
        ("text/plain", b"a\x00b\x1b[31m\rc\r\nd", "ab[31m\nc\nd"),
        ("multipart/mixed", b"Hola", "Hola"),
        ("text/calendar", b"BEGIN:VCALENDAR", ""),
    ],
)
def test_what_they_wrote(kind: str, body: bytes, text: str) -> None:
    assert read(HEAD + f"Content-Type: {kind}\r\n\r\n".encode() + body).message.text == text


def test_long_text_is_cut_and_says_so() -> None:
    raw = HEAD + b"\r\n" + b"palabra " * 50_000
    mail = read(raw)
    assert mail.problems == (Problem.TEXT_CUT,)
    assert mail.message.text.startswith("[Hilo]")
    assert mail.contents == {mail.message.attachments[-1].digest: raw}


def test_a_mail_of_nobody_says_in_which_file_its_words_are_too() -> None:
    raw = b"Subject: a\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\nx"
    text = read(raw).message.text
    assert "winmail.dat" in text
    assert "no se le puede responder" in text
