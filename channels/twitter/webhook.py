"""Where X delivers its events: proved to come from X, bounded, and no more than a reason to look."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from channels.twitter.hints import challenge_answer, is_signed
from channels.twitter.settings import TwitterSettings, WebhookSettings
from router.model.errors import StartError

log = structlog.get_logger()

BODY_BYTES = 1_000_000
SIGNATURE = "x-twitter-webhooks-signature"
OK, BAD, FORBIDDEN, AWAY = 200, 400, 403, 503


class Webhook:
    """Listens at the configured place; `told` gets each body that X has signed, and says whether it is safe."""

    def __init__(
        self, settings: TwitterSettings, webhook: WebhookSettings, told: Callable[[bytes], Awaitable[bool]]
    ) -> None:
        self._settings = settings
        self._webhook = webhook
        self._told = told
        self._runner: web.AppRunner | None = None
        self.port = 0
        self._is_doubted = False

    async def start(self) -> None:
        """Listen. Raises StartError if the port can't be had."""
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_get(self._webhook.path, self._challenge)
        app.router.add_post(self._webhook.path, self._event)
        listen = self._webhook.listen
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=2.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, listen.host, listen.port).start()
        except OSError as error:
            await runner.cleanup()
            raise StartError(
                f"can't listen on {listen} for X ({error.strerror}): end the program that has the port, or set "
                "channels.twitter.webhook.listen to another one"
            ) from error
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port."""
        runner, self._runner = self._runner, None
        if runner:
            await runner.cleanup()

    async def _challenge(self, request: web.Request) -> web.Response:
        """X asks, now and then, whether we know the app's secret."""
        secret = self._secret()
        if secret is None:
            return web.Response(status=AWAY)
        answer = challenge_answer(secret, request.query.get("crc_token", ""))
        return web.json_response({"response_token": answer}) if answer else web.Response(status=BAD)

    async def _event(self, request: web.Request) -> web.Response:
        secret = self._secret()
        if secret is None:
            return web.Response(status=AWAY)
        body = await request.read()
        if not is_signed(secret, body, request.headers.get(SIGNATURE, "")):
            self._doubt()
            return web.Response(status=FORBIDDEN)
        self._is_doubted = False
        return web.Response(status=OK if await self._told(body) else AWAY)

    def _doubt(self) -> None:
        """Told once until X is heard again: whoever calls a public address must not fill the log."""
        if not self._is_doubted:
            hint = "somebody else than X calls the address, or the app's key changed"
            log.warning("webhook_of_x_unsigned", hint=hint)
        self._is_doubted = True

    def _secret(self) -> str | None:
        try:
            return self._settings.consumer_secret.reveal()
        except StartError as error:
            log.error("webhook_of_x_without_key", error=str(error))
            return None
