"""Replies on X: in the thread or as a direct message, in parts, each once; through tweepy, against the sandbox."""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace as changed
from redis.asyncio import Redis

from channels.files import Files
from channels.services import Services
from channels.twitter.adapter import TwitterAdapter
from channels.twitter.answer import KeysRefused
from channels.twitter.feeds import feeds_of
from channels.twitter.identity import OthersKeys
from channels.twitter.media import NO_SUCH_FILE
from channels.twitter.normalise import Account
from channels.twitter.refusals import GONE, NO_DIRECT_MESSAGES, SAID_ALREADY
from channels.twitter.sending import LOOKS_APART
from channels.twitter.weight import weight
from router.model.clock import SystemClock
from router.model.errors import PermanentError, TemporaryError, UnknownOutcome
from router.model.ids import ConversationId, MessageId
from router.model.message import Attachment, ChannelName, Handle, OutboundMessage, Receipt
from router.store.connection import Connection
from tests.clock import HeldClock
from tests.contract.doors import services_on
from tests.sandbox_process import SandboxProcess
from tests.twitter import ACCOUNT, settings_for_tests

LONG = "Hemos revisado su factura y el cargo es correcto, aunque vence el lunes. " * 8


@dataclass
class Desk:
    """An account of ours on the sandbox's X, and customers who write to it."""

    adapter: TwitterAdapter
    sandbox: SandboxProcess
    clock: HeldClock
    url: str

    async def asked(self, customer: str = "ana", text: str = "hola") -> tuple[str, str]:
        """A public post of the customer's, and the customer's id."""
        posted = await self.sandbox.tweet(customer, f"@{ACCOUNT} {text}")
        return posted, await self.known(customer)

    async def known(self, customer: str, **more: Any) -> str:
        return str((await self.sandbox.x("users", **{"from": customer, **more}))["id"])

    async def shown(self) -> list[tuple[str, str | None]]:
        """What the company posted, and what each post answers."""
        return [(post["text"], post["in_reply_to"]) for post in await self.sandbox.x("posts")]

    async def written(self) -> list[str]:
        """The company's direct messages."""
        return [each["text"] for each in await self.sandbox.x("messages") if each["by_company"]]

    @asynccontextmanager
    async def another_process(self) -> AsyncIterator[TwitterAdapter]:
        """One that knows only what is in Redis."""
        async with adapter_on(self.url, self.sandbox, self.clock) as adapter:
            yield adapter


@asynccontextmanager
async def adapter_on(
    url: str, sandbox: SandboxProcess, clock: HeldClock, account: str = ACCOUNT
) -> AsyncIterator[TwitterAdapter]:
    connection = Connection(url)
    services: Services = replace(services_on(connection, "twitter"), clock=clock, attachments=sandbox.data / "files")
    adapter = TwitterAdapter(settings_for_tests(sandbox.x_url, account=account), services)
    try:
        yield adapter
    finally:
        await adapter.stop()
        await connection.close()


@pytest.fixture
async def desk(redis_url: str, redis_client: Redis) -> AsyncIterator[Desk]:
    clock = HeldClock(SystemClock().now())
    async with SandboxProcess() as sandbox, adapter_on(redis_url, sandbox, clock) as adapter:
        await sandbox.fault(x={"limits": {"*": {"limit": 100_000}}})
        yield Desk(adapter, sandbox, clock, redis_url)


def reply(desk: Desk, text: str, customer: str, answers: str = "", **more: Any) -> OutboundMessage:
    """A reply: in public if it `answers` a post."""
    return OutboundMessage(
        id=MessageId(f"o-07-{next(_numbers)}"),
        conversation=ConversationId("c-07-1"),
        channel=ChannelName("twitter"),
        account=ACCOUNT,
        recipient=Handle("twitter", customer),
        text=text,
        created_at=desk.clock.now(),
        references=(answers,) if answers else (),
        public=bool(answers),
        **more,
    )


_numbers = count(1)


async def test_a_public_reply_stands_in_the_thread_and_names_the_customer_only(desk: Desk) -> None:
    # given a customer who wrote to us and to a friend
    await desk.known("bea")
    post, ana = await desk.asked("ana", "@bea ¿alguien sabe?")
    # when it is answered
    receipt = await desk.adapter.send(reply(desk, "Lo miramos & avisamos: example.org/a", ana, post))
    # then the answer stands below the post, and the friend is not called upon
    [shown] = await desk.sandbox.x("posts")
    assert (shown["id"], shown["in_reply_to"]) == (receipt.reference, post)
    assert shown["text"].startswith("@ana Lo miramos &amp; avisamos: https://t.co/")


async def test_a_private_reply_is_a_direct_message(desk: Desk) -> None:
    await desk.sandbox.dm("ana", "hola")
    ana = await desk.known("ana")
    receipt = await desk.adapter.send(reply(desk, LONG * 2, ana))
    messages = [each for each in await desk.sandbox.x("messages") if each["by_company"]]
    assert [(each["id"], each["to"], each["text"]) for each in messages] == [
        (receipt.reference, "ana", (LONG * 2).strip())
    ]
    assert await desk.shown() == []


async def test_a_long_reply_is_a_chain_in_order(desk: Desk) -> None:
    post, ana = await desk.asked()
    receipt = await desk.adapter.send(reply(desk, LONG, ana, post))
    ids = receipt.reference.split()
    shown = await desk.sandbox.x("posts")
    assert [each["id"] for each in shown] == ids
    assert [each["in_reply_to"] for each in shown] == [post, *ids[:-1]]
    assert [each["text"][-6:] for each in shown] == [f" ({n}/{len(ids)})" for n in range(1, len(ids) + 1)]
    assert all(weight(each["text"].removeprefix("@ana ")) <= 280 for each in shown)
    # sent again, it is known
    assert (await desk.adapter.send(reply_again(receipt.message, desk, LONG, ana, post))).reference == receipt.reference
    assert len(await desk.shown()) == len(ids)


def reply_again(message: MessageId, desk: Desk, text: str, customer: str, answers: str = "") -> OutboundMessage:
    return changed(reply(desk, text, customer, answers), id=message)


@pytest.mark.parametrize(("text", "is_public"), [("Listo", True), (LONG, True), ("Listo", False), (LONG * 20, False)])
async def test_an_answer_lost_after_posting_is_found_not_posted_again(desk: Desk, text: str, is_public: bool) -> None:
    post, ana = await desk.asked()
    await desk.sandbox.dm("ana", "hola")
    message = reply(desk, text, ana, post if is_public else "")
    # given X took it, and its answer was lost
    await desk.sandbox.fault(x={"endpoint": "post" if is_public else "dm_send", "cut_after": 1})
    with pytest.raises(UnknownOutcome):
        await desk.adapter.send(message)
    # when it is looked for, here or by the next process
    async with desk.another_process() as other:
        receipt = await settled(desk, other, message)
    # then each part is there once
    ids = receipt.reference.split()
    shown = [each["id"] for each in await desk.sandbox.x("posts")] if is_public else []
    written = [each["id"] for each in await desk.sandbox.x("messages") if each["by_company"]]
    assert ids == (shown if is_public else written)


async def settled(desk: Desk, adapter: TwitterAdapter, message: OutboundMessage) -> Receipt:
    """What the sender does with a reply in doubt: look, wait as long as it is told, and send what is surely absent."""
    is_in_doubt = True
    while True:
        try:
            if not is_in_doubt:
                return await adapter.send(message)
            if found := await adapter.find(message):
                return found
            is_in_doubt = False
        except TemporaryError as error:
            await desk.clock.advance(timedelta(seconds=error.retry_after or 1))


async def test_absent_counts_only_twice_half_a_minute_apart(desk: Desk) -> None:
    post, ana = await desk.asked()
    message = reply(desk, "Listo", ana, post)
    with pytest.raises(TemporaryError) as first:
        await desk.adapter.find(message)
    assert first.value.retry_after == LOOKS_APART.total_seconds()
    assert first.value.is_about_message
    await desk.clock.advance(LOOKS_APART - timedelta(seconds=1))
    with pytest.raises(TemporaryError):
        await desk.adapter.find(message)
    await desk.clock.advance(timedelta(seconds=1))
    assert await desk.adapter.find(message) is None


async def test_what_x_shows_late_is_not_posted_again(desk: Desk) -> None:
    _, ana = await desk.asked()
    await desk.sandbox.dm("ana", "hola")
    message = reply(desk, "Listo", ana)
    await desk.sandbox.fault(x={"endpoint": "dm_send", "cut_after": 1, "hide_next": 1})
    with pytest.raises(UnknownOutcome):
        await desk.adapter.send(message)
    with pytest.raises(TemporaryError):
        await desk.adapter.find(message)
    # when it is seen only a while later
    await desk.sandbox.x("reveal")
    await desk.clock.advance(LOOKS_APART)
    assert await desk.adapter.find(message) is not None


async def test_two_replies_with_the_same_words_are_two(desk: Desk) -> None:
    _, ana = await desk.asked()
    await desk.sandbox.dm("ana", "hola")
    first, second = reply(desk, "Listo", ana), reply(desk, "Listo", ana)
    sent = await desk.adapter.send(first)
    # the second one never left: the first one's message is no proof of it
    with pytest.raises(TemporaryError):
        await desk.adapter.find(second)
    async with desk.another_process() as other:
        with pytest.raises(TemporaryError):
            await other.find(second)
    again = await desk.adapter.send(second)
    assert sent.reference != again.reference
    assert await desk.written() == ["Listo", "Listo"]


async def test_refused_as_a_repetition_it_is_looked_for(desk: Desk) -> None:
    post, ana = await desk.asked()
    message = reply(desk, "Listo", ana, post)
    await desk.sandbox.fault(x={"endpoint": "post", "cut_after": 1})
    with pytest.raises(UnknownOutcome):
        await desk.adapter.send(message)
    # when another process, which does not know that it may have left, sends it
    async with desk.another_process() as other:
        receipt = await other.send(message)
    [shown] = await desk.sandbox.x("posts")
    assert receipt.reference == shown["id"]
    # and the same words by another message are refused, with what to do
    with pytest.raises(PermanentError, match=SAID_ALREADY):
        await desk.adapter.send(reply(desk, "Listo", ana, post))


async def test_what_never_can_leave_comes_back_with_a_reason(desk: Desk) -> None:
    post, ana = await desk.asked()
    shy = await desk.known("eva", takes_dms=False)
    film = Attachment("a.mp4", "video/mp4", 3, digest="0" * 64)
    with pytest.raises(PermanentError, match=re.escape(NO_SUCH_FILE)):
        await desk.adapter.send(reply(desk, "Listo", ana, post, attachments=(film,)))
    with pytest.raises(PermanentError, match=NO_DIRECT_MESSAGES):
        await desk.adapter.send(reply(desk, "Listo", shy))
    await desk.sandbox.x(f"posts/{post}/delete")
    with pytest.raises(PermanentError, match=GONE):
        await desk.adapter.send(reply(desk, "Listo", ana, post))
    assert (await desk.shown(), await desk.written()) == ([], [])


async def test_pictures_go_along(desk: Desk) -> None:
    post, ana = await desk.asked()
    await desk.sandbox.dm("ana", "hola")
    # given two pictures among the kept files
    contents = {hashlib.sha256(each).hexdigest(): each for each in (b"\x89PNG one", b"\x89PNG two")}
    Files(desk.sandbox.data / "files").keep(contents)
    files = tuple(
        Attachment(f"{place}.png", "image/png", len(content), digest)
        for place, (digest, content) in enumerate(contents.items())
    )
    # when a post and a direct message take them along, and X's answers are lost
    for message in (reply(desk, LONG, ana, post, attachments=files), reply(desk, "Mira", ana, attachments=files)):
        await desk.sandbox.fault(x={"endpoint": "post" if message.public else "dm_send", "cut_after": 1})
        with pytest.raises(UnknownOutcome):
            await desk.adapter.send(message)
        await settled(desk, desk.adapter, message)
    # then the first post shows both, and each of two messages one; nothing is there twice
    assert [len(each["media"]) for each in await desk.sandbox.x("posts")][:2] == [2, 0]
    written = [each for each in await desk.sandbox.x("messages") if each["by_company"]]
    assert [(each["text"].split()[0], len(each["media"])) for each in written] == [("Mira", 1), ("1.png", 1)]


async def test_a_refusal_in_the_middle_says_how_much_has_left(desk: Desk) -> None:
    post, ana = await desk.asked()
    message = reply(desk, LONG, ana, post)
    await desk.sandbox.fault(x={"endpoint": "post", "cut_after": 1})
    with pytest.raises(UnknownOutcome):
        await desk.adapter.send(message)
    with pytest.raises(TemporaryError):
        await desk.adapter.find(message)
    # when somebody deletes the first part by hand, what answers it can't be posted
    [first] = await desk.sandbox.x("posts")
    await desk.sandbox.x(f"posts/{first['id']}/delete")
    with pytest.raises(PermanentError, match=r"1 of \d parts have left, the rest has not: " + GONE):
        await settled(desk, desk.adapter, message)


@pytest.mark.parametrize("status", [429, 503])
async def test_limits_and_faults_of_x_are_waited_for(desk: Desk, status: int) -> None:
    post, ana = await desk.asked()
    message = reply(desk, "Listo", ana, post)
    await desk.sandbox.fault(x={"endpoint": "post", "refuse_next": 1, "status": status})
    # 429 surely did nothing; after 503 nobody knows
    with pytest.raises(TemporaryError if status == 429 else UnknownOutcome) as refused:
        await desk.adapter.send(message)
    if isinstance(refused.value, TemporaryError):
        assert refused.value.is_about_message
        assert refused.value.retry_after
        await desk.clock.advance(timedelta(seconds=refused.value.retry_after + 1))
        await desk.adapter.send(message)
    else:
        await settled(desk, desk.adapter, message)
    assert await desk.shown() == [("@ana Listo", post)]


@pytest.mark.parametrize("is_public", [True, False], ids=["public", "private"])
async def test_with_the_keys_of_another_account_nothing_leaves_and_nothing_is_read(desk: Desk, is_public: bool) -> None:
    post, ana = await desk.asked()
    message = reply(desk, "Ya quedó.", ana, post if is_public else "")
    # given that the configuration names another account than the keys
    async with adapter_on(desk.url, desk.sandbox, desk.clock, "Otra") as adapter:
        # then the reply waits for a person who changes that, whether it may have left before or not
        for ask in (adapter.send, adapter.find):
            with pytest.raises(KeysRefused, match="@Otra"):
                await ask(message)
        assert (await desk.shown(), await desk.written()) == ([], [])
        # and no feed is read, also where the keys became another's while it was
        feeds = feeds_of(adapter._client, adapter._settings, Account("1", "Otra"), adapter._identity)
        for feed in feeds:
            with pytest.raises(OthersKeys):
                await feed.ask(1, "")
