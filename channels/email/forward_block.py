"""The block of headers that mail programs put above a mail that a person forwards, in three languages."""

import re
from dataclasses import dataclass

from channels.email.address import mail_handle
from channels.email.charsets import one_line
from channels.email.headers import BARE_ADDRESS
from router.model.message import Handle

# As Gmail, Outlook and Apple's programs write them in English, Spanish and Portuguese.
LABELS = {
    "from": ("from", "de"),
    "date": ("date", "sent", "fecha", "data", "enviado", "enviada", "enviado el", "enviado em", "enviada em"),
    "to": ("to", "para"),
    "cc": ("cc", "bcc", "cco"),
    "subject": ("subject", "asunto", "assunto"),
    "reply-to": ("reply-to", "responder a", "responder para"),
}
NAMES = {label: name for name, labels in LABELS.items() for label in labels}
LINE = re.compile(r"[>\s]*\*{0,2}([A-Za-z-]{2,12}(?: [a-z]{1,4})?)\s*:\*{0,2}\s*(.{0,2000})")
# What stands between the colleague's words and the block.
DIVIDER = re.compile(r"[>\s]*([-_=]{3,}.{0,80}|(begin|inicio|início|comienzo)\b.{0,60}:)\s*", re.IGNORECASE)
LINES_READ = 5000
LINES_OF_BLOCK = 30
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A mail as it stands in the text of another: who wrote it, and what stands above (`remark`) and in it."""

    sender: Handle
    author: str
    subject: str
    text: str
    remark: str


def forwarded_in(text: str) -> Forwarded | None:
    """The first mail that was forwarded in `text`; None if there is none, or none that says who wrote it."""
    lines = text.split("\n")
    for number, line in enumerate(lines[:LINES_READ]):
        if _label(line) is None:
            continue
        found, end = _block(lines, number)
        sender = _sender(found.get("from", ""))
        if len(found) >= FEWEST and sender:
            remark = "\n".join(_without_divider(lines[:number])).strip()
            subject = one_line(found.get("subject", ""), 500)
            return Forwarded(*sender, subject, _unquoted(lines[end:]), remark)
    return None


def _block(lines: list[str], start: int) -> tuple[dict[str, str], int]:
    """The headers that begin in line `start`, and the line behind them; a long one goes on in the next line.

    A blank line ends them, unless one stands between each two of them, as where each was a paragraph.
    """
    found: dict[str, str] = {}
    last, end = "", start
    is_spaced = start + 1 < len(lines) and not lines[start + 1].strip(" >\t")
    for number in range(start, min(start + LINES_OF_BLOCK, len(lines))):
        label = _label(lines[number])
        if label and label not in found:
            read = LINE.fullmatch(lines[number])
            found[label], last, end = (read[2] if read else ""), label, number + 1
        elif last in ("to", "cc") and "@" in lines[number] and end == number:
            end = number + 1
        elif lines[number].strip(" >\t") or not is_spaced:
            break
    return found, end


def _label(line: str) -> str | None:
    read = LINE.fullmatch(line)
    return NAMES.get(read[1].lower()) if read else None


def _sender(value: str) -> tuple[Handle, str] | None:
    """The one address in a From, and the name before it."""
    places = BARE_ADDRESS.finditer(value.replace("mailto:", " "))
    found = {handle for place in places if (handle := mail_handle(place.group().strip("*'")))}
    if len(found) != 1:
        return None
    name = one_line(re.split(r"[<\[(]|\S+@", value, maxsplit=1)[0], 100).strip("\"'* ")
    return found.pop(), name


def _without_divider(lines: list[str]) -> list[str]:
    kept = list(lines)
    while kept and (not kept[-1].strip(" >\t") or DIVIDER.fullmatch(kept[-1])):
        kept.pop()
    return kept


def _unquoted(lines: list[str]) -> str:
    """The text, without the marks of quotation where it has them in each line."""
    written = [line for line in lines if line.strip()]
    if written and all(line.startswith(">") for line in written):
        lines = [re.sub(r"^> ?", "", line) for line in lines]
    return "\n".join(lines).strip()
