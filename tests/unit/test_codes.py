"""One-time codes: who reads the one handle and writes from the other has both, and nobody else gets it by a code."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from router.core.codes import GOOD_FOR, MOST_CODES, MOST_TRIES
from router.model.conversation import Conversation
from router.model.customer import Evidence, LinkKind, with_link
from router.model.decision import Decision, EntryKind, OutcomeKind
from router.model.errand import HandleSought
from router.model.event import CodeAsked, MessageArrived
from router.model.message import Handle, Proof
from router.store import wire
from tests.core import ANA, written
from tests.story import ADA, BOB, CUSTOMERS, MINUTE, Story

ANAS = Handle("email", "ana@example.org")
CODE = "040506"


def asks(story: Story, conversation: Conversation, handle: Handle = ANAS, code: str = CODE) -> Decision:
    """What follows from an agent's having a code sent."""
    return story.happens(CodeAsked(ANA, handle, code), conversation.id)


def states(story: Story) -> list[str]:
    """How it went with codes, as the timeline tells it."""
    return [entry.detail["state"] for entry in story.entries(EntryKind.CODE)]


def proved(story: Story) -> list[str]:
    """The handles that a code has proved to be the customer's."""
    errands = [errand for decision in story.decisions for errand in decision.errands]
    sought = [each for each in errands if isinstance(each, HandleSought) and each.evidence is Evidence.CODE]
    return [str(each.handle) for each in sought]


def is_awaited(story: Story) -> bool:
    """Whether a code would still be taken."""
    name = story.customers[CUSTOMERS[ADA]].open_conversation
    challenge = story.known[name].challenge if name else None
    return challenge is not None and challenge.digest != ""


def test_a_code_goes_to_the_other_address_alone_and_is_used_up_where_the_customer_writes_it() -> None:
    # given a visitor who says that an address is theirs
    story = Story()
    conversation = story.hears("Soy Ana, ana@example.org")
    # when an agent has a code sent
    asked = asks(story, conversation)
    # then it leaves for that address, by the channel that leads there, and the story tells that, but not the code
    (message,) = asked.outbound
    assert (message.channel, str(message.recipient)) == ("email", "email:ana@example.org")
    assert CODE in message.text
    assert not any(CODE in wire.encode(entry).decode() for entry in asked.entries)
    assert asked.conversation is not None
    assert CODE not in wire.encode(asked.conversation).decode()
    # when they write it, as people do
    story.hears("ok, 040-506, gracias")
    # then it is of no use a second time
    assert (states(story), is_awaited(story)) == (["sent"], False)
    story.hears(CODE)
    assert proved(story) == ["email:ana@example.org"]


def test_wrong_ones_are_counted_and_then_the_right_one_comes_too_late() -> None:
    story = Story()
    asks(story, story.hears("Hola"))
    for guess in range(MOST_TRIES):
        assert is_awaited(story)
        story.hears(f"{guess:06d}")
    story.hears(CODE)
    assert states(story) == ["sent", *["wrong"] * (MOST_TRIES - 1), "failed"]
    assert (is_awaited(story), proved(story)) == (False, [])


def test_a_code_is_over_after_a_quarter_of_an_hour() -> None:
    story = Story()
    asks(story, story.hears("Hola"))
    story.now += GOOD_FOR
    story.hears(CODE)
    assert (states(story), is_awaited(story), proved(story)) == (["sent"], False, [])


def test_a_new_code_takes_the_place_of_the_last_one_and_there_are_not_many() -> None:
    story = Story()
    conversation = story.hears("Hola")
    for number in range(MOST_CODES):
        assert asks(story, conversation, code=f"11111{number}").outcome.kind is OutcomeKind.DONE
    assert asks(story, conversation).outcome.reason == "too_many_codes"
    story.hears("111110")
    assert is_awaited(story)
    story.hears("111112")
    assert not is_awaited(story)
    story.now += timedelta(hours=1)
    assert asks(story, conversation).outcome.kind is OutcomeKind.DONE


FORGED = replace(written(CODE, str(ADA), "forged"), public=True)


@pytest.mark.parametrize("text", ["1234567 no es", "040 50", "mi número es 6040506", "04.05.06", ""], ids=str)
def test_what_is_no_code_costs_no_try(text: str) -> None:
    story = Story()
    asks(story, story.hears("Hola"))
    story.hears(text)
    assert is_awaited(story)


def test_from_another_handle_or_in_public_it_counts_for_nothing() -> None:
    # given a code that is awaited from the chat
    story = Story()
    conversation = story.hears("Hola")
    asks(story, conversation)
    # when somebody else writes it into the same conversation, and when it is written where all can read it
    story.hears(CODE, BOB, conversation.id)
    story.happens(MessageArrived(FORGED))
    # then it is as good as not written
    assert (is_awaited(story), proved(story)) == (True, [])


def test_who_may_write_in_anothers_name_can_get_no_address_linked_to_theirs() -> None:
    # given a mail in Bob's name that nothing proves to be his
    story = Story()
    conversation = story.hears("Soy Bob; ahora uso ana@example.org", BOB)
    # when an agent would have a code sent to the address that it names
    assert asks(story, conversation).outcome.reason == "nowhere_to_write_a_code"
    # then only a mail that is proved to be his lets them
    proved = replace(written("Soy yo", str(BOB), "m-proved", story.now, channel="email"), proof=Proof.DKIM)
    story.happens(MessageArrived(proved))
    story.now += MINUTE
    assert asks(story, conversation).outcome.kind is OutcomeKind.DONE
    # and in a later mail without proof the code counts for nothing
    story.hears(CODE, BOB)
    challenge = story.known[conversation.id].challenge
    assert challenge is not None
    assert challenge.digest


def test_what_is_known_already_needs_none_and_where_no_channel_leads_none_is_sent() -> None:
    story = Story()
    conversation = story.hears("Hola")
    assert asks(story, conversation, Handle("phone", "+50761234567")).outcome.reason == "no_such_channel"
    name = CUSTOMERS[ADA]
    story.customers[name] = with_link(story.customers[name], ANAS, LinkKind.VERIFIED, story.now)
    assert asks(story, conversation).outcome.reason == "already_linked"
