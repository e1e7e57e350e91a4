"""The desk: the teams' side of Hilo, served over HTTP."""

from collections.abc import Iterable

from aiohttp import web

from desk.services import Services
from desk.settings import DeskSettings
from router.model.errors import StartError


class Desk:
    """Serves pages, API and feed; what it is told to do becomes an event like any other."""

    def __init__(
        self,
        settings: DeskSettings,
        services: Services,
        *,
        sandbox_url: str = "",
        routes: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        self._settings = settings
        self._services = services
        self._sandbox_url = sandbox_url
        self._application = web.Application()
        self._application.add_routes(routes)
        self._runner = web.AppRunner(self._application, access_log=None)

    @property
    def url(self) -> str:
        """Where the teams reach the desk; after `start` with the port that was really taken."""
        return self._settings.url

    async def start(self) -> None:
        """Serve. Raises StartError on a port in use."""
        await self._runner.setup()
        listen = self._settings.listen
        try:
            await web.TCPSite(self._runner, listen.host, listen.port).start()
        except OSError as error:
            raise StartError(f"the desk can't listen on {listen}: {error.strerror}") from error

    async def stop(self) -> None:
        """Take nothing new, let what is under way come to its end, close."""
        await self._runner.cleanup()
