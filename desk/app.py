"""The desk: the teams' side of Hilo, served over HTTP."""

import errno
from collections.abc import Iterable

from aiohttp import web

from desk.access import Access
from desk.api import Reading
from desk.assets import Assets
from desk.attendance import Attendance
from desk.body import BODY_LIMIT
from desk.commands import Commands
from desk.dead import DeadDesk
from desk.facts import FactKindsReading
from desk.files import FileDesk
from desk.guard_counts import GuardReading
from desk.guards import DEADLINE_SECONDS, add_headers, http_log, in_plain_words, in_time, known, told
from desk.hub import Hub
from desk.news import Reporter
from desk.outcomes import Outcomes
from desk.passwords import Attempts, Passwords
from desk.phone import PhoneDesk
from desk.rules_news import RulesReading
from desk.services import Services
from desk.sessions import Sessions
from desk.settings import DeskSettings
from desk.signin import Door
from desk.stream import Stream
from desk.tokens import Tokens
from desk.view import View
from router.model.errors import StartError
from router.model.units import Endpoint
from router.store.presence import Presence
from router.store.readers import Readers
from router.store.rules_status import RulesBoard
from router.store.shifts import Shifts

# The time for a request's head: to the HTTP library a connection without a whole head is idle, however much of it came.
IDLE_SECONDS = 10.0
# How long the rest of a body is waited for whose request is answered already.
LINGER_SECONDS = 2.0
LINE_BYTES = 8190
REASONS = {
    errno.EADDRINUSE: "another program listens there; stop it, or choose another port at desk.listen",
    errno.EACCES: "this user may not listen there; choose a port above 1023 at desk.listen",
    errno.EADDRNOTAVAIL: "this machine does not have that address; correct desk.listen",
}


class Desk:
    """Serves pages, API and feed; what it is told to do becomes an event like any other.

    `sandbox_url` is where `/sandbox` leads, if there is one; `routes` are further ones, open to whoever reaches the
    desk (metrics, health).
    """

    def __init__(
        self,
        settings: DeskSettings,
        services: Services,
        *,
        sandbox_url: str = "",
        routes: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        self._settings = settings
        view = View(services.teams, services.users, services.finder)
        reporter = Reporter(services.records, view)
        outcomes = Outcomes(services.connection, services.records)
        board = RulesBoard(services.connection)
        self._hub = Hub(
            services.feed, Readers(services.connection, services.clock), services.live, board, reporter, outcomes.tell
        )
        sessions = Sessions(services.connection, settings.session)
        tokens = Tokens(services.connection, services.clock)
        access = Access(settings, services.users, sessions, tokens)
        door = Door(settings, access, sessions, Passwords(services.users), Attempts(services.connection))
        parts = (
            Reading(services, view),
            RulesReading(board),
            FactKindsReading(services),
            GuardReading(services),
            PhoneDesk(services, view),
            DeadDesk(services),
            Commands(services, view, outcomes),
            FileDesk(services),
            Stream(
                self._hub,
                services.feed,
                reporter,
                access,
                Attendance(
                    Presence(services.connection, services.clock),
                    Shifts(services.connection, services.clock),
                    services.phone_provider,
                ),
            ),
            door,
            Assets(),
        )
        self._application = _application(access)
        for part in parts:
            self._application.add_routes(part.routes())
        self._application.add_routes([*routes, *_to_sandbox(sandbox_url)])
        self._application.on_shutdown.append(self._let_readers_go)
        self._runner = _runner(self._application)

    @property
    def url(self) -> str:
        """Where the teams reach the desk; once it runs, with the port that the system chose where none was named."""
        listen = self._settings.listen
        if self._settings.public_url or listen.port or not self._runner.addresses:
            return self._settings.url
        return f"http://{Endpoint(listen.host, self._runner.addresses[0][1])}"

    async def start(self) -> None:
        """Serve. Raises StartError on a port in use."""
        await self._runner.setup()
        listen = self._settings.listen
        try:
            await web.TCPSite(self._runner, listen.host, listen.port).start()
        except OSError as error:
            await self._runner.cleanup()
            reason = REASONS.get(error.errno or 0, error.strerror or str(error))
            raise StartError(f"the desk can't listen on {listen}: {reason}") from error
        self._hub.start()

    async def stop(self) -> None:
        """Take nothing new, end the feeds, let what is under way come to its end, close."""
        await self._runner.cleanup()
        await self._hub.stop()

    async def _let_readers_go(self, _application: web.Application) -> None:
        self._hub.end_readers()


def _application(access: Access) -> web.Application:
    application = web.Application(
        middlewares=[told, in_plain_words, in_time, known(access)], client_max_size=BODY_LIMIT
    )
    application.on_response_prepare.append(add_headers)
    return application


def _runner(application: web.Application) -> web.AppRunner:
    # What is under way may take its time, and a little more for the answer to leave.
    return web.AppRunner(
        application,
        access_log=None,
        shutdown_timeout=DEADLINE_SECONDS + 1,
        keepalive_timeout=IDLE_SECONDS,
        lingering_time=LINGER_SECONDS,
        logger=http_log,
        max_line_size=LINE_BYTES,
        max_field_size=LINE_BYTES,
    )


def _to_sandbox(url: str) -> list[web.RouteDef]:
    async def sandbox(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": url})

    return [web.get("/sandbox", sandbox)] if url else []
