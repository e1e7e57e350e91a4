"""What X sent becomes what Hilo knows: a post or a direct message to an InboundMessage. Pure, and it never raises."""

import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

from channels.twitter.reading import either, identifier, instant, line, made_at, number, part, parts, web_address
from channels.twitter.settings import CHANNEL
from channels.twitter.texts import text_of
from router.model.message import Attachment, Handle, InboundMessage, Proof, Standing

KIND = "twitter"
FILES = 20
# Codes that name no language: none found, only links, only emoji (X's own, from `qam` to `qst`).
NO_LANGUAGE = frozenset({"und", "zxx", "art"})
# What X shows beside the name of an account that its owner has declared a machine.
MACHINE = "Automated"


class Left(StrEnum):
    """Why something is no message: ours, another's words passed on, not said by anybody, or not readable at all."""

    OWN = "own"
    REPOST = "repost"
    EVENT = "event"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Account:
    """Whose mentions and messages are read: X's id of the account, and its name there."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Included:
    """What came beside posts: their authors, what they quote, and their files, by id."""

    users: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    posts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    media: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: object) -> "Included":
        """What came beside the posts in `answer`."""
        beside = part(answer, "includes")
        return cls(
            {identifier(user, "id"): user for user in _all(beside, "users")},
            {identifier(post, "id"): post for name in ("tweets", "posts") for post in _all(beside, name)},
            {line(file, "media_key"): file for file in _all(beside, "media")},
        )


def post_read(post: object, included: Included, account: Account, now: datetime) -> InboundMessage | Left:
    """The message in a post that mentions or answers us, read at `now`; Left, if it is none."""
    known, author = identifier(post, "id"), identifier(post, "author_id")
    if not known or not author:
        return Left.UNREADABLE
    if author == account.id:
        return Left.OWN
    if _referenced(post, "retweeted"):
        return Left.REPOST
    return InboundMessage(
        key=known,
        channel=CHANNEL,
        account=account.name,
        sent_at=_sent_at(post, known, now),
        thread=identifier(post, "conversation_id") or known,
        references=(known,),
        language=_language(post),
        public=True,
        quoted=_quoted(post, included),
        edits=max(versions_before(post), key=int, default=""),
        **_said(post, author, included),
    )


def message_read(event: object, included: Included, account: Account, now: datetime) -> InboundMessage | Left:
    """The message in an event of the account's direct messages, read at `now`; Left, if it is none."""
    known, author = identifier(event, "id"), identifier(event, "sender_id")
    if line(event, "event_type") not in ("MessageCreate", ""):
        return Left.EVENT
    if not known or not author:
        return Left.UNREADABLE
    if author == account.id:
        return Left.OWN
    return InboundMessage(
        # Posts and direct messages have ids of one kind, each by itself.
        key=f"dm-{known}",
        channel=CHANNEL,
        account=account.name,
        sent_at=_sent_at(event, known, now),
        thread=line(event, "dm_conversation_id"),
        references=(known,),
        quoted=_quoted(event, included),
        **_said(event, author, included),
    )


def versions_before(post: object) -> tuple[str, ...]:
    """The ids that the post had before it was edited."""
    history, known = either(post, "edit_history_tweet_ids", "edit_history_post_ids"), identifier(post, "id")
    versions = [identifier(each) for each in history[:FILES]] if isinstance(history, list) else []
    return tuple(each for each in versions if each and known and int(each) < int(known))


def _said(written: object, author: str, included: Included) -> dict[str, Any]:
    """What posts and direct messages have in common: who, what, and with which files."""
    user = included.users.get(author, {})
    name, username = line(user, "name"), line(user, "username")
    return {
        "sender": Handle(KIND, author),
        # A name alone is whatever they like: it is not to look like another's @name.
        "author": (f"{name} (@{username})" if name else f"@{username}") if username else name.replace("@", ""),
        # X has let them in, and told us over a line that only X can speak on.
        "proof": Proof.SIGNED,
        "text": text_of(written),
        "attachments": tuple(_files(written, included)),
        "standing": _standing(user) if user else None,
        "is_automatic": line(user, "affiliation", "description") == MACHINE,
    }


def _standing(user: Mapping[str, Any]) -> Standing:
    kind, verified = line(user, "verified_type"), part(user, "verified")
    vouched = verified if isinstance(verified, bool) else None
    return Standing(
        followers=number(user, "public_metrics", "followers_count"),
        since=instant(user, "created_at"),
        is_verified=True if kind not in ("", "none") else vouched,
    )


def _files(written: object, included: Included) -> Iterator[Attachment]:
    """The files, each where X has it; `alt_text` is what its author says that it shows."""
    keys = part(written, "attachments", "media_keys")
    for key in keys[:FILES] if isinstance(keys, list) else ():
        file = included.media.get(key, {}) if isinstance(key, str) else {}
        kind, url = line(file, "type"), _address(file)
        if not url:
            continue
        path = _path(url)
        guessed = mimetypes.guess_type(path)[0]
        usual = "image/jpeg" if kind == "photo" else "video/mp4" if kind else "application/octet-stream"
        yield Attachment(
            line(file, "alt_text", most=200) or line(path.rpartition("/")[2]) or "file", guessed or usual, 0, url=url
        )


def _address(file: Mapping[str, Any]) -> str:
    """Where the file is; of a film the best one that a browser plays, else its first picture."""
    films = [film for film in parts(file, "variants") if line(film, "content_type") == "video/mp4"]
    films.sort(key=lambda film: number(film, "bit_rate") or 0)
    best = web_address(films[-1], "url") if films else ""
    return web_address(file, "url") or best or web_address(file, "preview_image_url")


def _path(url: str) -> str:
    try:
        return unquote(urlsplit(url).path, errors="replace")
    except ValueError:
        return ""


def _quoted(written: object, included: Included) -> str:
    """The post that is quoted, with who wrote it."""
    known = _referenced(written, "quoted") or _referenced(written, "")
    quoted = included.posts.get(known, {}) if known else {}
    text = text_of(quoted) if quoted else ""
    author = line(included.users.get(identifier(quoted, "author_id"), {}), "username")
    return (f"@{author}: {text}" if author else text) if text else ""


def _referenced(written: object, kind: str) -> str:
    """The id of the post that `written` refers to in the way `kind`."""
    found = (
        each for each in parts(either(written, "referenced_tweets", "referenced_posts")) if line(each, "type") == kind
    )
    return next((identifier(each, "id") for each in found), "")


def _sent_at(written: object, known: str, now: datetime) -> datetime:
    return min(instant(written, "created_at") or made_at(known) or now, now)


def _language(post: object) -> str:
    code = line(post, "lang").lower()
    is_code = code.isascii() and code.isalpha() and 2 <= len(code) <= 3
    return code if is_code and code not in NO_LANGUAGE and not code.startswith("q") else ""


def _all(beside: object, name: str) -> Iterator[Mapping[str, Any]]:
    found = part(beside, name)
    yield from (each for each in (found if isinstance(found, list) else ()) if isinstance(each, Mapping))
