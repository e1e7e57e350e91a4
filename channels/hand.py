"""The hand: which replies of the outbound streams a sender holds, and whether others wait there that it does not."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from router.model.ids import MessageId
from router.store.outbound import Intent


class Hand:
    """The replies in hand, by partition: what waits in a stream and is not here was never read, or came back.

    A server that has gone back (promoted, or restarted after a power cut) may hold again what was settled, and may give
    what is new an id below those that were read. So it is not ids that are compared, but how many there are.
    """

    def __init__(self) -> None:
        self._held: defaultdict[int, set[tuple[str, MessageId]]] = defaultdict(set)
        self._let_go: Counter[int] = Counter()
        self._more: set[int] = set()

    def take(self, intent: Intent) -> bool:
        """Whether `intent` is new here; it is held from now on."""
        held, name = self._held[intent.partition], (intent.id, intent.message.id)
        if name in held:
            return False
        held.add(name)
        return True

    def let_go(self, intent: Intent) -> None:
        """`intent` is settled."""
        self._held[intent.partition].discard((intent.id, intent.message.id))
        self._let_go[intent.partition] += 1

    def begin_count(self) -> None:
        """The streams' lengths are asked for now: what is let go from here on may be counted in them."""
        self._let_go.clear()

    def missed(self, lengths: Sequence[int]) -> set[int]:
        """The partitions that held more than was ever in hand since their `lengths` were asked for, two counts running.

        One count alone tells nothing: a cluster reads each partition by itself, and one of them may be late.
        """
        before, self._more = (
            self._more,
            {
                partition
                for partition, length in enumerate(lengths)
                if length > len(self._held[partition]) + self._let_go[partition]
            },
        )
        return before & self._more
