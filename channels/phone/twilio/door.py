"""What Twilio posts to us: proved to come from Twilio, bounded, and answered once it is safe."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from redis.exceptions import RedisError

from channels.phone.server import PhoneServer
from channels.phone.settings import TwilioSettings
from channels.phone.twilio.addresses import HERE, About, Addresses
from channels.phone.twilio.signature import HEADER, is_body_signed, is_signed
from router.model.errors import HiloError, PermanentError, StartError
from router.model.ids import ConversationId, MessageId

log = structlog.get_logger()

FORBIDDEN, AWAY = 403, 503
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Told:
    """One request of Twilio's: its form, and what the address says it is about."""

    form: Mapping[str, str]
    query: Mapping[str, str]

    @property
    def about(self) -> About | None:
        """The order that the address names, if it does."""
        order, conversation = self.query.get("o", ""), self.query.get("c", "")
        return About(MessageId(order), ConversationId(conversation)) if order and conversation else None

    @property
    def call(self) -> str:
        """The SID of the call that it is about."""
        return self.form.get("CallSid", "")

    @property
    def parent(self) -> str:
        """The SID of the call that this one was dialled from, or its own."""
        return self.form.get("ParentCallSid", "") or self.call


# Answers with TwiML, or with nothing to say.
Handler = Callable[[Told], Awaitable[str | None]]


class Door:
    """Routes for Twilio on the channel's port."""

    def __init__(self, settings: TwilioSettings, addresses: Addresses, server: PhoneServer) -> None:
        self._settings = settings
        self._addresses = addresses
        self._server = server
        self._is_doubted = False

    def add(self, name: str, handler: Handler) -> None:
        """Let `handler` answer what comes to the address `name`."""

        async def answered(request: web.Request) -> web.Response:
            told = await self._proved(request)
            if isinstance(told, web.Response):
                return told
            return await _answer(handler, told)

        self._server.add_post(f"{HERE}{name}", answered)

    async def is_ours(self, request: web.Request, body: bytes) -> bool:
        """Whether `request` with a `body` that is no form was signed for this account."""
        try:
            token, url = self._settings.auth_token.reveal(), self._addresses.called(request.path_qs)
            return is_body_signed(token, url, body, request.headers.get(HEADER, ""))
        except Exception:
            log.exception("webhook_of_twilio_unreadable", hint="refused, as whatever can't be proved")
            return False

    async def _proved(self, request: web.Request) -> Told | web.Response:
        """What was told; 403 for what Twilio did not sign, whatever the reason."""
        try:
            token = self._settings.auth_token.reveal()
        except StartError as error:
            log.error("webhook_of_twilio_without_key", error=str(error))
            return web.Response(status=AWAY)
        try:
            body = await request.read()
            told = self._read(token, request, body)
        except web.HTTPException:
            raise
        except Exception:
            log.exception("webhook_of_twilio_unreadable", hint="refused, as whatever can't be proved")
            return web.Response(status=FORBIDDEN)
        if told is None:
            self._doubt()
            return web.Response(status=FORBIDDEN)
        self._is_doubted = False
        return told

    def _read(self, token: str, request: web.Request, body: bytes) -> Told | None:
        """What Twilio said; None for what it did not sign, or not of this account."""
        if request.content_type != FORM:
            return None
        form = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=200)
        query = parse_qsl(request.url.raw_query_string, keep_blank_values=True)
        url = self._addresses.called(request.path_qs)
        if not is_signed(token, url, form, request.headers.get(HEADER, "")):
            return None
        told = Told(dict(form), dict(query))
        return told if told.form.get("AccountSid") == self._settings.account_sid else None

    def _doubt(self) -> None:
        """Told once until Twilio is heard again: whoever calls a public address must not fill the log."""
        if not self._is_doubted:
            hint = "somebody else calls the address, the token changed, or channels.phone.twilio.public_url is not it"
            log.warning("webhook_of_twilio_unsigned", hint=hint)
        self._is_doubted = True


async def _answer(handler: Handler, told: Told) -> web.Response:
    """The answer once it is safe; 503 asks Twilio to come again, and nothing asks that of what can never be taken."""
    try:
        twiml = await handler(told)
    except PermanentError as error:
        log.warning("webhook_of_twilio_left", call=told.call, error=str(error))
        return web.Response(status=204)
    except (HiloError, RedisError, OSError) as error:
        log.warning("webhook_of_twilio_refused", call=told.call, error=str(error), hint="Twilio comes again")
        return web.Response(status=AWAY)
    return web.Response(text=twiml, content_type="application/xml") if twiml else web.Response(status=204)
