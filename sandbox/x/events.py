"""The events of the Account Activity API: what happened to the company's account, in the older shapes of API 1.1."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from html import unescape
from typing import Any

from sandbox.x import text as texts
from sandbox.x.records import Message, Post, User
from sandbox.x.store import XStore
from sandbox.x.world import Happening

Event = dict[str, Any]
# Of a longer post `text` holds only the beginning, and `extended_tweet` all.
_COMPATIBLE = 140
_EMPTY: Event = {"geo": None, "coordinates": None, "place": None, "contributors": None}


def event_of(happening: Happening, store: XStore, company: User, media_url: str) -> Event | None:
    """What a webhook is told of `happening`; None if it does not concern the company's account."""
    events = _Events(store, company, media_url)
    if happening.message:
        return events.message(happening.message)
    post = happening.post
    if post is None or not events.concerns(post):
        return None
    if happening.kind == "delete":
        # X tells only of what the account itself has deleted.
        return events.deleted(post) if post.author == company.id else None
    return {"for_user_id": str(company.id), "user_has_blocked": False, "tweet_create_events": [events.post(post)]}


class _Events:
    def __init__(self, store: XStore, company: User, media_url: str) -> None:
        self._store = store
        self._company = company
        self._media_url = media_url

    def concerns(self, post: Post) -> bool:
        """Whether `post` is the company's, mentions it, or answers or quotes it."""
        company, other = self._company, post.quotes or post.reposts
        quoted = self._store.post(other) if other else None
        return (
            company.id in (post.author, post.reply_to_user)
            or (quoted is not None and quoted.author == company.id)
            or any(name.value.lower() == company.username.lower() for name in texts.mentions(post.text))
        )

    def message(self, message: Message) -> Event:
        data: Event = {"text": message.text, "entities": self._entities(message.text, message.urls, ())}
        if message.media and (media := self._media(message.media[0])):
            data["attachment"] = {"type": "media", "media": media}
        event = {
            "type": "message_create",
            "id": str(message.id),
            "created_timestamp": _milliseconds(message.created_at),
            "message_create": {
                "target": {"recipient_id": str(message.recipient)},
                "sender_id": str(message.sender),
                "message_data": data,
            },
        }
        users = [self._store.user(one) for one in (message.sender, message.recipient)]
        shown = {str(user.id): _user_of_message(user) for user in users if user}
        return {"for_user_id": str(self._company.id), "direct_message_events": [event], "users": shown}

    def deleted(self, post: Post) -> Event:
        status = {"id": str(post.id), "user_id": str(post.author)}
        event = {"status": status, "timestamp_ms": _milliseconds(time.time())}
        return {"for_user_id": str(self._company.id), "tweet_delete_events": [event]}

    def post(self, post: Post) -> Event:
        author = self._store.user(post.author)
        assert author is not None
        replied = self._store.user(post.reply_to_user) if post.reply_to_user else None
        event: Event = {
            "created_at": _old_time(post.created_at),
            **_numbered("id", post.id),
            **self._text(post),
            "source": '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
            **_numbered("in_reply_to_status_id", post.reply_to),
            **_numbered("in_reply_to_user_id", post.reply_to_user),
            "in_reply_to_screen_name": replied.username if replied else None,
            "user": _user_of_post(author),
            **_EMPTY,
            "is_quote_status": post.quotes is not None,
            **dict.fromkeys(("quote_count", "reply_count", "retweet_count", "favorite_count"), 0),
            "favorited": False,
            "retweeted": False,
            "filter_level": "low",
            "lang": "und",
            "timestamp_ms": _milliseconds(post.created_at),
        }
        quoted = self._store.post(post.quotes) if post.quotes else None
        if quoted and not quoted.is_deleted:
            event |= {**_numbered("quoted_status_id", quoted.id), "quoted_status": self.post(quoted)}
        shared = self._store.post(post.reposts) if post.reposts else None
        if shared:
            event["retweeted_status"] = self.post(shared)
        if post.original != post.id:
            versions = self._store.versions(post.original)
            event["edit_history"] = {
                "initial_tweet_id": str(post.original),
                "edit_tweet_ids": [str(v) for v in versions],
            }
        return event

    def _text(self, post: Post) -> Event:
        entities = self._entities(post.text, post.urls, post.media)
        media = {"extended_entities": {"media": entities["media"]}} if "media" in entities else {}
        if len(post.text) <= _COMPATIBLE:
            return {"text": post.text, "truncated": False, "entities": entities, **media}
        full = {"full_text": post.text, "display_text_range": [0, len(post.text)], "entities": entities, **media}
        short = texts.cut_short(post.text, _COMPATIBLE - 25)
        return {
            "text": f"{short} {texts.short_address()}",
            "truncated": True,
            "extended_tweet": full,
            "entities": self._entities(short, post.urls, ()),
        }

    def _entities(self, text: str, urls: dict[str, str], media: tuple[str, ...]) -> Event:
        names = [self._name(found) for found in texts.mentions(text)]
        links = texts.links(text, urls.get)
        entities: Event = {
            "hashtags": [{"text": tag.value, "indices": [tag.start, tag.end]} for tag in texts.hashtags(text)],
            "symbols": [],
            "user_mentions": [name for name in names if name],
            "urls": [_link(found, urls[found.value]) for found in links if not _is_media(urls[found.value])],
        }
        pictures = [found for found in links if _is_media(urls[found.value])]
        shown = [self._media(key) for key in media] if pictures else []
        if shown:
            place = _link(pictures[0], urls[pictures[0].value])
            entities["media"] = [{**one, **place} for one in shown if one]
        return entities

    def _name(self, found: texts.Found) -> Event | None:
        user = self._store.user_by_name(found.value)
        if user is None:
            return None
        indices = [found.start, found.end]
        return {"screen_name": user.username, "name": user.name, **_numbered("id", user.id), "indices": indices}

    def _media(self, key: str) -> Event | None:
        media = self._store.media(key)
        if media is None:
            return None
        url = f"{self._media_url}/{key}"
        return {**_numbered("id", media.id), "media_url": url, "media_url_https": url, "type": media.kind}


def _is_media(address: str) -> bool:
    return address.endswith(("/photo/1", "/video/1"))


def _link(found: texts.Found, address: str) -> Event:
    shown = unescape(address).partition("://")[2]
    indices = [found.start, found.end]
    return {"url": found.value, "expanded_url": address, "display_url": shown[:27], "indices": indices}


def _numbered(name: str, value: int | None) -> Event:
    return {name: value, f"{name}_str": None if value is None else str(value)}


def _user_of_message(user: User) -> Event:
    return {
        "id": str(user.id),
        "created_timestamp": _milliseconds(user.created_at),
        "name": user.name,
        "screen_name": user.username,
        "protected": False,
        "verified": user.verified,
        "followers_count": user.followers,
        "friends_count": user.following,
        "statuses_count": 0,
    }


def _user_of_post(user: User) -> Event:
    shown = _user_of_message(user) | {**_numbered("id", user.id), "created_at": _old_time(user.created_at)}
    del shown["created_timestamp"]
    return shown | {"location": None, "url": None, "description": None, "listed_count": 0, "favourites_count": 0}


def _old_time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%a %b %d %H:%M:%S +0000 %Y")


def _milliseconds(moment: float) -> str:
    return str(int(moment * 1000))
