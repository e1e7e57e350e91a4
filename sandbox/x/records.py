"""What the sandbox's X remembers: accounts, posts, direct messages and media, as they lie in the store."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from yarl import URL

# The first millisecond of X's ids: 4 November 2010.
_EPOCH = 1_288_834_974_657


@dataclass(frozen=True, slots=True)
class User:
    """An account; `takes_dms` says whether strangers may write to it."""

    id: int
    username: str
    name: str
    created_at: float
    verified: bool = False
    followers: int = 0
    following: int = 0
    takes_dms: bool = True


@dataclass(frozen=True, slots=True)
class Post:
    """A post. `text` is what X shows: t.co instead of addresses, `&amp;` instead of `&`; `urls` is t.co → address."""

    id: int
    author: int
    text: str
    created_at: float
    conversation: int
    # The id of the first version: the post's own unless it is an edit.
    original: int
    reply_to: int | None = None
    reply_to_user: int | None = None
    quotes: int | None = None
    reposts: int | None = None
    urls: dict[str, str] = field(default_factory=dict)
    # X's media keys.
    media: tuple[str, ...] = ()
    is_long: bool = False
    is_visible: bool = True
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A direct message between two accounts; `text` and `urls` as in a post."""

    id: int
    sender: int
    recipient: int
    text: str
    created_at: float
    urls: dict[str, str] = field(default_factory=dict)
    media: tuple[str, ...] = ()
    is_visible: bool = True

    @property
    def conversation(self) -> str:
        """The conversation's name, which is both ids, the smaller one first."""
        return conversation_of(self.sender, self.recipient)


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, film or moving picture. `kind` is X's word: photo, video or animated_gif."""

    id: int
    kind: str
    content_type: str
    content: bytes
    alt_text: str = ""

    @property
    def key(self) -> str:
        """X's media_key."""
        return f"{ {'photo': 3, 'video': 7}.get(self.kind, 16) }_{self.id}"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of what happens, as long as it is valid and the account is subscribed to it."""

    id: int
    url: str
    created_at: float
    is_valid: bool
    is_subscribed: bool


def conversation_of(one: int, other: int) -> str:
    """The name of the conversation between two accounts."""
    return f"{min(one, other)}-{max(one, other)}"


class Ids:
    """Snowflakes: ids from the clock, so that a later id is a larger number. Never the same one twice."""

    def __init__(self, last: int) -> None:
        self._last = last
        self._count = 0

    def now(self) -> int:
        """A new id for what happens now, above all that were given out for a now."""
        self._last = max(first_id_at(time.time()), self._last + 1)
        return self._last

    def at(self, moment: float) -> int:
        """A new id for what happened at `moment`, in seconds."""
        self._count += 1
        return first_id_at(moment) | (self._count & 0x3FFFFF)


def is_loopback(url: str) -> bool:
    """Whether `url` is a web address of this machine."""
    try:
        address = URL(url)
    except ValueError:
        return False
    return address.scheme in ("http", "https") and address.host in ("127.0.0.1", "localhost", "::1")


def first_id_at(moment: float) -> int:
    """The smallest id of the millisecond `moment`, which is in seconds."""
    return max(int(moment * 1000) - _EPOCH, 1) << 22


def shown_time(moment: float) -> str:
    """`moment` as X writes it in API v2."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(moment * 1000) % 1000:03d}Z"
