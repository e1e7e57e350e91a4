"""A visitor's wish to be called: where nobody is called, and how often anybody may be."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from channels.webchat.calling import Calling
from channels.webchat.frames import CallAsked, CallTimesAsked
from channels.webchat.normalise import Unusable
from router.model.policy import CallPolicy
from router.store.call_times import CallTimes
from router.store.connection import Connection
from router.store.shifts import Shifts
from rules.engine import RuleBook
from tests.clock import HeldClock
from tests.contract.doors import services_on
from tests.core import CARE

pytestmark = pytest.mark.usefixtures("redis_client")

ADA, BEA = "+50761234567", "+50769999999"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def calling(redis_url: str, clock: HeldClock) -> AsyncIterator[Calling]:
    """Who answers visitors of an installation in Panama that calls Colombia, too."""
    connection = Connection(redis_url)
    book = RuleBook(CARE, calls=CallPolicy(countries=("PA", "CO"), asks=2))
    times = CallTimes(Shifts(connection, clock), clock)
    lent = services_on(connection, "webchat")
    yield Calling(dataclasses.replace(lent, clock=clock, call_times=times, rulebook=lambda: book, region="PA"))
    await connection.close()


async def code_of(calling: Calling, asked: CallAsked | CallTimesAsked, visitor: str = "v1") -> str:
    """What a visitor is told of their wish; empty where it is taken."""
    try:
        await (calling.wanted(asked, visitor, CARE) if isinstance(asked, CallAsked) else calling.times(asked, CARE))
    except Unusable as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("6123-4567", ""),
        ("+57 300 1234567", ""),
        ("+53 5 8123456", "not_called"),
        ("+1 876 512 3456", "not_called"),
        ("+507 900 1234", "bad_number"),
        ("+1 900 555 1234", "bad_number"),
        ("+870 773111632", "bad_number"),
        ("911", "bad_number"),
    ],
)
async def test_no_visitor_has_us_ring_where_it_is_dear(calling: Calling, number: str, code: str) -> None:
    assert await code_of(calling, CallTimesAsked(number)) == code
    assert await code_of(calling, CallAsked("key-00000001", number)) == code


async def test_nobody_is_rung_as_often_as_strangers_like(calling: Calling, clock: HeldClock) -> None:
    # given two visitors who have Ada rung, one of whom says so twice over a bad line
    for visitor in ("v1", "v2", "v2"):
        assert await code_of(calling, CallAsked("key-00000001", ADA), visitor) == ""
    # then a third one can't, with whatever words, however they write the number
    assert await code_of(calling, CallAsked("key-00000001", "6123-4567", any_hour=True), "v3") == "too_many_calls"
    assert await code_of(calling, CallAsked("key-00000001", BEA), "v3") == ""
    # nor does one visitor have us ring one number after the other
    assert await code_of(calling, CallAsked("key-00000002", BEA), "v1") == ""
    assert await code_of(calling, CallAsked("key-00000003", "+50768888888"), "v1") == "too_many_calls"
    # until a day has passed
    await clock.advance(timedelta(days=1, seconds=1))
    assert await code_of(calling, CallAsked("key-00000004", ADA), "v3") == ""
