"""Passwords: compared in constant time, or verified against an argon2 hash; how often they may be tried."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from desk.problems import Problem
from desk.services import User
from router.model.errors import StartError
from router.model.secret import Secret
from router.store import keys
from router.store.connection import Connection, Script

ARGON2 = "$argon2"
# An argon2 hash takes 64 MiB and a quarter of a second.
AT_ONCE = 2

WINDOW = timedelta(minutes=15)
PER_USER_AND_ADDRESS = 5
PER_USER = 30
PER_ADDRESS = 30

# KEYS: one counter  ARGV: seconds to keep it
# Returns how often it was tried with this time, and the seconds until that is forgotten.
COUNT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('TTL', KEYS[1])}
"""
UNCOUNT = "if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('DECR', KEYS[1]) end return 0"


class Passwords:
    """Tells whether a password is a user's; who isn't known takes as long as who is."""

    def __init__(self, users: Mapping[str, User]) -> None:
        self._users = users
        self._stranger = Secret.of(secrets.token_urlsafe())
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def is_right(self, user: str, password: str) -> bool:
        """Whether `password` is that of `user`. Raises StartError where the secret can't be read."""
        known = self._users.get(user)
        async with self._turns:
            found = await asyncio.to_thread(_matches, known.password if known else self._other(), password)
        return found and known is not None

    def _other(self) -> Secret:
        """What a stranger's password is compared with: somebody's, so that the time tells nothing."""
        return next((user.password for user in self._users.values()), self._stranger)


class Attempts:
    """How often a password may be tried: counted per user, per address, and for both together, before it is looked at.

    The count of a user alone is the loosest, so that nobody can be kept out of the desk from a single address.
    """

    def __init__(self, connection: Connection) -> None:
        self._count = Script(connection, COUNT)
        self._uncount = Script(connection, UNCOUNT)

    async def take(self, user: str, address: str) -> None:
        """Count one attempt. Raises Problem with the seconds to wait once there were too many."""
        waits = [await self._taken(name, most) for name, most in _counters(user, address).items()]
        if any(waits):
            raise Problem("too_many_attempts", headers={"Retry-After": str(max(waits))})

    async def give_back(self, user: str, address: str) -> None:
        """Forget the attempt that succeeded."""
        for name in _counters(user, address):
            await self._uncount([name])

    async def _taken(self, name: str, most: int) -> int:
        tried, seconds = await self._count([name], int(WINDOW.total_seconds()))
        return max(int(seconds), 1) if tried > most else 0


def _counters(user: str, address: str) -> dict[str, int]:
    parts = {("user", user): PER_USER, ("address", address): PER_ADDRESS, ("both", user, address): PER_USER_AND_ADDRESS}
    return {keys.sign_ins(keys.digest(*names)): most for names, most in parts.items()}


def _matches(secret: Secret, password: str) -> bool:
    right = secret.reveal()
    if right.startswith(ARGON2):
        return _verified(right, password)
    # Digests have one length, so that the time of the comparison tells nothing of the password's.
    sums = (hashlib.sha256(each.encode("utf-8", "surrogatepass")).digest() for each in (right, password))
    return hmac.compare_digest(*sums)


def _verified(hashed: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(hashed, password)
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError) as error:
        raise StartError(f"a secret that begins with {ARGON2} is no argon2 hash: {error}") from error
