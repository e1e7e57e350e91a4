"""Dead letters: what was set aside for a person to look at; list, show, replay and drop them.

Four write them: the commit (an event that could not be read, decided or committed), the runner of errands (one that
can't be run), the schedule (an unreadable timer) and the sender (an unreadable reply). What a customer wrote afterwards
has gone on: a replay brings the old one late.
"""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

from router.model.errors import PermanentError
from router.store import keys, wire
from router.store.connection import Connection, Entry, Script, xrange
from router.store.dead_letter import ADDED, DeadLetter, Origin, letter_of, stream_place

AT_ONCE = 100
ID = re.compile(r"d-([0-9]{2})-([0-9]{1,20}-[0-9]{1,20})", re.ASCII)

# Put a letter back on the stream it came from. What a repeated call finds is gone, so it writes nothing.
# KEYS: dead, stream, count, outcome or none  ARGV: stream id, how many of its pairs were added when it was set aside,
# what to count it as (or '')
REPLAY = """
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if #found == 0 then return 0 end
local type = redis.call('TYPE', KEYS[2]).ok
if type ~= 'none' and type ~= 'stream' then return -1 end
redis.call('HLEN', KEYS[3])
local outcome = KEYS[4] and redis.call('HGET', KEYS[4], 'o')
local told, fields, replays = found[1][2], {}, 0
for at = 2 * ARGV[2] + 1, #told, 2 do
  if told[at] == 'replays' then
    replays = tonumber(told[at + 1]) or 0
  else
    fields[#fields + 1] = told[at]
    fields[#fields + 1] = told[at + 1]
  end
end
redis.call('XDEL', KEYS[1], ARGV[1])
local id = redis.call('XADD', KEYS[2], '*', 'replays', replays + 1, unpack(fields))
if outcome and string.find(outcome, '"reason":"dead_letter"', 1, true) then redis.call('HDEL', KEYS[4], 'o') end
if ARGV[3] ~= '' and redis.call('HINCRBY', KEYS[3], ARGV[3], 1) == 1 then
  redis.call('HSETNX', KEYS[3], 'since', id)
end
return 1
"""
# KEYS: dead, timers  ARGV: stream id, when it was due at the latest (ms), timer
REPLAY_TIMER = """
local type = redis.call('TYPE', KEYS[2]).ok
if type ~= 'none' and type ~= 'zset' then return -1 end
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
return 1
"""
# KEYS: dead, count  ARGV: stream id, what to count it as (or '')
DROP = """
redis.call('HLEN', KEYS[2])
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
if ARGV[2] ~= '' then redis.call('HINCRBY', KEYS[2], ARGV[2], 1) end
return 1
"""


class DeadLetters:
    """The dead letters of all partitions."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._redis = connection.commands
        self._partitions = partitions
        self._replay = Script(connection, REPLAY)
        self._replay_timer = Script(connection, REPLAY_TIMER)
        self._drop = Script(connection, DROP)

    async def count(self) -> int:
        """How many there are."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.xlen(keys.key(partition, keys.DEAD))
            return sum(await pipe.execute())

    async def list(self, limit: int = AT_ONCE, after: str = "") -> list[DeadLetter]:
        """The first `limit` of them, what was set aside first first; with `after`, of those behind that letter.

        It need not be there any more. Raises PermanentError if `after` is no letter's id.
        """
        starts = self._behind(after) if after else ["-"] * self._partitions
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition, start in enumerate(starts):
                pipe.xrange(keys.key(partition, keys.DEAD), min=start, count=limit)
            parts: list[list[Entry]] = await pipe.execute()
        found = [(wire.text(entry[0]), partition, entry) for partition, part in enumerate(parts) for entry in part]
        found.sort(key=lambda each: (*stream_place(each[0]), each[1]))
        return [letter_of(partition, entry) for _, partition, entry in found[:limit]]

    async def all(self) -> AsyncIterator[DeadLetter]:
        """Each that is there now, partition by partition in the order they came; what dies meanwhile is left out."""
        for partition in range(self._partitions):
            name = keys.key(partition, keys.DEAD)
            last: Any = await self._redis.xrevrange(name, count=1)
            start = "-"
            while last and (page := await xrange(self._redis, name, start, wire.text(last[0][0]), AT_ONCE)):
                for entry in page:
                    yield letter_of(partition, entry)
                start = f"({wire.text(page[-1][0])}"

    async def get(self, identifier: str) -> DeadLetter | None:
        """The dead letter of that id; None if there is none (any more)."""
        place = self._place(identifier)
        if place is None:
            return None
        partition, stream_id = place
        found = await xrange(self._redis, keys.key(partition, keys.DEAD), stream_id, stream_id)
        return letter_of(partition, found[0]) if found else None

    async def replay(self, identifier: str) -> bool:
        """Put it back where it came from, to be tried again; False if it is not there (any more).

        Raises PermanentError if it can't go back, and says what to do instead.
        """
        letter, place = await self.get(identifier), self._place(identifier)
        if letter is None or place is None:
            return False
        if letter.origin is Origin.TIMER:
            done = await self._put_back_timer(letter, *place)
        else:
            done = await self._put_back(letter, *place)
        if done < 0:
            raise PermanentError(f"{identifier} can't go back: its place holds something that Hilo did not write")
        return done > 0

    async def drop(self, identifier: str) -> bool:
        """Forget it for good, and count it if a customer wrote it; False if it is not there (any more)."""
        letter, place = await self.get(identifier), self._place(identifier)
        if letter is None or place is None:
            return False
        partition, stream_id = place
        field = keys.dropped(letter.channel) if letter.is_message and await self._is_counted(partition, letter) else ""
        names = [keys.key(partition, suffix) for suffix in (keys.DEAD, keys.COUNTS)]
        return bool(await self._drop(names, stream_id, field))

    async def _put_back(self, letter: DeadLetter, partition: int, stream_id: str) -> int:
        if letter.origin is Origin.REPLY and not letter.channel:
            raise PermanentError(f"{letter.id} does not say which channel it was for: write the reply again, then drop")
        back = keys.INBOUND if letter.origin is Origin.EVENT else keys.outbound(letter.channel)
        back = keys.ERRANDS if letter.is_errand else back
        suffixes = [keys.DEAD, back, keys.COUNTS, *([keys.outcome(letter.key)] if letter.key else [])]
        # What was set aside before messages were counted is counted as accepted now.
        is_new = letter.is_message and not await self._is_counted(partition, letter)
        names = [keys.key(partition, suffix) for suffix in suffixes]
        added = ADDED[letter.origin]
        return int(await self._replay(names, stream_id, added, keys.accepted(letter.channel) if is_new else ""))

    async def _put_back_timer(self, letter: DeadLetter, partition: int, stream_id: str) -> int:
        names = [keys.key(partition, suffix) for suffix in (keys.DEAD, keys.TIMERS)]
        timer = (letter.content or {}).get("timer", "")
        return int(await self._replay_timer(names, stream_id, stream_id.partition("-")[0], timer))

    async def _is_counted(self, partition: int, letter: DeadLetter) -> bool:
        since = await self._redis.hget(keys.key(partition, keys.COUNTS), keys.COUNTED_SINCE)
        return since is not None and stream_place(letter.event) >= stream_place(wire.text(since))

    def _behind(self, identifier: str) -> Sequence[str]:
        """Where each partition's stream begins behind the letter: in the same instant the lower partition is first."""
        place = self._place(identifier)
        if place is None:
            raise PermanentError(f"{identifier!r} is no dead letter's id, which is like d-07-1700000000000-0")
        owner, stream_id = place
        return [f"({stream_id}" if partition <= owner else stream_id for partition in range(self._partitions)]

    def _place(self, identifier: str) -> tuple[int, str] | None:
        found = ID.fullmatch(identifier)
        if found is None or int(found[1]) >= self._partitions or max(stream_place(found[2])) >= 2**64:
            return None
        return int(found[1]), found[2]
