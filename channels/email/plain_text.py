"""HTML to the text that a person would read in it; nothing is loaded, no script is run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

HTML_BYTES = 2_000_000
# A parser that follows the standard takes quadratic time for tags that are never closed: 20,000 of them are a second.
TAGS = 15_000
# It also takes quadratic time for the attributes of one tag: 80,000 of them are 14 seconds.
LONG_TAG = re.compile(r"</?[a-zA-Z][^<>]{4000}")
# Where a tag may go on behind a `>` (within quotes) or a `<`, LONG_TAG can't tell its length: little of that is parsed.
UNSURE_TAG = re.compile(r"""</?[a-zA-Z][^<>]*<|=\s*"[^">]*>|=\s*'[^'>]*>""")
UNSURE_LENGTH = 30_000
LINK_LENGTH = 300
# Pictures written into the address itself: no text is in them, and they are most of such a mail.
INLINE_DATA = re.compile(rb"data:[a-zA-Z0-9/+.;-]{1,100},[^\"'>\s)]{100,}")
SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe", "select"})
BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt"),
        *("fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"),
        *("html", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul"),
    )
)
SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "table"})
CELLS = frozenset({"td", "th"})
# What mail programs put around what is quoted, and around the line above it. A plain blockquote may be an indentation.
QUOTED_CLASSES = frozenset(
    {"gmail_quote", "gmail_attr", "protonmail_quote", "moz-cite-prefix", "tutanota_quote", "zmail_extra"}
)
QUOTED_BORDER = re.compile(r"border-left(?:-width)?\s*:\s*(?!none|0)|border-width:\s*\S+ \S+ \S+ [1-9]")
TAG = re.compile(r"<(/?[a-zA-Z!][^<>]*)>")
TAG_NAME = re.compile(r"/?[a-zA-Z0-9]*")
SPACES = re.compile(r"[ \t\n\r\f\v\u00a0]+")


@dataclass(slots=True)
class Allowance:
    """What may still be read of one mail's HTML, all its parts together: bytes, tags, and characters of unsure tags."""

    size: int = HTML_BYTES
    tags: int = TAGS
    unsure: int = UNSURE_LENGTH

    def take(self, data: bytes) -> str:
        """As much of `data` as may be read."""
        taken = data[: self.size]
        self.size -= len(taken)
        return taken.decode("utf-8", "replace")

    def lets_parse(self, html: str) -> bool:
        """Whether a parser may be given `html`, which is counted if so: it would be through in a moment."""
        tags, unsure = html.count("<"), len(html) if UNSURE_TAG.search(html) else 0
        if tags > self.tags or unsure > self.unsure or LONG_TAG.search(html):
            return False
        self.tags -= tags
        self.unsure -= unsure
        return True


def without_inline_data(html: bytes) -> bytes:
    """`html` without the pictures that are written into it."""
    return INLINE_DATA.sub(b"data:", html)


def text_of_html(data: bytes, allowance: Allowance) -> tuple[str, bool]:
    """The text of the HTML `data` (in UTF-8), and whether all of it was read; the `allowance` is one for a mail."""
    data = without_inline_data(data)
    is_whole = len(data) <= allowance.size
    html = allowance.take(data)
    return _text(LexborHTMLParser(html).root) if allowance.lets_parse(html) else _rough_text(html), is_whole


def _text(root: LexborNode | None) -> str:
    writer = _Writer()
    for node, is_end in _walk(root) if root else ():
        writer.take(node, is_end)
    return writer.text()


def _rough_text(html: str) -> str:
    """The text of HTML that no parser should be given, in linear time: tags away, blocks on lines."""
    shown: list[str] = []
    silent = ""
    for number, piece in enumerate(TAG.split(html)):
        name = TAG_NAME.match(piece) if number % 2 else None
        tag = name.group().lower() if name else ""
        if silent:
            silent = "" if tag == f"/{silent}" else silent
        elif not number % 2:
            shown.append(SPACES.sub(" ", unescape(piece)))
        elif tag in ("script", "style"):
            silent = tag
        elif tag.removeprefix("/") in BLOCKS or tag == "br":
            shown.append("\n")
    lines = [line.strip() for line in "".join(shown).split("\n")]
    return "\n".join(line for line in lines if line)


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Each node at its beginning and at its end, without recursion: real mails nest thousands deep."""
    waiting = [(root, False)]
    while waiting:
        node, is_end = waiting.pop()
        yield node, is_end
        if is_end:
            continue
        if len(waiting) and node.next is not None:
            waiting.append((node.next, False))
        waiting.append((node, True))
        if node.tag not in SILENT and node.child is not None:
            waiting.append((node.child, False))


class _Writer:
    """Collects lines: blocks begin and end them, spaces in between are one."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._preformatted = 0
        self._quoted = 0
        self._links: list[tuple[str, list[str]]] = []

    def take(self, node: LexborNode, is_end: bool) -> None:
        """Write what `node` says at its beginning or at its end."""
        tag = node.tag or ""
        if tag == "-text":
            if not is_end:
                self._write(node.text_content or "")
        elif tag == "br":
            if not is_end:
                self._break()
        elif tag == "a":
            self._link(node, is_end)
        elif tag in CELLS:
            if is_end and self._line:
                self._line.append("  ")
        elif tag in BLOCKS:
            is_quoted = _is_quoted(node)
            self._quoted += is_quoted and not is_end
            self._block(tag, is_end)
            self._quoted -= is_quoted and is_end

    def text(self) -> str:
        """All lines, never two empty ones in a row."""
        self._break(only_if_begun=True)
        lines = [line.rstrip() for line in self._lines]
        kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
        return "\n".join(kept).strip("\n")

    def _block(self, tag: str, is_end: bool) -> None:
        self._break(only_if_begun=True)
        if tag in SPACED:
            self._lines.append("")
        if tag == "pre":
            self._preformatted = max(0, self._preformatted + (-1 if is_end else 1))
        elif tag == "li" and not is_end:
            self._line.append("- ")

    def _write(self, text: str) -> None:
        if self._links:
            self._links[-1][1].append(text)
        if self._preformatted:
            first, *rest = text.split("\n")
            self._line.append(first)
            for line in rest:
                self._break()
                self._line.append(line)
            return
        text = SPACES.sub(" ", text)
        if text.startswith(" ") and (not self._line or self._line[-1].endswith(" ")):
            text = text[1:]
        if text:
            self._line.append(text)

    def _link(self, node: LexborNode, is_end: bool) -> None:
        """A link's address stands behind its text, unless the text is the address."""
        if not is_end:
            self._links.append(((node.attributes.get("href") or "").strip(), []))
            return
        address, written = self._links.pop()
        shown = "".join(written).strip().lower()
        is_shown = address.partition("://")[2].rstrip("/").lower() in shown
        if shown and address.lower().startswith(("http://", "https://")) and not is_shown:
            self._line.append(f" ({address[:LINK_LENGTH]})")

    def _break(self, only_if_begun: bool = False) -> None:
        if self._line or not only_if_begun:
            line = "".join(self._line)
            self._lines.append(f"> {line}" if self._quoted and line.strip() else line)
            self._line = []


def _is_quoted(node: LexborNode) -> bool:
    """Whether the block is what an earlier mail said, or says whose it was: its lines get the mark of mails, `>`."""
    attributes = node.attributes
    classes = (attributes.get("class") or "").split()
    if node.tag != "blockquote":
        return (
            not QUOTED_CLASSES.isdisjoint(classes)
            and "gmail_quote" not in classes
            and "protonmail_quote" not in classes
        )
    if attributes.get("type") == "cite" or attributes.get("cite") or not QUOTED_CLASSES.isdisjoint(classes):
        return True
    return bool(QUOTED_BORDER.search((attributes.get("style") or "")[:1000]))
