"""What the sandbox's X remembers: accounts, posts, direct messages, media and webhooks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.x.database import Database
from sandbox.x.records import Ids, Media, Message, Post, User, Webhook

_POST = "id, author, text, created_at, conversation, original, reply_to, reply_to_user, quotes, reposts, urls, media"
_POST += ", is_long, is_visible, is_deleted"
_MESSAGE = "id, sender, recipient, text, created_at, urls, media, is_visible"
# An edit takes the place of the version before it wherever posts are listed.
_LISTED = "is_visible AND NOT is_deleted AND NOT EXISTS (SELECT 1 FROM post AS later"
_LISTED += " WHERE later.original = post.original AND later.id > post.id AND later.is_visible)"


@dataclass(frozen=True, slots=True)
class Span:
    """Which ids are wanted: above `after`, below `before`, at most `limit`; the newest, or with `oldest` the oldest."""

    after: int = 0
    before: int = 1 << 62
    limit: int = 100
    oldest: bool = False


class XStore(Database):
    """The one file. Raises sqlite3.OperationalError if another sandbox holds it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        last = "SELECT max(last) FROM (SELECT max(id) AS last FROM post UNION SELECT max(id) FROM message"
        last += " UNION SELECT max(id) FROM media UNION SELECT max(id) FROM webhook)"
        self.ids = Ids(self._one(last)[0] or 0)

    # --- accounts

    def put_user(self, user: User) -> None:
        """Make an account, or change it."""
        values = [user.id, user.username, user.name, user.created_at, user.verified, user.followers, user.following]
        self._db.execute("INSERT OR REPLACE INTO user VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [*values, user.takes_dms])

    def user(self, user_id: int) -> User | None:
        """The account of that id."""
        return _user(self._one("SELECT * FROM user WHERE id = ?", user_id))

    def user_by_name(self, username: str) -> User | None:
        """The account of that @name, in whatever case."""
        return _user(self._one("SELECT * FROM user WHERE username = ?", username))

    # --- posts

    def put_post(self, post: Post, mentioned: Iterable[int]) -> None:
        """Keep a post, and whom it mentions."""
        values = [post.id, post.author, post.text, post.created_at, post.conversation, post.original, post.reply_to]
        values += [post.reply_to_user, post.quotes, post.reposts, json.dumps(post.urls), json.dumps(post.media)]
        with self.transaction():
            self._db.execute(
                "INSERT INTO post VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [*values, post.is_long, post.is_visible, post.is_deleted],
            )
            rows = [(user, post.id) for user in set(mentioned)]
            self._db.executemany("INSERT INTO mention VALUES (?, ?)", rows)

    def post(self, post_id: int) -> Post | None:
        """The post of that id, which may be deleted."""
        row = self._one(f"SELECT {_POST} FROM post WHERE id = ?", post_id)  # noqa: S608
        return _post(row) if row else None

    def mentions(self, user: int, span: Span) -> list[Post]:
        """Posts of others that mention `user`."""
        source = "mention JOIN post ON post.id = mention.post"
        return self._posts(source, "mention.user = ? AND post.author <> ?", [user, user], span)

    def mention_below(self, user: int, depth: int) -> int:
        """The id of the mention that comes after the `depth` latest ones; 0 if there are no more."""
        query = "SELECT post FROM mention WHERE user = ? ORDER BY post DESC LIMIT 1 OFFSET ?"
        row = self._one(query, user, depth)
        return row[0] if row else 0

    def posts_by(self, user: int, span: Span) -> list[Post]:
        """The posts of `user`."""
        return self._posts("post", "author = ?", [user], span)

    def said_since(self, user: int, moment: float) -> list[tuple[str, dict[str, str]]]:
        """The texts and links of `user`'s posts since `moment`, also of those that are not seen yet."""
        query = "SELECT text, urls FROM post WHERE author = ? AND created_at >= ? AND NOT is_deleted"
        rows = self._db.execute(f"{query} ORDER BY id DESC LIMIT 200", [user, moment]).fetchall()
        return [(text, json.loads(urls)) for text, urls in rows]

    def posts_where(self, condition: str, values: Sequence[Any], span: Span) -> list[Post]:
        """The posts on which `condition`, in SQL with `values`, holds."""
        return self._posts("post", condition, values, span)

    def versions(self, original: int) -> list[int]:
        """The ids of a post's versions, the oldest first."""
        rows = self._db.execute("SELECT id FROM post WHERE original = ? AND is_visible ORDER BY id", [original])
        return [row[0] for row in rows]

    def delete_post(self, post_id: int) -> None:
        """Delete a post, with all its versions."""
        self._db.execute(
            "UPDATE post SET is_deleted = 1 WHERE original = (SELECT original FROM post WHERE id = ?)", [post_id]
        )

    def _posts(self, source: str, condition: str, values: Sequence[Any], span: Span) -> list[Post]:
        order = "" if span.oldest else " DESC"
        query = f"SELECT {_POST} FROM {source} WHERE {condition} AND id > ? AND id < ? AND {_LISTED}"  # noqa: S608
        rows = self._db.execute(
            f"{query} ORDER BY id{order} LIMIT ?", [*values, span.after, span.before, span.limit]
        ).fetchall()
        return sorted((_post(row) for row in rows), key=lambda post: post.id, reverse=True)

    def widened(self, span: Span, repeated: int) -> Span:
        """`span`, beginning with the last `repeated` posts or messages that it would leave out above it."""
        above = "SELECT id FROM post WHERE id >= ? UNION SELECT id FROM message WHERE id >= ? ORDER BY id LIMIT ?"
        ids = self._db.execute(above, [span.before, span.before, repeated]).fetchall()
        return Span(span.after, ids[-1][0] + 1 if ids else span.before, span.limit, span.oldest)

    # --- direct messages

    def put_message(self, message: Message) -> None:
        """Keep a direct message."""
        values = [message.id, message.sender, message.recipient, message.text, message.created_at]
        values += [json.dumps(message.urls), json.dumps(message.media), message.is_visible]
        self._db.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def messages(self, user: int, other: int | None, span: Span) -> list[Message]:
        """The messages to and from `user`, all of them or those with `other`, the newest first."""
        condition, values = "(sender = ? OR recipient = ?)", [user, user]
        if other is not None:
            condition += " AND (sender = ? OR recipient = ?)"
            values += [other, other]
        query = f"SELECT {_MESSAGE} FROM message WHERE {condition} AND id > ? AND id < ? AND is_visible"  # noqa: S608
        order = "" if span.oldest else " DESC"
        rows = self._db.execute(
            f"{query} ORDER BY id{order} LIMIT ?", [*values, span.after, span.before, span.limit]
        ).fetchall()
        return sorted((_message(row) for row in rows), key=lambda message: message.id, reverse=True)

    def message(self, message_id: int) -> Message | None:
        """The direct message of that id."""
        row = self._one(f"SELECT {_MESSAGE} FROM message WHERE id = ?", message_id)  # noqa: S608
        return _message(row) if row else None

    def has_written(self, sender: int, recipient: int) -> bool:
        """Whether `sender` has ever sent `recipient` a direct message."""
        return self._one("SELECT 1 FROM message WHERE sender = ? AND recipient = ?", sender, recipient) is not None

    def reveal(self, ids: Sequence[int] | None) -> list[int]:
        """Show what was hidden, all of it or `ids`; the ids that are seen now, as they were not before."""
        shown = []
        with self.transaction():
            for table in ("post", "message"):
                hidden = [row[0] for row in self._db.execute(f"SELECT id FROM {table} WHERE NOT is_visible")]  # noqa: S608
                now = [one for one in hidden if ids is None or one in ids]
                self._db.executemany(f"UPDATE {table} SET is_visible = 1 WHERE id = ?", [(one,) for one in now])  # noqa: S608
                shown += now
        return shown

    # --- media

    def put_media(self, media: Media) -> None:
        """Keep a picture or film."""
        values = [media.id, media.kind, media.content_type, media.content, media.alt_text]
        self._db.execute("INSERT OR REPLACE INTO media VALUES (?, ?, ?, ?, ?)", values)

    def media(self, key: str) -> Media | None:
        """The picture or film of that media key, or of that id."""
        row = self._one("SELECT * FROM media WHERE id = CAST(? AS INTEGER)", key.rpartition("_")[2])
        return Media(*row) if row else None

    # --- webhooks

    def put_webhook(self, webhook: Webhook) -> None:
        """Keep a webhook, or what has changed of it."""
        values = [webhook.id, webhook.url, webhook.created_at, webhook.is_valid, webhook.is_subscribed]
        self._db.execute("INSERT OR REPLACE INTO webhook VALUES (?, ?, ?, ?, ?)", values)

    def webhooks(self) -> list[Webhook]:
        """The webhooks, the oldest first."""
        rows = self._db.execute("SELECT * FROM webhook ORDER BY id").fetchall()
        return [Webhook(row[0], row[1], row[2], bool(row[3]), bool(row[4])) for row in rows]

    def drop_webhook(self, webhook_id: int) -> None:
        """Forget a webhook."""
        self._db.execute("DELETE FROM webhook WHERE id = ?", [webhook_id])


def _user(row: Any) -> User | None:
    if row is None:
        return None
    user_id, username, name, created_at, verified, followers, following, takes_dms = row
    return User(user_id, username, name, created_at, bool(verified), followers, following, bool(takes_dms))


def _post(row: Sequence[Any]) -> Post:
    urls, media, *flags = row[10:]
    values: list[Any] = [*row[:10], json.loads(urls), tuple(json.loads(media)), *map(bool, flags)]
    return Post(*values)


def _message(row: Sequence[Any]) -> Message:
    urls, media, is_visible = row[5:]
    values: list[Any] = [*row[:5], json.loads(urls), tuple(json.loads(media)), bool(is_visible)]
    return Message(*values)
