"""One customer, one thread, one owning team: the main job, on a real server."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from router.model.conversation import Conversation, ConversationState
from router.model.decision import OutcomeKind
from router.model.event import (
    AddressGiven,
    Claimed,
    DeliveryReported,
    NoteAdded,
    Reopened,
    ReplyWritten,
    Resolved,
    Snoozed,
    Transferred,
)
from router.model.ids import PARTITIONS, partition_of
from router.model.message import DeliveryState, Handle, OutboundMessage, Receipt
from router.removed_teams import take_in
from router.store import keys, wire
from router.store.connection import xrange
from tests.core import ANA, BETO, BILLING, CARE, Core, running_core, written
from tests.waiting import eventually


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


async def test_a_message_becomes_a_conversation_owned_by_one_team_and_is_answered(core: Core) -> None:
    # given a visitor who writes in the chat
    conversation = await core.says("Hola, no tengo internet")
    assert (conversation.state, conversation.ownership.team) == (ConversationState.NEW, CARE)
    # when an agent answers
    outcome = await core.does(ReplyWritten(ANA, "Lo miro ahora mismo"), conversation.id)
    # then the reply is on its way to the chat, the agent is the assignee, and we wait for the customer
    after = await core.now(conversation.id)
    assert outcome.kind is OutcomeKind.DONE
    assert (after.state, after.assignee) == (ConversationState.PENDING, ANA.id)
    assert await core.story(conversation.id) == [
        ("message_in", "Hola, no tengo internet"),
        ("routed", ""),
        ("message_out", "Lo miro ahora mismo"),
    ]
    assert [c.id for c in await core.records.queue(CARE)] == [conversation.id]


async def test_what_x_shows_in_other_words_is_the_same_post(core: Core) -> None:
    first = await core.accept(written("Miren t.co/a", "twitter:7", "77", channel="twitter"))
    again = await core.accept(written("Miren example.org/foto", "twitter:7", "77", channel="twitter"))
    assert (first.is_new, again.is_new) == (True, False)


async def test_the_same_message_twice_is_one(core: Core) -> None:
    first = await core.says("Hola", key="k1")
    again = await core.accept(written("Hola", key="k1", at=core.clock.now()))
    forged = await core.accept(written("Otra cosa", key="k1", at=core.clock.now()))
    # then the repetition is dropped, and another text under the same key is not
    assert (again.is_new, forged.is_new) == (False, True)

    async def story() -> list[tuple[str, str]]:
        entries = await core.story(first.id)
        return entries if len(entries) == 3 else []

    assert [text for kind, text in await eventually(story) if kind == "message_in"] == ["Hola", "Otra cosa"]


async def test_a_transfer_moves_the_owner_and_the_queue(core: Core) -> None:
    conversation = await core.says("Mi factura está mal")
    await core.does(Transferred(ANA, BILLING, "Ya comprobé el número de cliente"), conversation.id)
    assert [c.id for c in await core.records.queue(CARE)] == []
    assert [c.id for c in await core.records.queue(BILLING)] == [conversation.id]
    # and the new owner sees the whole story
    assert ("transferred", "Ya comprobé el número de cliente") in await core.story(conversation.id)


async def test_what_a_removed_team_owned_goes_to_the_default_team(core: Core) -> None:
    # given a conversation of Billing, and a configuration that no longer has that team
    conversation = await core.says("Mi factura está mal")
    await core.does(Transferred(ANA, BILLING), conversation.id)
    assert await take_in(core.connection, core.inbox, PARTITIONS, [CARE], CARE) == 1

    async def at_care() -> bool:
        return [c.id for c in await core.records.queue(CARE)] == [conversation.id]

    # then the default team owns it, and the story says why
    await eventually(at_care, "at the default team")
    assert ("transferred", "the team 'billing' is gone") in await core.story(conversation.id)


async def test_who_is_of_another_team_may_not_act(core: Core) -> None:
    conversation = await core.says("Hola")
    outcome = await core.does(Claimed(BETO), conversation.id)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REFUSED, "not_your_team")


async def test_two_agents_at_once_one_wins(core: Core) -> None:
    conversation = await core.says("Hola")
    seen = (await core.now(conversation.id)).revision
    assert (await core.does(ReplyWritten(ANA, "Hola, soy Ana"), conversation.id, seen)).kind is OutcomeKind.DONE
    lost = await core.does(ReplyWritten(ANA, "Hola, soy otra"), conversation.id, seen)
    assert lost.kind is OutcomeKind.CONFLICT
    assert [text for kind, text in await core.story(conversation.id) if kind == "message_out"] == ["Hola, soy Ana"]


async def test_resolved_closes_by_time_unless_the_customer_writes(core: Core) -> None:
    # given two resolved conversations
    ada, bob = await core.says("Gracias"), await core.says("Ya está", "chat:bob")
    for conversation in (ada, bob):
        await core.does(Resolved(ANA), conversation.id)
    # when one customer comes back within the time and the other does not
    await core.clock.advance(timedelta(hours=71))
    assert (await core.says("Otra vez lo mismo")).id == ada.id
    await core.clock.advance(timedelta(hours=2))

    async def closed() -> bool:
        return (await core.now(bob.id)).is_closed

    # then the one goes on with the same owner and the other is over; a new message starts another
    await eventually(closed, "closed by its timer")
    assert (await core.now(ada.id)).state is ConversationState.OPEN
    assert (await core.says("Hola de nuevo", "chat:bob")).id != bob.id


async def test_a_resolution_that_is_undone_gives_the_place_in_the_queue_back(core: Core) -> None:
    conversation = await core.says("Hola")
    await core.clock.advance(timedelta(minutes=20))
    await core.does(Resolved(ANA), conversation.id)
    await core.does(Reopened(ANA), conversation.id)
    assert (await core.now(conversation.id)).waiting_since == conversation.waiting_since


async def test_a_snoozed_conversation_wakes_at_its_instant(core: Core) -> None:
    conversation = await core.says("Llamadme mañana")
    await core.does(Snoozed(ANA, core.clock.now() + timedelta(hours=2)), conversation.id)
    assert (await core.now(conversation.id)).state is ConversationState.SNOOZED
    await core.clock.advance(timedelta(hours=2))

    async def open_again() -> bool:
        return (await core.now(conversation.id)).state is ConversationState.OPEN

    await eventually(open_again, "woken by its timer")


async def test_who_leaves_the_chat_is_answered_at_the_address_they_gave(core: Core) -> None:
    # given a visitor who left an address, and is gone when the answer comes
    conversation = await core.says("¿Cuándo viene el técnico?")
    given = AddressGiven(Handle("email", "ada@example.org"), Handle("chat", "ada"))
    await core.inbox.accept(given, "a1")
    await core.does(ReplyWritten(ANA, "Mañana a las 10"), conversation.id)
    assert await replies(core, "email") == []
    # when the time to wait for them is over
    await core.clock.advance(timedelta(minutes=2))
    # then the same answer is on its way by mail
    sent = await eventually(lambda: replies(core, "email"), "a mail")
    assert [(str(m.recipient), m.text) for m in sent] == [("email:ada@example.org", "Mañana a las 10")]


async def test_an_address_given_once_is_not_asked_for_again(core: Core) -> None:
    first = await core.says("Hola")
    await core.inbox.accept(AddressGiven(Handle("email", "ada@example.org"), Handle("chat", "ada")), "a1")
    await core.does(Resolved(ANA), first.id)
    await core.clock.advance(timedelta(hours=73))

    async def closed() -> bool:
        return (await core.now(first.id)).is_closed

    await eventually(closed)
    assert (await core.says("Hola otra vez")).address == Handle("email", "ada@example.org")


async def test_an_answer_to_our_mail_joins_but_its_sender_is_not_made_the_same_customer(core: Core) -> None:
    # given a conversation that wrote to an address which its visitor gave, rightly or wrongly
    conversation = await core.says("¿Cuándo viene el técnico?")
    # when somebody there answers our mail, and then writes of their own accord
    answer = written("No fui yo", "email:eva@example.org", at=core.clock.now(), channel="email")
    await core.accept(replace(answer, conversation=conversation.id))

    async def joined() -> bool:
        return ("message_in", "No fui yo") in await core.story(conversation.id)

    await eventually(joined, "the answer in the conversation")
    other = await core.says("Mi factura está mal", "email:eva@example.org", channel="email")
    # then the second matter is a conversation of their own
    assert (other.id != conversation.id, other.customer != conversation.customer) == (True, True)


async def test_who_has_read_the_answer_in_the_chat_gets_no_mail(core: Core) -> None:
    """The twin: the visitor was there after all."""
    conversation = await core.says("¿Cuándo viene el técnico?")
    await core.inbox.accept(AddressGiven(Handle("email", "ada@example.org"), Handle("chat", "ada")), "a1")
    await core.does(ReplyWritten(ANA, "Mañana a las 10"), conversation.id)
    message = (await replies(core, "webchat"))[0]
    receipt = Receipt(message.id, conversation.id, DeliveryState.DELIVERED, core.clock.now())
    await core.inbox.accept(DeliveryReported(receipt), "r1")

    async def delivered() -> bool:
        return not (await core.now(conversation.id)).awaiting

    await eventually(delivered)
    await core.clock.advance(timedelta(minutes=3))
    # the note is an event behind the timer: once it is there, the timer has done what it does
    await eventually(lambda: timers_gone(core, conversation), "the timer fired")
    await core.does(NoteAdded(ANA, "Todo claro"), conversation.id)
    assert await replies(core, "email") == []


async def replies(core: Core, channel: str) -> list[OutboundMessage]:
    """What waits to be sent on a channel."""
    found = []
    for partition in range(PARTITIONS):
        for _, fields in await xrange(core.connection.commands, keys.key(partition, keys.outbound(channel))):
            found.append(wire.decode(OutboundMessage, fields[b"m"]))
    return found


async def timers_gone(core: Core, conversation: Conversation) -> bool:
    """Whether no timer of the conversation's partition waits any more."""
    return not await core.connection.commands.zcard(keys.key(partition_of(conversation.id), keys.TIMERS))
