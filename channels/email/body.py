"""What a reply says: the text and its HTML, each with the team's signature and, below it, what is answered."""

import re
from datetime import UTC, datetime
from html import escape

from channels.email.charsets import clean, one_line
from router.model.message import OutboundMessage, Quotation

NAME_LENGTH = 100
DEFAULT_LANGUAGE = "es"
LANGUAGES = ("es", "en")
# As mail programs write it, so that those who fold what was quoted know it again.
WROTE = {"es": "El {at}, {author} escribió:", "en": "On {at}, {author} wrote:"}
SOMEBODY = {"es": "usted", "en": "you"}
MONTHS = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
HTML = """<!DOCTYPE html>
<html{lang}>
<head><meta charset="utf-8"></head>
<body>
{body}
</body>
</html>
"""
QUOTED = """<p>{wrote}</p>
<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">
{body}
</blockquote>"""


def plain(message: OutboundMessage) -> str:
    """The text; below the mark that mail programs know (RFC 3676 section 4.3) who wrote it, then what is answered."""
    parts = [clean(message.text).strip("\n")]
    signature = _signature(message)
    if signature:
        parts.append(f"-- \n{signature}")
    if message.quotation:
        lines = clean(message.quotation.text).strip("\n").split("\n")
        parts.append("\n".join((_wrote(message, message.quotation), *(f"> {line}".rstrip() for line in lines))))
    return "\n\n".join(parts) + "\n"


def html(message: OutboundMessage) -> str:
    """The same as HTML: nothing that anybody wrote is markup."""
    parts = _paragraphs(message.text)
    signature = _signature(message)
    if signature:
        parts.append(f'<p style="color:#555">-- <br>\n{_lines(signature)}</p>')
    if message.quotation:
        quoted = "\n".join(_paragraphs(message.quotation.text))
        parts.append(QUOTED.format(wrote=escape(_wrote(message, message.quotation)), body=quoted))
    language = language_of(message)
    return HTML.format(lang=f' lang="{language}"' if language else "", body="\n".join(parts))


def language_of(message: OutboundMessage) -> str:
    """The language to answer in; nothing if it is not known, or none of ours."""
    language = message.language.lower().partition("-")[0]
    return language if language in LANGUAGES else ""


def _wrote(message: OutboundMessage, quotation: Quotation) -> str:
    language = language_of(message) or DEFAULT_LANGUAGE
    author = one_line(quotation.author, NAME_LENGTH) or SOMEBODY[language]
    return WROTE[language].format(at=_at(quotation.at, language), author=author)


def _at(instant: datetime, language: str) -> str:
    told = instant.astimezone(UTC)
    month = MONTHS[language][told.month - 1]
    day = f"{told.day} {month} {told.year}" if language == "es" else f"{month} {told.day}, {told.year}"
    return f"{day}, {told:%H:%M} UTC"


def _paragraphs(text: str) -> list[str]:
    return [f"<p>{_lines(part)}</p>" for part in re.split(r"\n{2,}", clean(text).strip("\n"))]


def _lines(text: str) -> str:
    """`text` as HTML: nothing in it is markup, and its lines and its indentation stay."""
    lines = (re.sub(r"^ +|  +", lambda found: "&nbsp;" * len(found.group()), line) for line in escape(text).split("\n"))
    return "<br>\n".join(lines)


def _signature(message: OutboundMessage) -> str:
    """The team's name and signature; the name once, where the signature holds it already."""
    name, signature = one_line(message.team, NAME_LENGTH), clean(message.signature).strip()
    return signature if name in signature else f"{name}\n{signature}".strip()
