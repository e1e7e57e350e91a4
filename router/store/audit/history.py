"""What history holds, as the audit asks it, and whether that agrees with what Redis has counted as gone.

What is archived and not yet removed stands in both, so only what is not in Redis any more is compared.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Protocol

from router.model.ids import ConversationId
from router.store.audit.contents import Contents, Place
from router.store.audit.counts import Cut, Row
from router.store.audit.findings import Finding, Wrong

Counts = Mapping[str, int]


class History(Protocol):
    """The archive's part in an audit."""

    async def known(self, names: Collection[ConversationId]) -> set[ConversationId]:
        """Which of `names` it holds."""

    async def counted(
        self, partition: int, span: tuple[Place, Place], besides: Collection[ConversationId]
    ) -> Mapping[str, int]:
        """How many customers' messages from the first place to the last it holds by channel, without `besides`."""


async def held(history: History, cut: Cut, contents: Contents) -> Counts:
    """The messages counted as accepted until the cut that history holds, of conversations that are not in Redis."""
    if cut.since is None:
        return {}
    there = {*contents.conversations, *contents.stories, *map(ConversationId, contents.unread)}
    return await history.counted(cut.partition, (cut.since, cut.last), there)


def with_moved(rows: list[Row], moved: Counts) -> list[Row]:
    """The rows with what is missing as archived where as many left for history while the rest was read, or more."""
    return [
        replace(row, archived=row.archived + row.missing) if 0 < row.missing <= moved.get(row.channel, 0) else row
        for row in rows
    ]


def differing(partition: int, found: Counts, before: Counts, after: Counts) -> list[Finding]:
    """The channels of which history holds more or less than left Redis, by its counter before and after."""
    findings = []
    for channel in sorted({*found, *before, *after}):
        least, there, most = (numbers.get(channel, 0) for numbers in (before, found, after))
        if not least <= there <= most:
            text = f"the archive holds {there} messages that left Redis, and Redis has counted {most}"
            findings.append(Finding(Wrong.ARCHIVE, f"{channel}, partition {partition:02d}", text))
    return findings
