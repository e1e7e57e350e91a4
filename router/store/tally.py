"""What a channel has sent by itself lately, counted in Redis: a new process forgets none of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from router.model.clock import milliseconds
from router.store import keys
from router.store.connection import Connection, Script

# One sorted set a window, its members the messages by instant. All is looked at before anything is written, and what is
# counted already counts once. Answers 0, or the number of the first window that is full.
# KEYS: a window each  ARGV: now, message, then for each window: how many, within how long, in ms
COUNT = """
local now, message = tonumber(ARGV[1]), ARGV[2]
local is_known = redis.call('ZSCORE', KEYS[1], message)
if is_known and tonumber(is_known) > now - tonumber(ARGV[4]) then return 0 end
for i, name in ipairs(KEYS) do
  local most, within = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  if redis.call('ZCOUNT', name, '(' .. (now - within), '+inf') >= most then return i end
end
for i, name in ipairs(KEYS) do
  local within = tonumber(ARGV[2 * i + 2])
  redis.call('ZREMRANGEBYSCORE', name, '-inf', now - within)
  redis.call('ZADD', name, now, message)
  redis.call('PEXPIRE', name, within)
end
return 0
"""


@dataclass(frozen=True, slots=True)
class Window:
    """At most `most` under `name` within any `within`."""

    name: str
    most: int
    within: timedelta


class Tally:
    """One channel's counts, shared by all processes that ever send for it."""

    def __init__(self, connection: Connection, channel: str) -> None:
        self._channel = channel
        self._count = Script(connection, COUNT)

    async def count(self, message: str, windows: list[Window], now: datetime) -> Window | None:
        """None if `message` may leave, and then it counts in all `windows`, however often asked; else the full one.

        The first window is the one that a message asked for again is found in.
        """
        names = [keys.channel(self._channel, f"auto:{keys.digest(window.name)}") for window in windows]
        numbers = [n for window in windows for n in (window.most, int(window.within.total_seconds() * 1000))]
        full = int(await self._count(names, milliseconds(now), message, *numbers))
        return windows[full - 1] if full else None
