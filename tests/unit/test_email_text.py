"""What a team reads of mails in all their forms: two texts, calendars, sealed ones, charsets that lie, torn parts."""

import pytest

from channels.email.notes import Problem
from tests.mail_checks import read

HEAD = b"From: ana@example.org\r\nMessage-ID: <1@x>\r\nDate: Tue, 3 Mar 2026 08:00:00 +0000\r\nMIME-Version: 1.0\r\n"


def multipart(kind: str, *parts: tuple[str, str]) -> bytes:
    """A mail of `parts`, each its headers and its content."""
    body = "".join(f"--x\r\n{headers}\r\n\r\n{content}\r\n" for headers, content in parts)
    return HEAD + f'Content-Type: multipart/{kind}; boundary="x"\r\n\r\n{body}--x--\r\n'.encode()


PLAIN, HTML = "Content-Type: text/plain; charset=utf-8", "Content-Type: text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("plain", "text"),
    [
        ("Hola, soy Ana", "Hola, soy Ana"),
        ("  \r\n ", "La carta"),
        ("This message is in HTML format. Your mail reader does not support it.", "La carta"),
        ("Para ver este mensaje, use un visor compatible con HTML.", "La carta"),
        ("Seu leitor de e-mail não suporta mensagens em HTML.", "La carta"),
        ("View this email in your browser: https://shop.example/41", "La carta"),
        ("No puedo ver la factura en mi navegador.", "No puedo ver la factura en mi navegador."),
        (
            "The <html> tag of your page is broken" + ", really" * 50,
            "The <html> tag of your page is broken" + ", really" * 50,
        ),
    ],
)
def test_of_two_texts_the_plain_one_unless_it_says_nothing(plain: str, text: str) -> None:
    assert read(multipart("alternative", (PLAIN, plain), (HTML, "<p>La carta"))).message.text == text


INVITATION = """BEGIN:VCALENDAR
METHOD:{method}
BEGIN:VEVENT
SUMMARY;LANGUAGE=es:Visita del técnico\\, piso
  2
DTSTART;TZID="America/Panama":20260303T100000
DTEND;TZID=America/Panama:20260303T110000
LOCATION:Calle 50\\nPanamá
ATTENDEE;PARTSTAT=ACCEPTED:mailto:ana@example.org
BEGIN:VALARM
SUMMARY:no
END:VALARM
END:VEVENT
END:VCALENDAR"""


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("REQUEST", "Cita / Appointment: Visita"),
        ("CANCEL", "Cita cancelada / Appointment cancelled: Visita"),
        ("REPLY", "Respuesta a una cita / Answer to an appointment: accepted · Visita"),
    ],
)
def test_an_invitation_is_a_line_and_a_file(method: str, words: str) -> None:
    calendar = (f"Content-Type: text/calendar; charset=utf-8; method={method}", INVITATION.format(method=method))
    # given an invitation as mail programs send it
    message = read(multipart("alternative", (PLAIN, "¿Puede ser?"), calendar)).message
    # then what, when and where stand above the text, and the calendar is a file
    when = "2026-03-03 10:00–11:00 (America/Panama)"
    assert message.text == f"{words} del técnico, piso 2 · {when} · Calle 50 Panamá\n\n¿Puede ser?"
    assert [(file.name, file.media_type) for file in message.attachments] == [("attachment-1.ics", "text/calendar")]
    # and a mail that is nothing else is read too
    alone = HEAD + "\r\n".join((calendar[0], "", calendar[1])).encode()
    assert read(alone).message.text.startswith(words)


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("DTSTART:20260303T100000Z", " · 2026-03-03 10:00 (UTC)"),
        ("DTSTART;VALUE=DATE:20260303", " · 2026-03-03"),
        ("DTSTART:mañana", ""),
        ("DTSTART:20269999T100000", ""),
        ("X-NADA", ""),
    ],
)
def test_an_invitation_says_when_as_far_as_it_is_known(start: str, told: str) -> None:
    event = f"BEGIN:VEVENT\nSUMMARY:Visita\n{start}\nEND:VEVENT"
    raw = multipart("mixed", (PLAIN, "Hola"), ("Content-Type: text/calendar; charset=utf-8", event))
    assert read(raw).message.text == f"Cita / Appointment: Visita{told}\n\nHola"


@pytest.mark.parametrize("kind", ["application/ms-tnef", "application/pkcs7-mime; smime-type=enveloped-data"])
def test_a_sealed_mail_says_in_which_file_its_text_is(kind: str) -> None:
    raw = HEAD + f'Content-Type: {kind}; name="smime.p7m"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA'.encode()
    message = read(raw).message
    assert "está dentro de un archivo que Hilo no abre" in message.text
    assert "smime.p7m" in message.text
    assert [file.name for file in message.attachments] == ["smime.p7m"]


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("application/pkcs7-signature", "smime.p7s"),
        ("application/pgp-signature", "signature.asc"),
        ("application/ms-tnef", "winmail.dat"),
    ],
)
def test_a_signed_mail_is_read_and_its_signature_is_a_file(kind: str, file: str) -> None:
    raw = multipart("signed", (PLAIN, "Firmo yo"), (f'Content-Type: {kind}; name="{file}"', "AAAA"))
    message = read(raw).message
    assert (message.text, [each.name for each in message.attachments]) == ("Firmo yo", [file])


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n", b"From ana@example.org Tue Mar  3 08:00:00 2026\r\n"])
def test_what_stands_before_the_headers_hides_none(before: bytes) -> None:
    message = read(before + HEAD + b"Subject: Hola\r\n\r\nTexto").message
    assert (message.subject, message.text) == ("Hola", "Texto")


def test_parts_are_found_although_the_headers_name_another_boundary() -> None:
    raw = multipart("mixed", (PLAIN, "Hola"), ("Content-Type: image/png; name=a.png", "PNG"))
    message = read(raw.replace(b'boundary="x"', b'boundary="y"')).message
    assert (message.text, [file.name for file in message.attachments]) == ("Hola", ["a.png"])


def test_what_stands_before_the_first_part_is_the_text_where_there_is_no_other() -> None:
    raw = multipart("mixed", ("Content-Type: image/png; name=a.png", "PNG"))
    for preamble, text in ((b"Va la foto", "Va la foto"), (b"This is a multi-part message in MIME format.", "")):
        assert read(raw.replace(b"\r\n\r\n--x", b"\r\n\r\n" + preamble + b"\r\n--x", 1)).message.text == text
    # and not where a part has text
    both = multipart("mixed", (PLAIN, "Hola")).replace(b"\r\n\r\n--x", b"\r\n\r\nVa la foto\r\n--x", 1)
    assert read(both).message.text == "Hola"


def test_a_text_that_has_a_files_name_is_read_where_there_is_no_other() -> None:
    raw = multipart("mixed", (f"{PLAIN}; name=body.txt", "Hola"), ("Content-Type: image/png; name=a.png", "PNG"))
    assert read(raw).message.text == "Hola"
    attached = raw.replace(b"name=body.txt", b"name=body.txt\r\nContent-Disposition: attachment")
    assert read(attached).message.text == ""


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ("Content-Type: image/jpeg\r\nContent-Location: https://shop.example/img/foto.jpg", "foto.jpg"),
        ("Content-Type: image/jpg\r\nContent-Description: Mi foto/1", "Mi foto-1.jpg"),
        ("Content-Type: image/jpg", "attachment-1.jpg"),
        ('Content-Type: image/png; name="Hofj\xe4ger.png"', "Hofjäger.png"),
        ("Content-Type: image/png; name*0*=iso-8859-1''Hofj%E4; name*1=ger.png", "Hofjäger.png"),
        ('Content-Type: image/png; name="../../etc/Hof.png"', "Hof.png"),
    ],
)
def test_a_file_has_a_name_that_people_know(headers: str, name: str) -> None:
    raw = multipart("mixed", (PLAIN, "Hola"), ("HERE", "JPG")).replace(b"HERE", headers.encode("latin-1"))
    assert [file.name for file in read(raw).message.attachments] == [name]


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("gb18030", "您好，这封信如果影响到您的生活和工作"),
        ("shift_jis", "カテゴリ：全メンバー、こんにちは"),
        ("koi8-r", "Здравствуйте, у меня проблема с интернетом"),
        ("windows-1251", "Здравствуйте, у меня проблема с интернетом"),
        ("euc-kr", "안녕하세요 고객님 문의드립니다"),
        ("windows-1252", "¿Señor? Está aquí mañana: ¡¡¡¡¡ÑANDÚ!!!!! •••••• – 20 €"),
        ("iso-8859-1", "ÁÉÍÓÚÑ ÀÈÌÒÙÇ são três ações"),
    ],
)
@pytest.mark.parametrize("declared", ["", "; charset=iso-8859-1", "; charset=us-ascii"])
def test_a_charset_that_lies_or_is_missing_is_known_by_the_looks(charset: str, text: str, declared: str) -> None:
    raw = HEAD + f"Content-Type: text/plain{declared}\r\n\r\n".encode() + text.encode(charset)
    assert read(raw).message.text == text


def test_a_text_cut_at_the_limit_is_cut_between_words() -> None:
    for charset in ("utf-8", "utf-16-le", "iso-8859-1"):
        raw = (
            HEAD
            + f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()
            + ("señal " * 1_500_000).encode(charset)
        )
        mail = read(raw)
        assert Problem.TEXT_CUT in mail.problems
        assert "señal" in mail.message.text[-20:]
        assert "\ufffd" not in mail.message.text
        assert Problem.BAD_CHARSET not in mail.problems
