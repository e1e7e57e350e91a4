"""A line that falls while a later time is agreed: that call is made again at once, and the agreed one at its time."""

import random

import pytest

from router.model.call import CallbackReason, CallStatus
from router.model.event import CallbackDropped, CallbackSet, PromiseMade, PromiseSettled
from router.model.ids import ConversationId
from router.model.promise import PromiseKind, PromiseState
from tests.core import ANA
from tests.phone import ANA_, NOON, PANAMA, PhoneStory
from tests.story import DAY, HOUR, MINUTE

TOMORROW = (NOON + DAY, NOON + DAY + HOUR)


def fell(story: PhoneStory, *, from_in: int = 24) -> ConversationId:
    """A conversation with a call agreed in so many hours, whose customer rang us today, and the line fell."""
    start = NOON + from_in * HOUR
    name = story.wants(from_at=start, until=start + HOUR).id
    call = story.rings()
    for status in (CallStatus.TALKING, CallStatus.DROPPED):
        story.hears_of(call, status, ANA_)
    return name


def window(story: PhoneStory, name: ConversationId) -> tuple[object, ...]:
    callback = story.callback(name)
    return (callback.reason, callback.from_at, callback.due_at) if callback else ()


def test_who_is_cut_off_is_called_at_once_and_once_more_at_the_agreed_time() -> None:
    story = PhoneStory()
    name = fell(story)
    # then that call is owed now
    now = story.callback(name)
    assert now
    assert (now.reason, now.wanted, now.ready_at) == (CallbackReason.DROPPED, "ana", story.now)
    # when it is made, and falls again, and is made again
    story.calls(name, CallStatus.TALKING, CallStatus.DROPPED)
    story.passes(MINUTE)
    assert len(story.orders()) == 2
    for status in (CallStatus.TALKING, CallStatus.ENDED):
        story.reports(name, story.call(name).id, status)
    # then the agreed one stands as it was
    assert window(story, name) == (CallbackReason.ASKED, *TOMORROW)
    assert story.counted() == ["kept", "kept"]
    story.wraps(name, "solved")
    story.passes(DAY)
    assert story.offers(name).conversation


def test_a_call_of_ours_that_falls_before_the_agreed_time_is_made_again_too() -> None:
    # given that the agent and the customer agreed on another time while the call was owed no more
    story = PhoneStory()
    name = story.owed()
    story.calls(name, CallStatus.TALKING, CallStatus.ENDED)
    story.wants(from_at=TOMORROW[0], until=TOMORROW[1])
    # when what was reported as an end turns out to be a line that fell
    story.reports(name, story.call(name).id, CallStatus.DROPPED)
    story.passes(MINUTE)
    # then it is made again within the minute, and the agreed one stays behind it
    assert len(story.orders()) == 2
    for status in (CallStatus.TALKING, CallStatus.ENDED):
        story.reports(name, story.call(name).id, status)
    assert window(story, name) == (CallbackReason.ASKED, *TOMORROW)


@pytest.mark.parametrize("end", [CallStatus.NO_ANSWER, CallStatus.WRONG_NUMBER])
def test_who_is_not_reached_after_a_line_fell_is_called_at_the_agreed_time(end: CallStatus) -> None:
    story = PhoneStory()
    name = fell(story)
    for _ in range(3):
        if window(story, name)[0] is CallbackReason.DROPPED:
            story.calls(name, end)
    assert window(story, name) == (CallbackReason.ASKED, *TOMORROW)
    # and where the number was wrong nobody is rung there again
    callback = story.callback(name)
    assert callback
    assert callback.number == (None if end is CallStatus.WRONG_NUMBER else PANAMA)


def test_the_next_attempt_gives_way_to_the_agreed_time() -> None:
    # given that the second pause would reach beyond the window
    story = PhoneStory()
    name = fell(story, from_in=1)
    story.calls(name, CallStatus.NO_ANSWER)
    assert window(story, name)[0] is CallbackReason.DROPPED
    story.calls(name, CallStatus.NO_ANSWER)
    assert window(story, name) == (CallbackReason.ASKED, NOON + HOUR, NOON + 2 * HOUR)


def test_who_talks_within_the_agreed_time_is_not_called_twice() -> None:
    story = PhoneStory()
    name = fell(story, from_in=1)
    story.passes(HOUR + MINUTE)
    story.calls(name, CallStatus.TALKING, CallStatus.ENDED)
    assert (story.callback(name), story.counted()) == (None, ["kept", "kept"])


def test_an_agent_who_agrees_anew_moves_the_time_and_one_who_drops_the_call_leaves_it() -> None:
    moved, dropped, put = PhoneStory(), PhoneStory(), PhoneStory()
    # when they agree on another day, it is that day's alone
    name = fell(moved)
    start = TOMORROW[0] + DAY
    moved.happens(CallbackSet(ANA, from_at=start, until=start + HOUR), name)
    callback = moved.callback(name)
    assert callback
    assert (callback.from_at, callback.later) == (start, None)
    # when they drop the call that is owed now, the agreed one is owed still, and may be dropped too
    name = fell(dropped)
    dropped.happens(CallbackDropped(ANA, "Ya escribió"), name)
    assert window(dropped, name) == (CallbackReason.ASKED, *TOMORROW)
    dropped.happens(CallbackDropped(ANA, "Ya no quiere"), name)
    assert dropped.callback(name) is None
    # when they only note something, both stay
    name = fell(put)
    put.happens(CallbackSet(ANA, note="Sin internet"), name)
    callback = put.callback(name)
    assert callback
    assert callback.later
    assert callback.later.from_at == TOMORROW[0]


def test_a_promised_call_that_is_none_any_more_is_not_made_after_a_line_fell() -> None:
    story = PhoneStory()
    name = story.hears("Hola").id
    story.happens(PromiseMade(ANA, PromiseKind.CALL, TOMORROW[1], "Te llamo mañana", TOMORROW[0]), name)
    call = story.rings()
    for status in (CallStatus.TALKING, CallStatus.DROPPED):
        story.hears_of(call, status, ANA_)
    (promise,) = story.known[name].promises
    assert promise.is_open
    story.happens(PromiseSettled(ANA, promise.id, PromiseState.DROPPED), name)
    callback = story.callback(name)
    assert callback
    assert (callback.reason, callback.later) == (CallbackReason.DROPPED, None)


ENDS = (
    (CallStatus.TALKING, CallStatus.ENDED),
    (CallStatus.TALKING, CallStatus.DROPPED),
    (CallStatus.TALKING, CallStatus.ENDED, CallStatus.DROPPED),
    (CallStatus.NO_ANSWER,),
    (CallStatus.BUSY,),
    (CallStatus.AGENT_AWAY,),
)


@pytest.mark.parametrize("seed", range(20))
def test_no_agreed_time_is_lost_however_often_the_line_falls(seed: int) -> None:
    dice = random.Random(seed)
    story = PhoneStory()
    name = fell(story)
    for _ in range(6):
        # when calls are made and end in any way, or the customer rings, is cut off, or missed
        callback = story.callback(name)
        assert callback
        if callback.order:
            # It was made again by itself.
            for status in dice.choice(ENDS):
                story.reports(name, callback.order, status)
        elif callback.reason is not CallbackReason.DROPPED or dice.random() < 0.3:
            call = story.rings()
            for status in dice.choice(ENDS[1:4]):
                story.hears_of(call, status, ANA_)
        else:
            story.calls(name, *dice.choice(ENDS))
        story.passes(dice.randrange(20) * MINUTE)
        # then the time is the one that is owed, or waits behind the one that fell, as it was
        callback = story.callback(name)
        assert callback
        agreed = callback.later or callback
        assert (agreed.reason, agreed.from_at, agreed.due_at) == (CallbackReason.ASKED, *TOMORROW)
