"""Twilio shows its requests only long after a call: what tells an order's call apart until then."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from router.model.call import CallStatus
from router.model.message import DeliveryState, Handle
from router.store import keys
from sandbox.phone.lines import Behaviour, Does
from tests.clock import HeldClock
from tests.contract.phones import AGENT, CUSTOMER, PARTITION, THERE, Office, at_work, office, order
from tests.contract.test_every_phone_provider import TALKS, Death, dies
from tests.contract.twilio_phones import TwilioPhones

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
AS_DOCUMENTED = {"events_seconds": 900, "webhook": {"lose_next": 20}}


@pytest.fixture
async def place(redis_url: str, redis_client: object) -> AsyncIterator[Office]:
    async with TwilioPhones(HeldClock()) as phones, office(redis_url, phones) as opened:
        phones.breaks_api(**AS_DOCUMENTED)
        phones.exchange.behave(AGENT.address, THERE)
        phones.exchange.behave(CUSTOMER.address, TALKS)
        yield opened


async def test_a_call_is_known_by_the_customer_who_is_dialled_from_it(place: Office) -> None:
    message = order()
    # given a process that died before it could keep which call it is, and nobody who tells
    await dies(place, Death.UNKEPT, message)
    async with at_work(place):
        state = await place.until(lambda: place.receipt_of(message), "a receipt", timedelta(minutes=15))
        end = await place.until(lambda: place.end_of(message), "an end", timedelta(minutes=4))
    assert (state, end) == (DeliveryState.SENT, CallStatus.ENDED)
    assert (place.phones.times_rung(AGENT), place.phones.times_rung(CUSTOMER)) == (1, 1)


async def test_a_call_from_which_somebody_else_was_dialled_is_not_taken_for_it(place: Office) -> None:
    # given that the same agent has just talked to somebody else, of which nothing is known any more
    other = order(customer=Handle("phone", "+50764444444"))
    place.phones.exchange.behave("+50764444444", TALKS)
    await dies(place, Death.UNKEPT, other)
    await place.connection.commands.delete(keys.key(PARTITION, keys.outbound("phone")))
    await place.passes(timedelta(seconds=10))
    # when an order is lost before it rang anybody
    message = order(created_at=place.clock.now())
    await dies(place, Death.UNSENT, message)
    async with at_work(place):
        end = await place.until(lambda: place.end_of(message), "an end", timedelta(minutes=4))
    # then it is placed, once
    assert end is CallStatus.ENDED
    assert place.phones.times_rung(CUSTOMER) == 1


async def test_what_is_over_and_rang_no_customer_stands_in_nobodys_way(place: Office) -> None:
    # given an agent who took no call that we have lost, and is there for the next
    place.phones.exchange.behave(AGENT.address, Behaviour(Does.NO_ANSWER), THERE)
    message = order()
    await dies(place, Death.UNKEPT, message)
    async with at_work(place):
        end = await place.until(lambda: place.end_of(message), "an end", timedelta(minutes=4))
    assert end is CallStatus.ENDED
    assert (place.phones.times_rung(AGENT), place.phones.times_rung(CUSTOMER)) == (2, 1)
