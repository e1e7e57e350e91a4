"""What happens on the sandbox's X: accounts post, edit, delete and write to each other."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sandbox.x import text as texts
from sandbox.x.draft import Draft, addresses_behind, with_names, words_of
from sandbox.x.problems import forbidden
from sandbox.x.records import Message, Post, User
from sandbox.x.store import XStore

# The account of the company; that of a customer gets its id from its name.
COMPANY_ID = 4_400_000_001
_DUPLICATE_SECONDS = 12 * 3600
MOST_IN_MESSAGE = 10_000
_MOST_OF_REPOST = 140


@dataclass(frozen=True, slots=True)
class Happening:
    """What came to be: `kind` is post, delete or message."""

    kind: str
    post: Post | None = None
    message: Message | None = None


class World:
    """The accounts, and what they do. `listeners` hear of everything that can be seen, once it is kept."""

    def __init__(self, store: XStore, username: str, name: str) -> None:
        self.store = store
        self.listeners: list[Callable[[Happening], None]] = []
        self._untold: list[Happening] | None = None
        made_at = time.time() - 10 * 365 * 86_400
        known = store.user(COMPANY_ID)
        made_at = known.created_at if known else made_at
        self.company = User(COMPANY_ID, username, name, made_at, verified=True, followers=12_000, following=80)
        store.put_user(self.company)

    def post(self, author: User, draft: Draft) -> Post:
        """The new post of `author`. Raises Refused if X does not allow it."""
        replied = self._seen(draft.reply_to, "reply to") if draft.reply_to else None
        quoted = self._seen(draft.quotes, "quote") if draft.quotes else None
        text = with_names(self.store, author, draft, replied)
        post = self._made(author, draft, text, replied, quoted)
        self._keep(post)
        return post

    def repost(self, author: User, post_id: int) -> Post:
        """`author` shows a post to their own followers. Raises Refused if it is gone."""
        shared = self._seen(post_id, "repost")
        writer = self.store.user(shared.author)
        text = f"RT @{writer.username if writer else ''}: {shared.text}"
        if len(text) > _MOST_OF_REPOST:
            text = text[: _MOST_OF_REPOST - 1] + "…"
        new = self._id(None)
        post = Post(
            new, author.id, text, time.time(), conversation=new, original=new, reposts=shared.id, urls=shared.urls
        )
        self._keep(post)
        return post

    def edit(self, post: Post, text: str) -> Post:
        """The new version of `post`; a new id, as X gives it."""
        author = self.store.user(post.author)
        assert author is not None
        draft = Draft(text, post.reply_to, post.quotes, post.media)
        replied = self.store.post(post.reply_to) if post.reply_to else None
        made = self._made(author, draft, with_names(self.store, author, draft, replied), replied, None)
        edited = replace(made, conversation=post.conversation, original=post.original, quotes=post.quotes)
        self._keep(edited)
        return edited

    def delete(self, post: Post) -> None:
        """Delete `post`."""
        self.store.delete_post(post.id)
        self._tell(Happening("delete", post=post))

    def write(
        self,
        sender: User,
        recipient: User,
        text: str,
        media: Sequence[str] = (),
        *,
        at: float | None = None,
        is_visible: bool = True,
    ) -> Message:
        """The new direct message. Raises Refused if `recipient` takes none from `sender`."""
        if sender.id == recipient.id:
            raise forbidden("Nobody can write to themselves here.")
        if not recipient.takes_dms and not self.store.has_written(recipient.id, sender.id):
            raise forbidden("You do not have permission to DM one or more participants.")
        message_id = self._id(at)
        shown, urls = texts.shown(text)
        if media:
            short = texts.short_address()
            urls[short] = f"https://twitter.com/messages/media/{message_id}"
            shown = f"{shown} {short}"
        message = Message(message_id, sender.id, recipient.id, shown, at or time.time(), urls, tuple(media), is_visible)
        self.store.put_message(message)
        if is_visible:
            self._tell(Happening("message", message=message))
        return message

    def reveal(self, ids: Sequence[int] | None) -> list[int]:
        """Show what was hidden; the ids that are seen now."""
        shown = self.store.reveal(ids)
        for one in shown:
            if post := self.store.post(one):
                self._tell(Happening("post", post=post))
            elif message := self.store.message(one):
                self._tell(Happening("message", message=message))
        return shown

    def is_repeated(self, author: User, draft: Draft) -> bool:
        """Whether `author` has said the same within hours, which X does not take twice."""
        replied = self.store.post(draft.reply_to) if draft.reply_to else None
        words = words_of(*texts.shown(with_names(self.store, author, draft, replied)))
        said = self.store.said_since(author.id, time.time() - _DUPLICATE_SECONDS)
        return not draft.media and any(words_of(*one) == words for one in said)

    def customer(self, username: str) -> User:
        """The account of that @name, made now if there is none."""
        username = username.removeprefix("@")
        known = self.store.user_by_name(username)
        if known:
            return known
        made_at = time.time() - 3 * 365 * 86_400
        number = 1_000_000_000 + zlib.crc32(username.lower().encode()) % 3_000_000_000
        while self.store.user(number):
            number += 1
        user = User(number, username, username, made_at, followers=40, following=120)
        self.store.put_user(user)
        return user

    def _seen(self, post_id: int, act: str) -> Post:
        post = self.store.post(post_id)
        if post is None or post.is_deleted or not post.is_visible:
            raise forbidden(f"You attempted to {act} a Tweet that is deleted or not visible to you.")
        return post

    def _made(self, author: User, draft: Draft, text: str, replied: Post | None, quoted: Post | None) -> Post:
        post_id = self._id(draft.created_at)
        shown, urls = texts.shown(text)
        is_long = texts.weighted_length(texts.without_leading_mentions(text)) > texts.MOST
        for address in addresses_behind(self.store, author, post_id, draft, quoted):
            short = texts.short_address()
            urls[short] = address
            shown = f"{shown} {short}"
        return Post(
            post_id,
            author.id,
            shown.strip(),
            draft.created_at or time.time(),
            conversation=replied.conversation if replied else post_id,
            original=post_id,
            reply_to=replied.id if replied else None,
            reply_to_user=replied.author if replied else None,
            quotes=quoted.id if quoted else None,
            urls=urls,
            media=tuple(draft.media),
            is_long=is_long,
            is_visible=draft.is_visible,
        )

    def _keep(self, post: Post) -> None:
        named = (self.store.user_by_name(found.value) for found in texts.mentions(post.text))
        self.store.put_post(post, [user.id for user in named if user])
        if post.is_visible:
            self._tell(Happening("post", post=post))

    def _id(self, moment: float | None) -> int:
        return self.store.ids.now() if moment is None else self.store.ids.at(moment)

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is done inside is kept, and then told; or nothing of it."""
        untold: list[Happening] = []
        self._untold = untold
        try:
            with self.store.transaction():
                yield
        finally:
            self._untold = None
        for happening in untold:
            self._tell(happening)

    def _tell(self, happening: Happening) -> None:
        if self._untold is not None:
            self._untold.append(happening)
            return
        for listener in self.listeners:
            listener(happening)
