"""Who sits at the desk: people with a feed open are present for their teams; a script's token sits nowhere."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.exceptions import RedisError

from router.model.ids import AgentId
from router.model.team import Agent
from router.store.presence import Presence
from router.store.shifts import Shifts

TELL_SECONDS = 2.0
SCRIPT = "token:"
BY_HAND = "manual"


class Attendance:
    """Tells who is present for as long as they have a feed open here; a store that is away is told later."""

    def __init__(self, presence: Presence, shifts: Shifts, phone_provider: str = "") -> None:
        self._presence = presence
        self._shifts = shifts
        self._phone_provider = phone_provider
        self._open: Counter[AgentId] = Counter()

    @asynccontextmanager
    async def of(self, agent: Agent) -> AsyncIterator[None]:
        """Count one more feed of `agent`; who closes the last one is gone."""
        self._open[agent.id] += 1
        try:
            await self.still_here(agent)
            yield
        finally:
            self._open[agent.id] -= 1
            await self._left(agent)

    async def still_here(self, agent: Agent) -> bool:
        """Say that `agent` is here, which counts for a while. False if they are known to take no calls."""
        takes_calls = True
        if agent.teams and not agent.id.startswith(SCRIPT):
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(TELL_SECONDS):
                    await self._presence.here(agent.id, agent.teams)
                    # Who takes calls does so for as long as they are here; who does not is not made to.
                    takes_calls = await self._takes_calls(agent)
        return takes_calls

    async def _takes_calls(self, agent: Agent) -> bool:
        takes_calls = await self._shifts.still_here(agent)
        if takes_calls and not can_be_rung(agent, self._phone_provider):
            # Ops have taken away their phone, or changed who makes calls.
            await self._shifts.away(agent.id)
            return False
        return takes_calls

    async def _left(self, agent: Agent) -> None:
        if self._open[agent.id]:
            return
        del self._open[agent.id]
        if agent.teams and not agent.id.startswith(SCRIPT):
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(TELL_SECONDS):
                    await self._presence.gone(agent.id)
        # Whoever came back meanwhile was counted out with the one who left.
        if self._open[agent.id]:
            await self.still_here(agent)


def can_be_rung(agent: Agent, phone_provider: str) -> bool:
    """Whether `agent` has a phone for that provider; none is needed where they dial by hand."""
    return bool(phone_provider) and (phone_provider == BY_HAND or bool(agent.phone))
