"""Conversations of teams that are gone: nobody reads their queue any more, so the default team takes them."""

from collections.abc import Collection
from typing import Any

import structlog

from router.model.event import Transferred
from router.model.ids import AgentId, ConversationId, TeamId
from router.model.team import Agent, Role
from router.store import keys
from router.store.connection import Connection
from router.store.inbox import Inbox
from router.store.wire import text

log = structlog.get_logger()

HILO = Agent(AgentId("hilo"), "Hilo", role=Role.SUPERVISOR)


async def take_in(
    connection: Connection, inbox: Inbox, partitions: int, teams: Collection[TeamId], default_team: TeamId
) -> int:
    """How many conversations are asked to move to `default_team`, each by an event like any other."""
    asked = 0
    for partition in range(partitions):
        prefix = keys.key(partition, keys.queue(TeamId("")))
        async for found in connection.commands.scan_iter(f"{prefix}*", count=1000):
            team = TeamId(text(found).removeprefix(prefix))
            if team not in teams:
                asked += await _ask(connection, inbox, text(found), team, default_team)
    return asked


async def _ask(connection: Connection, inbox: Inbox, queue: str, team: TeamId, default_team: TeamId) -> int:
    members: Any = await connection.commands.zrange(queue, 0, -1)
    names = [ConversationId(text(member)) for member in members]
    log.warning("team_removed", team=team, conversations=len(names), hint=f"{default_team} takes them")
    for name in names:
        command = Transferred(HILO, default_team, f"the team {team!r} is gone")
        await inbox.submit(command, name, keys.digest("removed", team, name))
    return len(names)
