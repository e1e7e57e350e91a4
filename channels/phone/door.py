"""The door for exchanges of any make: who a caller is, whom they go to, and what became of it.

`POST /channels/phone/incoming` with `{"call", "caller", "called"}`, and `POST /channels/phone/incoming/{call}` with
`{"status", "agent", "seconds"}`. Who posts shows the token (`Authorization: Bearer …`), or Twilio's signature.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol, runtime_checkable

import msgspec
import structlog
from aiohttp import web
from redis.exceptions import RedisError

from channels.phone.numbers import number_of, withheld
from channels.phone.provider import Answer, Incoming, IncomingReport, Provider
from channels.phone.reception import Reception
from channels.phone.server import PhoneServer
from channels.phone.settings import PhoneSettings
from channels.services import Services
from router.model.call import CallReport, CallStatus
from router.model.errors import HiloError, PermanentError, StartError
from router.model.ids import AgentId, MessageId
from router.store.open_calls import OpenCalls

log = structlog.get_logger()

BAD, FORBIDDEN, UNKNOWN, AWAY = 400, 403, 404, 503
BEARER = "Bearer "
CallId = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9._:@-]+$")]
# What an exchange may say became of a call that it asked us about.
TOLD = frozenset({CallStatus.TALKING, CallStatus.ENDED, CallStatus.DROPPED, CallStatus.NO_ANSWER})


class Rings(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody rings: `caller` is empty, or null, where no number is shown."""

    call: CallId
    caller: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    called: Annotated[str, msgspec.Meta(max_length=80)] = ""


class Became(msgspec.Struct, forbid_unknown_fields=True):
    """What became of it: `talking` names the `agent` who took it, `ended` how many `seconds` it took."""

    status: CallStatus
    agent: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    seconds: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None


@runtime_checkable
class Signs(Protocol):
    """A provider that signs what it posts."""

    async def is_ours(self, request: web.Request, body: bytes) -> bool:
        """Whether it signed `request` with that `body`."""


class IncomingDoor:
    """Answers exchanges that ask for a caller's conversation and agent."""

    def __init__(
        self,
        settings: PhoneSettings,
        services: Services,
        reception: Reception,
        calls: OpenCalls,
        report: Callable[[IncomingReport], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._services = services
        self._reception = reception
        self._calls = calls
        self._report = report
        self._signs: Signs | None = None
        self._is_doubted = False

    def open(self, server: PhoneServer, provider: Provider) -> None:
        """Answer on the channel's port, where anybody could prove who they are."""
        self._signs = provider if isinstance(provider, Signs) else None
        if self._settings.incoming or self._signs:
            server.add_post("/incoming", self._rings)
            server.add_post("/incoming/{call}", self._became)

    async def _rings(self, request: web.Request) -> web.Response:
        body = await request.read()
        if refusal := await self._refusal(request, body):
            return refusal
        try:
            told = msgspec.json.decode(body, type=Rings)
        except msgspec.DecodeError as error:
            return _bad(error)
        caller = number_of(told.caller or "", self._settings.region)
        now = self._services.clock.now()
        return await _held(lambda: self._answered(Incoming(told.call, caller, told.called, now)))

    async def _answered(self, call: Incoming) -> web.Response:
        known = await self._calls.of(MessageId(call.call))
        if known and known.order:
            # What is known of a call of ours is not to be written over by whoever rings.
            return web.json_response({"error": "a call that Hilo makes has that id"}, status=BAD)
        answer = await self._reception.incoming(call)
        return web.json_response(self._shown(answer))

    async def _became(self, request: web.Request) -> web.Response:
        body = await request.read()
        if refusal := await self._refusal(request, body):
            return refusal
        try:
            told = msgspec.json.decode(body, type=Became)
            call = msgspec.convert(request.match_info["call"], CallId)
        except msgspec.DecodeError as error:
            return _bad(error)
        if told.status not in TOLD:
            return web.json_response({"error": f"status is one of {', '.join(sorted(TOLD))}"}, status=BAD)
        return await _held(lambda: self._reported(MessageId(call), told))

    async def _reported(self, call: MessageId, told: Became) -> web.Response:
        known = await self._calls.of(call)
        if known is None or known.order is not None:
            # Or it is over already, as somebody told.
            return web.json_response({"error": "no such call is under way"}, status=UNKNOWN)
        caller = known.caller or withheld(call)
        agent = AgentId(told.agent) if told.agent else known.agent
        now = self._services.clock.now()
        name = known.agent_name if agent == known.agent else ""
        report = CallReport(call, told.status, now, call, told.seconds, agent=agent, agent_name=name)
        if told.status is CallStatus.TALKING:
            await self._calls.accepted(known, now)
        await self._report(IncomingReport(f"{call} {told.status}", report, caller))
        return web.json_response({})

    def _shown(self, answer: Answer) -> dict[str, Any]:
        owner = next((team for name, team in self._services.teams.items() if name == answer.team), None)
        return {
            "conversation": answer.conversation,
            "owner": {"id": owner.id, "name": owner.name} if owner else None,
            "agent": {"id": answer.agent, "name": answer.agent_name} if answer.agent else None,
            "device": _written(answer),
            "language": answer.language,
        }

    async def _refusal(self, request: web.Request, body: bytes) -> web.Response | None:
        """403 for who shows neither the token nor a signature; whatever can't be proved is not."""
        try:
            if self._shows_token(request) or (self._signs and await self._signs.is_ours(request, body)):
                self._is_doubted = False
                return None
        except StartError as error:
            log.error("exchange_without_token", error=str(error))
            return web.Response(status=AWAY)
        if not self._is_doubted:
            log.warning("exchange_unproved", hint="somebody else calls the address, or the token is not the one set")
        self._is_doubted = True
        return web.Response(status=FORBIDDEN)

    def _shows_token(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        if self._settings.incoming is None or not given.startswith(BEARER):
            return False
        token = self._settings.incoming.token.reveal().encode()
        return hmac.compare_digest(given.removeprefix(BEARER).encode("utf-8", "replace"), token)


async def _held(act: Callable[[], Awaitable[web.Response]]) -> web.Response:
    """The answer; 503 where it can't be held now: the exchange goes on without us, or asks again."""
    try:
        return await act()
    except PermanentError as error:
        return web.json_response({"error": str(error)}, status=BAD)
    except (HiloError, RedisError, OSError) as error:
        log.warning("incoming_call_refused", error=str(error), hint="the exchange sends it where it does without us")
        return web.json_response({"error": "the store is away: try again in a moment"}, status=AWAY)


def _bad(error: Exception) -> web.Response:
    return web.json_response({"error": str(error)}, status=BAD)


def _written(answer: Answer) -> str | None:
    if answer.device is None:
        return None
    return answer.device.address if answer.device.kind == "phone" else str(answer.device)
