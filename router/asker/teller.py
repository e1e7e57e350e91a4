"""The teller: brings what the directory answered back as an event of the customer's, once."""

from directory.contract import Entry
from router.model.clock import Clock
from router.model.decision import EntryKind, LookUp, TimelineEntry
from router.model.event import DirectoryAnswered
from router.store.inbox import Inbox
from router.store.records import Records

ENTRIES_SEEN = 200
NOBODY = Entry("")


class Teller:
    """Holds answers, with the words about which rules are to be asked again."""

    def __init__(self, inbox: Inbox, records: Records, clock: Clock) -> None:
        self._inbox = inbox
        self._records = records
        self._clock = clock

    async def tell(self, look_up: LookUp, entry: Entry | None, key: str) -> None:
        """Hold the answer durably, once for `key`. Raises what the inbox does."""
        known = entry or NOBODY
        message = await self._message(look_up) if look_up.seen else None
        answer = DirectoryAnswered(
            customer=look_up.customer,
            at=self._clock.now(),
            entry=known.id,
            profile=known.profile,
            name=known.name,
            language=known.language,
            handles=known.handles,
            facts=known.facts,
            message=look_up.message,
            seen=look_up.seen if message else "",
            text=message.text if message else "",
            subject=message.detail.get("subject", "") if message else "",
        )
        await self._inbox.accept(answer, key)

    async def _message(self, look_up: LookUp) -> TimelineEntry | None:
        """The message for which it was asked; None where it has left with its conversation."""
        if look_up.conversation is None:
            return None
        latest = await self._records.timeline(look_up.conversation, -ENTRIES_SEEN)
        arrived = (entry for entry in reversed(latest) if entry.kind is EntryKind.MESSAGE_IN)
        return next((entry for entry in arrived if entry.message == look_up.message), None)
