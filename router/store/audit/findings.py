"""What an audit finds wrong."""

from dataclasses import dataclass
from enum import StrEnum


class Wrong(StrEnum):
    """The kinds of what can be wrong; docs/operations.md says what to do about each."""

    COUNTS = "counts"
    OWNER = "owner"
    QUEUE = "queue"
    CALLS = "calls"
    OPEN_TWICE = "open_twice"
    POINTER = "pointer"
    TIMELINE = "timeline"
    REPEATED_ENTRY = "repeated_entry"
    NUMBERING = "numbering"
    DOUBLED = "doubled"
    TIMER = "timer"
    OUTBOUND = "outbound"
    ATTEMPT = "attempt"
    ARCHIVE = "archive"
    HANDLE = "handle"
    MERGING = "merging"
    REVISION = "revision"
    MISPLACED = "misplaced"
    UNREADABLE = "unreadable"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_KEY = "unknown_key"


# A key of a partition: the family that it is of, and what comes after it.
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with `subject` (an id or a key), in plain words; `about` is what has to be read again for it."""

    kind: Wrong
    subject: str
    text: str
    about: tuple[Name, ...] = ()


def confirmed(first: list[Finding], again: list[Finding]) -> list[Finding]:
    """Those of `again` that were wrong the first time, too."""
    known = {(finding.kind, finding.subject) for finding in first}
    return [finding for finding in again if (finding.kind, finding.subject) in known]
