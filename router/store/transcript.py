"""A chat visitor's transcript: what was said through one visitor's token, in order, for as long as they may return.

It is the web chat's "provider": a reply is sent when it stands here, and delivered when the visitor's page says so.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from router.store import keys
from router.store.connection import Connection, Script, xrange
from router.store.following import hear
from router.store.wire import text

KEPT = 500
KEPT_FOR = timedelta(days=30)
NEWS = "hilo:chat"

# KEYS: log, ids  ARGV: message id, payload, seconds, how many
APPEND = """
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then return {known, 0} end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'm', ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], id)
if redis.call('HLEN', KEYS[2]) > 4 * tonumber(ARGV[4]) then
  local kept = {}
  for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do kept[entry[1]] = true end
  local ids = redis.call('HGETALL', KEYS[2])
  for i = 1, #ids, 2 do if not kept[ids[i + 1]] then redis.call('HDEL', KEYS[2], ids[i]) end end
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return {id, 1}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One payload of a transcript and its position in it."""

    position: str
    payload: str


class Transcripts:
    """All visitors' transcripts; `visitor` is the digest of a visitor's token, never the token."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._redis = connection.commands
        self._append = Script(connection, APPEND)

    async def append(self, visitor: str, identifier: str, payload: str) -> str:
        """The position of `payload`, appended once however often it is tried; whoever listens is told."""
        names = [keys.transcript(visitor), keys.transcript_ids(visitor)]
        position, is_new = await self._append(names, identifier, payload, int(KEPT_FOR.total_seconds()), KEPT)
        if is_new:
            await self._redis.publish(NEWS, visitor)
        return text(position)

    async def position_of(self, visitor: str, identifier: str) -> str | None:
        """Where the transcript holds the message `identifier`, or None."""
        found = await self._redis.hget(keys.transcript_ids(visitor), identifier)
        return None if found is None else text(found)

    async def after(self, visitor: str, position: str = "") -> list[Line]:
        """All lines after `position` (all there are, without one), oldest first."""
        start = f"({position}" if position else "-"
        entries = await xrange(self._redis, keys.transcript(visitor), start)
        return [Line(text(identifier), text(fields[b"m"])) for identifier, fields in entries]

    async def exists(self, visitor: str) -> bool:
        """Whether anything was ever said through that visitor's token."""
        return bool(await self._redis.exists(keys.transcript(visitor)))

    async def news(self) -> AsyncIterator[str]:
        """The visitors whose transcripts grew, as it happens; may miss some while the connection is lost."""
        async for visitor in hear(self._connection, NEWS):
            yield text(visitor)


def is_position(value: str) -> bool:
    """Whether `value` has the form of a position."""
    instant, _, sequence = value.partition("-")
    return len(value) <= 40 and instant.isascii() and instant.isdigit() and sequence.isascii() and sequence.isdigit()
