"""The contract of telephone providers, held by each: the real host and adapter, a real Redis, an exchange on loopback.

Nobody decides here: what the channel reports is read off the stream, and the first end counts, as in the core.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from enum import Enum
from typing import ClassVar

import pytest
from msgspec.structs import replace

from channels.phone.adapter import PhoneAdapter
from router.model.call import CallStatus
from router.model.message import DeliveryState, OutboundMessage, Receipt
from sandbox.phone.lines import Behaviour, Does
from tests.clock import HeldClock
from tests.contract.asterisk_phones import AsteriskPhones
from tests.contract.phones import AGENT, CUSTOMER, OTHER_AGENT, THERE, Office, Phones, at_work, knows, office, order
from tests.contract.phones_by_hand import PhonesByHand
from tests.contract.twilio_phones import TwilioPhones

PROVIDERS: dict[str, type[Phones]] = {"twilio": TwilioPhones, "asterisk": AsteriskPhones, "manual": PhonesByHand}
RINGING = [name for name, phones in PROVIDERS.items() if phones.rings]
TALKS = Behaviour(Does.ANSWER, after=2, hang_up_after=30)
ORDER = [CallStatus.AGENT_RINGING, CallStatus.AGENT_ANSWERED, CallStatus.RINGING, CallStatus.TALKING, CallStatus.ENDED]


@pytest.fixture
async def place(request: pytest.FixtureRequest, redis_url: str, redis_client: object) -> AsyncIterator[Office]:
    """An office with the provider that the test names, the agents there, and a customer who talks for half a minute."""
    async with PROVIDERS[request.param](HeldClock()) as phones, office(redis_url, phones) as opened:
        phones.exchange.behave(AGENT.address, THERE)
        phones.exchange.behave(OTHER_AGENT.address, THERE)
        phones.exchange.behave(CUSTOMER.address, TALKS)
        yield opened


every = pytest.mark.parametrize("place", PROVIDERS, indirect=True)
doubting = pytest.mark.parametrize(
    "place", [name for name in RINGING if not PROVIDERS[name].finds_exactly], indirect=True
)
ringing = pytest.mark.parametrize("place", RINGING, indirect=True)


async def settled(place: Office, message: OutboundMessage) -> CallStatus:
    """How the call ended, once that is known."""
    found: CallStatus = await place.until(lambda: place.end_of(message), "an end", timedelta(minutes=4))
    return found


@every
async def test_an_order_is_taken_once(place: Office) -> None:
    message = order()
    async with at_work(place):
        await place.commits(message)
        assert await place.until(lambda: place.receipt_of(message), "a receipt") is DeliveryState.SENT
        if place.phones.rings:
            await settled(place, message)
        await place.passes(timedelta(seconds=5))
    # when the process begins anew
    async with at_work(place):
        await place.passes(timedelta(minutes=3), timedelta(seconds=5))
    # then nobody was rung again
    rung = (place.phones.times_rung(AGENT), place.phones.times_rung(CUSTOMER))
    assert rung == ((1, 1) if place.phones.rings else (0, 0))
    assert await place.open_calls() == 0


@every
async def test_a_text_is_no_call(place: Office) -> None:
    message = order(order=None)
    async with at_work(place):
        await place.commits(message)
        # then it comes back, and nobody is rung
        assert await place.until(lambda: place.receipt_of(message), "a receipt") is DeliveryState.FAILED
    assert place.phones.times_rung(CUSTOMER) == 0


@ringing
async def test_all_of_a_call_is_told(place: Office) -> None:
    message = order()
    async with at_work(place):
        await place.commits(message)
        assert await settled(place, message) is CallStatus.ENDED

        # in whatever order: each is a request of its own
        async def is_all_told() -> bool:
            return set(await place.of(message)) == set(ORDER)

        await place.until(is_all_told, "all of it")


@ringing
@pytest.mark.parametrize(
    ("agent", "customer", "became", "is_rung"),
    [
        (Behaviour(Does.NO_ANSWER), TALKS, CallStatus.AGENT_AWAY, 0),
        (Behaviour(Does.BUSY), TALKS, CallStatus.AGENT_AWAY, 0),
        # the agent's voicemail presses no key: the customer is not put through to it
        (Behaviour(Does.VOICEMAIL), TALKS, CallStatus.AGENT_AWAY, 0),
        (THERE, Behaviour(Does.NO_ANSWER), CallStatus.NO_ANSWER, 1),
        (THERE, Behaviour(Does.BUSY), CallStatus.BUSY, 1),
        (THERE, Behaviour(Does.REJECT, after=3), CallStatus.BUSY, 1),
        (THERE, Behaviour(Does.VOICEMAIL, after=3), CallStatus.VOICEMAIL, 1),
        (THERE, Behaviour(Does.UNALLOCATED), CallStatus.WRONG_NUMBER, 1),
        (THERE, Behaviour(Does.CONGESTION), CallStatus.FAILED, 1),
    ],
    ids=lambda value: value.does if isinstance(value, Behaviour) else str(value),
)
async def test_what_became_of_it(
    place: Office, agent: Behaviour, customer: Behaviour, became: CallStatus, is_rung: int
) -> None:
    place.phones.exchange.behave(AGENT.address, agent)
    place.phones.exchange.behave(CUSTOMER.address, customer)
    message = order()
    async with at_work(place):
        await place.commits(message)
        assert await settled(place, message) is became
        # and the line is let go on both sides
        await place.passes(timedelta(seconds=70), timedelta(seconds=2))
    assert place.phones.times_rung(CUSTOMER) == is_rung
    assert place.phones.exchange.live_legs(CUSTOMER.address) == []
    assert place.phones.exchange.live_legs(AGENT.address) == []


@ringing
@pytest.mark.parametrize(
    "faults",
    [{"double_next": 50}, {"reverse": 3}, {"delay_seconds": 20}, {"lose_next": 50}],
    ids=lambda faults: next(iter(faults)),
)
@pytest.mark.parametrize(
    ("customer", "became"),
    [(TALKS, CallStatus.ENDED), (Behaviour(Does.BUSY), CallStatus.BUSY), (Behaviour(Does.VOICEMAIL), None)],
    ids=["talks", "busy", "voicemail"],
)
async def test_however_it_is_told_it_is_the_same(
    place: Office, faults: dict[str, int], customer: Behaviour, became: CallStatus | None
) -> None:
    # given an exchange that tells all twice, late, the last thing first, or not at all
    place.phones.break_with(**faults)
    place.phones.exchange.behave(CUSTOMER.address, customer)
    message = order()
    async with at_work(place):
        await place.commits(message)
        end = await settled(place, message)
        await place.passes(timedelta(seconds=40), timedelta(seconds=2))
    # then it ended as it did, and rang once
    assert end is (became or CallStatus.VOICEMAIL)
    assert (place.phones.times_rung(AGENT), place.phones.times_rung(CUSTOMER)) == (1, 1)
    assert await place.open_calls() == 0


@ringing
async def test_what_somebody_else_tells_is_refused(place: Office) -> None:
    # given somebody who tells, before each true word, that the call is over, and a customer who stays on the line
    place.phones.break_with(forge_next=50)
    place.phones.exchange.behave(CUSTOMER.address, Behaviour(Does.ANSWER, after=2))
    message = order()
    async with at_work(place):
        await place.commits(message)

        async def is_told() -> bool:
            return set(await place.of(message)) >= set(ORDER[:-1])

        await place.until(is_told, "they talk")
        await place.passes(timedelta(seconds=10))
        # then they talk, as far as anybody knows here
        [leg] = place.phones.exchange.live_legs(CUSTOMER.address)
        assert set(await place.of(message)) == set(ORDER[:-1])
        place.phones.exchange.put_down(leg)
        assert await settled(place, message) is CallStatus.ENDED


@ringing
async def test_the_exchange_is_away_for_ten_minutes(place: Office) -> None:
    under_way, late = order(), order(OTHER_AGENT)
    async with at_work(place):
        # given a call under way when the exchange goes away, and another that is ordered meanwhile
        await place.commits(under_way)

        async def is_talking() -> bool:
            return CallStatus.TALKING in await place.of(under_way)

        await place.until(is_talking, "they talk")
        place.phones.away(600)
        late = replace(late, created_at=place.clock.now())
        await place.commits(late)
        await place.passes(timedelta(minutes=10), timedelta(seconds=5))
        # then the end of the first is known soon after, although nobody tells it any more
        assert await settled(place, under_way) is CallStatus.ENDED
        # and the other came back: nobody's phone rings out of the blue so much later
        assert await place.until(lambda: place.receipt_of(late), "a receipt", timedelta(minutes=20)) is (
            DeliveryState.FAILED
        )
    assert place.phones.times_rung(OTHER_AGENT) == 0
    assert place.phones.times_rung(CUSTOMER) == 1
    assert await place.open_calls() == 0


@ringing
@pytest.mark.parametrize("became", [CallStatus.IN_DOUBT, CallStatus.NO_ANSWER, None])
async def test_what_was_put_off_until_people_went_on_rings_nobody(place: Office, became: CallStatus | None) -> None:
    # given an order that waits for the exchange
    async with at_work(place):
        place.phones.away(60)
        first = replace(order(AGENT), created_at=place.clock.now())
        await knows(place, first)
        await place.commits(first)
        await place.passes(timedelta(seconds=45), timedelta(seconds=5))
        second = replace(order(OTHER_AGENT), created_at=place.clock.now())
        # when it has been silent for too long, an agent has said what became of it, or it was ordered anew since
        await (knows(place, first, became) if became else knows(place, second))
        if became is None:
            await place.commits(second)
        # then it comes back by itself, and the customer is rung by what came instead alone
        state = await place.until(lambda: place.receipt_of(first), "a receipt", timedelta(minutes=2))
        assert state is DeliveryState.FAILED
        if became is None:
            assert await settled(place, second) is CallStatus.ENDED
    assert place.phones.times_rung(AGENT) == 0
    assert place.phones.times_rung(CUSTOMER) == (0 if became else 1)


@ringing
async def test_an_agent_who_answers_once_another_call_was_ordered_is_let_go(place: Office) -> None:
    # given an agent whose phone rings, and of which nothing is heard
    place.phones.exchange.behave(AGENT.address, Behaviour(Does.ANSWER, after=10, digits="1"))
    first, second = order(), order(OTHER_AGENT)
    await knows(place, first)
    async with at_work(place):
        await place.commits(first)
        await place.until(lambda: place.receipt_of(first), "a receipt")
        # when it came in doubt, and a person had another agent call
        await knows(place, second)
        await place.commits(second)
        assert await settled(place, second) is CallStatus.ENDED
        await place.passes(timedelta(seconds=30))
    # then the first one rings nobody
    assert place.phones.times_rung(AGENT) == 1
    assert place.phones.times_rung(CUSTOMER) == 1


@ringing
async def test_an_order_that_is_put_off_rings_a_moment_later(place: Office) -> None:
    place.phones.refuses_the_next()
    message = order()
    async with at_work(place):
        await place.commits(message)
        assert await settled(place, message) is CallStatus.ENDED
    assert (place.phones.times_rung(AGENT), place.phones.times_rung(CUSTOMER)) == (1, 1)


@ringing
async def test_an_order_whose_answer_was_lost_is_looked_for_and_not_given_again(place: Office) -> None:
    place.phones.loses_the_answer()
    message = order()
    async with at_work(place):
        await place.commits(message)
        assert await settled(place, message) is CallStatus.ENDED
        assert await place.until(lambda: place.receipt_of(message), "a receipt") is DeliveryState.SENT
    assert (place.phones.times_rung(AGENT), place.phones.times_rung(CUSTOMER)) == (1, 1)


class Killed(BaseException):
    """What ends the work on an order at that very point, as a kill would: nothing that comes after it happens."""


class Death(Enum):
    """Where the process dies over an order."""

    UNBEGUN = "it is marked as leaving, and nothing else was done"
    UNSENT = "it is kept as about to ring, and the exchange was never asked"
    UNKEPT = "the exchange took it, and nothing of it was kept"
    UNRECORDED = "which call it is was kept, and the order is not settled"


class Mortal(PhoneAdapter):
    """An adapter whose process dies over the first order that it is given."""

    death: ClassVar[Death]
    has_died: ClassVar[asyncio.Event]

    async def send(self, message: OutboundMessage) -> Receipt:
        """Hand it over as far as it comes, and die."""
        if self.death is Death.UNSENT:
            await self._begin(message)
        if self.death in (Death.UNKEPT, Death.UNRECORDED):
            await self._begin(message)
            reference = await self._provider.place(message)
            if self.death is Death.UNRECORDED:
                await self._sent(message, reference)
        self.has_died.set()
        raise Killed


async def dies(place: Office, death: Death, message: OutboundMessage) -> None:
    """The channel takes the order, and dies over it."""
    Mortal.death, Mortal.has_died = death, asyncio.Event()
    async with at_work(place, Mortal):
        await place.commits(message)
        await asyncio.wait_for(Mortal.has_died.wait(), 10)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("away", [2, 45], ids=["at once", "later"])
@pytest.mark.parametrize("death", Death, ids=lambda death: death.name.lower())
@ringing
async def test_no_crash_rings_twice_or_forgets(place: Office, death: Death, away: int) -> None:
    # given a process that dies over an order; nothing that is told meanwhile is heard, and the call is not listed yet
    place.phones.break_with(lose_next=50)
    place.phones.unlists(20)
    message = order()
    await dies(place, death, message)
    await place.passes(timedelta(seconds=away), timedelta(seconds=2))
    # when the next one takes over
    async with at_work(place):
        state = await place.until(lambda: place.receipt_of(message), "a receipt", timedelta(minutes=15))
        assert state is DeliveryState.SENT
        end = await settled(place, message)
    # then each phone has rung once, and no call is forgotten
    rung = (place.phones.times_rung(AGENT), place.phones.times_rung(CUSTOMER))
    if place.phones.goes_on_alone or death in (Death.UNBEGUN, Death.UNSENT):
        assert (end, rung) == (CallStatus.ENDED, (1, 1))
    else:
        # The exchange hung up on who answered, as nobody was there to go on: the agent, or perhaps the customer.
        assert (end, rung) in ((CallStatus.AGENT_AWAY, (1, 0)), (CallStatus.IN_DOUBT, (1, 1)))
    assert await place.open_calls() == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@doubting
async def test_without_a_look_a_crash_rings_twice(place: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control arm: who takes every doubt for a no."""

    async def not_found(_: PhoneAdapter, __: OutboundMessage) -> None:
        return None

    monkeypatch.setattr(PhoneAdapter, "find", not_found)
    message = order()
    await dies(place, Death.UNKEPT, message)
    async with at_work(place):
        await settled(place, message)
        await place.passes(timedelta(seconds=40), timedelta(seconds=2))
    assert place.phones.times_rung(AGENT) == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@ringing
async def test_what_cant_be_told_apart_is_shown_and_rings_nobody(place: Office) -> None:
    # given a process that died before it asked the exchange, which nobody knows
    message = order()
    place.phones.exchange.behave(AGENT.address, Behaviour(Does.PERSON))
    await dies(place, Death.UNSENT, message)
    # when the same phone is rung by somebody else then, and nobody takes it
    await place.phones.others_ring(AGENT)
    async with at_work(place):
        state = await place.until(lambda: place.receipt_of(message), "a receipt", timedelta(minutes=15))
        await place.passes(timedelta(minutes=2), timedelta(seconds=5))
    # then it is in doubt, for a person to decide, and nothing has rung for it; or it is told apart, and rings once
    assert state is (DeliveryState.SENT if place.phones.finds_exactly else DeliveryState.UNCONFIRMED)
    assert place.phones.times_rung(AGENT) == (2 if place.phones.finds_exactly else 1)
    assert place.phones.times_rung(CUSTOMER) == 0


@ringing
@pytest.mark.parametrize("pause", range(0, 40, 6))
async def test_a_process_that_dies_during_a_call_forgets_nothing(place: Office, pause: int) -> None:
    message = order()
    async with at_work(place):
        await place.commits(message)
        await place.until(lambda: place.receipt_of(message), "a receipt")
        await place.passes(timedelta(seconds=pause))
    # given the channel is down while the call goes on, or begins
    await place.passes(timedelta(seconds=20), timedelta(seconds=2))
    async with at_work(place):
        end = await settled(place, message)
    # then its end is known: they talked, or the agent heard nothing to press a key at; or it is shown as in doubt,
    # where nobody can be asked what became of who was rung
    doubt = () if place.phones.goes_on_alone else (CallStatus.IN_DOUBT,)
    assert end in (CallStatus.ENDED, CallStatus.AGENT_AWAY, *doubt)
    assert place.phones.times_rung(AGENT) == 1
    assert place.phones.times_rung(CUSTOMER) == (0 if end is CallStatus.AGENT_AWAY else 1)
    assert await place.open_calls() == 0
