"""Passwords: compared in constant time, or verified against an argon2 hash; how often they may be tried."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
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

# KEYS: one counter  ARGV: the most it may count, seconds to keep it
# Returns 0 and counts one more; once it is full it counts nothing, and returns the seconds until that is forgotten.
COUNT = """
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then
  return math.max(redis.call('TTL', KEYS[1]), 1)
end
if redis.call('INCR', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return 0
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
    """How often a password may be tried: counted for user and address together, per address, and per user, in advance.

    The narrowest is asked first, and what any of them refuses counts in none: nobody can be kept out of the desk from
    a single address.
    """

    def __init__(self, connection: Connection) -> None:
        self._count = Script(connection, COUNT)
        self._uncount = Script(connection, UNCOUNT)

    async def take(self, user: str, address: str) -> None:
        """Count one attempt. Raises Problem with the seconds to wait once there were too many."""
        taken: list[str] = []
        for name, most in _counters(user, address).items():
            if seconds := int(await self._count([name], most, int(WINDOW.total_seconds()))):
                await self._give_back(taken)
                raise Problem("too_many_attempts", headers={"Retry-After": str(seconds)})
            taken.append(name)

    async def give_back(self, user: str, address: str) -> None:
        """Forget the attempt that succeeded."""
        await self._give_back(_counters(user, address))

    async def _give_back(self, names: Iterable[str]) -> None:
        for name in names:
            await self._uncount([name])


def _counters(user: str, address: str) -> dict[str, int]:
    """What is counted and how far, the narrowest first."""
    parts = {("both", user, address): PER_USER_AND_ADDRESS, ("address", address): PER_ADDRESS, ("user", user): PER_USER}
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
