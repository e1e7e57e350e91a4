"""When a phone may ring: on the customer's own clock, by their country's hours and holidays, and by their own words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.calls.when import ringing
from router.model.call import CallStatus
from router.model.conversation import Callback
from router.model.event import CallbackSet
from router.model.message import Handle
from router.model.opening import week
from router.model.policy import CallPolicy, RingingHours
from tests.core import ANA
from tests.phone import HOURS, NOON, POLICY, PhoneStory, at_panama
from tests.story import DAY, HOUR, MINUTE

PANAMA, MADRID, TOKYO = (Handle("phone", number) for number in ("+50761234567", "+34612345678", "+81312345678"))
TOLL_FREE, NOBODY = Handle("phone", "+18005551234"), None
SPRING, SUMMER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "own", "zone"),
    [
        (PANAMA, "UTC", "America/Panama"),
        (TOKYO, "America/Panama", "Asia/Tokyo"),
        # of several zones the company's own, else the one in their middle: never another continent's
        (MADRID, "Atlantic/Canary", "Atlantic/Canary"),
        (MADRID, "America/Panama", "Europe/Madrid"),
        (TOLL_FREE, "America/New_York", "America/New_York"),
        (NOBODY, "America/Panama", "America/Panama"),
        (Handle("phone", "no number"), "America/Panama", "America/Panama"),
    ],
)
def test_the_zone_is_the_numbers(number: Handle | None, own: str, zone: str) -> None:
    assert ringing(number, CallPolicy(zone=own)).zone == zone


def test_who_has_no_number_is_in_our_own_country() -> None:
    assert ringing(NOBODY, CallPolicy(), "PA").zone == "America/Panama"
    assert ringing(NOBODY, CallPolicy(zone="America/Bogota"), "PA").zone == "America/Bogota"
    assert ringing(MADRID, CallPolicy(), "PA").zone == "Europe/Madrid"
    assert not ringing(NOBODY, CallPolicy(), "PA").hours.is_open(at_panama("2026-11-03 12:00"))


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-23 07:59", False),
        ("2026-11-23 08:00", True),
        ("2026-11-23 19:59", True),
        ("2026-11-23 20:00", False),
        # a Saturday has other hours, a Sunday none
        ("2026-11-21 08:30", False),
        ("2026-11-21 17:59", True),
        ("2026-11-22 12:00", False),
        # the separation of Panama from Colombia
        ("2026-11-03 12:00", False),
    ],
)
def test_the_hours_are_read_off_the_customers_clock(at: str, is_open: bool) -> None:
    assert ringing(PANAMA, CallPolicy()).hours.is_open(at_panama(at)) is is_open


def test_a_country_has_hours_of_its_own_and_its_holidays_may_count_as_days() -> None:
    policy = CallPolicy(ringing={"PA": RingingHours(week({"mon-sun": "10:00-12:00"}), holidays=False)})
    assert ringing(PANAMA, policy).hours.is_open(at_panama("2026-11-03 11:00"))
    assert not ringing(PANAMA, policy).hours.is_open(at_panama("2026-11-23 12:00"))
    # and where ops wrote of no other country, what ships counts there
    assert ringing(MADRID, policy).hours.is_open(datetime(2026, 11, 23, 19, 30, tzinfo=ZoneInfo("Europe/Madrid")))


@settings(deadline=None)
@given(
    asked=st.datetimes(SPRING.replace(tzinfo=None), SUMMER.replace(tzinfo=None)),
    number=st.sampled_from([PANAMA, MADRID, TOKYO, TOLL_FREE]),
    begins=st.none() | st.timedeltas(-HOUR, 3 * DAY),
    length=st.none() | st.timedeltas(MINUTE, 2 * DAY),
    consent=st.sampled_from(["", "a cualquier hora"]),
)
def test_nobody_is_rung_in_quiet_hours_and_a_window_is_kept_or_refused(
    asked: datetime, number: Handle, begins: timedelta | None, length: timedelta | None, consent: str
) -> None:
    story = PhoneStory(now=asked.replace(tzinfo=UTC))
    name = story.hears("Hola").id
    start = story.now + begins if begins is not None else None
    until = (max(start or story.now, story.now) + length) if length else None
    outcome = story.happens(CallbackSet(ANA, number, start, until, consent), name).outcome
    callback = story.known[name].callback
    if callback is None:
        # then the answer is when it could be, and that is no time within the window
        assert outcome.reason == "not_ready"
        assert until
        assert outcome.earliest is None or outcome.earliest >= until
        return
    assert callback.ready_at
    assert callback.due_at
    assert callback.ready_at >= max(start or story.now, story.now)
    assert callback.ready_at < callback.due_at
    assert until in (None, callback.due_at)
    assert callback.consent == consent
    assert consent or HOURS(number).is_open(callback.ready_at)
    # and it is moved on before quiet hours begin
    if not consent:
        assert callback.shut_at
        assert HOURS(number).is_open(callback.shut_at - timedelta(seconds=1))


@settings(deadline=None)
@given(length=st.timedeltas(timedelta(), 4 * DAY), ends=st.lists(st.sampled_from(["busy", "no_answer"]), max_size=3))
def test_retries_and_delays_wait_for_the_morning(length: timedelta, ends: list[str]) -> None:
    # given a call that nobody makes, or that is tried in vain, however late it gets
    story = PhoneStory(now=at_panama("2026-11-20 18:00"))
    name = story.owed(PANAMA)
    for end in ends:
        story.calls(name, CallStatus(end))
    # when time passes, then it never stands at an instant at which the phone may not ring
    for _ in range(10):
        story.passes(length / 10)
        callback = story.callback(name)
        if callback and callback.ready_at:
            assert HOURS(PANAMA).is_open(callback.ready_at)
            assert not story.is_offered_at(name) or HOURS(PANAMA).is_open(story.now)


def test_who_says_so_is_rung_in_the_night() -> None:
    # given that the customer says at 23:10 that they can be called as soon as possible
    story = PhoneStory(now=at_panama("2026-11-23 23:10"))
    after = story.wants(is_any_hour=True, words="lo antes posible, a la hora que sea")
    callback = after.callback
    assert callback
    assert story.takes(after.id).conversation
    assert (callback.ready_at, callback.consent) == (story.now, "lo antes posible, a la hora que sea")
    # and that without these words it waits for the morning
    other = PhoneStory(now=at_panama("2026-11-23 23:10")).wants().callback
    assert other
    assert (other.ready_at, other.due_at) == (at_panama("2026-11-24 08:00"), at_panama("2026-11-24 10:00"))


def test_the_evening_ends_before_an_agent_is_found() -> None:
    # given a call that is ready at 19:00, and nobody who takes it
    story = PhoneStory(now=at_panama("2026-11-23 19:00"))
    name = story.owed(PANAMA)
    before: Callback | None = story.callback(name)
    # when the hours are over, then it is ready in the morning, still owed by the same time
    story.passes(HOUR)
    after = story.callback(name)
    assert before
    assert after
    assert (after.ready_at, after.due_at) == (at_panama("2026-11-24 08:00"), before.due_at)
    assert story.offers(name).outcome.reason == "not_ready"
    assert story.takes(name).outcome.reason == "not_ready"
    assert story.takes(name).outcome.earliest == at_panama("2026-11-24 08:00")


def test_ops_change_the_hours_while_a_call_waits() -> None:
    # given a call that is ready, and hours that are shorter from now on
    story = PhoneStory(now=at_panama("2026-11-23 19:00"))
    name = story.owed(PANAMA)
    story.rules(ringing={"": RingingHours(week({"mon-fri": "09:00-17:00"}))})
    # when an agent is to be asked, then that is refused, and it is ready when phones may ring
    assert story.offers(name).outcome.reason == "not_ready"
    after = story.callback(name)
    assert after
    assert after.ready_at == at_panama("2026-11-24 09:00")


def test_a_report_that_is_late_rings_nobody() -> None:
    story = PhoneStory(now=at_panama("2026-11-23 19:50"))
    name = story.owed(PANAMA)
    call = story.calls(name)
    story.now = at_panama("2026-11-23 20:30")
    story.reports(name, call, CallStatus.NO_ANSWER)
    after = story.callback(name)
    assert after
    assert after.ready_at == at_panama("2026-11-24 08:00")


def test_a_window_is_kept_by_agents_too() -> None:
    # given a call that the customer wants between two and three
    story = PhoneStory()
    name = story.wants(from_at=NOON + 2 * HOUR, until=NOON + 3 * HOUR).id
    # when an agent has time before that
    early = story.takes(name)
    # then nobody rings, and they hear when they can
    assert (early.outcome.reason, early.outcome.earliest) == ("not_ready", NOON + 2 * HOUR)
    assert not story.orders()
    story.passes(2 * HOUR)
    assert story.takes(name).conversation


def test_who_rang_us_in_the_night_is_rung_back_within_the_grace_time_and_no_later() -> None:
    night = at_panama("2026-11-23 22:00")
    for waits, is_rung in ((POLICY.grace - MINUTE, True), (POLICY.grace + MINUTE, False)):
        story = PhoneStory(now=night)
        story.hears_of(story.rings(), CallStatus.NO_ANSWER)
        (name,) = story.known
        story.passes(waits)
        assert (story.takes(name).conversation is not None) is is_rung
        assert len(story.orders()) == is_rung
