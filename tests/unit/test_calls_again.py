"""Calls that are asked for, rung, dropped or told once more: what begins anew, and what stays as it was."""

from msgspec.structs import replace

from router.model.call import CallStatus
from router.model.event import CallbackSet
from tests.core import ANA
from tests.phone import ANA_, NOON, PANAMA, POLICY, PhoneStory, at_panama
from tests.story import HOUR, MINUTE


def test_who_asks_anew_is_tried_as_often_as_at_first() -> None:
    # given two attempts in vain
    story = PhoneStory()
    name = story.owed()
    for _ in range(2):
        story.calls(name, CallStatus.NO_ANSWER)
    # when the customer asks for it once more, and is not reached at first
    story.wants()
    story.calls(name, CallStatus.NO_ANSWER)
    # then that is the first of as many
    callback = story.callback(name)
    assert callback
    assert (callback.attempts, story.told_customers()) == (1, [])


def test_who_rings_back_when_the_grace_is_over_is_anybodys() -> None:
    for waits, agent in ((POLICY.grace - MINUTE, "ana"), (POLICY.grace + MINUTE, None)):
        story = PhoneStory()
        name = story.owed()
        story.calls(name, CallStatus.TALKING, CallStatus.ENDED)
        story.passes(waits)
        story.rings()
        assert story.call(name).agent == agent


def test_what_is_in_doubt_is_not_told_as_late() -> None:
    story = PhoneStory()
    name = story.owed()
    story.calls(name, CallStatus.IN_DOUBT)
    story.passes(10 * HOUR)
    assert (story.told_customers(), story.counted()) == ([], [])
    callback = story.callback(name)
    assert callback
    assert callback.is_in_doubt


def test_a_line_that_fell_is_no_rules_to_put_off() -> None:
    # given a line that fell, and an agent who is gone
    story = PhoneStory()
    name = story.owed()
    story.calls(name, CallStatus.TALKING, CallStatus.DROPPED)
    fell = story.callback(name)
    # when the customer writes what a rule wishes for a call upon
    story.hears("quiero la baja")
    # then it is made again all the same
    callback = story.callback(name)
    assert fell
    assert callback
    assert (callback.id, callback.reason, callback.due_at) == (fell.id, fell.reason, fell.due_at)


def test_an_incoming_call_that_falls_goes_to_the_agents_and_rings_nobody_by_itself() -> None:
    story = PhoneStory()
    name = story.hears("Hola").id
    call = story.rings()
    story.hears_of(call, CallStatus.TALKING, ANA_)
    story.hears_of(call, CallStatus.DROPPED, ANA_)
    story.passes(MINUTE)
    # nobody knows at which phone they had taken it: they are asked first
    callback = story.callback(name)
    assert callback
    assert (callback.wanted, callback.number, callback.offer, story.orders()) == ("ana", PANAMA, None, [])
    assert story.offers(name).conversation


def test_a_number_that_was_somebody_elses_is_not_taken_for_theirs_again() -> None:
    # given a customer who rang us from a number that turned out to be a stranger's
    story = PhoneStory()
    story.hears_of(story.rings(), CallStatus.NO_ANSWER)
    (name,) = story.known
    story.calls(name, CallStatus.WRONG_NUMBER)
    # then an agent who names none has to ask
    assert story.happens(CallbackSet(ANA), name).outcome.reason == "number_needed"
    assert story.happens(CallbackSet(ANA, replace(PANAMA, address="+50766000000")), name).conversation


def test_a_call_as_soon_as_possible_is_due_by_the_hours_in_which_it_may_ring() -> None:
    # an hour before nobody's phone may ring any more, two hours end an hour after it may again
    story = PhoneStory(now=at_panama("2026-11-23 19:00"))
    callback = story.wants().callback
    assert callback
    assert callback.due_at == at_panama("2026-11-24 09:00")


def test_no_minutes_are_offered_in_which_nobody_can_be_called() -> None:
    # given that the last attempt was made ten minutes before the evening ends, and a slot takes half an hour
    story = PhoneStory(now=at_panama("2026-11-23 19:50"))
    story.rules(retries=())
    name = story.owed()
    story.calls(name, CallStatus.NO_ANSWER)
    # then what is left of today is not offered
    (told,) = story.told_customers()
    assert "hoy" not in told
    assert "mañana de 08:00 a 20:00" in told
    # and the control arm: at noon it is
    noon = PhoneStory(now=NOON)
    noon.rules(retries=())
    noon.calls(noon.owed(), CallStatus.NO_ANSWER)
    assert "hoy hasta las 20:00" in noon.told_customers()[0]


def test_that_they_may_be_rung_at_any_hour_stays_so_when_an_agent_only_notes_something() -> None:
    # given a customer who asked at night to be called as soon as possible
    night = at_panama("2026-11-23 22:00")
    story = PhoneStory(now=night)
    name = story.wants(is_any_hour=True, words="cuando sea").id
    story.happens(CallbackSet(ANA, note="Sin internet"), name)
    callback = story.callback(name)
    assert callback
    assert (callback.consent, callback.ready_at) == ("cuando sea", night)
    # and of another time that an agent sets they have said nothing
    later = story.happens(CallbackSet(ANA, from_at=night + HOUR, until=night + 2 * HOUR), name)
    assert later.outcome.reason == "not_ready"


def test_an_agent_says_that_a_line_fell_of_which_the_exchange_says_that_it_ended() -> None:
    # given a call that was hung up, as far as the exchange knows
    story = PhoneStory()
    name = story.owed()
    first = story.calls(name, CallStatus.TALKING, CallStatus.ENDED)
    # when its agent knows better
    assert story.logs(name, CallStatus.DROPPED).conversation
    # then they ring again, without asking anybody
    story.passes(POLICY.again_after)
    assert story.call(name).id != first
    assert (story.call(name).agent, story.call(name).status) == ("ana", CallStatus.ORDERED)
    # and once it is wrapped up it is over
    story.reports(name, story.call(name).id, CallStatus.TALKING)
    story.reports(name, story.call(name).id, CallStatus.ENDED)
    story.wraps(name, "solved")
    assert story.logs(name, CallStatus.DROPPED).outcome.reason == "already_settled"
