"""Conversations wherever they lie: in Redis while they live, in history once they are closed and have left.

What is not in Redis is looked for in the archive, in this order always: a conversation is in the archive before it
leaves Redis. Entries have the same numbers in both, so a timeline that moves meanwhile is read on in the other.
"""

from collections.abc import Callable

import structlog

from history.archive import Archive, Former
from history.schema import ArchiveAway
from router.model.conversation import Conversation
from router.model.decision import TimelineEntry
from router.model.ids import ConversationId, CustomerId
from router.model.team import Agent, Role
from router.store.records import Records

log = structlog.get_logger()

FORMER_SHOWN = 20
ENTRIES_AT_ONCE = 200


class Stories:
    """Looks up conversations and their timelines."""

    def __init__(self, records: Records, archive: Archive) -> None:
        self._records = records
        self._archive = archive

    async def conversation(self, identifier: ConversationId) -> Conversation | None:
        """The conversation, or None."""
        return await self._records.conversation(identifier) or await self._archive.conversation(identifier)

    async def timeline_length(self, identifier: ConversationId) -> int:
        """How many entries the conversation's timeline has; one that lives has at least one."""
        return await self._records.timeline_length(identifier) or await self._archive.timeline_length(identifier)

    async def timeline(self, identifier: ConversationId, start: int, end: int) -> list[TimelineEntry]:
        """The conversation's entries from number `start` to `end`, both included, oldest first."""
        found = await self._records.timeline(identifier, start, end)
        return found or await self._archive.timeline(identifier, start, end)

    async def latest(self, identifier: ConversationId, test: Callable[[TimelineEntry], bool]) -> TimelineEntry | None:
        """The latest entry of the conversation of which `test` holds, or None."""
        end = await self.timeline_length(identifier)
        while end > 0:
            start = max(end - ENTRIES_AT_ONCE, 0)
            entries = await self.timeline(identifier, start, end - 1)
            if found := next(filter(test, reversed(entries)), None):
                return found
            end = start
        return None

    async def former(self, conversation: Conversation, reader: Agent) -> list[Former]:
        """The customer's other conversations that are over and that `reader` may read, the latest first.

        An archive that can't be read keeps nobody from answering a customer: then none are shown.
        """
        # Chosen before they are cut off: many of other teams' hide none of the reader's own.
        teams = None if reader.role is Role.SUPERVISOR else reader.teams
        customer = CustomerId(conversation.customer)
        known = await self._records.customer(customer)
        others = known.identities[1:] if known else ()
        try:
            return await self._archive.of_customer(
                customer, FORMER_SHOWN, teams=teams, besides=conversation.id, others=others
            )
        except ArchiveAway as error:
            log.error("history_not_read", error=str(error), hint="former conversations are not shown meanwhile")
            return []
