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
        message, seen = await self._about(look_up)
        answer = DirectoryAnswered(
            customer=look_up.customer,
            at=self._clock.now(),
            entry=known.id,
            profile=known.profile,
            name=known.name,
            language=known.language,
            handles=known.handles,
            facts=known.facts,
            message=message.message if message else "",
            seen=seen if message else "",
            text=message.text if message else "",
            subject=message.detail.get("subject", "") if message else "",
        )
        await self._inbox.accept(answer, key)

    async def _about(self, look_up: LookUp) -> tuple[TimelineEntry | None, str]:
        """The message for which it was asked, and what rules saw of it; else those on which they last decided.

        None where the message has left with its conversation.
        """
        if look_up.conversation is None:
            return None, ""
        latest = await self._records.timeline(look_up.conversation, -ENTRIES_SEEN)
        messages = {entry.message: entry for entry in latest if entry.kind is EntryKind.MESSAGE_IN}
        if look_up.seen:
            return messages.get(look_up.message), look_up.seen
        return _last_decided(latest)


def _last_decided(entries: list[TimelineEntry]) -> tuple[TimelineEntry | None, str]:
    """The message of the latest routing among `entries`, which names it or stands behind it, and what rules saw."""
    messages: dict[str, TimelineEntry] = {}
    before: TimelineEntry | None = None
    found: tuple[TimelineEntry | None, str] = None, ""
    for entry in entries:
        if entry.kind is EntryKind.MESSAGE_IN:
            before = messages[entry.message] = entry
        elif entry.kind is EntryKind.ROUTED:
            found = messages.get(entry.message, before), entry.detail.get("facts", "")
    return found
