"""Sessions: who is signed in. A browser keeps a random id, Redis only its digest, for as long as a sign-in lasts."""

import secrets
from datetime import timedelta

from router.store import keys
from router.store.connection import Connection
from router.store.wire import text

ID_BYTES = 32
LONGEST_ID = 100


class Sessions:
    """Opens, knows and closes sessions."""

    def __init__(self, connection: Connection, lifetime: timedelta) -> None:
        self._redis = connection.commands
        self._lifetime = lifetime

    async def open(self, user: str) -> str:
        """The id of a new session of `user`, for their browser alone."""
        identifier = secrets.token_urlsafe(ID_BYTES)
        await self._redis.set(_name(identifier), user, px=self._lifetime)
        return identifier

    async def user(self, identifier: str) -> str | None:
        """The name that the session's owner signed in with; None once it is over."""
        if not identifier or len(identifier) > LONGEST_ID:
            return None
        found = await self._redis.get(_name(identifier))
        return None if found is None else text(found)

    async def close(self, identifier: str) -> None:
        """End the session, if there is one."""
        await self._redis.delete(_name(identifier))


def _name(identifier: str) -> str:
    return keys.session(keys.digest("session", identifier))
