"""Bodies of mails beside what of each was written now: the shared cases, read in place, and our own."""

import email
import email.policy
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from channels.email.plain_text import Allowance, text_of_html

TOP = Path(__file__).parent.parent
OWN = Path(__file__).parent / "replies_own.txt"
# Which lines (empty ones are not counted) were written now, where a source has no text to compare with.
# Those of crisp_replies follow what its tests ask for, and our own reading where they ask for little.
FIVE = (
    *("10", "11", "12", "14", "17", "22", "24", "25", "26", "7", "8", "9", "danish_dash_separator", "finnish"),
    *("french_2", "german", "german_2", "german_outlook", "ios_outlook_fr", "norwegian_gmail", "original_message_2"),
    *("outlook_split_line_from", "portuguese", "russian", "tricky_10_special_chars_in_name"),
    "tricky_12_no_space_after_header",
)
ONE = (
    *("19", "20", "2_1", "blackberry", "customer_quote_header_2", "iphone", "multi_word_sent_from_my_mobile_device"),
    *("sent_from", "thread", "unquoted_reply"),
)
ALL = (
    *("5", "not_a_signature", "tricky_13_timestamp_variations", "tricky_3_code_block", "tricky_4_from_in_body"),
    *("tricky_6_regards_in_sentence", "tricky_7_multiple_dashes", "tricky_8_sent_from_in_content"),
)
CRISP = {
    **{f"email_{name}.txt": "1-5" for name in FIVE},
    **{f"email_{name}.txt": "1-1" for name in ONE},
    **{f"email_{name}.txt": "1-99" for name in ALL},
    "correct_sig.txt": "1-1",
    "sig_no_empty_line.txt": "1-1",
    "email_zoho.txt": "1-2",
    "email_customer_quote_header_3.txt": "1-3",
    "email_with_regards.txt": "1-3",
    "email_reply_header.txt": "1-6",
    "email_tricky_16_unicode_signatures.txt": "1-3",
    "email_tricky_18_inline_reply.txt": "2-99",
    "email_15.txt": "1-5 7-99",
}
QUOTEQUAIL = {
    "apple_reply.html": "1-2",
    "gmail_reply.html": "1-2",
    "ios_mail_reply_unescaped_address.html": "1-1",
    "mailru_forward.html": "1-99",
    "mailru_forward_unwrapped.html": "1-2",
    "outlook_forward_unwrapped_top.html": "1-99",
    "thunderbird_forward_unwrapped.html": "1-99",
    "yahoo_reply_unescaped_address.html": "1-2",
}
SPANISH = "Hola, sigo sin servicio desde el lunes.\n\nMi número de cliente es 4411."
ANSWERED = "Buenas tardes:\n¿Ya reinició el equipo?\nSaludos"


@dataclass(frozen=True, slots=True)
class Case:
    """A body, as plain text (`html` where it came so), and what of it was `written` now."""

    source: str
    name: str
    text: str
    written: str
    html: str = ""


def cases() -> Iterator[Case]:
    """All that are here: our own always, the shared ones where HILO_CASES, or ../shared/cases, is a folder."""
    shared = Path(os.environ.get("HILO_CASES") or TOP.parent / "shared" / "cases")
    for source in (_discourse, _crisp, _talon, _talon_html, _quotequail, _spanish):
        yield from source(shared) if shared.is_dir() else ()
    yield from _own()


def _discourse(shared: Path) -> Iterator[Case]:
    for path in sorted((shared / "discourse_trimmer" / "emails").glob("*.txt")):
        yield Case("discourse_trimmer", path.name, _read(path), _read(shared / "discourse_trimmer/trimmed" / path.name))


def _crisp(shared: Path) -> Iterator[Case]:
    for path in sorted((shared / "crisp_replies").glob("*.txt")):
        if path.name in CRISP:
            text = _read(path)
            yield Case("crisp_replies", path.name, text, _lines(text, CRISP[path.name]))


def _talon(shared: Path) -> Iterator[Case]:
    for path in sorted((shared / "talon" / "standard_replies").glob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), EmailMessage, policy=email.policy.default)
        part = mail.get_body(("plain",))
        told = path.with_name(f"{path.stem}_reply_text")
        text = part.get_content() if part else ""
        yield Case("talon", path.name, text, _read(told) if told.exists() else "Hello")


def _talon_html(shared: Path) -> Iterator[Case]:
    for path in sorted((shared / "talon" / "html_replies").glob("*.html")):
        html = _read(path)
        yield Case("talon html", path.name, _text(html), "Hi. I am fine.\nThanks,\nAlex", html)


def _quotequail(shared: Path) -> Iterator[Case]:
    for path in sorted((shared / "quotequail_html").glob("*.html")):
        if path.name in QUOTEQUAIL:
            html = _read(path)
            yield Case("quotequail html", path.name, _text(html), _lines(_text(html), QUOTEQUAIL[path.name]), html)


def _spanish(shared: Path) -> Iterator[Case]:
    """Each real header between a customer's text and ours, quoted with marks and without."""
    rows = (shared / "spanish_quotes" / "headers.jsonl").read_text(encoding="utf-8").splitlines()
    for number, header in enumerate((json.loads(row)["header"] for row in rows), 1):
        marked = "\n".join(f"> {line}" for line in ANSWERED.split("\n"))
        yield Case("spanish headers", f"{number} with marks", f"{SPANISH}\n\n{header}\n\n{marked}\n", SPANISH)
        yield Case("spanish headers", f"{number} without", f"{SPANISH}\n\n{header}\n\n{ANSWERED}\n", SPANISH)


def _own() -> Iterator[Case]:
    """Blocks of `=== name`, the text, `=== written`, and what was written."""
    for block in _read(OWN).split("\n=== mail: ")[1:]:
        name, _, rest = block.partition("\n")
        text, _, written = rest.partition("\n=== written\n")
        yield Case("es, pt, en (ours)", name, text, written.strip("\n"))


def _lines(text: str, ranges: str) -> str:
    """The lines of `ranges`, which count those with something in them; between two that are kept, empty ones too."""
    wanted = {n for each in ranges.split() for n in range(int(each.split("-")[0]), int(each.split("-")[1]) + 1)}
    kept, number = [], 0
    for line in text.splitlines():
        number += bool(line.strip())
        if number in wanted:
            kept.append(line)
    return "\n".join(kept).rstrip()


def _text(html: str) -> str:
    return text_of_html(html.encode(), Allowance())[0]


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
