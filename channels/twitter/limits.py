"""How much may still be asked of X: what its answers' headers say, and what the configuration wants to pay for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from channels.twitter.settings import Ask, BudgetSettings
from router.model.clock import Clock
from router.model.errors import TemporaryError
from router.store.calls import Budget, Calls
from router.store.connection import Connection

# By the quarter of an hour, by the day for one user, by the day for the whole app: whatever has nothing left stops us.
FAMILIES = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
TOO_MANY = 429
SERVER_ERROR = 500
# A reset in a year is a fault of theirs: nobody waits for it.
LONGEST = timedelta(days=32)
# Of a 429 that says nothing: X counts by the quarter of an hour, and one call a minute finds its end.
UNTOLD = timedelta(minutes=1)
NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
IDENTIFIER = re.compile(r"(?<=[a-z_])/[0-9][0-9-]*", re.ASCII)

ROUTES: tuple[tuple[str, str, Ask], ...] = (
    ("GET", "/2/users/me", Ask.ACCOUNT),
    ("GET", "/2/users/:id/mentions", Ask.MENTIONS),
    ("GET", "/2/tweets/search/recent", Ask.REPLIES),
    ("GET", "/2/dm_(events|conversations/).*", Ask.MESSAGES),
    ("POST", "/2/tweets", Ask.POSTS),
    ("POST", "/2/dm_conversations.*", Ask.DIRECT_MESSAGES),
    ("POST", "/2/media/.+", Ask.MEDIA),
    ("GET", "/2/users/:id/tweets", Ask.OWN_POSTS),
)


class LimitReached(TemporaryError):
    """Nothing may be asked there now: X's limit, or our own budget; `retry_after` says for how long."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call to X: `route` is what X counts by, `ask` what our budget does."""

    route: str
    ask: Ask

    @classmethod
    def of(cls, method: str, path: str) -> "Call":
        """The call of `method` on `path`, whatever ids are in it."""
        general = IDENTIFIER.sub("/:id", path)
        for known, pattern, ask in ROUTES:
            if known == method and re.fullmatch(pattern, general):
                return cls(f"{method} {general}", ask)
        return cls(f"{method} {general}", Ask.LOOKUPS)


class Limits:
    """The limits of one account, and our budget for each thing that is asked of it."""

    def __init__(
        self, connection: Connection, channel: str, account: str, budgets: Mapping[Ask, BudgetSettings], clock: Clock
    ) -> None:
        self._calls = Calls(connection, channel, account.lower())
        self._budgets = budgets
        self._clock = clock

    async def take(self, call: Call) -> None:
        """Return once `call` may be made, which counts from then on. Raises LimitReached if it may not now."""
        chosen = self._budgets.get(call.ask)
        budget = Budget(chosen.calls, chosen.per) if chosen else None
        wait = await self._calls.take(call.route, call.ask, budget, self._clock.now())
        if wait:
            words = f"our budget for `{call.ask}` (channels.twitter.budget)" if wait.is_budget else "what X grants us"
            raise LimitReached(f"{words} is used up for now: {call.route}", wait.length.total_seconds())

    async def learn(self, call: Call, status: int, headers: Mapping[str, str]) -> timedelta | None:
        """Keep what an answer's headers say; how long nothing more may be asked there, if that is so."""
        now = self._clock.now()
        told = [found for family in FAMILIES if (found := _told(family, headers, now))]
        until = _parked_until(status, headers, told, now)
        if told or until:
            remaining, reset = told[0] if told else (0, now)
            await self._calls.learn(call.route, remaining, reset, until)
        return until - now if until else None


def _told(family: str, headers: Mapping[str, str], now: datetime) -> tuple[int, datetime] | None:
    """How many calls are left, and until when that counts."""
    left, reset = headers.get(f"{family}-remaining", ""), headers.get(f"{family}-reset", "")
    if not NUMBER.fullmatch(left) or not NUMBER.fullmatch(reset):
        return None
    return int(left), min(datetime.fromtimestamp(int(reset), UTC), now + LONGEST)


def _parked_until(
    status: int, headers: Mapping[str, str], told: list[tuple[int, datetime]], now: datetime
) -> datetime | None:
    """Until when X wants no such call; None if it takes the next one."""
    used_up = [reset for left, reset in told if left <= 0 and reset > now]
    if used_up:
        return max(used_up)
    after = headers.get("retry-after", "")
    if NUMBER.fullmatch(after) and (status == TOO_MANY or status >= SERVER_ERROR):
        return now + min(timedelta(seconds=int(after)), LONGEST)
    return now + UNTOLD if status == TOO_MANY else None
