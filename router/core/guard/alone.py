"""What is seen in a text by itself, without a conversation: for who writes one, and for scripts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from router.core.found.personal_data import personal_data
from router.core.guard.deflection import deflection
from router.core.guard.empty import empty
from router.core.guard.promise import promises
from router.core.guard.read import is_allowed
from router.core.guard.repeat import repeat
from router.model.fact import Fact
from router.model.finding import Finding, FindingKind
from router.model.ids import TeamId
from rules.guard.book import GuardBook

PUBLIC = ("twitter", "x")


@dataclass(frozen=True, slots=True)
class Setting:
    """By what a text is judged: the book, the language, the way it takes, the team that writes it, what is known.

    Promises count from `now`, in the time of `zone`.
    """

    book: GuardBook
    now: datetime
    zone: tzinfo = UTC
    lang: str | None = None
    channel: str | None = None
    team: str | None = None
    known: tuple[Fact, ...] = ()


def seen_alone(text: str, setting: Setting) -> Sequence[Finding]:
    """All that the guard sees in `text`, in its order, without what the team may write all the same."""
    allowed = setting.book.allowed(TeamId(setting.team)) if setting.team else ()
    found = (each for each in _all(text, setting) if not is_allowed(each, allowed))
    return sorted(found, key=lambda each: (each.start, each.end))


def is_public(channel: str | None) -> bool:
    """Whether all the world reads what leaves by `channel`."""
    words = (channel or "").lower().replace("-", "_").split("_")
    return "public" in words or (words[0] in PUBLIC and not {"dm", "direct", "private"} & set(words))


def _all(text: str, setting: Setting) -> Iterator[Finding]:
    lang, book = setting.lang, setting.book.wordings
    for each in deflection(text, lang, setting.channel, book):
        yield Finding(FindingKind.DEFLECTION, each.start, each.end, each.phrase, to=each.to)
    for shown in personal_data(text) if is_public(setting.channel) else ():
        phrase = text[shown.start : shown.end]
        yield Finding(FindingKind.EXPOSURE, shown.start, shown.end, phrase, what=shown.kind)
    yield from repeat(text, lang, setting.known, book)
    yield from promises(text, lang, setting.now, setting.zone, book=book, hours=setting.book.hours)
    yield from empty(text, lang, book)
