"""The text of a post as people read it: whole, links as they lead, without the names that it begins with."""

import re
from collections.abc import Mapping
from typing import Any

from channels.twitter.reading import either, line, part, parts, web_address, words

ESCAPED = re.compile("&(amp|lt|gt);")
PLAIN = {"amp": "&", "lt": "<", "gt": ">"}
SHORT_LINK = re.compile(r"https?://t\.co/[A-Za-z0-9]{1,40}", re.ASCII)
NAMES = re.compile(r"(?:\s*@[A-Za-z0-9_]{1,50}(?=\s|\Z))+\s*", re.ASCII)
MEDIA = re.compile(r"https?://(?:[a-z]+\.)?(?:twitter|x)\.com/\S+/(?:photo|video)/[0-9]+", re.ASCII)
TEXT_LENGTH = 50_000


def text_of(post: object) -> str:
    """What the author of a post, or of a direct message, wrote, for people to read; empty only where it was."""
    whole, entities = _whole(post)
    plain = unescaped(whole[:TEXT_LENGTH])
    links = _links(entities)
    shown = _tidy(_linked(plain, links, is_media_shown=False))
    said = without_names(shown)
    # A picture and nothing else, or a name and nothing else, still says something.
    return said or shown or _tidy(_linked(plain, links, is_media_shown=True))


def unescaped(text: str) -> str:
    """`text` as it was typed: X escapes these three letters, each once."""
    return ESCAPED.sub(lambda found: PLAIN[found[1]], text)


def without_names(text: str) -> str:
    """`text` without the names before it, which X puts there for every reply."""
    found = NAMES.match(text)
    return text[found.end() :] if found else text


def _whole(post: object) -> tuple[str, Mapping[str, Any]]:
    """The text and what is marked in it; of a long post X's `text` is only the beginning."""
    note = either(post, "note_tweet", "note_post")
    if text := words(note, "text"):
        return text, part(note, "entities") or {}
    return words(post, "text"), part(post, "entities") or {}


def _links(entities: object) -> dict[str, str]:
    """Where each short link leads; empty for what is shown in another way: a picture of this post."""
    found = {}
    for url in parts(entities, "urls"):
        target = web_address(url, "unwound_url") or web_address(url, "expanded_url")
        is_media = bool(line(url, "media_key")) or MEDIA.fullmatch(target) is not None
        if is_media or target:
            found[line(url, "url")] = "" if is_media else target
    return found


def _linked(text: str, links: Mapping[str, str], *, is_media_shown: bool) -> str:
    """`text` with each short link as it leads, where that is known."""

    def shown(found: re.Match[str]) -> str:
        target = links.get(found[0])
        return target or ("" if target == "" and not is_media_shown else found[0])

    # Positions that X tells count in ways of their own once there are emoji: the links are found by their text.
    return SHORT_LINK.sub(shown, text)


def _tidy(text: str) -> str:
    return "\n".join(each.rstrip() for each in text.split("\n")).strip()
