"""Reading what X sent without trusting its shape: what is not as it should be is as if it were not there."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

MOST = 200
# All below space but the tab and the line's end, what turns the direction of the text around it, half characters.
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
IDENTIFIER = re.compile("[0-9]{1,20}", re.ASCII)
# Milliseconds since X's first id, above 22 bits of machine and sequence.
EPOCH = 1_288_834_974_657
WEB = re.compile(r"https?://[^\s\x00-\x20]{1,2000}")
EARLIEST, LATEST = datetime(2006, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def part(value: object, *names: str) -> Any:
    """What stands under `names`, one within the other; None if it is not there."""
    for name in names:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def either(value: object, *names: str) -> Any:
    """What stands under the first of `names` that is there: X is about to call tweets posts everywhere."""
    return next((found for name in names if (found := part(value, name)) is not None), None)


def parts(value: object, *names: str) -> Iterator[Mapping[str, Any]]:
    """The objects in the list that stands there, as many as are sensible."""
    found = part(value, *names) if names else value
    yield from (each for each in (found[:MOST] if isinstance(found, list) else ()) if isinstance(each, Mapping))


def words(value: object, *names: str, most: int = 100_000) -> str:
    """The text that stands there, one kind of line end, without what can't be seen."""
    found = part(value, *names) if names else value
    if not isinstance(found, str):
        return ""
    return INVISIBLE.sub("", found[:most].replace("\r\n", "\n").replace("\r", "\n"))


def line(value: object, *names: str, most: int = 100) -> str:
    """The text that stands there, on one line."""
    return " ".join(words(value, *names, most=4 * most).split())[:most]


def identifier(value: object, *names: str) -> str:
    """The id that stands there, in digits; nothing if there is none."""
    found = part(value, *names) if names else value
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**64:
        return str(found)
    return found if isinstance(found, str) and IDENTIFIER.fullmatch(found) else ""


def number(value: object, *names: str) -> int | None:
    """The count that stands there."""
    found = part(value, *names)
    is_count = isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**53
    return found if is_count else None


def instant(value: object, *names: str) -> datetime | None:
    """The instant that stands there (RFC 3339), in UTC."""
    found = part(value, *names)
    if not isinstance(found, str) or len(found) > 40:
        return None
    try:
        at = datetime.fromisoformat(found)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return at if EARLIEST <= at <= LATEST else None


def web_address(value: object, *names: str) -> str:
    """The address of a page or a file that stands there; nothing for any other kind of address."""
    found = part(value, *names)
    return found if isinstance(found, str) and WEB.fullmatch(found) and not INVISIBLE.search(found) else ""


def made_at(known: str) -> datetime | None:
    """When X made the id `known`; None for the ids from before it counted so."""
    since = (int(known) >> 22) + EPOCH if known else 0
    return datetime.fromtimestamp(since / 1000, UTC) if EPOCH + 1000 < since < LATEST.timestamp() * 1000 else None


def id_at(at: datetime) -> int:
    """The lowest id that X made at `at`."""
    return max(round(at.timestamp() * 1000) - EPOCH, 1) << 22
