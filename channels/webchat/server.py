"""The chat's web server: the socket that pages speak on, the widget that they load, and a page that shows it."""

import asyncio
import ipaddress
import random
from urllib.parse import urlsplit

import structlog
from aiohttp import WSCloseCode, WSMsgType, web
from redis.exceptions import RedisError

from channels.webchat.assets import Assets
from channels.webchat.client import Client, Line
from channels.webchat.dialogue import Dialogue
from channels.webchat.frames import BadFrame, Complaint, Hello, frame_bytes, written
from channels.webchat.limits import Doors, address_of
from channels.webchat.settings import WebchatSettings
from router.model.errors import StartError
from router.store.tasks import end_task

log = structlog.get_logger()

HELLO_SECONDS = 5.0
REQUEST_SECONDS = 10.0
HEARTBEAT_SECONDS = 30.0
GOODBYE_SECONDS = 2.0
# A frame over the limit is answered in words; one that is this many times as large costs the connection.
HARD_LIMIT = 4
PAGES_OF_ONE = 20
REFUSED_NOTED = 100
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class ChatServer:
    """Serves until `stop`; may be started again."""

    def __init__(self, settings: WebchatSettings, dialogue: Dialogue) -> None:
        self._settings = settings
        self._dialogue = dialogue
        self._assets = Assets()
        self._proxies = [ipaddress.ip_network(each) for each in settings.proxies]
        self._doors = Doors(settings.sockets_per_address)
        self._sockets: set[web.WebSocketResponse] = set()
        self._refused: set[str] = set()
        self._is_full_noted = False
        self._runner: web.AppRunner | None = None
        self._origins: frozenset[str] = frozenset()
        self.url = settings.url

    async def start(self) -> None:
        """Listen. Raises StartError with what to do where that can't be."""
        app = web.Application()
        app.router.add_get("/chat", self._chat)
        app.on_response_prepare.append(_say_less)
        self._assets.add_routes(app)
        # The keep-alive is also the deadline for a whole request: a head that trickles in is cut off.
        self._runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=REQUEST_SECONDS, shutdown_timeout=GOODBYE_SECONDS
        )
        await self._runner.setup()
        listen = self._settings.listen
        try:
            await web.TCPSite(self._runner, listen.host, listen.port, backlog=1024).start()
        except OSError as error:
            await self._runner.cleanup()
            raise StartError(
                f"the web chat can't listen on {listen} ({error.strerror}): end what uses that port, "
                "or choose another in `channels.webchat.listen`"
            ) from error
        self.url = self._settings.public_url or f"http://{self._bound()}"
        self._assets.url = self.url
        self._origins = frozenset([*self._settings.origins, *_own_origins(self.url)])

    async def stop(self) -> None:
        """Close every socket (pages come again) and stop listening."""
        if self._runner is None:
            return
        for site in list(self._runner.sites):
            await site.stop()
        going = [asyncio.create_task(_close(each, WSCloseCode.GOING_AWAY, "back soon")) for each in self._sockets]
        if going:
            await asyncio.wait(going, timeout=GOODBYE_SECONDS)
        await self._runner.cleanup()
        self._runner = None

    def _bound(self) -> str:
        host, port = self._runner.addresses[0][:2] if self._runner else (self._settings.listen.host, 0)
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin", "").lower()
        if origin not in self._origins:
            self._note_refused(origin)
            raise web.HTTPForbidden(
                text="this page may not open the chat: its origin is not in channels.webchat.origins\n"
            )
        address = address_of(request.remote, request.headers, self._proxies)
        if not self._doors.enter(address, asyncio.get_running_loop().time()):
            self._note_full()
            raise web.HTTPTooManyRequests(text="too many pages from this address\n", headers={"Retry-After": "30"})
        try:
            return await self._serve(request, address)
        finally:
            self._doors.leave(address)

    def _note_refused(self, origin: str) -> None:
        """Say it once: a page of the company's own that was forgotten is to be seen, a storm is not."""
        if origin not in self._refused and len(self._refused) < REFUSED_NOTED:
            self._refused.add(origin)
            log.warning("origin_refused", origin=origin[:100], hint="is it yours? name it in channels.webchat.origins")

    def _note_full(self) -> None:
        """Say it once: behind a proxy that is not named, all visitors seem to be one."""
        if not self._is_full_noted:
            self._is_full_noted = True
            log.warning("address_full", hint="if that is a proxy of yours, name it in channels.webchat.proxies")

    async def _serve(self, request: web.Request, address: str) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(
            compress=False,
            # Not all at once: after a restart all pages come back in the same second.
            heartbeat=HEARTBEAT_SECONDS * random.uniform(0.9, 1.1),
            max_msg_size=HARD_LIMIT * frame_bytes(self._settings.max_length),
            timeout=GOODBYE_SECONDS,
        )
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await self._talk(Line(socket, request.transport, address))
        except ConnectionError:
            # The page has gone; what it did not hear waits in its transcript.
            log.debug("page_gone")
        finally:
            self._sockets.discard(socket)
        return socket

    async def _talk(self, line: Line) -> None:
        hello = await self._first_frame(line)
        if hello is None:
            return
        try:
            admitted = await self._dialogue.admit(hello)
            if self._dialogue.pages_of(admitted.visitor) >= PAGES_OF_ONE:
                await _close(line.socket, WSCloseCode.POLICY_VIOLATION, "too many pages")
                return
            client = await self._dialogue.welcome(line, hello, admitted)
        except (TimeoutError, ConnectionError):
            # The page does not take its welcome, or has gone; redis' errors of these names are others.
            line.cut()
            return
        except (RedisError, OSError) as error:
            log.warning("visitor_put_off", error=type(error).__name__, hint="the store is away; the page comes again")
            await _close(line.socket, WSCloseCode.TRY_AGAIN_LATER, "later")
            return
        writing = asyncio.create_task(client.write())
        try:
            await self._listen(client)
        finally:
            await end_task(writing)
            await self._dialogue.farewell(client)

    async def _first_frame(self, line: Line) -> Hello | None:
        """The page's `hello`; None once the line is closed because something else, or nothing, came."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                message = await line.socket.receive()
        except TimeoutError:
            await _close(line.socket, WSCloseCode.POLICY_VIOLATION, "nothing said")
            return None
        if message.type is WSMsgType.TEXT:
            complaint = Complaint("no_hello", "the first frame is `hello`")
            try:
                frame = self._dialogue.read(message.data)
            except BadFrame as error:
                complaint = error.complaint
            else:
                if isinstance(frame, Hello):
                    return frame
            await line.socket.send_str(written(complaint))
        await _close(line.socket, WSCloseCode.POLICY_VIOLATION, "no hello")
        return None

    async def _listen(self, client: Client) -> None:
        loop = asyncio.get_running_loop()
        async for message in client.line.socket:
            if client.is_flooding(loop.time()):
                await _close(client.line.socket, WSCloseCode.POLICY_VIOLATION, "too fast")
                return
            if message.type is WSMsgType.TEXT:
                await self._dialogue.hear(client, message.data)
            elif message.type is WSMsgType.BINARY:
                client.tell(Complaint("binary", "frames are text: one JSON object each"))


async def _say_less(_: web.Request, response: web.StreamResponse) -> None:
    """Which versions run here is nobody's business."""
    response.headers["Server"] = "Hilo"


async def _close(socket: web.WebSocketResponse, code: WSCloseCode, why: str) -> None:
    await socket.close(code=code, message=why.encode())


def _own_origins(url: str) -> list[str]:
    """The origin of the chat's own page, under each of its names where that is this machine."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    name = parts.netloc.rpartition("@")[2].removesuffix(f":{parts.port}")
    return [origin, *(origin.replace(name, other) for other in LOOPBACK)] if name in LOOPBACK else [origin]
