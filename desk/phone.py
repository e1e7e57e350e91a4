"""Calls at the desk: the board of what is owed, who takes calls now, and how promises were kept."""

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from msgspec.structs import replace

from desk.access import AGENT
from desk.api import answer, may_see
from desk.attendance import BY_HAND, SCRIPT, can_be_rung
from desk.body import Body, read
from desk.problems import Problem
from desk.services import Services
from desk.view import Json, View
from router.core.numbers import dialable
from router.model.event import CallbackSet, CallTaken, Command
from router.model.ids import ConversationId, TeamId
from router.model.team import Agent, Role, Team
from router.store.shifts import Shifts

# Who takes a call is held for it until the conversation tells that they have it.
TAKING = timedelta(seconds=15)


class Readiness(Body, frozen=True):
    """Whether the agent takes calls from now on."""

    is_ready: bool


class PhoneDesk:
    """Answers what calls are owed, and lets agents take calls or not."""

    def __init__(self, services: Services, view: View) -> None:
        self._services = services
        self._shifts = Shifts(services.connection, services.clock)
        self._view = view

    def routes(self) -> list[web.RouteDef]:
        """All about calls that is no command."""
        return [
            web.get("/api/callbacks", self.callbacks),
            web.get("/api/phone", self.phone),
            web.post("/api/phone", self.set_ready),
            web.get("/api/promises/counts", self.counts),
        ]

    async def callbacks(self, request: web.Request) -> web.Response:
        """The calls that the asker's teams owe or have under way, and whether the asker takes calls."""
        who = request[AGENT]
        position = await self._services.feed.position()
        found = [each for each in await self._services.records.calls() if may_see(who, each)]
        shown = [self._view.conversation(each) for each in found]
        return answer({"callbacks": shown, "phone": await self._phone(who), "position": position})

    async def phone(self, request: web.Request) -> web.Response:
        """Whether the asker takes calls now, and where."""
        return answer(await self._phone(request[AGENT]))

    async def set_ready(self, request: web.Request) -> web.Response:
        """The asker takes calls from now on, or none any more."""
        who, body = request[AGENT], await read(request, Readiness)
        if body.is_ready:
            require_phone(who, self._services.phone_provider)
            if who.id.startswith(SCRIPT):
                # A script sits nowhere: calls would be offered to it, and wait for nobody.
                raise Problem("no_phone")
            await self._shifts.ready(who)
        else:
            await self._shifts.away(who.id)
        return answer(await self._phone(who))

    async def counts(self, request: web.Request) -> web.Response:
        """For supervisors: each team with what it owed, by what became of it."""
        who = request[AGENT]
        if who.role is not Role.SUPERVISOR:
            raise Problem("supervisors_right", status=403)
        teams = [(name, team) for name, team in self._services.teams.items() if who.is_allowed(name)]
        return answer({"teams": [await self._counted(name, team) for name, team in teams]})

    async def _counted(self, name: TeamId, team: Team) -> Json:
        return {"team": {"id": name, "name": team.name}, "counts": await self._services.records.tallies(name)}

    async def _phone(self, who: Agent) -> Json:
        ready = next((each for each in await self._shifts.agents() if each.agent.id == who.id), None)
        return {
            "is_ready": ready is not None,
            "number": who.phone.removeprefix("phone:") or None,
            "provider": self._services.phone_provider or None,
            "idle_since": ready.idle_since if ready else None,
            "off": (await self._shifts.off(who.id) or None) if ready is None else None,
        }


@dataclass(frozen=True, slots=True)
class CallDoor:
    """What has to be so before a command about a call is given."""

    services: Services
    shifts: Shifts

    async def checked(self, command: Command, conversation: ConversationId) -> Command:
        """`command` as it is given; who takes a call is held for it. Raises Problem for what can't be."""
        match command:
            case CallbackSet():
                return self._dialled(command)
            case CallTaken():
                return await self._taken(command, conversation)
        return command

    async def given_up(self, command: Command) -> None:
        """Nothing came of `command`: who was held for it is free."""
        if isinstance(command, CallTaken):
            await self.shifts.let_go(command.agent.id, command.callback)

    def _dialled(self, command: CallbackSet) -> Command:
        if not self.services.phone_provider:
            raise Problem("no_phone_channel")
        if command.number is None:
            return command
        number = dialable(command.number.address, self.services.region)
        if number is None:
            raise Problem("bad_number")
        return replace(command, number=number)

    async def _taken(self, command: CallTaken, conversation: ConversationId) -> Command:
        who = command.agent
        require_phone(who, self.services.phone_provider)
        if await self._has_other(who, conversation):
            raise Problem("agent_busy")
        if not await self.shifts.hold(who.id, command.callback, TAKING):
            raise Problem("agent_busy")
        # Who dials by hand has no phone that anybody could ring.
        return replace(command, agent=replace(who, phone="")) if self.services.phone_provider == BY_HAND else command

    async def _has_other(self, who: Agent, conversation: ConversationId) -> bool:
        """Whether `who` has another call; what they were asked to make meanwhile is no call yet."""
        board = await self.services.records.calls()
        calls = (each.call for each in board if each.id != conversation)
        return any(call is not None and call.agent == who.id and call.is_busy for call in calls)


def require_phone(who: Agent, provider: str) -> None:
    """Raise Problem where `who` can't be rung: there is no provider, or they have no phone for it."""
    if not provider:
        raise Problem("no_phone_channel")
    if not can_be_rung(who, provider):
        raise Problem("no_phone")
