"""A customer changes, or takes back, what they wrote: the story tells it, and nothing begins anew."""

from datetime import timedelta

from msgspec.structs import replace

from router.model.conversation import Conversation, ConversationState
from router.model.decision import EntryKind
from router.model.event import MessageArrived, MessageWithdrawn, ReplyWritten, Resolved
from router.model.message import ChannelName, Handle, InboundMessage
from tests.core import ANA, written
from tests.story import ADA, Story

TWITTER = ChannelName("twitter")


def tweet(story: Story, text: str, key: str, edits: str = "", sender: Handle = ADA) -> InboundMessage:
    message = written(text, str(sender), key, story.now, channel=TWITTER)
    return replace(message, references=(key,), thread="1", public=True, edits=edits)


def arrived(story: Story, message: InboundMessage) -> Conversation:
    after = story.happens(MessageArrived(message)).conversation
    assert after is not None
    return after


def test_an_edit_is_told_and_nothing_begins_anew() -> None:
    # given a post that is resolved
    story = Story()
    first = arrived(story, tweet(story, "Mi fatura está mal", "10"))
    story.happens(ReplyWritten(ANA, "Ya está."), first.id)
    story.happens(Resolved(ANA), first.id)
    contacts = story.customers[first.customer].contacts
    # when its author corrects a letter
    story.passes(timedelta(minutes=30))
    after = arrived(story, tweet(story, "Mi factura está mal", "11", edits="10"))
    # then the story tells the new words, and of whom they are
    (entry,) = story.entries(EntryKind.EDITED)
    assert (entry.text, entry.message, entry.detail["edits"]) == ("Mi factura está mal", "11", "10")
    # and it is no contact, no message more, and nobody has to act
    assert (after.state, after.messages) == (ConversationState.RESOLVED, first.messages + 1)
    assert story.customers[first.customer].contacts == contacts
    assert len(story.entries(EntryKind.MESSAGE_IN)) == 1
    assert story.entries(EntryKind.REOPENED) == []
    # and a reply goes below the words as they are now
    assert (after.targets[0].references, after.preview) == (("11",), "Mi factura está mal")
    # but what they write after that is a message
    assert arrived(story, tweet(story, "¿Y?", "12")).state is ConversationState.OPEN


def test_an_edit_of_what_is_over_is_a_message() -> None:
    # given that there is no conversation that it could be told in
    story = Story()
    after = arrived(story, tweet(story, "Mi factura está mal", "11", edits="10"))
    # then nobody overlooks it
    assert (after.state, after.messages) == (ConversationState.NEW, 1)
    assert [entry.text for entry in story.entries(EntryKind.MESSAGE_IN)] == ["Mi factura está mal"]


def test_what_is_deleted_stays_in_the_story() -> None:
    story = Story()
    first = arrived(story, tweet(story, "¡Son unos...!", "10"))
    # when the customer deletes the post
    after = story.happens(MessageWithdrawn("10", TWITTER, ADA)).conversation
    # then the story has it all the same, says so, and the team still owes what it owed
    assert after is not None
    assert [entry.text for entry in story.entries(EntryKind.MESSAGE_IN)] == ["¡Son unos...!"]
    assert [entry.message for entry in story.entries(EntryKind.WITHDRAWN)] == ["10"]
    assert (after.state, after.messages, after.waiting_since) == (first.state, 1, first.waiting_since)


def test_what_is_deleted_of_a_story_that_is_over_changes_nothing() -> None:
    story = Story()
    decision = story.happens(MessageWithdrawn("10", TWITTER, ADA))
    assert (decision.conversation, decision.entries) == (None, ())
