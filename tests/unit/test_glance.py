"""What ops see of a person at a glance."""

from router.customer_cli.glance import counts
from router.model.call import CallStatus
from router.model.event import PromiseMade
from router.model.ids import CustomerId
from router.model.promise import PromiseKind
from router.store.personal.held import Held, Story
from tests.core import ANA
from tests.phone import NOON, PhoneStory
from tests.story import HOUR


def test_calls_and_promises_are_counted() -> None:
    # given a customer whom we have called twice in vain and still owe the call, and a word of ours besides
    story = PhoneStory()
    name = story.owed()
    for status in (CallStatus.BUSY, CallStatus.NO_ANSWER):
        story.calls(name, CallStatus.RINGING, status)
    story.happens(PromiseMade(ANA, PromiseKind.WORD, NOON + 9 * HOUR, "Te escribo"), name)
    entries = [entry for decision in story.decisions for entry in decision.entries]
    held = Held((CustomerId("u-07-ada"),), stories=[Story(story.known[name], entries)])
    # when ops look
    found = counts(held)
    # then each is told by its number
    assert {what: found[what] for what in ("calls_owed", "calls", "promises")} == {
        "calls_owed": 1,
        "calls": 2,
        "promises": 1,
    }
