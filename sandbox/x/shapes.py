"""The small parts of which API v2 makes a post, a message or an account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.x import text as texts
from sandbox.x.records import Post, User, shown_time

Shown = dict[str, Any]
_EDITABLE_SECONDS = 3600


def references(post: Post) -> list[Shown] | None:
    """What a post answers and quotes."""
    pairs = (("retweeted", post.reposts), ("replied_to", post.reply_to), ("quoted", post.quotes))
    return [{"type": kind, "id": str(one)} for kind, one in pairs if one] or None


def attachments(media: Sequence[str]) -> Shown | None:
    """The media of a post or message."""
    return {"media_keys": list(media)} if media else None


def link(found: texts.Found, address: str, media: Sequence[str]) -> Shown:
    """A link in a text."""
    link: Shown = {"start": found.start, "end": found.end, "url": found.value, "expanded_url": address}
    if "/messages/media/" in address or (media and address.endswith(("/photo/1", "/video/1"))):
        link["display_url"] = f"pic.x.com/{found.value[-10:]}"
        if "/messages/media/" not in address:
            link["media_key"] = media[0]
    else:
        bare = address.partition("://")[2].removeprefix("www.").rstrip("/")
        link["display_url"] = bare if len(bare) <= 26 else bare[:26] + "…"
    return link


def post_metrics() -> Shown:
    """The counts of a post: nobody counts here."""
    names = ("retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count")
    return dict.fromkeys(names, 0)


def user_metrics(user: User) -> Shown:
    """The counts of an account."""
    counts = {"followers_count": user.followers, "following_count": user.following, "tweet_count": 0}
    return counts | {"listed_count": 0, "like_count": 0, "media_count": 0}


def edit_controls(post: Post) -> Shown:
    """How long a post may be edited."""
    until = shown_time(post.created_at + _EDITABLE_SECONDS)
    return {"edits_remaining": 5, "is_edit_eligible": post.reply_to is None, "editable_until": until}
