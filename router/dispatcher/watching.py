"""What has changed for the agents between two looks at the board of calls: who is free, and who did not answer."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from router.core.dispatch.standing import AtWork, at_work, away
from router.model.conversation import Conversation
from router.model.ids import AgentId, CallbackId

PASSED_AT_MOST = 2
"""Who lets so many offers pass in a row takes no calls, whatever their page says: they have left it open."""

UNANSWERED, PASSED = "unanswered", "passed"
"""Why an agent takes no calls any more: their own phone was not answered, or they let offers pass."""

ANSWERED_FOR = timedelta(minutes=1)
"""For so long it is told that an agent's phone was not answered; who says later that they take calls does."""


class What(StrEnum):
    """What is to be done about an agent."""

    LET_GO = "let_go"
    """They are not asked for the callback any more, or have made the call."""
    WAS_BUSY = "was_busy"
    """They had a call, and are idle since now."""
    AWAY = "away"
    """They don't answer: they are offered nothing until they say that they take calls again."""


@dataclass(frozen=True, slots=True)
class Change:
    """`what` is to be done about `agent`, and because of which callback; `until` is when its offer ended, or was over.

    A hold that lasts much longer is for another offer of the same call, and none of this one's. `why` is told at the
    desk of who is away.
    """

    what: What
    agent: AgentId
    until: datetime
    callback: CallbackId | None = None
    why: str = ""


class Watch:
    """What one dispatcher has seen of the agents at work."""

    def __init__(self) -> None:
        self._seen: frozenset[tuple[AgentId, AtWork]] = frozenset()
        self._passed: Counter[AgentId] = Counter()
        self._told: dict[AgentId, datetime] = {}

    @property
    def busy(self) -> frozenset[AgentId]:
        """Who was at work at the latest look."""
        return frozenset(agent for agent, _ in self._seen)

    def changes(self, looked: Iterable[Conversation], now: datetime) -> Iterator[Change]:
        """What is to be done about the agents, now that the board shows `looked`."""
        conversations = list(looked)
        seen = frozenset(pair for each in conversations for pair in at_work(each).items())
        gone, self._seen = self._seen - seen, seen
        for agent, work in sorted(gone, key=lambda pair: (pair[0], pair[1].conversation)):
            yield from self._ended(agent, work, now)
        yield from self._unanswered(conversations, now)

    def _ended(self, agent: AgentId, work: AtWork, now: datetime) -> Iterator[Change]:
        still = {
            other.callback for who, other in self._seen if who == agent and other.conversation == work.conversation
        }
        if work.until and still:
            # They have taken it.
            self._passed.pop(agent, None)
            return
        if work.callback and work.callback not in still:
            yield Change(What.LET_GO, agent, work.until or now, work.callback)
        if work.until is None:
            yield Change(What.WAS_BUSY, agent, now, work.callback)
        elif now < work.until:
            # They have declined it, or somebody else has it: they are there, or it is no fault of theirs.
            self._passed.pop(agent, None)
        else:
            self._passed[agent] += 1
            if self._passed[agent] >= PASSED_AT_MOST:
                del self._passed[agent]
                yield Change(What.AWAY, agent, now, work.callback, PASSED)

    def _unanswered(self, conversations: Iterable[Conversation], now: datetime) -> Iterator[Change]:
        for conversation in conversations:
            found = away(conversation)
            if found is None or found[0] < now - ANSWERED_FOR:
                continue
            at, agent = found
            if self._told.get(agent) != at:
                self._told[agent] = at
                yield Change(What.AWAY, agent, now, why=UNANSWERED)
