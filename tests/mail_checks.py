"""What holds of every mail that was read, whatever its bytes: for tests and for the fuzzer."""

import re
from datetime import UTC, datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from channels.email.message_ids import MessageIds
from channels.email.normalise import Account, Mail, normalise
from router.model.event import MessageArrived
from router.store import wire
from tests.email_channel import CARE_ADDRESS

IDS = MessageIds(b"a secret of the test's own, 32 by", CARE_ADDRESS)
ACCOUNT = Account(CARE_ADDRESS, IDS)
RECEIVED = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
# All that safe HTML may hold, written down apart from the code that makes it.
HARMLESS_TAGS = frozenset(
    (
        *("html", "head", "body", "a", "abbr", "b", "big", "blockquote", "br", "caption", "center", "cite", "code"),
        *("col", "colgroup", "dd", "del", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr"),
        *("i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike"),
        *("strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var"),
    )
)
HARMLESS_ATTRIBUTES = frozenset(
    (
        *("align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "color", "colspan", "data-file"),
        *("data-src", "dir", "face", "height", "href", "lang", "rel", "rowspan", "size", "start", "style", "target"),
        *("title", "type", "valign", "width"),
    )
)
LINK = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
DIGEST = re.compile(r"[0-9a-f]{64}")
HARMFUL_STYLE = re.compile(
    r"url|expression|import|binding|behavior|position|z-index|opacity|transform|float|display|margin|animation"
    r"|\\|@|/\*|javascript|(?<!rgb)(?<!rgba)(?<!hsl)(?<!hsla)\(",
    re.IGNORECASE,
)


def read(raw: bytes, return_path: str | None = None) -> Mail:
    """The mail as a channel of the tests reads it."""
    return normalise(raw, ACCOUNT, RECEIVED, return_path)


def carried(mail: Mail) -> None:
    """The message is one that the store can carry and bring back, of bounded size, from somebody."""
    body = MessageArrived(mail.message)
    assert wire.decode(MessageArrived, wire.encode(body)) == body
    message = mail.message
    assert message.key
    assert message.sender.address.count("@") == 1
    assert len(message.text) < 215_000
    assert len(message.author) + len(message.subject) < 1000
    assert not set(message.author + message.subject) & set("\r\n\0\u202e")
    assert message.sent_at <= RECEIVED
    assert len(message.references) <= 20
    assert len(message.attachments) <= 260
    named = {file.digest for file in message.attachments} | {message.html, message.original} - {""}
    assert named == set(mail.contents)
    harmless(mail.contents.get(message.html, b"").decode("utf-8"))


def harmless(html: str) -> None:
    """A browser that is shown `html` runs nothing, loads nothing, and shows where each link leads."""
    root = LexborHTMLParser(html).root
    for node in root.traverse(include_text=False) if root else ():
        assert node.tag in HARMLESS_TAGS, node.tag
        attributes_harmless(node)


def attributes_harmless(node: LexborNode) -> None:
    attributes = {name: value or "" for name, value in node.attributes.items()}
    assert set(attributes) <= HARMLESS_ATTRIBUTES, attributes
    if "href" in attributes:
        assert node.tag == "a"
        assert LINK.match(attributes["href"])
        assert attributes["title"] == attributes["href"]
        assert attributes["target"] == "_blank"
        assert set(attributes["rel"].split()) == {"noopener", "noreferrer"}
    assert DIGEST.fullmatch(attributes.get("data-file", "0" * 64))
    assert not HARMFUL_STYLE.search(attributes.get("style", ""))
