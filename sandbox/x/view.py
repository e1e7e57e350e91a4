"""Posts and messages as `/sandbox/x/…` shows them to tests and to the page."""

from __future__ import annotations

from typing import Any

from sandbox.x.records import Message, Post, shown_time
from sandbox.x.world import World


def shown_post(world: World, post: Post) -> dict[str, Any]:
    """A post."""
    author = world.store.user(post.author)
    assert author is not None
    return {
        "id": str(post.id),
        "from": author.username,
        "name": author.name,
        "by_company": author.id == world.company.id,
        "text": post.text,
        "in_reply_to": str(post.reply_to) if post.reply_to else None,
        "conversation": str(post.conversation),
        "quote": str(post.quotes) if post.quotes else None,
        "media": list(post.media),
        "urls": post.urls,
        "created_at": shown_time(post.created_at),
    }


def shown_message(world: World, message: Message) -> dict[str, Any]:
    """A direct message."""
    sender, recipient = world.store.user(message.sender), world.store.user(message.recipient)
    assert sender is not None
    assert recipient is not None
    return {
        "id": str(message.id),
        "from": sender.username,
        "to": recipient.username,
        "by_company": sender.id == world.company.id,
        "text": message.text,
        "media": list(message.media),
        "urls": message.urls,
        "created_at": shown_time(message.created_at),
    }
