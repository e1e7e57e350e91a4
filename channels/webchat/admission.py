"""Who comes in: the visitor whom a token stands for, a new one, and who they are by the company's site's word.

A visitor whom the site has signed once is nobody's any more without its word: neither a token that was carried off, nor
who sits down at the same browser after them, gets into their story.
"""

import asyncio
from dataclasses import dataclass, replace

from channels.services import Services
from channels.webchat.client import STORE_SECONDS
from channels.webchat.frames import Complaint, Hello
from channels.webchat.normalise import Unusable
from channels.webchat.settings import WebchatSettings
from channels.webchat.signed import Signed, is_over, signed
from channels.webchat.visitor import is_fresh, new_token, visitor_of
from router.store.visitors import subject_name

NOT_ASKED = "this chat knows no signed visitors: set channels.webchat.identity"
USED = "somebody else came with this token before, or its time is over: make a new one with each page"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A visitor who said who they are; `token` is set where they are new, `complaint` says why they are not `signed`.

    `is_first_signed` says that until now nothing was known of who they are.
    """

    visitor: str
    token: str = ""
    signed: Signed | None = None
    is_first_signed: bool = False
    complaint: Complaint | None = None


class Admission:
    """Lets visitors in."""

    def __init__(self, settings: WebchatSettings, services: Services) -> None:
        self._secrets = settings.identity.secrets if settings.identity else ()
        self._services = services

    async def admit(self, hello: Hello) -> Admitted:
        """Who says `hello`: who the token stands for, or a new visitor. Raises redis' errors."""
        async with asyncio.timeout(STORE_SECONDS):
            visitor = await self._known(hello.token)
            try:
                claimed = self._signed(hello)
            except Unusable as bad:
                return await self._unsigned(visitor, Complaint(bad.code, bad.detail))
            return await self._as(claimed, visitor) if claimed else await self._unsigned(visitor)

    async def is_signed(self, visitor: str) -> bool:
        """Whether nobody is let in as `visitor` any more without the site's word. Raises redis' errors."""
        return bool(await self._services.visitors.name_of(visitor))

    async def _known(self, token: str) -> str:
        """The visitor with `token`, or nothing where it is none that is good."""
        visitor = visitor_of(token) or ""
        if not visitor or is_fresh(token, self._services.secret, self._services.clock.now()):
            return visitor
        return visitor if await self._services.transcripts.exists(visitor) else ""

    def _signed(self, hello: Hello) -> Signed | None:
        if not hello.identity:
            return None
        if not self._secrets:
            raise Unusable("bad_identity", NOT_ASKED)
        return signed(hello.identity, self._secrets, self._services.clock.now())

    async def _unsigned(self, visitor: str, complaint: Complaint | None = None) -> Admitted:
        """Nobody vouches: who was signed before is not let in as that visitor."""
        is_theirs = visitor and not await self.is_signed(visitor)
        admitted = Admitted(visitor) if is_theirs else self._new()
        return replace(admitted, complaint=complaint)

    async def _as(self, claimed: Signed, visitor: str) -> Admitted:
        """`visitor`, or a new one where they are known to be another, as the site says who they are."""
        visitors, now = self._services.visitors, self._services.clock.now()
        known = await visitors.name_of(visitor) if visitor else ""
        is_another = not visitor or known not in ("", subject_name(claimed.subject))
        admitted = self._new() if is_another else Admitted(visitor)
        if not await visitors.brings(admitted.visitor, claimed.token, claimed.expires_at, now, is_over(claimed, now)):
            return await self._unsigned(visitor, Complaint("bad_identity", USED))
        if not await visitors.bind(admitted.visitor, claimed.subject):
            # Another page of the same browser was a moment before, as somebody else.
            return await self._unsigned("", Complaint("bad_identity", USED))
        return replace(admitted, signed=claimed, is_first_signed=is_another or not known)

    def _new(self) -> Admitted:
        token = new_token(self._services.secret, self._services.clock.now())
        return Admitted(visitor_of(token) or "", token)
