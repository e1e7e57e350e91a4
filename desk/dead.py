"""Dead letters at the desk: ops look at what was set aside, replay it or drop it; nobody else sees any of it."""

import structlog
from aiohttp import web

from desk.access import AGENT
from desk.api import answer
from desk.body import Nothing, read
from desk.problems import Problem
from desk.services import Services
from desk.view import Json
from router.model.errors import PermanentError
from router.model.team import Role
from router.store.dead_letter import DeadLetter
from router.store.dead_letters import DeadLetters

log = structlog.get_logger()

AT_ONCE = 20


class DeadDesk:
    """Answers ops; to all others these places do not exist."""

    def __init__(self, services: Services) -> None:
        self._letters = DeadLetters(services.connection, services.records.partitions)

    def routes(self) -> list[web.RouteDef]:
        """What is read and what is done."""
        return [
            web.get("/api/dead", self.list),
            web.get("/api/dead/count", self.count),
            web.get("/api/dead/{letter}", self.show),
            web.post("/api/dead/{letter}/replay", self.replay),
            web.post("/api/dead/{letter}/drop", self.drop),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """How many there are, and the first of them, or those behind the letter `after`; nothing that anybody wrote."""
        _require_ops(request)
        try:
            # One more than is shown tells whether there are more.
            found = await self._letters.list(AT_ONCE + 1, request.query.get("after", ""))
        except PermanentError as error:
            raise Problem("malformed", detail=str(error)) from error
        shown, has_more = [_shown(letter) for letter in found[:AT_ONCE]], len(found) > AT_ONCE
        return answer({"count": await self._letters.count(), "letters": shown, "has_more": has_more})

    async def count(self, request: web.Request) -> web.Response:
        """How many there are: what a badge asks for again and again, and so without reading any."""
        _require_ops(request)
        return answer({"count": await self._letters.count()})

    async def show(self, request: web.Request) -> web.Response:
        """One letter with all that came."""
        _require_ops(request)
        letter = await self._letters.get(request.match_info["letter"])
        if letter is None:
            raise Problem("unknown_letter")
        log.info("dead_letter_read", letter=letter.id, agent=request[AGENT].id)
        return answer({**_shown(letter), "error": letter.error, "content": letter.readable()})

    async def replay(self, request: web.Request) -> web.Response:
        """204: it is back where it came from."""
        return await self._act(request, "replayed")

    async def drop(self, request: web.Request) -> web.Response:
        """204: it is gone for good."""
        return await self._act(request, "dropped")

    async def _act(self, request: web.Request, what: str) -> web.Response:
        _require_ops(request)
        await read(request, Nothing)
        name = request.match_info["letter"]
        try:
            done = await (self._letters.replay(name) if what == "replayed" else self._letters.drop(name))
        except PermanentError as error:
            raise Problem("cannot_replay", detail=str(error)) from error
        if not done:
            raise Problem("unknown_letter")
        log.info(f"dead_letter_{what}", letter=name, agent=request[AGENT].id)
        return web.Response(status=204)


def _require_ops(request: web.Request) -> None:
    if request[AGENT].role is not Role.OPS:
        raise Problem("not_found")


def _shown(letter: DeadLetter) -> Json:
    names = ("id", "kind", "at", "channel", "replays", "customer", "conversation")
    return {**{name: getattr(letter, name) for name in names}, "error": letter.cause}
