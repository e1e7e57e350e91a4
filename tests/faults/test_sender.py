"""Replies on their way: in order, at the provider's pace, never twice without a look, never believed sent when lost."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from channels.brake import WITHIN, Limits
from channels.courier import AT_ONCE
from channels.host import ChannelHost
from router.model.conversation import Conversation, ConversationState
from router.model.errors import HiloError, PermanentError, StartError, TemporaryError, UnknownOutcome
from router.model.event import ReplyWritten
from router.model.ids import PARTITIONS
from router.store import metrics
from router.store.outbound import ChannelLease, Outbound
from rules.engine import Rule, RuleBook, Then
from tests.core import ANA, CARE, Core, running_core
from tests.provider import LIFE, MailProvider, Provider, called, deliveries, sending, until_told
from tests.waiting import eventually

AUTOMATIC_MAILS = Limits().per_minute


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


async def test_replies_of_a_conversation_leave_in_order_whatever_fails(core: Core) -> None:
    provider = Provider(core)
    provider.faults = [TemporaryError("busy"), TemporaryError("busy", retry_after=60)]
    conversation = await core.says("Hola")
    async with sending(core, provider):
        for text in ("uno", "dos", "tres"):
            await core.does(ReplyWritten(ANA, text), conversation.id)
        # the first attempt fails; the next is due within two seconds
        await eventually(lambda: called(provider, 1))
        await eventually(lambda: core.clock.has_asleep(1), "the reply waits")
        await core.clock.advance(timedelta(seconds=2))
        await eventually(lambda: called(provider, 2))
        # the provider asked for a minute, of the reply and of its account: nothing is called inside of it
        await eventually(lambda: core.clock.has_asleep(2), "both wait")
        await core.clock.advance(timedelta(seconds=59))
        await core.does(ReplyWritten(ANA, "cuatro"), conversation.id)
        assert provider.called_at == ["uno", "uno"]
        await core.clock.advance(timedelta(seconds=2))
        await until_told(core, conversation, "sent", "sent", "sent", "sent")
    assert provider.took == ["uno", "dos", "tres", "cuatro"]


async def test_what_can_never_be_sent_comes_back_to_the_team(core: Core) -> None:
    provider = Provider(core)
    provider.faults = [PermanentError("550 no such mailbox")]
    conversation = await core.says("Hola")
    async with sending(core, provider):
        await core.does(ReplyWritten(ANA, "uno"), conversation.id)
        await until_told(core, conversation, "failed")
    after = await core.now(conversation.id)
    assert (after.state, provider.took) == (ConversationState.OPEN, [])


@pytest.mark.parametrize(
    ("knows", "states", "took"),
    [
        (True, ["sent"], ["uno"]),
        (False, ["sent"], ["uno", "uno"]),
        (UnknownOutcome("nobody can tell"), ["unconfirmed"], ["uno"]),
    ],
)
async def test_a_crash_between_sent_and_recorded_is_settled_by_a_look(
    core: Core, knows: bool | HiloError, states: list[str], took: list[str]
) -> None:
    """Found: sent. Surely not there, or harmless to send again: once more. Unknown: shown so, and not sent again."""
    provider = Provider(core)
    provider.hangs.clear()
    conversation = await core.says("Hola")
    async with sending(core, provider):
        await core.does(ReplyWritten(ANA, "uno"), conversation.id)
        await eventually(lambda: called(provider, 1), "handed over")
        # when another process takes over while the first has not recorded anything
        await core.connection.commands.delete("hilo:{ch:webchat}:lease")
        after = Provider(core)
        after.took, after.knows = list(provider.took), knows
        async with sending(core, after):
            await until_told(core, conversation, *states)
            # and the first one, which wakes at last, is fenced and changes nothing
            provider.hangs.set()
        assert await deliveries(core, conversation) == states
    assert after.took == took


async def test_a_fault_of_the_adapters_own_is_doubt_not_success(core: Core) -> None:
    provider = Provider(core)
    provider.faults = [ZeroDivisionError("a bug")]
    provider.knows = UnknownOutcome("nobody can tell")
    conversation = await core.says("Hola")
    async with sending(core, provider):
        await core.does(ReplyWritten(ANA, "uno"), conversation.id)
        await until_told(core, conversation, "unconfirmed")


async def test_a_fault_in_the_look_itself_is_doubt_and_keeps_the_order(core: Core) -> None:
    provider = Provider(core)
    provider.faults = [ZeroDivisionError("a bug")]
    provider.knows = ZeroDivisionError("another")
    conversation = await core.says("Hola")
    async with sending(core, provider):
        for text in ("uno", "dos"):
            await core.does(ReplyWritten(ANA, text), conversation.id)
        await until_told(core, conversation, "unconfirmed", "sent")
    assert provider.called_at == ["uno", "dos"]


async def test_a_drain_longer_than_the_lease_still_keeps_it(core: Core) -> None:
    # given a reply that takes longer than the lease's two seconds, and a host that is told to stop meanwhile
    slow, other = Provider(core), Provider(core)
    slow.hangs.clear()
    conversation = await core.says("Hola")
    async with sending(core, slow) as host:
        await core.does(ReplyWritten(ANA, "uno"), conversation.id)
        await eventually(lambda: called(slow, 1))
        host.stop()
        # when another one stands by for it
        async with sending(core, other):
            await asyncio.sleep(LIFE.total_seconds() * 1.5)
            slow.hangs.set()
            await until_told(core, conversation, "sent")
    # then it has sent nothing of its own
    assert other.called_at == []


async def test_nothing_leaves_before_the_channel_is_open(core: Core) -> None:
    provider = Provider(core)
    provider.start_fault = StartError("the port is in use")
    conversation = await core.says("Hola")
    await core.does(ReplyWritten(ANA, "uno"), conversation.id)
    outbound = Outbound(core.connection, core.clock, "webchat", PARTITIONS)
    lease = ChannelLease(core.connection, "webchat", LIFE)
    with pytest.raises(StartError, match="in use"):
        await ChannelHost(provider, core.inbox, outbound, lease, LIFE, core.clock).run()
    assert provider.called_at == []
    # and the lease is free for whoever can open it
    assert await ChannelLease(core.connection, "webchat", LIFE).take()


async def test_what_waits_for_its_turn_is_never_in_doubt(core: Core) -> None:
    # given more conversations than are sent for at once, and a provider that hangs
    provider = Provider(core)
    provider.hangs.clear()
    for number in range(AT_ONCE + 4):
        conversation = await core.says("Hola", f"chat:{number}")
        await core.does(ReplyWritten(ANA, "uno"), conversation.id)
    async with sending(core, provider):
        await eventually(lambda: called(provider, AT_ONCE))
        marked = [await core.connection.commands.hlen(f"hilo:{{p{p:02d}}}:try:webchat") for p in range(PARTITIONS)]
        assert sum(marked) == AT_ONCE


async def test_a_flood_of_mails_is_hardly_answered_by_itself(redis_url: str, redis_client: Redis) -> None:
    # given rules that acknowledge each mail, and mails in the names of many
    book = RuleBook(CARE, (Rule("all", then=Then(acknowledge={"es": "Recibido"})),))
    async with running_core(redis_url, rulebook=book) as core:
        provider = MailProvider(core)
        senders = [f"email:{number}@example.org" for number in range(AUTOMATIC_MAILS + 5)]
        flood = [await core.says("Hola", sender, channel="email") for sender in senders]
        async with sending(core, provider):
            # then a few are answered, and the others never
            await eventually(lambda: are_known(core, flood), "what became of each")
            assert provider.took == ["Recibido"] * AUTOMATIC_MAILS
            # while what people write leaves, and after a minute a few more do
            await core.does(ReplyWritten(ANA, "Buenas"), flood[-1].id)
            await core.clock.advance(WITHIN)
            later = await core.says("Hola", "email:later@example.org", channel="email")
            await eventually(lambda: are_known(core, [*flood, later], replies=1), "the reply and one more")
        assert sorted(provider.took) == ["Buenas", *["Recibido"] * (AUTOMATIC_MAILS + 1)]


async def test_one_mailbox_gets_one_by_itself_and_takes_nobodys_place(redis_url: str, redis_client: Redis) -> None:
    # given a flood in one victim's name, written in many ways, and then somebody who asks for help
    book = RuleBook(CARE, (Rule("all", then=Then(acknowledge={"es": "Recibido"})),))
    async with running_core(redis_url, rulebook=book) as core:
        provider, counted = MailProvider(core), sends_counted()
        senders = [f"email:victim+{number}@example.org" for number in range(AUTOMATIC_MAILS)]
        flood = [await core.says("Hola", sender, channel="email") for sender in senders]
        async with sending(core, provider):
            await eventually(lambda: are_known(core, flood), "what became of each")
            assert provider.took == ["Recibido"]
            # then they are told that they were heard, also where it takes a second attempt
            provider.faults = [TemporaryError("busy")]
            ana = await core.says("Hola", "email:ana@example.org", channel="email")
            await eventually(lambda: is_told_in_time(core, ana), "what became of it")
            assert (await deliveries(core, ana), provider.took) == (["sent"], ["Recibido"] * 2)
        assert sorted([state for one in flood for state in await deliveries(core, one)]) == [
            *["failed"] * (AUTOMATIC_MAILS - 1),
            "sent",
        ]
        # (what the brake held back is counted apart from what a provider refused)
        gained = [after - before for before, after in zip(counted, sends_counted(), strict=True)]
        assert gained == [AUTOMATIC_MAILS - 1, 0, 2]


def sends_counted() -> list[float]:
    """How many mails were held back, failed and were sent, as the metrics tell."""
    labels = ({"channel": "email", "result": result} for result in ("held_back", "failed", "sent"))
    return [metrics.REGISTRY.get_sample_value("hilo_sends_total", each) or 0.0 for each in labels]


async def is_told_in_time(core: Core, conversation: Conversation) -> bool:
    """Whether it is told what became of the conversation's acknowledgement; meanwhile time goes on."""
    await core.clock.advance(timedelta(seconds=2))
    return await are_known(core, [conversation])


async def are_known(core: Core, conversations: Sequence[Conversation], replies: int = 0) -> bool:
    """Whether it is told what became of each conversation's acknowledgement, and of so many replies."""
    states = [state for conversation in conversations for state in await deliveries(core, conversation)]
    return len(states) == len(conversations) + replies
