"""How the teams are doing, for the rules that ask: one look a second for all events, never one for each."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

import structlog
from redis.exceptions import RedisError

from router.model.ids import TeamId
from router.store.presence import Presence
from router.store.records import Records
from rules.facts import TeamLoad

log = structlog.get_logger()

FRESH_SECONDS = 1.0

Loads = Mapping[TeamId, TeamLoad]


class TeamLoads:
    """The teams' loads, looked up when somebody asks and the last look is older than a second.

    The age is the machine's own `seconds`, since the clock of events may stand still.
    """

    def __init__(
        self,
        records: Records,
        presence: Presence,
        teams: Iterable[TeamId],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records = records
        self._presence = presence
        self._teams = tuple(teams)
        self._seconds = seconds
        self._loads: Loads = {}
        self._looked_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def now(self) -> Loads:
        """The loads of a moment ago. What can't be looked up is not known: no message waits for it, no rule guesses."""
        async with self._one_at_a_time:
            if self._seconds() - self._looked_at >= FRESH_SECONDS:
                self._loads = await self._look()
                self._looked_at = self._seconds()
        return self._loads

    async def _look(self) -> Loads:
        try:
            waiting = await self._records.waiting(self._teams)
            available = await self._presence.available()
        except (RedisError, OSError) as error:
            log.warning("team_loads_unknown", error=str(error), hint="rules that ask for a team's load do not hold")
            return {}
        return {team: TeamLoad(waiting[team], available.get(team, 0)) for team in self._teams}
