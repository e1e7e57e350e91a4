"""Tokens: what a script signs in with. Each is shown once, when it is made; only its digest is kept."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from router.model.clock import Clock
from router.model.errors import PermanentError
from router.model.ids import AgentId, TeamId
from router.model.team import Agent, Role
from router.store import keys, wire
from router.store.connection import Connection

PREFIX = "hilo_"
SECRET_BYTES = 24
NAME = re.compile("[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token: whose name its acts bear, and what they may be."""

    name: str
    teams: tuple[TeamId, ...]
    role: Role
    created_at: datetime

    @property
    def agent(self) -> Agent:
        """Who acts with it; no user's id has a colon, so a token never passes for a person."""
        return Agent(AgentId(f"token:{self.name}"), self.name, frozenset(self.teams), self.role)


@dataclass(frozen=True, slots=True)
class _Kept:
    token: Token
    digest: str


class Tokens:
    """Makes, lists and revokes tokens, and knows them when they come."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._redis = connection.commands
        self._clock = clock

    async def create(self, name: str, teams: Iterable[TeamId], role: Role = Role.AGENT) -> str:
        """The new token's text, which nobody can read again. Raises PermanentError on a name that is taken or wrong."""
        if not NAME.fullmatch(name):
            raise PermanentError(f"{name[:60]!r} can't be a token's name: small letters, digits and `-`, 40 at most")
        secret = secrets.token_hex(SECRET_BYTES)
        kept = _Kept(Token(name, tuple(sorted(set(teams))), role, self._clock.now()), _digest(secret))
        if not await self._redis.hsetnx(keys.TOKENS, name, wire.encode(kept)):
            raise PermanentError(f"there is a token {name!r} already: revoke it first, or choose another name")
        return f"{PREFIX}{name}_{secret}"

    async def list(self) -> list[Token]:
        """All tokens, by name."""
        kept = await self._redis.hgetall(keys.TOKENS)
        return sorted((wire.decode(_Kept, record).token for record in kept.values()), key=lambda token: token.name)

    async def revoke(self, name: str) -> bool:
        """Whether there was a token of that name; from now on there is none."""
        return bool(await self._redis.hdel(keys.TOKENS, name))

    async def agent(self, text: str) -> Agent | None:
        """Who acts with the token `text`; None if it is none of ours, or is revoked."""
        name, _, secret = text.removeprefix(PREFIX).partition("_")
        if not text.startswith(PREFIX) or not NAME.fullmatch(name):
            return None
        record = await self._redis.hget(keys.TOKENS, name)
        if record is None:
            return None
        kept = wire.decode(_Kept, record)
        return kept.token.agent if hmac.compare_digest(kept.digest, _digest(secret)) else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
