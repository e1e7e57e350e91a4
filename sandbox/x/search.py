"""The query language of search, as far as the sandbox speaks it: operators and plain words, all of which must hold."""

from __future__ import annotations

import shlex
from typing import Any

from sandbox.x.problems import invalid
from sandbox.x.store import XStore


def condition_of(query: str, store: XStore) -> tuple[str, list[Any]]:
    """A condition in SQL, and its values. Raises Refused for what the sandbox does not speak."""
    try:
        words = shlex.split(query)
    except ValueError as error:
        raise invalid(f"There were errors processing your request: {error}", query=query) from error
    if not words or any(word in ("OR", "AND") or "(" in word for word in words):
        raise invalid("The sandbox's search takes words and operators without OR and brackets", query=query)
    parts = [_part(word, store) for word in words]
    return " AND ".join(condition for condition, _ in parts), [value for _, values in parts for value in values]


def _part(word: str, store: XStore) -> tuple[str, list[Any]]:
    if word.startswith("-"):
        condition, values = _part(word[1:], store)
        return f"NOT ({condition})", values
    name, colon, value = word.partition(":")
    if not colon:
        return _said(word, store)
    if name == "conversation_id" and value.isdecimal():
        return "conversation = ?", [int(value)]
    if name == "in_reply_to_tweet_id" and value.isdecimal():
        return "reply_to = ?", [int(value)]
    if name in ("from", "to"):
        return ("author = ?" if name == "from" else "reply_to_user = ?"), [_account(value, store)]
    if name == "is":
        kinds = {"reply": "reply_to IS NOT NULL", "quote": "quotes IS NOT NULL", "retweet": "reposts IS NOT NULL"}
        if value in kinds:
            return kinds[value], []
    raise invalid(f"Reference to invalid operator '{name}'. Operator is not available", query=word)


def _said(word: str, store: XStore) -> tuple[str, list[Any]]:
    if word.startswith("@"):
        return "id IN (SELECT post FROM mention WHERE user = ?)", [_account(word[1:], store)]
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return "text LIKE ? ESCAPE '\\'", [f"%{escaped}%"]


def _account(name: str, store: XStore) -> int:
    """The id of an account by its @name or id; one that nobody has if it is unknown."""
    if name.isdecimal():
        return int(name)
    user = store.user_by_name(name)
    return user.id if user else -1
