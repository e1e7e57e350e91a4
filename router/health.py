"""`/metrics`, `/healthz` and `/readyz`: for machines that watch; metrics and reasons are for this machine alone."""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from router.model.errors import StartError
from router.model.units import Endpoint
from router.store.metrics import exposition

FROM_ELSEWHERE = "Metrics are told to this machine alone: ask for them here, on 127.0.0.1, and not through a proxy.\n"
Check = Callable[[], Awaitable[str]]
Remark = Callable[[], str]


def health_routes(is_ready: Check, remark: Remark = lambda: "") -> Sequence[web.RouteDef]:
    """The three routes; `is_ready` answers the reason why not, or nothing, and `remark` what else is to be known."""

    async def metrics(request: web.Request) -> web.Response:
        if not _is_from_here(request):
            return web.Response(status=403, text=FROM_ELSEWHERE)
        return web.Response(body=exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(request: web.Request) -> web.Response:
        reason = await is_ready()
        said = reason or "; ".join(filter(None, ("ready", remark())))
        if not _is_from_here(request):
            # The reason may name a server or a folder.
            said = "not ready" if reason else "ready"
        return web.Response(text=f"{said}\n", status=503 if reason else 200)

    return [web.get("/metrics", metrics), web.get("/healthz", healthz), web.get("/readyz", readyz)]


def _is_from_here(request: web.Request) -> bool:
    """Whether a program on this machine asks by itself, rather than for somebody behind a proxy."""
    try:
        is_near = ip_address(request.remote or "").is_loopback
    except ValueError:
        is_near = False
    return is_near and "X-Forwarded-For" not in request.headers and "Forwarded" not in request.headers


class HealthServer:
    """The three routes alone, for a process that serves nothing else."""

    def __init__(self, listen: Endpoint, is_ready: Check, remark: Remark = lambda: "") -> None:
        self._listen = listen
        app = web.Application()
        app.add_routes(health_routes(is_ready, remark))
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self) -> None:
        """Serve. Raises StartError on a port in use."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._listen.host, self._listen.port).start()
        except OSError as error:
            raise StartError(
                f"{self._listen} can't be listened on: {error.strerror}. Choose another with --listen."
            ) from error

    async def stop(self) -> None:
        """Stop serving."""
        await self._runner.cleanup()
