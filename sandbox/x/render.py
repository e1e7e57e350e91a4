"""Posts, messages and accounts as API v2 shows them: of each only the fields that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sandbox.x import shapes
from sandbox.x import text as texts
from sandbox.x.includes import Includes, Missing, Shown
from sandbox.x.query import Wanted
from sandbox.x.records import Media, Message, Post, User, shown_time
from sandbox.x.store import XStore


class Renderer:
    """Shows what the store holds to `viewer`, whose base address for media is `media_url`."""

    def __init__(self, store: XStore, viewer: int, media_url: Callable[[], str]) -> None:
        self._store = store
        self._viewer = viewer
        self._media_url = media_url

    def posts(self, posts: Sequence[Post], wanted: Wanted) -> Shown:
        """`data`, and `includes` and `errors` where there are any."""
        includes, errors = Includes(self, wanted), Missing()
        for post in posts:
            self._include_of_post(post, wanted, includes, errors)
        return _answer([self.post(post, wanted) for post in posts], includes, errors)

    def messages(self, messages: Sequence[Message], wanted: Wanted) -> Shown:
        """The same of direct messages."""
        includes = Includes(self, wanted)
        for message in messages:
            if "sender_id" in wanted.expansions:
                includes.user(message.sender)
            if "participant_ids" in wanted.expansions:
                includes.user(message.sender)
                includes.user(message.recipient)
            if "attachments.media_keys" in wanted.expansions:
                includes.media(message.media)
        return _answer([self.message(message, wanted) for message in messages], includes, Missing())

    def post(self, post: Post, wanted: Wanted) -> Shown:
        """One post."""
        everything: dict[str, Callable[[], Any]] = {
            "id": lambda: str(post.id),
            "text": lambda: self._short_text(post),
            "edit_history_tweet_ids": lambda: [str(one) for one in self._store.versions(post.original)],
            "author_id": lambda: str(post.author),
            "conversation_id": lambda: str(post.conversation),
            "created_at": lambda: shown_time(post.created_at),
            "in_reply_to_user_id": lambda: str(post.reply_to_user) if post.reply_to_user else None,
            "referenced_tweets": lambda: shapes.references(post),
            "attachments": lambda: shapes.attachments(post.media),
            "entities": lambda: self._entities(self._short_text(post), post.urls, post.media),
            "note_tweet": lambda: self._note(post),
            "public_metrics": lambda: shapes.post_metrics(),
            "edit_controls": lambda: shapes.edit_controls(post),
            "lang": lambda: "und",
            "possibly_sensitive": lambda: False,
            "reply_settings": lambda: "everyone",
        }
        return _chosen(everything, wanted.of("tweet"))

    def message(self, message: Message, wanted: Wanted) -> Shown:
        """One direct message."""
        everything: dict[str, Callable[[], Any]] = {
            "id": lambda: str(message.id),
            "event_type": lambda: "MessageCreate",
            "text": lambda: message.text,
            "sender_id": lambda: str(message.sender),
            "dm_conversation_id": lambda: message.conversation,
            "created_at": lambda: shown_time(message.created_at),
            "attachments": lambda: shapes.attachments(message.media),
            "entities": lambda: self._entities(message.text, message.urls, message.media),
        }
        return _chosen(everything, wanted.of("dm_event"))

    def user(self, user: User, fields: Iterable[str]) -> Shown:
        """One account."""
        everything: dict[str, Callable[[], Any]] = {
            "id": lambda: str(user.id),
            "name": lambda: user.name,
            "username": lambda: user.username,
            "created_at": lambda: shown_time(user.created_at),
            "verified": lambda: user.verified,
            "verified_type": lambda: "blue" if user.verified else "none",
            "protected": lambda: False,
            "description": lambda: "",
            "receives_your_dm": lambda: user.takes_dms or self._store.has_written(user.id, self._viewer),
            "public_metrics": lambda: shapes.user_metrics(user),
        }
        return _chosen(everything, fields)

    def media(self, media: Media, fields: Iterable[str]) -> Shown:
        """One picture or film."""
        url = f"{self._media_url()}/{media.key}"
        everything: dict[str, Callable[[], Any]] = {
            "media_key": lambda: media.key,
            "type": lambda: media.kind,
            "alt_text": lambda: media.alt_text or None,
            "url": lambda: url if media.kind == "photo" else None,
            "preview_image_url": lambda: url if media.kind != "photo" else None,
            "variants": lambda: [{"content_type": media.content_type, "url": url}] if media.kind != "photo" else None,
            "width": lambda: 1200,
            "height": lambda: 675,
        }
        return _chosen(everything, fields)

    def found_post(self, post_id: int) -> Post | None:
        """The post, if it can be seen."""
        post = self._store.post(post_id)
        return post if post and post.is_visible and not post.is_deleted else None

    def found_user(self, user_id: int) -> User | None:
        """The account of that id."""
        return self._store.user(user_id)

    def found_media(self, key: str) -> Media | None:
        """The picture or film of that media key."""
        return self._store.media(key)

    def _include_of_post(self, post: Post, wanted: Wanted, includes: Includes, errors: Missing) -> None:
        expansions = wanted.expansions
        if "author_id" in expansions:
            includes.user(post.author)
        if "in_reply_to_user_id" in expansions and post.reply_to_user:
            includes.user(post.reply_to_user)
        if "entities.mentions.username" in expansions:
            for name in texts.mentions(post.text):
                if user := self._store.user_by_name(name.value):
                    includes.user(user.id)
        if "attachments.media_keys" in expansions:
            includes.media(post.media)
        if "edit_history_tweet_ids" in expansions:
            for version in self._store.versions(post.original):
                includes.post(version)
        for reference in (post.reposts, post.reply_to, post.quotes):
            if reference:
                self._include_reference(reference, expansions, includes, errors)

    def _include_reference(
        self, reference: int, expansions: frozenset[str], includes: Includes, errors: Missing
    ) -> None:
        if not any(one.startswith("referenced_tweets.id") for one in expansions):
            return
        post = includes.post(reference)
        if post is None:
            errors.post("referenced_tweets.id", reference)
            return
        if "referenced_tweets.id.author_id" in expansions:
            includes.user(post.author)
        if "referenced_tweets.id.attachments.media_keys" in expansions:
            includes.media(post.media)

    def _short_text(self, post: Post) -> str:
        """`text`, of which X shows only the beginning when the post is a long one."""
        if not post.is_long:
            return post.text
        return texts.cut_short(post.text)

    def _note(self, post: Post) -> Shown | None:
        if not post.is_long:
            return None
        note: Shown = {"text": post.text}
        entities = self._entities(post.text, post.urls, ())
        return note | ({"entities": entities} if entities else {})

    def _entities(self, text: str, urls: dict[str, str], media: Sequence[str]) -> Shown | None:
        entities = {
            "mentions": [self._mention(found) for found in texts.mentions(text)],
            "hashtags": [
                {"start": found.start, "end": found.end, "tag": found.value} for found in texts.hashtags(text)
            ],
            "urls": [shapes.link(found, urls[found.value], media) for found in texts.links(text, urls.get)],
        }
        return {name: found for name, found in entities.items() if found} or None

    def _mention(self, found: texts.Found) -> Shown:
        mention: Shown = {"start": found.start, "end": found.end, "username": found.value}
        user = self._store.user_by_name(found.value)
        return mention | ({"id": str(user.id)} if user else {})


def _answer(data: list[Shown], includes: Includes, errors: Missing) -> Shown:
    answer: Shown = {"data": data} if data else {}
    if beside := includes.shown():
        answer["includes"] = beside
    if errors.shown:
        answer["errors"] = errors.shown
    return answer


def _chosen(everything: dict[str, Callable[[], Any]], fields: Iterable[str]) -> Shown:
    """The fields that were asked for and that this object has."""
    values = ((name, everything[name]()) for name in everything if name in fields)
    return {name: value for name, value in values if value is not None}
