"""How many messages come to a partition from another customer's timeline or stream, and how many go there.

Counted where they come and where they go, with the commit that moves them: each partition adds up by itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from router.model.decision import Decision
from router.model.errand import Told
from router.model.event import Event, MessageArrived, PartLeaves, Passed
from router.model.timeline import EntryKind, TimelineEntry
from router.store import keys

HEARD = (EntryKind.MESSAGE_IN, EntryKind.EDITED)


def moved_messages(event: Event, decision: Decision, before: Sequence[TimelineEntry]) -> Mapping[str, int]:
    """The counters that `decision` upon `event` changes, whose timeline was `before` where that is known."""
    if isinstance(event.body, MessageArrived):
        is_passed = any(isinstance(each, Told) and isinstance(each.body, Passed) for each in decision.errands)
        return {keys.went(event.body.message.channel): 1} if is_passed else {}
    if isinstance(event.body, Passed):
        return {keys.came(channel): count for channel, count in _heard(decision.entries).items()}
    if decision.story is None:
        return {}
    came, went = _heard(decision.story), _heard(before)
    if isinstance(event.body, PartLeaves) or not decision.story:
        return {keys.went(channel): count for channel, count in (went - came).items()}
    return {keys.came(channel): count for channel, count in (came - went).items()}


def _heard(story: Iterable[TimelineEntry]) -> Counter[str]:
    return Counter(entry.channel for entry in story if entry.kind in HEARD)
