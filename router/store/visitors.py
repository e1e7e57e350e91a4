"""Whose a visitor's token has become, once the company's site said who they are, and who brought its word first."""

from datetime import datetime, timedelta

from router.store import keys
from router.store.connection import Connection, Script
from router.store.transcript import KEPT_FOR
from router.store.wire import text

# How long who brought a signed token first may come back with it, behind its end: a page that stays open over a night.
GOES_ON_FOR = timedelta(hours=12)
# Who brought a token first, once they were erased: no visitor's digest is this.
NOBODY = "erased"

# KEYS: the token's bringer  ARGV: visitor, ms to keep (0: nobody may be the first any more)
# Returns whose it is, or nothing.
BRING = """
local known = redis.call('GET', KEYS[1])
if known then return known end
if ARGV[2] == '0' then return '' end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
"""
# KEYS: whose the visitor is  ARGV: digest of the site's id, seconds to keep
# Returns whose they are from now on: who was first stays.
BIND = """
local known = redis.call('GET', KEYS[1])
if known and known ~= ARGV[1] then return known end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return ARGV[1]
"""


class Visitors:
    """What is kept of visitors whom the site has signed; `visitor` is the digest of a visitor's token."""

    def __init__(self, connection: Connection) -> None:
        self._redis = connection.commands
        self._bring = Script(connection, BRING)
        self._bind = Script(connection, BIND)

    async def brings(self, visitor: str, token: str, expires_at: datetime, now: datetime, is_over: bool) -> bool:
        """Whether `visitor` may use the signed token with the digest `token`: who was first to bring it in time."""
        kept = 0 if is_over else int((max(expires_at, now) + GOES_ON_FOR - now).total_seconds() * 1000)
        return text(await self._bring([keys.brought(token)], visitor, kept)) == visitor

    async def bind(self, visitor: str, subject: str) -> bool:
        """Whether `visitor` is from now on, or has been, who the site calls `subject`; False if they are another."""
        name, kept = subject_name(subject), int(KEPT_FOR.total_seconds())
        return text(await self._bind([keys.signed_as(visitor)], name, kept)) == name

    async def name_of(self, visitor: str) -> str:
        """The `subject_name` of who `visitor` is by the site's word; nothing where it never said."""
        return text(await self._redis.get(keys.signed_as(visitor)) or "")


def subject_name(subject: str) -> str:
    """What the site's id `subject` is kept as: it can't be read back."""
    return keys.digest("subject", subject)
