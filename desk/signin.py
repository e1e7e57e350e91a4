"""Signing in and out."""

import structlog
from aiohttp import web

from desk.access import Access
from desk.bodies import SignIn
from desk.body import read
from desk.passwords import Attempts, Passwords
from desk.problems import Problem
from desk.sessions import Sessions
from desk.settings import DeskSettings
from router.model.errors import StartError

log = structlog.get_logger()

SESSION_PATH = "/api/session"


class Door:
    """Lets users in by their password, and out."""

    def __init__(
        self, settings: DeskSettings, access: Access, sessions: Sessions, passwords: Passwords, attempts: Attempts
    ) -> None:
        self._lifetime = settings.session
        self._access = access
        self._sessions = sessions
        self._passwords = passwords
        self._attempts = attempts

    def routes(self) -> list[web.RouteDef]:
        """In and out."""
        return [web.post(SESSION_PATH, self.sign_in), web.delete(SESSION_PATH, self.sign_out)]

    async def sign_in(self, request: web.Request) -> web.Response:
        """204 and the cookie of a new session; the browser's former one ends."""
        self._access.require_own_page(request)
        wanted = await read(request, SignIn)
        await self._check(wanted, self._access.address(request))
        await self._sessions.close(self._access.session_of(request))
        response = web.Response(status=204)
        self._set_cookie(response, await self._sessions.open(wanted.user))
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        """204; the session is over, in this browser and for whoever copied its id."""
        await self._sessions.close(self._access.session_of(request))
        response = web.Response(status=204)
        self._set_cookie(response, "", is_over=True)
        return response

    async def _check(self, wanted: SignIn, address: str) -> None:
        await self._attempts.take(wanted.user, address)
        try:
            is_right = await self._passwords.is_right(wanted.user, wanted.password)
        except StartError as error:
            log.error("sign_in_unavailable", error=str(error))
            raise Problem("sign_in_unavailable") from error
        if not is_right:
            log.warning("sign_in_refused")
            raise Problem("wrong_password")
        await self._attempts.give_back(wanted.user, address)

    def _set_cookie(self, response: web.Response, value: str, *, is_over: bool = False) -> None:
        response.set_cookie(
            self._access.cookie,
            value,
            max_age=0 if is_over else int(self._lifetime.total_seconds()),
            path="/",
            httponly=True,
            secure=self._access.is_secure,
            samesite="Lax",
        )
