"""What a page sent becomes what Hilo knows: pure, and with plain words for what can't be taken."""

import re
from datetime import datetime

from channels.webchat.frames import AddressLeft, Hello, Said
from router.model.ids import ConversationId, MessageId
from router.model.message import ChannelName, DeliveryState, Handle, InboundMessage, Receipt
from router.model.units import MAIL_ADDRESS

WEBCHAT = ChannelName("webchat")
ACCOUNT = "web"
KIND = "chat"

KEY = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2,3}")
# Everything below space but the tab and the line's end, and what changes the direction of the text around it.
INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
LONGEST_NAME = 80
LONGEST_ADDRESS = 254


class Unusable(Exception):
    """What was sent can't be taken as it is: a code for the page, and the reason in plain words."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def handle_of(visitor: str) -> Handle:
    """The handle of the visitor whose token has the digest `visitor`."""
    return Handle(KIND, visitor)


def clean(text: str) -> str:
    """`text` with one kind of line end, without what can't be seen."""
    return INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def language_of(hello: Hello) -> str:
    """The visitor's language (`es` of `es-PA`, RFC 5646 section 2.1), or nothing if the page names none."""
    primary = re.split("[-_]", hello.language, maxsplit=1)[0].lower()
    return primary if LANGUAGE.fullmatch(primary) else ""


def name_of(hello: Hello) -> str:
    """The name that the page gave for the visitor, on one line; nothing if it gave none."""
    return " ".join(clean(hello.name).split())[:LONGEST_NAME]


def inbound(said: Said, visitor: str, hello: Hello, now: datetime, max_length: int) -> InboundMessage:
    """The message that the visitor wrote. Raises Unusable for a bad key, for no text and for one that is too long."""
    if not KEY.fullmatch(said.key):
        raise Unusable("bad_key", "a message's key is 8 to 64 letters, digits, `-` or `_`: make a random one")
    text = clean(said.text)
    if not text.strip():
        raise Unusable("empty", "there is no text in this message")
    if len(text) > max_length:
        raise Unusable(
            "too_long", f"a message has at most {max_length} characters, this one {len(text)}: send it in parts"
        )
    return InboundMessage(
        key=said.key,
        channel=WEBCHAT,
        account=ACCOUNT,
        sender=handle_of(visitor),
        text=text,
        sent_at=now,
        author=name_of(hello),
        language=language_of(hello),
    )


def mail_handle(left: AddressLeft) -> Handle:
    """The handle of the address that the visitor left, its domain in small letters. Raises Unusable if it is none."""
    address = left.email.strip()
    local, _, domain = address.rpartition("@")
    if len(address) > LONGEST_ADDRESS or not MAIL_ADDRESS.fullmatch(address) or ".." in address or "." not in domain:
        raise Unusable("bad_address", "that is no mail address; one looks like name@example.org")
    return Handle("email", f"{local}@{domain.lower()}")


def delivered(message: MessageId, conversation: ConversationId, now: datetime) -> Receipt:
    """The receipt of a message that a page of the visitor's has shown."""
    return Receipt(message, conversation, DeliveryState.DELIVERED, now)
