"""How it stands with the rules: what `GET /api/rules` answers, and what the feed tells of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from aiohttp import web

from desk.access import AGENT
from desk.view import Json
from router.model.team import Agent, Role
from router.store import wire
from router.store.rules_status import RulesBoard, RulesStatus
from rules.problems import Problem

# Who can mend the rules, or call somebody who can.
TOLD_ALL = (Role.SUPERVISOR, Role.OPS)


@dataclass(frozen=True, slots=True)
class RulesNews:
    """How it stands with the rules of all routers, by their names."""

    statuses: Mapping[str, RulesStatus]

    @property
    def problems(self) -> list[Problem]:
        """What is wrong, told once where several routers see it."""
        return list(dict.fromkeys(problem for status in self.statuses.values() for problem in status.problems))

    def _routing(self) -> list[RulesStatus]:
        """Those of routers: what keeps to other files beside the rules routes by no version."""
        return [status for status in self.statuses.values() if status.version]

    def shown(self, who: Agent) -> Json:
        """RULES: everybody reads that there are mistakes and in which files, who can mend them also where and what."""
        latest = max(self._routing(), key=lambda status: status.loaded_at, default=None)
        refused = [status for status in self.statuses.values() if status.refused_at]
        problems = self.problems
        return {
            "version": latest.version if latest else None,
            "loaded_at": latest.loaded_at if latest else None,
            "rules": latest.rules if latest else 0,
            "refused_at": min((status.refused_at for status in refused if status.refused_at), default=None),
            "mistakes": max([len(problems), *(status.mistakes for status in refused)]),
            "files": list(dict.fromkeys(PurePath(problem.file).name for problem in problems)),
            "problems": [_problem(problem) for problem in problems] if who.role in TOLD_ALL else [],
        }

    def routers(self, who: Agent) -> Sequence[Json]:
        """What each router routes by; its name tells of a machine and a process: for those who can mend the rules."""
        if who.role not in TOLD_ALL:
            return []
        return [
            {
                "router": router,
                "version": status.version,
                "loaded_at": status.loaded_at,
                "rules": status.rules,
                "refused_at": status.refused_at,
                "mistakes": status.mistakes,
            }
            for router, status in self.statuses.items()
            if status.version
        ]


class RulesReading:
    """Answers how it stands with the rules."""

    def __init__(self, board: RulesBoard) -> None:
        self._board = board

    def routes(self) -> list[web.RouteDef]:
        """The one question."""
        return [web.get("/api/rules", self.rules)]

    async def rules(self, request: web.Request) -> web.Response:
        """Which version is in force, and what the files hold wrong."""
        news = RulesNews(await self._board.all())
        who = request[AGENT]
        body = wire.encode({**news.shown(who), "routers": news.routers(who)})
        return web.Response(body=body, content_type="application/json")


def _problem(problem: Problem) -> Json:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "hint": problem.hint,
    }
