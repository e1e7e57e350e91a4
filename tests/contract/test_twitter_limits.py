"""What X grants, by its answers, and our own budget: one state for all processes, the clock in the hand of the test."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest

from channels.twitter.limits import Call, LimitReached, Limits
from channels.twitter.settings import CHANNEL, Ask, BudgetSettings
from router.store.connection import Connection
from tests.clock import MONDAY, HeldClock

MENTIONS = Call.of("GET", "/2/users/44/mentions")
POSTS = Call.of("POST", "/2/tweets")


@pytest.fixture
async def connection(redis_url: str, redis_client: object) -> AsyncIterator[Connection]:
    opened = Connection(redis_url)
    yield opened
    await opened.close()


def limits(connection: Connection, clock: HeldClock, budgets: Mapping[Ask, BudgetSettings] | None = None) -> Limits:
    """As one more process has them."""
    return Limits(connection, CHANNEL, "HiloCare", budgets or {}, clock)


def told(remaining: int, seconds: int, family: str = "x-rate-limit") -> dict[str, str]:
    reset = int(MONDAY.timestamp()) + seconds
    return {f"{family}-limit": "300", f"{family}-remaining": str(remaining), f"{family}-reset": str(reset)}


async def wait_for(limits: Limits, call: Call = MENTIONS) -> float:
    """How long a call has to wait; 0 if it may be made."""
    try:
        await limits.take(call)
    except LimitReached as reached:
        return reached.retry_after or 0.0
    return 0.0


@pytest.mark.parametrize(
    ("method", "path", "route", "ask"),
    [
        ("GET", "/2/users/44/mentions", "GET /2/users/:id/mentions", Ask.MENTIONS),
        ("GET", "/2/users/44/tweets", "GET /2/users/:id/tweets", Ask.OWN_POSTS),
        ("GET", "/2/dm_events", "GET /2/dm_events", Ask.MESSAGES),
        ("GET", "/2/dm_conversations/with/7/dm_events", "GET /2/dm_conversations/with/:id/dm_events", Ask.MESSAGES),
        ("POST", "/2/dm_conversations/7-44/messages", "POST /2/dm_conversations/:id/messages", Ask.DIRECT_MESSAGES),
        ("POST", "/2/tweets", "POST /2/tweets", Ask.POSTS),
        ("GET", "/2/tweets/19", "GET /2/tweets/:id", Ask.LOOKUPS),
        ("POST", "/2/media/upload", "POST /2/media/upload", Ask.MEDIA),
    ],
)
def test_a_call_is_counted_where_x_counts_it(method: str, path: str, route: str, ask: Ask) -> None:
    assert Call.of(method, path) == Call(route, ask)


async def test_what_an_answer_says_holds_for_all_processes_until_the_window_ends(connection: Connection) -> None:
    clock = HeldClock()
    one, other = limits(connection, clock), limits(connection, clock)
    # given that X has told one process that two calls are left
    await one.learn(MENTIONS, 200, told(2, 600))
    # then both may make them together, and no third; other routes are free
    assert [await wait_for(each) for each in (one, other)] == [0.0, 0.0]
    assert [await wait_for(each) for each in (one, other)] == [600.0, 600.0]
    assert await wait_for(one, POSTS) == 0.0
    # and an answer that comes late, of an earlier call, gives none back
    await other.learn(MENTIONS, 200, told(1, 600))
    assert await wait_for(one) == 600.0
    # but a new window does
    await clock.advance(timedelta(seconds=600))
    assert await wait_for(other) == 0.0


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {}, 60),
        (429, told(0, 300), 300),
        (429, {"retry-after": "45"}, 45),
        (503, {"retry-after": "20"}, 20),
        (200, told(5, 300) | told(0, 40_000, "x-app-limit-24hour"), 40_000),
        (429, told(0, 10**9), 32 * 86_400),
        (503, {}, 0),
        (200, {"x-rate-limit-remaining": "soon", "x-rate-limit-reset": "-1"}, 0),
    ],
)
async def test_how_long_x_wants_no_call(
    connection: Connection, status: int, headers: Mapping[str, str], seconds: int
) -> None:
    known = limits(connection, HeldClock())
    await known.learn(MENTIONS, status, headers)
    assert await wait_for(known) == seconds


async def test_a_budget_counts_for_all_processes_and_ends_with_the_day(connection: Connection) -> None:
    clock = HeldClock()
    budgets = {Ask.MENTIONS: BudgetSettings(calls=3)}
    one, other = limits(connection, clock, budgets), limits(connection, clock, budgets)
    assert [await wait_for(each) for each in (one, other, one)] == [0.0] * 3
    # when it is used up, then until midnight UTC
    midnight = MONDAY.replace(hour=0, minute=0) + timedelta(days=1)
    assert await wait_for(other) == (midnight - MONDAY).total_seconds()
    assert await wait_for(other, POSTS) == 0.0
    await clock.advance(midnight - MONDAY)
    assert await wait_for(other) == 0.0
