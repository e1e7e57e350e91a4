"""Who is asking: by a token or by a session; and whether a browser's request comes from the desk's own page."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import web

from desk.problems import Problem
from desk.services import User
from desk.sessions import Sessions
from desk.settings import DeskSettings
from desk.tokens import Tokens
from router.model.team import Agent

AGENT = web.RequestKey("agent", Agent)
SAFE = ("GET", "HEAD", "OPTIONS")
BEARER = "bearer"


class Access:
    """Knows who is asking."""

    def __init__(self, settings: DeskSettings, users: Mapping[str, User], sessions: Sessions, tokens: Tokens) -> None:
        self._users = users
        self._sessions = sessions
        self._tokens = tokens
        self._public_url = settings.public_url or ""
        self.is_secure = self._public_url.startswith("https://")
        # The prefix makes browsers refuse the cookie unless it is Secure, of this very host, and for all of it.
        self.cookie = "__Host-hilo" if self.is_secure else "hilo"

    async def agent(self, request: web.Request) -> Agent:
        """Who is asking. Raises Problem if nobody is, or if another site's page makes their browser ask."""
        header = request.headers.get("Authorization")
        found = await (self._by_session(request) if header is None else self._by_token(header))
        if found is None:
            raise Problem("not_signed_in")
        # A token is sent on purpose; a cookie goes along with whatever a page makes the browser ask.
        if header is None and request.method not in SAFE:
            self.require_own_page(request)
        return found

    async def is_still(self, request: web.Request, agent: Agent) -> bool:
        """Whether who asked would be let in now as the same `agent`."""
        try:
            return await self.agent(request) == agent
        except Problem:
            return False

    def require_own_page(self, request: web.Request) -> None:
        """Raise Problem unless the browser says that the desk's own page sends this.

        Browsers send Origin with everything but plain GET, and the newer ones Sec-Fetch-Site; pages can forge neither.
        """
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        if site not in (None, "same-origin") or (origin is not None and not self._is_ours(request, origin)):
            raise Problem("cross_site")
        if site is None and origin is None:
            raise Problem("cross_site")

    def address(self, request: web.Request) -> str:
        """Where the request comes from, for limits: the peer, or what a proxy on this machine says of it.

        A proxy may add a line of its own to those that came; whatever it did, its word is the last.
        """
        peer = request.remote or ""
        lines = ", ".join(request.headers.getall("X-Forwarded-For", []))
        told = _without_port(lines.rpartition(",")[2].strip())
        return _network(told if _is_address(told) and self._public_url and _is_loopback(peer) else peer)

    def session_of(self, request: web.Request) -> str:
        """The id that the browser keeps, or nothing."""
        return request.cookies.get(self.cookie, "")

    def _is_ours(self, request: web.Request, origin: str) -> bool:
        """Whether `origin` is the desk's: what the browser asked for (Host), or the public address behind a proxy."""
        if self._public_url and origin == _origin(self._public_url):
            return True
        return origin in (f"http://{request.host}", f"https://{request.host}")

    async def _by_token(self, header: str) -> Agent | None:
        scheme, _, token = header.partition(" ")
        return await self._tokens.agent(token.strip()) if scheme.lower() == BEARER else None

    async def _by_session(self, request: web.Request) -> Agent | None:
        name = await self._sessions.user(self.session_of(request))
        user = self._users.get(name) if name else None
        return user.agent if user else None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _without_port(text: str) -> str:
    """The address in `192.0.2.7:4711` or `[2001:db8::1]:4711`, as some proxies tell it."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _network(address: str) -> str:
    """What counts as one address: a household has 2**64 of IPv6's."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    return str(ipaddress.ip_network(f"{known}/64", strict=False)) if known.version == 6 else str(known)
