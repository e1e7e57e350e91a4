"""Commands: each is an event like any other; its author waits for what becomes of it, up to two seconds."""

import hmac
import re
import secrets

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec.structs import replace
from redis.exceptions import RedisError

from desk.access import AGENT
from desk.api import answer, existing, may_see, visible
from desk.bodies import COMMANDS, Reply
from desk.body import CommandBody, Nothing, read
from desk.call_view import is_hidden, unsaid
from desk.facts import require_known_kind
from desk.outcomes import Outcomes
from desk.phone import CallDoor
from desk.problems import Problem
from desk.services import Services
from desk.stories import Stories
from desk.uploads import Uploads
from desk.view import View, findings
from desk.ways import ways
from router.model.conversation import Conversation
from router.model.decision import Outcome, OutcomeKind
from router.model.event import CodeAsked, Command, ReplyWritten
from router.model.ids import ConversationId, partition_of
from router.model.team import Agent
from router.store import keys
from router.store.inbox import KeyReused
from router.store.live import Live, LiveKind
from router.store.shifts import Shifts

log = structlog.get_logger()

EVENT = re.compile(r"e-([0-9]{2})-([0-9a-f]{40})", re.ASCII)
REVISION = re.compile(r'(?:W/)?"([0-9]{1,15})"', re.ASCII)
KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?")
STATUSES = {"unknown_team": 422}


class Commands:
    """Takes commands and tells what became of them."""

    def __init__(self, services: Services, view: View, outcomes: Outcomes) -> None:
        self._clock = services.clock
        self._finder = services.finder
        self._inbox = services.inbox
        self._records = services.records
        self._stories = Stories(services.records, services.archive)
        self._uploads = Uploads(services, self._stories)
        self._live = services.live
        self._secret = services.secret
        self._view = view
        self._outcomes = outcomes
        self._calls = CallDoor(services, Shifts(services.connection, services.clock))

    def routes(self) -> list[web.RouteDef]:
        """A route for each command, and one for the events that took longer."""
        given = [web.post(f"/api/conversations/{{id}}/{name}", self._taking(kind)) for name, kind in COMMANDS.items()]
        return [
            *given,
            web.post("/api/conversations/{id}/typing", self.typing),
            web.get("/api/events/{event}", self.event),
        ]

    async def typing(self, request: web.Request) -> web.Response:
        """204; whoever has the conversation open is told that the agent writes."""
        await read(request, Nothing)
        conversation = await visible(self._stories, request)
        await self._live.tell(Live(LiveKind.TYPING, conversation.id, is_customer=False, name=request[AGENT].name))
        return web.Response(status=204)

    async def event(self, request: web.Request) -> web.Response:
        """What became of a command that its author gave before."""
        found = EVENT.fullmatch(request.match_info["event"])
        if found is None:
            raise Problem("unknown_event")
        key = _key(request[AGENT], found[2])
        is_known, outcome = await self._outcomes.look(int(found[1]), key)
        if not is_known:
            raise Problem("unknown_event")
        return await self._answer(request, outcome, request.match_info["event"])

    def _taking(self, kind: type[CommandBody]) -> Handler:
        async def take(request: web.Request) -> web.Response:
            expected, name = _expected(request), _name(request)
            body = await read(request, kind)
            command = body.command(request[AGENT], self._clock.now())
            require_known_kind(command, self._finder)
            # Only what is there goes on: an id that was made up names a partition that nobody may be reading.
            conversation = await existing(self._stories, request)
            command = await self._calls.checked(command, conversation.id)
            if isinstance(command, CodeAsked):
                command = replace(command, code=self._code(name))
            if isinstance(command, ReplyWritten) and isinstance(body, Reply) and body.attachments:
                if not may_see(request[AGENT], conversation):
                    raise Problem("not_your_team")
                files = await self._uploads.chosen(body.attachments, request[AGENT], conversation.id)
                command = replace(command, attachments=files)
            return await self._take(request, command, conversation.id, name, expected)

        return take

    def _code(self, name: str) -> str:
        """The code of the event of that name: the same for the same one, and nothing that anybody could guess."""
        return f"{int.from_bytes(hmac.digest(self._secret, name.encode(), 'sha256')) % 1_000_000:06d}"

    async def _take(
        self, request: web.Request, command: Command, conversation: ConversationId, name: str, expected: int | None
    ) -> web.Response:
        partition, key = partition_of(conversation), _key(request[AGENT], name)
        event = f"e-{partition:02d}-{name}"
        with self._outcomes.expecting(key) as decided:
            try:
                is_new = await self._inbox.submit(command, conversation, key, expected)
            except KeyReused:
                raise Problem("key_reused") from None
            log.info("command_taken", kind=type(command).__name__, conversation=conversation, key=event, is_new=is_new)
            try:
                known = None if is_new else await self._records.outcome(partition, key)
                outcome = known or await self._outcomes.get(partition, key, decided)
                if outcome and outcome.kind is not OutcomeKind.DONE:
                    await self._calls.given_up(command)
                return await self._answer(request, outcome, event)
            except (RedisError, OSError):
                # The event is held durably; only what became of it can't be read now.
                return await self._answer(request, None, event)

    async def _answer(self, request: web.Request, outcome: Outcome | None, event: str) -> web.Response:
        """ANSWER: the conversation as it is now, or why nothing was done, or where to ask later."""
        if outcome is None:
            where = f"/api/events/{event}"
            return answer({"event": where}, status=202, headers={"Location": where, "Retry-After": "1"})
        found = await self._stories.conversation(outcome.conversation) if outcome.conversation else None
        shown = self._view.conversation(found) if found and may_see(request[AGENT], found) else None
        if outcome.kind is OutcomeKind.CONFLICT:
            raise Problem(outcome.reason, status=409, conversation=shown)
        if outcome.kind is OutcomeKind.REFUSED:
            if outcome.reason == "merged":
                raise Problem("merged", conversation=shown or {"id": outcome.conversation})
            reason = _gone(found, shown is not None) if outcome.reason == "unknown_conversation" else outcome.reason
            if outcome.found and found:
                customer = await self._records.customer(found.customer)
                told = unsaid(outcome) if is_hidden(found) else outcome
                raise Problem(reason, found=findings(told.found), offers=ways(told, found, customer))
            if outcome.earliest:
                # From when on the phone may ring that may not now.
                raise Problem(reason, earliest=outcome.earliest)
            raise Problem(reason, status=STATUSES.get(reason))
        # What a reply promises is told, so that it can be kept in mind.
        seen = {"found": findings(outcome.found)} if outcome.found else {}
        return answer({"conversation": shown, "revision": outcome.revision, **seen})


def _gone(found: Conversation | None, is_theirs: bool) -> str:
    """Why nothing was done to a conversation that was taken as there, and was not when it came to it: it is over."""
    return "not_your_team" if found and not is_theirs else "closed"


def _key(agent: Agent, name: str) -> str:
    """What the outcome is kept under: made of the author too, so that nobody can ask for another's events."""
    return keys.digest(agent.id, name)


def _name(request: web.Request) -> str:
    """The event's name: the same for the same Idempotency-Key on the same conversation, else a random one."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return secrets.token_hex(20)
    if not KEY.fullmatch(key):
        raise Problem("bad_idempotency_key")
    return keys.digest(request.match_info["id"], key)


def _expected(request: web.Request) -> int | None:
    """The revision that the command was made against, if the request says so (RFC 9110 section 13.1.1)."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    found = REVISION.fullmatch(header.strip())
    if found is None:
        raise Problem("bad_if_match")
    return int(found[1])
