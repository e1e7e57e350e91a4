"""Recognising our own posts and direct messages among what X shows, by their words and by what they answer."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category, normalize
from urllib.parse import unquote

from channels.twitter.reading import either, identifier, line, parts, web_address, words
from channels.twitter.texts import MEDIA, SHORT_LINK, unescaped, without_names

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_SHOWN_MEDIA = re.compile(r"https?://(?:twitter|x)\.com/messages/media/[0-9]+", re.IGNORECASE)
_SLASH = re.compile(r"/(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Seen:
    """Something of ours that X shows: its id, its words in their plainest form, and what it answers, if a post."""

    id: str
    words: str
    answers: str = ""


def seen_post(post: Mapping[str, Any]) -> Seen:
    """What X shows of a post of ours."""
    referenced = parts(either(post, "referenced_tweets", "referenced_posts"))
    answered = (identifier(each, "id") for each in referenced if line(each, "type") == "replied_to")
    return Seen(identifier(post, "id"), _words_shown(post), next(answered, ""))


def seen_message(event: Mapping[str, Any]) -> Seen:
    """What X shows of a direct message of ours."""
    return Seen(identifier(event, "id"), _words_shown(event))


def plainest(text: str) -> str:
    """`text` without all that X may change: names before it, how links and spaces are written, what can't be seen."""
    decoded = normalize("NFC", unquote(text, errors="replace"))
    bare = _SLASH.sub("", _SCHEME.sub("", without_names(decoded.strip())))
    return " ".join("".join(letter for letter in bare if category(letter) != "Cf").split())


def said_by(texts: Sequence[str], seen: Iterable[Seen]) -> list[Seen]:
    """Those of `seen` that say what one of `texts` says, the oldest first."""
    wanted = {plainest(text) for text in texts}
    return sorted((each for each in seen if each.words in wanted), key=lambda each: int(each.id or 0))


def recognised(
    texts: Sequence[str], done: tuple[str, ...], seen: Iterable[Seen], others: Collection[str], first: str
) -> tuple[str, ...]:
    """X's ids of the parts `texts` that have left: `done`, and those that follow it without a gap.

    Each part answers the one before it, and the first one the post `first`; direct messages, without a `first`,
    answer nothing. What belongs to `others` is not taken for ours.
    """
    found, free = done, [each for each in said_by(texts, seen) if each.id not in others]
    for text in texts[len(done) :]:
        answers = (found[-1] if found else first) if first else ""
        posted = [each for each in free if _is(each, text, answers) and each.id not in found]
        if not posted:
            break
        found = (*found, posted[0].id)
    return found


def _is(seen: Seen, text: str, answers: str) -> bool:
    return bool(seen.id) and seen.words == plainest(text) and seen.answers == answers


def _words_shown(written: Mapping[str, Any]) -> str:
    note = either(written, "note_tweet", "note_post")
    whole = note if words(note, "text") else written
    links = {line(url, "url"): _target(url) for url in parts(whole, "entities", "urls")}
    return plainest(SHORT_LINK.sub(lambda found: links.get(found[0], found[0]), unescaped(words(whole, "text"))))


def _target(url: Mapping[str, Any]) -> str:
    """Where a link leads as it was written; nowhere for what X itself puts behind a text that has a picture."""
    target = web_address(url, "expanded_url")
    is_media = bool(line(url, "media_key")) or MEDIA.fullmatch(target) or _SHOWN_MEDIA.fullmatch(target)
    return "" if is_media else target
