"""The port that exchanges call: one for all of the channel, whoever provides the calls."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from channels.phone.settings import PhoneSettings
from router.model.errors import StartError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# What exchanges send is a form or a small object.
BODY_BYTES = 65_536
ROOT = "/channels/phone"
# Nobody has proved who they are yet: a head, or a body, that trickles in is cut off.
HEAD_SECONDS, BODY_SECONDS, LINGER_SECONDS = 10.0, 5.0, 1.0
TOO_SLOW = 408


class PhoneServer:
    """Listens while there is anything to listen for; may be started again."""

    def __init__(self, settings: PhoneSettings) -> None:
        self._settings = settings
        self._posts: dict[str, Handler] = {}
        self._runner: web.AppRunner | None = None
        self.port = 0

    def add_post(self, path: str, handler: Handler) -> None:
        """Let `handler` answer what is posted to `path` below `/channels/phone`."""
        self._posts[path] = handler

    async def start(self) -> None:
        """Listen. Raises StartError if the port can't be had."""
        if not self._posts:
            return
        app = web.Application(client_max_size=BODY_BYTES, middlewares=[_in_time])
        for path, handler in self._posts.items():
            app.router.add_post(f"{ROOT}{path}", handler)
        app.on_response_prepare.append(_say_less)
        listen = self._settings.listen
        # To the library a connection without a whole head is idle, however much of it came.
        runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=2.0,
            keepalive_timeout=HEAD_SECONDS,
            lingering_time=LINGER_SECONDS,
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, listen.host, listen.port).start()
        except OSError as error:
            await runner.cleanup()
            raise StartError(
                f"can't listen on {listen} for the telephone exchange ({error.strerror}): end the program that has the "
                "port, or set channels.phone.listen to another one"
            ) from error
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port."""
        runner, self._runner = self._runner, None
        if runner:
            await runner.cleanup()


@web.middleware
async def _in_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What `handler` answers once the whole body is here; 408 where it does not come."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            await request.read()
    except TimeoutError:
        return web.Response(status=TOO_SLOW, headers={"Connection": "close"})
    return await handler(request)


async def _say_less(_: web.Request, response: web.StreamResponse) -> None:
    """Which versions run here is nobody's business."""
    response.headers["Server"] = "Hilo"
