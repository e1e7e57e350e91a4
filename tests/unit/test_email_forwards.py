"""Mails that colleagues forward: the first sender is the customer, whatever program forwarded them."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from channels.email.forward_block import forwarded_in
from channels.email.forwards import as_first_written
from channels.email.identity import identified
from channels.email.message_ids import MessageIds
from channels.email.normalise import Account, Mail, normalise
from router.model.message import Handle, Proof
from tests.email_channel import CARE_ADDRESS, MADE_IN_THE_TEST, reply

IDS = MessageIds(MADE_IN_THE_TEST, CARE_ADDRESS)
ACCOUNT = Account(CARE_ADDRESS, IDS)
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
BETO = "beto@hilo.example"
WORDS = "Hola, la factura 41 está mal.\n\nAna"

GMAIL = """¿Lo miran?

---------- Forwarded message ---------
De: Ana Ruiz <ana@example.org>
Date: lun, 3 mar 2025 a las 10:02
Subject: Factura 41
To: <beto@hilo.example>


{}
"""
GMAIL_PT = """¿Lo miran?

---------- Mensagem encaminhada ---------
De: Ana Ruiz <ana@example.org>
Data: seg., 3 de mar. de 2025 às 10:02
Assunto: Factura 41
Para: <beto@hilo.example>

{}
"""
OUTLOOK = """¿Lo miran?

________________________________
De: Ana Ruiz <ana@example.org>
Enviado: lunes, 3 de marzo de 2025 10:02
Para: Beto <beto@hilo.example>; Eva <eva@hilo.example>
CC: luis@hilo.example
Asunto: Factura 41

{}
"""
OUTLOOK_EN = """¿Lo miran?

-----Original Message-----
From: Ana Ruiz [mailto:ana@example.org]
Sent: Monday, March 3, 2025 10:02 AM
To: Beto <beto@hilo.example>;
 Eva <eva@hilo.example>
Subject: Factura 41

{}
"""
OUTLOOK_HTML = """¿Lo miran?

*De:* Ana Ruiz <ana@example.org<mailto:ana@example.org>>
*Enviado el:* lunes, 3 de marzo de 2025 10:02
*Para:* Beto
*Asunto:* Factura 41

{}
"""
APPLE = """¿Lo miran?

Begin forwarded message:

> From: Ana Ruiz <ana@example.org>
> Subject: Factura 41
> Date: March 3, 2025 at 10:02:00 AM GMT-5
> To: beto@hilo.example
>
> Hola, la factura 41 está mal.
>
> Ana
"""
APPLE_ES = """¿Lo miran?

Inicio del mensaje reenviado:

De: Ana Ruiz <ana@example.org>

Asunto: Factura 41

Fecha: 3 de marzo de 2025, 10:02:00 GMT-5

Para: beto@hilo.example

{}
"""


def forwarded(text: str, *, subject: str = "RV: Factura 41", sender: str = BETO) -> EmailMessage:
    """A mail to us that a colleague's program forwards."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, CARE_ADDRESS, subject, "<f@hilo.example>"
    mail.set_content(text)
    return mail


def read(mail: EmailMessage, *, proved: bool = True, colleagues: tuple[str, ...] = ("hilo.example",)) -> Mail:
    raw = mail.as_bytes()
    author = Handle("email", str(mail["From"])) if proved else None
    return identified(normalise(raw, ACCOUNT, NOW), raw, author, (), ACCOUNT, colleagues)


@pytest.mark.parametrize("program", [GMAIL, GMAIL_PT, OUTLOOK, OUTLOOK_EN, OUTLOOK_HTML, APPLE, APPLE_ES])
@pytest.mark.parametrize("subject", ["Fwd: Factura 41", "RV: Factura 41", "FW: x", "Enc: Factura 41", "rm: Factura 41"])
def test_the_first_sender_is_the_customer(program: str, subject: str) -> None:
    message = read(forwarded(program.format(WORDS), subject=subject)).message
    assert (message.sender, message.author) == (Handle("email", "ana@example.org"), "Ana Ruiz")
    assert (message.subject, message.text) == ("Factura 41", WORDS)
    # and what the colleague said is theirs; nothing proves who wrote at first, and nothing answers by itself
    assert (message.forwarded_by, message.remark) == (Handle("email", BETO), "¿Lo miran?")
    assert (message.proof, message.is_doubtful, message.key) == (Proof.NONE, True, "<f@hilo.example>")
    assert (message.references, message.copied, message.conversation) == ((), (), None)


def test_a_mail_that_is_attached_is_read_as_if_it_had_come_by_itself() -> None:
    # given a mail of Ana's with a file, in the thread of a reply of ours, attached by a colleague
    first = EmailMessage()
    first["From"], first["Subject"], first["Message-ID"] = "Ana <ana@example.org>", "Factura 41", "<1@example.org>"
    first["In-Reply-To"] = IDS.of(reply())
    first.set_content(WORDS)
    first.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="factura.pdf")
    mail = forwarded("¿Lo miran?\n")
    mail.add_attachment(first)
    read_as = read(mail)
    message = read_as.message
    # then its thread, its file and its words are Ana's
    assert (message.sender.address, message.text, message.remark) == ("ana@example.org", WORDS, "¿Lo miran?")
    assert (message.references[-1], message.conversation) == ("<1@example.org>", reply().conversation)
    (file,) = message.attachments
    assert (file.name, read_as.contents[file.digest]) == ("factura.pdf", b"%PDF")
    assert message.proof is Proof.NONE


def test_all_of_a_long_forwarded_mail_is_the_first_senders_and_what_they_quoted_is_folded_away() -> None:
    # given a long mail that quotes ours, forwarded below a word that makes it look like a quoted one
    long = "\n\n".join(f"Línea {number} de lo que pasó." for number in range(1500))
    history = "El lun, 3 mar 2025 a las 10:02, Hilo <care@hilo.example> escribió:\n> ¿Qué pasó?"
    message = read(forwarded(GMAIL.format(f"{long}\n\n{history}"))).message
    # then none of it is lost, and the rules read what the customer wrote
    assert (message.text, message.remark) == (long, "¿Lo miran?")
    assert message.quoted == history


def test_a_long_mail_that_is_its_own_file_is_no_mail_that_was_attached() -> None:
    # given a forwarded mail of which only the beginning is shown, so that all of it is a file
    mail = read(forwarded(GMAIL.format(f"{WORDS}\n" + "palabra " * 30_000)))
    # then it is the first sender's, like a short one
    assert (mail.message.sender.address, mail.message.forwarded_by) == ("ana@example.org", Handle("email", BETO))
    assert mail.message.text.startswith(WORDS)
    assert "mail.eml" in [file.name for file in mail.message.attachments]


@pytest.mark.parametrize(
    ("case", "more"),
    [
        ("not proved", {"proved": False}),
        ("no colleague", {"colleagues": ("other.example",)}),
        ("part of a colleague's domain", {"colleagues": ("lo.example", "eto@hilo.example")}),
        ("nobody named", {"colleagues": ()}),
    ],
)
def test_who_is_no_proved_colleague_names_no_customer(case: str, more: dict[str, object]) -> None:
    message = read(forwarded(GMAIL.format(WORDS)), **more).message  # type: ignore[arg-type]
    assert (message.sender.address, message.forwarded_by) == (BETO, None), case
    assert WORDS in f"{message.text}\n\n{message.quoted}"


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (GMAIL, "Factura 41"),
        (GMAIL, "Re: Fwd: Factura 41"),
        (GMAIL.replace("ana@example.org", "care+x@hilo.example"), "Fwd: a"),
        (GMAIL.replace("ana@example.org", "eva@hilo.example"), "Fwd: a"),
        (GMAIL.replace("<ana@example.org>", "<ana@example.org> <eva@example.org>"), "Fwd: a"),
        (GMAIL.replace("<ana@example.org>", ""), "Fwd: a"),
        ("De: la oficina\nPara: ti\n\nHola", "Fwd: a"),
        ("Hola", "Fwd: a"),
    ],
)
def test_what_does_not_say_who_wrote_stays_the_colleagues(text: str, subject: str) -> None:
    message = read(forwarded(text.format(WORDS), subject=subject)).message
    assert (message.sender.address, message.forwarded_by, message.proof) == (BETO, None, Proof.DKIM)


def test_what_was_folded_away_is_looked_through_too() -> None:

    mail = read(forwarded("Hola"))
    above, below = GMAIL.format(WORDS).split("----------", 1)
    folded = structs.replace(mail.message, text=above.strip(), quoted=f"----------{below}")
    message = as_first_written(Mail(folded), ACCOUNT, ("hilo.example",)).message
    assert (message.sender.address, message.text, message.remark) == ("ana@example.org", WORDS, "¿Lo miran?")
    assert message.quoted == ""


@given(
    st.lists(st.sampled_from([*GMAIL.split("\n"), *OUTLOOK_EN.split("\n"), "> De: x@y.example", "a: b"]), max_size=60)
)
@settings(max_examples=100, deadline=None)
def test_no_text_stops_it(lines: list[str]) -> None:
    found = forwarded_in("\n".join(lines))
    assert found is None or found.sender.address in ("ana@example.org", "x@y.example")
