"""What the customer wrote is told from what stood around it; nothing is lost, and in doubt it is the customer's."""

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.replies_cases import Case, cases
from channels.email.identity import QUOTED_LENGTH, identified
from channels.email.plain_text import Allowance, text_of_html
from channels.email.quoted import split
from channels.email.sign_offs import is_sent_from
from tests.cases import shared_cases
from tests.mail_checks import ACCOUNT, read
from tests.unit.test_email_normalise import HEAD

OURS = "es, pt, en (ours)"
ALL = list(cases())
# Far from what they take, 0.5 s: a machine that others share is no reason to fail.
SECONDS = 5.0
# How many of the shared bodies have to be right, of a hundred. Those that are not, and why:
RIGHT = 90
MISSED = {
    ("discourse_trimmer", "spam_1.txt"): "nothing but quotations: its text would be empty, and no mail of ours ever is",
    ("crisp_replies", "email_19.txt"): "'Sent from' what is no device: in doubt it is the customer's",
    ("crisp_replies", "email_7.txt"): "a line within the quotation lost its mark and looks like an answer to it",
}


@pytest.mark.parametrize("case", [case for case in ALL if case.source == OURS], ids=lambda case: case.name)
def test_mails_as_programs_write_them(case: Case) -> None:
    # given a mail in Spanish, Portuguese or English, when it is read
    parts = split(case.text)
    # then what was written now is told from the rest, line by line, and no word of the mail is lost
    assert parts.written == case.written
    assert words(parts.written) + words(parts.quoted) == words(case.text)


def test_the_shared_bodies_are_told_apart() -> None:
    shared_cases("discourse_trimmer")
    # given what others' customers wrote, with what of it was new, when each is read
    found = {
        (case.source, case.name): split(case.text).written.split() == case.written.split()
        for case in ALL
        if case.source != OURS
    }
    # then what is missed is known, and of each source nine of ten are right
    assert {name for name, is_right in found.items() if not is_right} == set(MISSED)
    for source in {source for source, _ in found}:
        each = [is_right for (of, _), is_right in found.items() if of == source]
        assert 100 * sum(each) >= RIGHT * len(each), source


def test_no_word_of_the_shared_bodies_is_lost() -> None:
    shared_cases("discourse_trimmer")
    for case in ALL:
        parts = split(case.text)
        assert words(parts.written) + words(parts.quoted) == words(case.text), case.name
        # What is missed is left standing; never is a word of the customer's folded away.
        assert not words(case.written) - words(parts.written), case.name


@pytest.mark.parametrize(
    "text",
    [
        "> ¿Número de cliente?\n4411\n> ¿Desde cuándo?\nDesde el lunes",
        "Sí.\n\nEl lun, 3 mar 2025 a las 10:02, Ayuda <a@b.example> escribió:\n"
        "> ¿Puede el martes?\n\nSí, a las 10.\n> ¿Y la calle?\n50",
        "Ayer su agente nos escribió:\nque vendrían. Nadie vino.",
        "On Monday I paid 30 dollars, and in 2024 they wrote:\nnothing. Where is my money?",
        "Mi problema:\n____\nno hay luz\n____\ny nadie viene",
        "Enviado por correo certificado el lunes",
        "Hola,\n\nEnviado desde la app de mi teléfono a su correo, y nada.",
        "Este mensaje es para reclamar un error en mi factura. Por favor eliminen el cargo.",
        "Saludos,\nJuan\nContrato 4411\nwww.juan.example",
        "--\n¿Alguien lee esto?",
        "Enviado desde mi iPhone\n\nInicio del mensaje reenviado:\n\n> De: Banco <b@banco.example>\n> Su pago no pasó",
        "Nouveau message :\n==========\nNom: Ana\nPrénom: B\nEmail: ana@example.org\nAdresse: Rue 1",
        "Nuevo mensaje:\n=====\nNombre: Ana\nTeléfono: 6612-1234\nEmail: ana@example.org",
        "Nuevo mensaje:\n-----\nNombre: Ana\nCorreo: ana@example.org",
        "Mensaje del sitio\nDe: Ana\nFecha: 3/3/2025\nAsunto: Fibra\nMensaje: ¿Llega a mi calle?",
        "From the site:\nFrom: Ana <ana@example.org>\nDate: 3/3/2025\nSubject: Fibre\n\nMessage: Hello",
        "Error en el servidor 192.0.2.153: no llega a <ana@example.org>:\n¿qué hago?",
        "De: mi casa\nPara: la suya\nAsunto: ninguno",
        ">>> print(1)\n1",
        "",
        "\n\n",
    ],
)  # fmt: skip
def test_in_doubt_it_is_the_customers(text: str) -> None:
    assert words(split(text).written) >= words(text) - INTRODUCTION


INTRODUCTION = Counter(["El", "lun,", "3", "mar", "2025", "a", "las", "10:02,", "Ayuda", "<a@b.example>", "escribió:"])


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("Enviado desde mi iPhone", True),
        ("Enviado desde Outlook para Android", True),
        ("Obtener Outlook para iOS", True),
        ("Enviado do meu Galaxy", True),
        ("Obter o Outlook para iOS", True),
        ("Sent from my Samsung Galaxy smartphone.", True),
        ("Sent from Mail for Windows", True),
        ("Enviado por correo certificado el lunes", False),
        ("Enviado desde mi casa hasta su oficina", False),
        ("Sent with the phone number I gave you", False),
        ("Sent from my phone 6612-1234", False),
    ],
)
def test_what_a_telephone_adds(line: str, is_one: bool) -> None:
    assert is_sent_from(line) is is_one


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("<p>Sí</p><blockquote type=cite><p>¿Viene?</p></blockquote>", "Sí"),
        ('<p>Ναι</p><div class="moz-cite-prefix">Στις 3/3/25, η Άννα:</div><blockquote cite=x>;</blockquote>', "Ναι"),
        # An indentation is no quotation.
        ('<p>Dos:</p><blockquote style="margin:0 0 0 40px;border:none">uno</blockquote>', "Dos:\n\nuno"),
        ('<p>a</p><blockquote style="border-left:2px solid blue">q?</blockquote><p>b</p>', "a\n\n> q?\n\nb"),
    ],
)
def test_what_html_quotes_is_marked(html: str, written: str) -> None:
    assert split(text_of_html(html.encode(), Allowance())[0]).written == written


def test_a_message_carries_both_and_the_rest_is_bounded() -> None:
    # given an answer above a history that is long
    history = "\n".join(f"> {number} de la historia" for number in range(8_000))
    raw = HEAD + f"Content-Type: text/plain; charset=utf-8\r\n\r\nNo, gracias.\n\n{history}".encode()
    # when it is read
    mail = identified(read(raw), raw, None, (), ACCOUNT)
    message = mail.message
    # then rules and agents see the answer, the rest is there up to its bound, and all of it in the mail that is kept
    assert message.text == "No, gracias."
    assert message.quoted.startswith("> 0 de la historia\n> 1 de")
    assert len(message.quoted) == QUOTED_LENGTH
    assert mail.contents[message.original] == raw


PIECES = (
    *("hola", "¿Viene?", "", "", "> cita", ">", ">> > honda", "| barra", "--", "____________", "—", "***", "Saludos,"),
    *("Ana Pérez", "Gerente", "www.empresa.example", "Enviado desde mi iPhone", "Sent from my iPhone", "wrote:"),
    *("El lun, 3 mar 2025 a las 10:02, Ayuda <a@b.example> escribió:", "El lun, 3 mar 2025, Ayuda", "<a@b.example>"),
    *("escribió:", "De: A <a@b.example>", "Enviado: lunes", "Para: B", "Asunto: C", "-----Mensaje original-----"),
    *(
        "---------- Forwarded message ---------",
        "Este mensaje es confidencial y para su destinatario",
        "elimine el error",
    ),
    *("Antes de imprimir", "2016-03-03 17:21 GMT+01:00 Ana", "a" * 70, "\u00a0", "\u200b", "\t"),
)


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map("\n".join), st.text(max_size=300)))
def test_no_word_is_lost_whatever_the_text(text: str) -> None:
    parts = split(text)
    assert words(parts.written) + words(parts.quoted) == words(text)
    assert any(map(str.isalnum, parts.written)) == any(map(str.isalnum, text))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(("No me llegó.", "¿Cuándo viene?", "Mi cliente es 4411", "")), min_size=1, max_size=8),
    st.sampled_from([case for case in ALL if case.source == OURS and case.written != case.text.strip("\n")]),
)
def test_what_was_written_stays_written_when_it_is_read_again(paragraphs: list[str], case: Case) -> None:
    once = split("\n\n".join([*paragraphs, case.text])).written
    assert split(once).written == once


HOSTILE = {
    "quoted lines": "hola\n" + ">\n" * 100_000,
    "one deep line": "hola\n" + ">" * 200_000,
    "one long line": "De: " + "a " * 100_000,
    "blanks": "a" + " \u00a0" * 100_000 + "b",
    "nested": "".join("> " * min(n, 40) + "On Mon, Mar 3, 2025 at 10:02 C <c@d.example> wrote:\n" for n in range(2000)),
    "headers": "On Mon, Mar 3, 2025 at 10:02 AM Care <care@company.example> wrote:\n" * 3000,
    "ends of headers": "wrote:\n" * 28_000,
    "headers over lines": "a\na\na\na\na\nwrote:\n" * 12_000,
    "blocks": "From: x\nDate: y\n" * 12_000,
    "drawn lines": "____\nx\n" * 28_000,
    "signature marks": "--\n" * 60_000,
    "disclaimers": "Este mensaje confidencial\n\n" * 7_000,
    "disclaimers under marks": "--\nEste mensaje es confidencial y para su destinatario\n" * 3_600,
    "telephones": "Sent from my iPhone\n\n" * 9_500,
    "closings": ("Regards,\n" + "A" * 90 + " b!\nCEO\n") * 1_800,
    "colons": ":\n" * 100_000,
    "answers": "> q\na\n" * 33_000,
    "ends of addresses": "1>\n" * 66_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_the_time_is_linear(name: str) -> None:
    began = time.thread_time()
    split(HOSTILE[name])
    assert time.thread_time() - began < SECONDS


def words(text: str) -> Counter[str]:
    return Counter(word for word in text.split() if any(map(str.isalnum, word)))
