"""What is odd about a mail, and what the team reads of it: a note above the text, in Spanish and in English."""

from enum import StrEnum


class Problem(StrEnum):
    """What made a mail hard to read; the first ones are also said in a note."""

    TOO_LARGE = "too_large"
    NOT_SERVED = "not_served"
    TOO_COMPLEX = "too_complex"
    UNREADABLE = "unreadable"
    TEXT_CUT = "text_cut"
    NO_SENDER = "no_sender"
    SENDER_FROM_REPLY_TO = "sender_from_reply_to"
    NO_MESSAGE_ID = "no_message_id"
    NO_DATE = "no_date"
    BAD_CHARSET = "bad_charset"
    ENCLOSED = "enclosed"
    HTML_LEFT_OUT = "html_left_out"


MARK = "[Hilo] "
NOTES = {
    Problem.TOO_LARGE: (
        "El correo pesa {size} y el límite es {limit}: se muestra sin su texto ni sus adjuntos. Sigue en el buzón.",
        "The mail has {size} and the limit is {limit}: it is shown without its text and files. It is in the mailbox.",
    ),
    Problem.NOT_SERVED: (
        "El servidor de correo no entrega este correo ({size}). Sigue en el buzón.",
        "The mail server does not hand out this mail ({size}). It is in the mailbox.",
    ),
    Problem.TOO_COMPLEX: (
        "El correo tiene más partes, niveles, líneas o cabeceras de las que se leen: se muestra lo que se pudo.",
        "The mail has more parts, levels, lines or headers than are read: what could be shown is shown.",
    ),
    Problem.UNREADABLE: (
        "El correo está dañado: se muestra lo que se pudo leer.",
        "The mail is broken: what could be read is shown.",
    ),
    Problem.TEXT_CUT: (
        "El texto es más largo de lo que se muestra; aquí está el comienzo.",
        "The text is longer than what is shown; this is its beginning.",
    ),
    Problem.NO_SENDER: (
        "El correo no dice de quién es: no se le puede responder.",
        "The mail does not say whom it is from: it can't be answered.",
    ),
    Problem.ENCLOSED: (
        "Lo que dice el correo está dentro de un archivo que Hilo no abre (cifrado, firmado o de Outlook): {name}.",
        "What the mail says is in a file that Hilo does not open (encrypted, signed or of Outlook): {name}.",
    ),
}


def note(problem: Problem, **values: str) -> str:
    """The lines that a person reads about `problem`; empty for those that need none."""
    lines = NOTES.get(problem, ())
    return "\n".join(MARK + line.format(**values) for line in lines)


def without_notes(text: str) -> str:
    """`text` without the notes that stand above it."""
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line and not line.startswith(MARK)), len(lines))
    return "\n".join(lines[first:]) if text.startswith(MARK) else text


def megabytes(size: int) -> str:
    """`size` bytes as people say it, rounded up so that too much never looks like the limit."""
    tenths = -(-size // 100_000)
    return f"{tenths // 10}.{tenths % 10} MB" if tenths % 10 else f"{tenths // 10} MB"
