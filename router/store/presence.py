"""Who is at the desk: told again and again while they are, and forgotten soon after the last time."""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from router.model.clock import Clock, milliseconds
from router.model.ids import AgentId, TeamId
from router.store import keys
from router.store.connection import Connection, Script
from router.store.wire import text

HERE_FOR = timedelta(seconds=40)
"""How long somebody counts as present after they were last told to be."""

# Stands in no team's and no agent's name: the configuration takes no control characters.
BETWEEN = "\x1f"

# ARGV: now, until (both in ms), how long the key lives (ms), a member for each team
HERE = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
for i = 4, #ARGV do redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""


class Presence:
    """The agents at the desk, each with the teams that they answer for; one set for all processes.

    Who is at the desks of two processes is there twice and counts once; `gone` is about this one alone.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._redis = connection.commands
        self._clock = clock
        self._here = Script(connection, HERE)
        self._desk = secrets.token_hex(8)

    async def here(self, agent: AgentId, teams: Iterable[TeamId]) -> None:
        """Count `agent` as present for `teams` from now on, for as long as `HERE_FOR`. Raises redis' errors."""
        now, life = milliseconds(self._clock.now()), HERE_FOR // timedelta(milliseconds=1)
        members = [BETWEEN.join((team, agent, self._desk)) for team in teams]
        await self._here([keys.PRESENCE], now, now + life, life, *members)

    async def gone(self, agent: AgentId) -> None:
        """Count `agent` as present at this desk no longer. Raises redis' errors."""
        members: Any = await self._redis.zrange(keys.PRESENCE, 0, -1)
        theirs = [member for member in map(text, members) if member.split(BETWEEN)[1:] == [agent, self._desk]]
        if theirs:
            await self._redis.zrem(keys.PRESENCE, *theirs)

    async def available(self) -> Mapping[TeamId, int]:
        """How many agents are present for each team; a team without any is left out. Raises redis' errors."""
        now = milliseconds(self._clock.now())
        members: Any = await self._redis.zrangebyscore(keys.PRESENCE, f"({now}", "+inf")
        agents = {tuple(member.split(BETWEEN)[:2]) for member in map(text, members)}
        return Counter(TeamId(team) for team, _ in agents)
