"""A mail that its server delivers once more is one, whatever has become of its sender and its conversation since."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from channels.email.message_ids import MessageIds
from router.model.conversation import Conversation
from router.model.errors import Refusal
from router.model.event import AddressGiven, ReplyWritten, Resolved
from router.model.ids import PARTITIONS, partition_of
from router.model.message import Handle, OutboundMessage
from router.store import keys, wire
from router.store.connection import xrange
from router.store.inbox import Accepted
from tests.archived import LONG, feeder_of, opened
from tests.core import ANA, Core, running_core
from tests.email_channel import CARE_ADDRESS, MADE_IN_THE_TEST, Post, listening, raw_mail, receiving
from tests.waiting import eventually

EVA = "email:eva@example.org"


@dataclass
class Office:
    """A core and a mail server's door to it."""

    core: Core
    post: Post

    async def delivered(self, mail: bytes) -> Accepted:
        """What the inbox answers to `mail`, which a mail server hands over and hears 250 for."""
        delivering = asyncio.create_task(asyncio.to_thread(self.deliver, mail))
        _, accepted = await self.post.accept()
        await delivering
        return accepted

    async def asks_eva(self) -> tuple[Conversation, bytes]:
        """A chat's visitor says that Eva's address is theirs, and is answered there; how she answers that mail."""
        conversation = await self.core.says("¿Cuándo viene el técnico?")
        await self.core.inbox.accept(AddressGiven(Handle("email", "eva@example.org"), Handle("chat", "ada")), "a1")
        await self.core.does(ReplyWritten(ANA, "Mañana a las 10"), conversation.id)
        await self.core.clock.advance(timedelta(minutes=2))
        ours = await eventually(lambda: self._mail_of(conversation), "our mail")
        identifier = MessageIds(MADE_IN_THE_TEST, CARE_ADDRESS).of(ours)
        return conversation, from_eva("No fui yo", 1, f"In-Reply-To: {identifier}\r\n")

    async def _mail_of(self, conversation: Conversation) -> OutboundMessage | None:
        name = keys.key(partition_of(conversation.id), keys.outbound("email"))
        found = await xrange(self.core.connection.commands, name)
        return wire.decode(OutboundMessage, found[0][1][b"m"]) if found else None

    async def has(self, conversation: Conversation, text: str) -> bool:
        """Whether `text` stands in the conversation."""
        return ("message_in", text) in await self.core.story(conversation.id)

    async def heard(self, text: str) -> int:
        """In how many places of all timelines in Redis `text` stands, once all that was taken is decided."""
        redis = self.core.connection.commands
        await eventually(self._is_quiet, "all decided")
        names = [name async for name in redis.scan_iter(match="hilo:{p??}:tl:*", count=1000)]
        stories = [await redis.lrange(name, 0, -1) for name in names]
        return sum(text.encode() in entry for story in stories for entry in story)

    async def _is_quiet(self) -> bool:
        streams = [keys.key(partition, keys.INBOUND) for partition in range(PARTITIONS)]
        return not sum([await self.core.connection.commands.xlen(name) for name in streams])

    def deliver(self, mail: bytes) -> None:
        """Hand `mail` over. Raises SMTPDataError if it is refused."""
        assert self.post.adapter.listener is not None
        with smtplib.LMTP("127.0.0.1", self.post.adapter.listener.endpoint.port, timeout=20) as lmtp:
            lmtp.sendmail("eva@example.org", CARE_ADDRESS, mail)


@pytest.fixture
async def office(redis_url: str, redis_client: Redis) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(running_core(redis_url))
        yield Office(core, await stack.enter_async_context(receiving(redis_url, listening())))


def from_eva(text: str, number: int, headers: str = "") -> bytes:
    return raw_mail(text, number=number, sender="Eva <eva@example.org>", headers=headers)


async def test_an_answer_that_comes_again_after_its_sender_became_a_customer_is_one(office: Office) -> None:
    # given an answer to our mail from an address that nobody has written from before
    conversation, answer = await office.asks_eva()
    assert (await office.delivered(answer)).is_new
    await eventually(lambda: office.has(conversation, "No fui yo"), "the answer in the conversation")
    # and a mail that its sender wrote of their own accord, with which they are a customer of their own
    await office.delivered(from_eva("Mi factura está mal", 2))
    own = await eventually(lambda: office.core.open_of(EVA), "a conversation of their own")
    assert own.customer != conversation.customer
    # when the mail server, which missed our 250, delivers the answer again
    again = await office.delivered(answer)
    # then it is known
    assert (again.is_new, again.customer) == (False, conversation.customer)
    assert await office.heard("No fui yo") == 1


async def test_an_answer_that_comes_again_after_its_conversation_went_to_history_is_one(
    office: Office, tmp_path: Path
) -> None:
    conversation, answer = await office.asks_eva()
    assert (await office.delivered(answer)).is_new
    await eventually(lambda: office.has(conversation, "No fui yo"), "the answer in the conversation")
    # given that all of it is over, and has left Redis
    await office.core.does(Resolved(ANA), conversation.id)
    await office.core.clock.advance(LONG)
    async with opened(tmp_path) as archive:
        feeder = feeder_of(office.core.connection, archive)

        async def has_left() -> bool:
            await feeder.feed()
            return await office.core.records.conversation(conversation.id) is None

        await eventually(has_left, "in history")
    # when the mail server delivers the answer again
    again = await office.delivered(answer)
    # then it is known, and nobody was made a customer by it
    assert (again.is_new, again.customer) == (False, conversation.customer)
    assert await office.heard("No fui yo") == 0
    assert await office.core.records.customer_of(Handle("email", "eva@example.org")) is None


async def test_an_answer_that_was_not_taken_goes_where_it_went_at_first(office: Office, redis_client: Redis) -> None:
    conversation, answer = await office.asks_eva()
    # given that whose it is was found, and then it could not be taken
    seen = keys.key(partition_of(conversation.id), keys.seen("email"))
    await redis_client.set(seen, "not Hilo's")
    delivering = asyncio.create_task(asyncio.to_thread(office.deliver, answer))
    arrival = await office.post.next()
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await office.post.inbox.accept(arrival.body, arrival.key)
    await office.post.adapter.refuse(arrival, Refusal("the store is away"))
    with pytest.raises(smtplib.SMTPDataError):
        await delivering
    await redis_client.delete(seen)
    # and that its sender became a customer of their own meanwhile
    await office.delivered(from_eva("Mi factura está mal", 2))
    # when it comes again, and again
    assert [(await office.delivered(answer)).is_new for _ in range(2)] == [True, False]
    # then it is in the conversation that it answers, once
    await eventually(lambda: office.has(conversation, "No fui yo"), "the answer in the conversation")
    assert await office.heard("No fui yo") == 1


async def test_what_is_pinned_is_forgotten_when_it_can_not_come_again(office: Office, redis_client: Redis) -> None:
    _, answer = await office.asks_eva()
    await office.delivered(answer)
    # given a mail of somebody known, which pins nothing
    await office.delivered(from_eva("Mi factura está mal", 2))
    (pin,) = [name async for name in redis_client.scan_iter(match="hilo:{h:*}:pin:*", count=1000)]
    days = timedelta(milliseconds=await redis_client.pttl(pin)) / timedelta(days=1)
    assert 29 < days <= 30
