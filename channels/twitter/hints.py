"""What a webhook's event means: something may be new, so look; or something is gone. Pure, and it never raises."""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, replace

from channels.twitter.feeds import MENTIONS, MESSAGES, REPLIES
from channels.twitter.reading import identifier, line, part, parts

# X signs what is asked for with the same key as its events: only what can't be an event's body is signed.
TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{1,128}", re.ASCII)
PREFIX = "sha256="
POSTS = frozenset({MENTIONS, REPLIES})


@dataclass(frozen=True, slots=True)
class Hints:
    """The feeds in which something may be new, and the posts that are gone, each with its author."""

    feeds: frozenset[str] = frozenset()
    withdrawn: tuple[tuple[str, str], ...] = ()


def signature(secret: str, content: bytes) -> str:
    """The signature of `content` with the app's secret, as X writes it (base64 of HMAC-SHA256)."""
    return PREFIX + base64.b64encode(hmac.digest(secret.encode(), content, hashlib.sha256)).decode()


def is_signed(secret: str, body: bytes, given: str) -> bool:
    """Whether `given` is the signature of the `body` as it came; the time that takes tells nothing."""
    return hmac.compare_digest(signature(secret, body).encode(), given.encode("utf-8", "replace"))


def challenge_answer(secret: str, token: str) -> str | None:
    """The answer to the challenge `token` (CRC); None for what is no such token."""
    return signature(secret, token.encode()) if TOKEN.fullmatch(token) else None


def hints_of(body: bytes, account: str) -> Hints:
    """What the event in `body` means for the account with the id `account`."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return Hints()
    told = line(part(event, "data"), "event_type")
    hints = _of_activity(told, part(event, "data")) if told else _of_account(event, account)
    # What we take back ourselves no customer did.
    return replace(hints, withdrawn=tuple(each for each in hints.withdrawn if each[1] != account))


def _of_account(event: object, account: str) -> Hints:
    """The Account Activity API's events."""
    if identifier(event, "for_user_id") != account:
        return Hints()
    feeds = POSTS if part(event, "tweet_create_events") else frozenset()
    if part(event, "direct_message_events"):
        feeds |= {MESSAGES}
    gone = [_gone(part(each, "status"), "user_id") for each in parts(event, "tweet_delete_events")]
    return Hints(feeds, tuple(each for each in gone if all(each)))


def _of_activity(told: str, data: object) -> Hints:
    """The X Activity API's events: `post.mention.create`, `dm.received`, `post.delete`."""
    if told == "post.delete":
        gone = _gone(part(data, "payload"), "author_id")
        return Hints(withdrawn=(gone,) if all(gone) else ())
    if told.startswith(("dm.", "chat.")):
        return Hints(frozenset({MESSAGES}))
    return Hints(POSTS if told.startswith("post.") else frozenset())


def _gone(post: object, author: str) -> tuple[str, str]:
    return identifier(post, "id"), identifier(post, author)
