"""Replies as mails: the same message is the same bytes, and nothing in it can become a header or markup."""

import email
import hashlib
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.address import mail_handle
from channels.email.compose import Letterhead, compose, subject_of
from channels.email.message_ids import MessageIds
from channels.email.normalise import Account, normalise
from channels.email.plain_text import Allowance, text_of_html
from channels.email.quoted import split
from router.model.ids import ConversationId, MessageId
from router.model.message import Attachment, Handle, OutboundMessage, Quotation
from tests.email_channel import CARE_ADDRESS, reply

IDS = MessageIds(b"a secret of the test's own, 32 by", CARE_ADDRESS)
LETTERHEAD = Letterhead(CARE_ADDRESS, "Atención", IDS)
ANYTHING = st.text(max_size=120)


def composed(message: OutboundMessage, letterhead: Letterhead = LETTERHEAD) -> EmailMessage:
    mail = email.message_from_bytes(compose(message, letterhead), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_the_same_message_is_the_same_bytes() -> None:
    first = compose(reply(), LETTERHEAD)
    assert all(compose(reply(), LETTERHEAD) == first for _ in range(20))
    # and another message differs in what tells them apart
    other = composed(reply(id=MessageId("o-07-other")))
    assert other["Message-ID"] != composed(reply())["Message-ID"]
    assert other.get_boundary() != composed(reply()).get_boundary()
    later = composed(reply(created_at=reply().created_at + timedelta(seconds=2)))
    assert later["Date"] == "Mon, 23 Nov 2026 09:00:02 +0000"


def test_only_what_no_person_wrote_says_so() -> None:
    automatic = composed(reply(is_automatic=True, subject=""))
    assert (automatic["Auto-Submitted"], composed(reply())["Auto-Submitted"]) == ("auto-replied", None)
    # and whoever reads mail as we do does not answer it
    raw = compose(reply(is_automatic=True), LETTERHEAD)
    assert normalise(raw, Account("ana@example.org", IDS), reply().created_at).message.is_automatic


def test_every_line_is_one_that_servers_take() -> None:
    long = f"<{'x' * 230}@example.org>"
    raw = compose(reply("palabra " * 500 + "x" * 3000, references=(long,) * 20, subject="ñ" * 200), LETTERHEAD)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert not re.search(rb"[^\r]\n|\r[^\n]", raw)
    # and Message-IDs stay whole: folded or encoded ones would tear threads
    mail = composed(reply(references=(long,) * 20))
    assert mail["References"].split() == [long] * 20
    assert mail["In-Reply-To"] == long
    assert f"\r\nMessage-ID: {IDS.of(reply())}\r\n".encode() in raw


@settings(max_examples=400, deadline=None)
@given(text=ANYTHING, subject=ANYTHING, team=ANYTHING, signature=ANYTHING, name=ANYTHING, author=ANYTHING)
def test_whatever_is_in_it_the_mail_has_our_headers_only(
    text: str, subject: str, team: str, signature: str, name: str, author: str
) -> None:
    message = reply(text, subject=subject, team=team, signature=signature, author=author, references=(subject, "<a@b>"))
    raw = compose(message, Letterhead(CARE_ADDRESS, name, IDS))
    mail = email.message_from_bytes(raw, policy=default)
    assert mail.keys() == [
        *("From", "To", "Subject", "Date", "Message-ID", "X-Loop", "In-Reply-To", "References"),
        *("MIME-Version", "Content-Type"),
    ]
    assert [address.addr_spec for address in mail["From"].addresses] == [CARE_ADDRESS]
    assert [address.addr_spec for address in mail["To"].addresses] == ["ana@example.org"]
    assert mail["References"] == "<a@b>"
    # and what is read again is what was written
    read = normalise(raw, Account("other@hilo.example", IDS), message.created_at)
    assert read.message.subject == subject_of(message)
    assert read.message.sender == Handle("email", CARE_ADDRESS)
    assert not read.message.attachments


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=300))
def test_html_says_what_the_text_says(text: str) -> None:
    mail = composed(reply(text, team="", signature=""))
    plain, html = (part.get_content() for part in mail.iter_parts())
    assert words(text_of_html(html.encode(), Allowance())[0]) == words(plain)


ASKED = Quotation("¿Y mi <b>factura</b>?\n\n- 41\n", datetime(2026, 3, 2, 15, 4, tzinfo=UTC), "Ana Ruiz")


@pytest.mark.parametrize(
    ("language", "wrote"),
    [("es", "El 2 mar 2026, 15:04 UTC, Ana Ruiz escribió:"), ("en", "On Mar 2, 2026, 15:04 UTC, Ana Ruiz wrote:")],
)
def test_what_is_answered_stands_below_the_signature(language: str, wrote: str) -> None:
    mail = composed(reply("Va hoy.", quotation=ASKED, language=language, team="Facturación", signature=""))
    plain, html = (part.get_content() for part in mail.iter_parts())
    assert (
        plain.replace("\r\n", "\n") == f"Va hoy.\n\n-- \nFacturación\n\n{wrote}\n> ¿Y mi <b>factura</b>?\n>\n> - 41\n"
    )
    # and nothing that the customer wrote is markup of ours
    quoted = html.partition('<blockquote type="cite"')[2]
    assert "¿Y mi &lt;b&gt;factura&lt;/b&gt;?" in quoted
    read = text_of_html(html.encode(), Allowance())[0]
    assert [word for word in words(read) if word != ">"] == [word for word in words(plain) if word != ">"]
    # and whoever reads the one or the other tells our words from theirs
    assert split(plain.replace("\r\n", "\n")).written == split(read).written == "Va hoy."


def test_files_go_along_as_they_are() -> None:
    files = {
        Attachment("factura ñ.pdf", "application/pdf", 4, "a" * 64): b"%PDF",
        Attachment("foto.png", "image/png", 3, "b" * 64): b"\x89PN",
        # what could be taken apart on the way, or is no type at all, is bytes
        Attachment("correo.eml", "message/rfc822", 12, "c" * 64): b"Subject: x\r\n",
        Attachment("../a\r\nBcc: eva@example.org", "text/x\r\nBcc: eva@example.org", 1, "d" * 64): b"x",
    }
    message, contents = reply(attachments=tuple(files)), {file.digest: data for file, data in files.items()}
    raw = compose(message, LETTERHEAD, contents)
    assert compose(message, LETTERHEAD, contents) == raw
    parts = list(email.message_from_bytes(raw, policy=default).iter_attachments())
    assert [part.get_payload(decode=True) for part in parts] == list(files.values())
    assert [part.get_content_type() for part in parts] == [
        *("application/pdf", "image/png", "application/octet-stream", "application/octet-stream")
    ]
    assert parts[0].get_filename() == "factura ñ.pdf"
    assert b"\nBcc:" not in raw
    # and who reads it as we do finds the files and the words
    read = normalise(raw, Account("other@hilo.example", IDS), message.created_at).message
    assert [file.digest for file in read.attachments] == [hashlib.sha256(data).hexdigest() for data in files.values()]
    assert message.text in read.text


@pytest.mark.parametrize(("language", "tag"), [("en-GB", '<html lang="en">'), ("", "<html>"), ("pt", "<html>")])
def test_html_names_its_language_only_where_it_is_known(language: str, tag: str) -> None:
    _, html = (part.get_content() for part in composed(reply(language=language)).iter_parts())
    assert html.splitlines()[1] == tag


def words(text: str) -> list[str]:
    return text.replace("\u00a0", " ").split()


@pytest.mark.parametrize(
    ("subject", "language", "shown"),
    [
        ("Pedido 41", "es", "Re: Pedido 41"),
        ("Re: Pedido 41", "es", "Re: Pedido 41"),
        ("RE : Pedido 41", "es", "RE : Pedido 41"),
        ("RV: Pedido 41", "es", "RV: Pedido 41"),
        ("Re[2]: Pedido 41", "es", "Re[2]: Pedido 41"),
        ("Reclamo: luz", "es", "Re: Reclamo: luz"),
        ("a\r\nBcc: eva@example.org", "es", "Re: a Bcc: eva@example.org"),
        ("", "es", "Respuesta de Facturación"),
        (" \r\n", "en-GB", "Answer from Facturación"),
        ("", "pt", "Respuesta de Facturación"),
    ],
)
def test_subjects(subject: str, language: str, shown: str) -> None:
    answer = reply(subject=subject, language=language, references=("<1@example.org>",))
    assert subject_of(answer) == shown
    assert composed(answer)["Subject"] == shown


def test_a_thread_that_begins_here_answers_nothing() -> None:
    assert subject_of(reply(subject="Tu módem", references=(), quotation=None)) == "Tu módem"
    # and where the customer's mail had no Message-ID it is an answer all the same
    assert subject_of(reply(subject="Mi módem", references=(), quotation=ASKED)) == "Re: Mi módem"


@pytest.mark.parametrize(
    ("team", "language", "shown"),
    [
        ("Ventas", "es-PA", "Recibimos tu mensaje · Ventas"),
        ("Ventas", "en", "We have your message · Ventas"),
        ("", "en", "We have your message"),
        ("Ventas", "pt", "Recibimos tu mensaje · Ventas"),
    ],
)
def test_an_acknowledgement_does_not_look_like_an_answer(team: str, language: str, shown: str) -> None:
    assert subject_of(reply(subject="", team=team, language=language, is_automatic=True)) == shown


def test_a_nameless_team_has_a_subject_too() -> None:
    assert subject_of(reply(subject="", team="", language="en")) == "Answer from our team"


def test_who_writes_is_the_account_else_the_team() -> None:
    assert composed(reply())["From"] == "Atención <care@hilo.example>"
    assert composed(reply(), Letterhead(CARE_ADDRESS, "", IDS))["From"] == "Facturación <care@hilo.example>"


def test_the_signature_names_the_team_once() -> None:
    plain = next(composed(reply("Hola", signature="Facturación, de 9 a 18")).iter_parts()).get_content()
    assert plain.split("\r\n") == ["Hola", "", "-- ", "Facturación, de 9 a 18", ""]
    bare = next(composed(reply("Hola", team="", signature="")).iter_parts()).get_content()
    assert bare == "Hola\r\n"


def test_an_international_domain_is_written_in_ascii_however_it_was_given() -> None:
    # given an address as a visitor of the chat typed it
    typed = reply(recipient=Handle("email", "ana@mañana.example"))
    mail = composed(typed)
    assert mail["To"] == "ana@xn--maana-pta.example"
    # then who answers from it is known to be the same
    known = Handle("email", "ana@xn--maana-pta.example")
    assert IDS.conversation_of([mail["Message-ID"]], known) == typed.conversation


def test_the_message_id_proves_to_its_recipient_only() -> None:
    ours = IDS.of(reply())
    assert re.fullmatch(r"<o-07-abc1\.c-07-abc0\.[0-9a-f]{32}@hilo\.example>", ours)
    ana, eva = Handle("email", "ana@example.org"), Handle("email", "eva@example.org")
    assert IDS.conversation_of([ours], ana) == "c-07-abc0"
    assert IDS.conversation_of([ours.upper()], ana) == "c-07-abc0"
    assert IDS.conversation_of([ours], eva) is None
    # and the latest of several counts
    later = IDS.of(reply(conversation=ConversationId("c-07-later")))
    assert IDS.conversation_of([ours, "<x@y>", later], ana) == "c-07-later"
    for forged in (ours.replace("abc0", "abc2"), ours.replace("hilo", "halo"), ours[:-1], f"x{ours}", ours * 2):
        assert IDS.conversation_of([forged], ana) is None


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"[^@\s]{1,20}@[a-zñ0-9.-]{1,20}", fullmatch=True))
def test_an_address_that_is_one_is_written_as_it_is(address: str) -> None:
    handle = mail_handle(address)
    if handle is None or handle.address.endswith("@invalid"):
        return
    assert mail_handle(handle.address) == handle
    raw = compose(reply(recipient=handle), LETTERHEAD)
    assert f"\r\nTo: {handle.address}\r\n".encode() in raw
