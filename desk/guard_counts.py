"""What the guard did, team by team: how many replies it stopped, and how many left in spite of it."""

from aiohttp import web

from desk.access import AGENT
from desk.api import answer
from desk.problems import Problem
from desk.services import Services
from desk.view import Json
from router.model.ids import TeamId
from router.model.team import Role, Team


class GuardReading:
    """Answers how often teams' replies were stopped."""

    def __init__(self, services: Services) -> None:
        self._records = services.records
        self._teams = services.teams

    def routes(self) -> list[web.RouteDef]:
        """The one."""
        return [web.get("/api/guard/counts", self.counts)]

    async def counts(self, request: web.Request) -> web.Response:
        """For supervisors: each team with its counts, by what was seen."""
        who = request[AGENT]
        if who.role is not Role.SUPERVISOR:
            raise Problem("supervisors_right", status=403)
        teams = [(name, team) for name, team in self._teams.items() if who.is_allowed(name)]
        return answer({"teams": [await self._counted(name, team) for name, team in teams]})

    async def _counted(self, name: TeamId, team: Team) -> Json:
        return {"team": {"id": name, "name": team.name}, "counts": await self._records.guarded(name)}
