"""A customer's own words lift quiet hours for the call that they ask for, and for that one alone."""

import pytest

from router.model.call import CallbackReason
from router.model.commitment import CallbackKind
from router.model.conversation import Callback
from router.model.decision import EntryKind
from router.model.event import CallbackSet
from router.model.fact import Fact
from router.model.ids import ConversationId
from tests.core import ANA
from tests.phone import PANAMA, PhoneStory, at_panama
from tests.story import BOB, HOUR, MINUTE

LATE_EVENING = at_panama("2026-11-23 23:10")
MORNING = at_panama("2026-11-24 08:00")
# The word `baja` has a rule in this book: a call within an hour of the office's time.
ASKS = "Quiero la baja. ¿Me pueden llamar?"
WORDS = "a la hora que sea"
FREES = f"Quiero la baja: llámenme lo antes posible, {WORDS}"


def owed_in(story: PhoneStory, name: ConversationId) -> Callback:
    """The call that is owed there."""
    callback = story.callback(name)
    assert callback is not None
    assert callback.kind is CallbackKind.SCHEDULE
    return callback


def test_at_ten_past_eleven_at_night_a_call_waits_for_the_morning_unless_its_customer_says_otherwise() -> None:
    # given a customer who asks for a call at 23:10, and says nothing of the hour
    story = PhoneStory(now=LATE_EVENING)
    name = story.hears(ASKS).id
    assert story.happens(CallbackSet(ANA, PANAMA), name).conversation
    assert owed_in(story, name).ready_at == MORNING
    refusal = story.takes(name).outcome
    assert (refusal.reason, refusal.earliest) == ("not_ready", MORNING)
    assert story.orders() == []
    # when they say that any hour will do
    story.passes(MINUTE)
    story.hears(FREES)
    # then the same call is ready at once, with their words, and its agent makes it
    callback = owed_in(story, name)
    assert (callback.ready_at, callback.consent, callback.reason) == (story.now, WORDS, CallbackReason.AGENT)
    assert callback.due_at == story.now + story.policy.within
    assert story.entries(EntryKind.CALLBACK)[-1].detail["consent"] == WORDS
    assert story.takes(name).conversation
    assert len(story.orders()) == 1


def test_what_a_rule_wishes_for_is_owed_day_and_night_once_they_say_so() -> None:
    story = PhoneStory(now=LATE_EVENING)
    name = story.hears(ASKS).id
    # an hour of the office's time is over at nine the next morning
    assert (owed_in(story, name).ready_at, owed_in(story, name).due_at) == (MORNING, MORNING + HOUR)
    story.hears(FREES)
    assert (owed_in(story, name).ready_at, owed_in(story, name).due_at) == (story.now, story.now + HOUR)
    assert story.entries(EntryKind.CALLBACK)[-1].detail["state"] == "moved"
    # and asking again without them takes nothing back
    story.passes(MINUTE)
    story.hears(ASKS)
    assert owed_in(story, name).consent == WORDS


def test_in_the_day_their_words_are_kept_too_for_it_may_grow_late() -> None:
    story = PhoneStory(now=at_panama("2026-11-23 12:00"))
    name = story.hears(ASKS).id
    due_at = owed_in(story, name).due_at
    story.passes(MINUTE)
    story.hears(FREES)
    assert (owed_in(story, name).consent, owed_in(story, name).due_at) == (WORDS, due_at)


@pytest.mark.parametrize(
    "text", ["Quiero la baja, y no me llamen a cualquier hora", "Quiero la baja. Llámenme cuando puedan", ASKS]
)
def test_a_doubt_wakes_nobody(text: str) -> None:
    story = PhoneStory(now=LATE_EVENING)
    name = story.hears(text).id
    assert (owed_in(story, name).ready_at, owed_in(story, name).consent) == (MORNING, "")


def test_a_time_that_was_agreed_stands() -> None:
    story = PhoneStory(now=at_panama("2026-11-23 12:00"))
    name = story.hears("Hola").id
    window = (at_panama("2026-11-23 16:00"), at_panama("2026-11-23 17:00"))
    story.happens(CallbackSet(ANA, PANAMA, *window), name)
    story.hears(FREES)
    callback = owed_in(story, name)
    assert (callback.from_at, callback.due_at, callback.consent) == (*window, "")


def test_the_call_goes_to_the_number_that_its_message_says_unless_nothing_proves_who_wrote_it() -> None:
    # given a visitor of the chat, whose own words they are
    story = PhoneStory(now=LATE_EVENING)
    number = Fact("phone", PANAMA.address)
    name = story.hears(FREES, facts=(number,)).id
    assert owed_in(story, name).number == PANAMA
    # and one who said it only once they were asked for it
    other = PhoneStory(now=LATE_EVENING)
    name = other.hears(FREES).id
    assert owed_in(other, name).number is None
    other.passes(MINUTE)
    other.hears(ASKS, facts=(number,))
    assert (owed_in(other, name).number, owed_in(other, name).consent) == (PANAMA, WORDS)
    # when nothing proves who wrote, then an agent has to see to it, for it may be a stranger's phone
    mail = PhoneStory(now=LATE_EVENING)
    name = mail.hears(FREES, BOB, facts=(number,)).id
    assert owed_in(mail, name).number is None


def test_words_without_a_rule_make_no_call() -> None:
    story = PhoneStory(now=LATE_EVENING)
    assert story.hears(f"Llámenme {WORDS}").callback is None
