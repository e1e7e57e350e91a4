"""What somebody is about to post, and what X makes of its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.x import text as texts
from sandbox.x.records import Post, User
from sandbox.x.store import XStore

_MEDIA_WAYS = {"3": "photo", "7": "video", "16": "video"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody is about to post, in their own words."""

    text: str
    reply_to: int | None = None
    quotes: int | None = None
    media: Sequence[str] = ()
    # Of those whom a reply would name by itself, these are left out.
    unnamed: frozenset[int] = field(default_factory=frozenset)
    created_at: float | None = None
    is_visible: bool = True


def with_names(store: XStore, author: User, draft: Draft, replied: Post | None) -> str:
    """The text with those in front whom a reply names by itself, as X puts them there."""
    if replied is None:
        return draft.text
    writer = store.user(replied.author)
    names = [*([writer.username] if writer else []), *texts.leading_mentions(replied.text)]
    named = {name.lower() for name in texts.leading_mentions(draft.text)} | {author.username.lower()}
    missing = []
    for name in names:
        user = store.user_by_name(name)
        if name.lower() not in named and not (user and user.id in draft.unnamed):
            missing.append(f"@{name} ")
            named.add(name.lower())
    return "".join(missing) + draft.text


def addresses_behind(store: XStore, author: User, post_id: int, draft: Draft, quoted: Post | None) -> list[str]:
    """What X links behind the text: the quoted post, and media."""
    addresses = []
    if quoted and (writer := store.user(quoted.author)):
        addresses.append(f"https://twitter.com/{writer.username}/status/{quoted.id}")
    if draft.media:
        way = _MEDIA_WAYS[draft.media[0].partition("_")[0]]
        addresses.append(f"https://x.com/{author.username}/status/{post_id}/{way}/1")
    return addresses


def words_of(shown: str, urls: Mapping[str, str]) -> list[str]:
    """The words of a shown text, with the addresses instead of t.co links, which are new ones each time."""
    return [urls.get(word, word) for word in shown.split()]
