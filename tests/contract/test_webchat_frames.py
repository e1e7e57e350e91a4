"""What a page may send, what it is told when it sends something else, and what the visitor is told meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import pytest

from router.model.clock import SystemClock
from router.model.event import Released, ReplyWritten, Resolved
from router.model.message import Handle
from router.store.live import Live, LiveKind
from router.store.tasks import end_task
from rules.engine import RuleBook, Then
from tests.core import ANA, CARE, running_core
from tests.story import asked
from tests.waiting import eventually
from tests.webchat import Chat, open_chat, running_chat, settings_for_tests


@pytest.fixture
async def chat(redis_url: str, redis_client: object) -> AsyncIterator[Chat]:
    async with running_chat(redis_url) as running:
        yield running


BAD_FRAMES = [
    ("", "broken_json"),
    ("{", "broken_json"),
    ('{"type":"message","key":"aaaaaaaa","text":"\\ud800"}', "broken_json"),
    ('{"type":"message","key":"aaaaaaaa","text":"x","more":' + "[" * 7000 + "]" * 7000 + "}", "broken_json"),
    ("[" * 5000, "unknown_frame"),
    ("7", "unknown_frame"),
    ("[]", "unknown_frame"),
    ("{}", "unknown_frame"),
    ('{"type":"claim"}', "unknown_frame"),
    ('{"type":"message","key":7,"text":"x"}', "unknown_frame"),
    ('{"type":"message","text":"x"}', "unknown_frame"),
    ('{"type":"hello"}', "said_hello"),
    ('{"type":"message","key":"short","text":"x"}', "bad_key"),
    ('{"type":"message","key":"o-07-a b c d","text":"x"}', "bad_key"),
    ('{"type":"message","key":"aaaaaaaa","text":" \\n\\u0000 "}', "empty"),
    ('{"type":"message","key":"aaaaaaaa","text":"' + "á" * 4001 + '"}', "too_long"),
    ('{"type":"message","key":"aaaaaaaa","text":"' + "x" * 20_000 + '"}', "too_large"),
    ('{"type":"fetched","position":"-"}', "bad_position"),
    ('{"type":"fetched","position":"+inf"}', "bad_position"),
    ('{"type":"address","email":"ada"}', "bad_address"),
    ('{"type":"address","email":"ada@example.org\\r\\nBcc: x@example.org"}', "bad_address"),
    ('{"type":"address","email":"a@b@example.org"}', "bad_address"),
]


async def test_what_can_not_be_read_is_answered_and_harms_nothing(chat: Chat) -> None:
    page = await chat.page()
    await page.says("antes")
    for frame, code in BAD_FRAMES:
        # when a page sends what can't be read, or can't be meant
        await page.socket.send_str(frame)
        complaint = await page.next("error")
        # then it is told so in a sentence
        assert (frame[:60], complaint["code"]) == (frame[:60], code)
        assert len(complaint["detail"].split()) > 4
    # and goes on where it was
    assert (await page.says_and_waits("después"))["type"] == "accepted"
    assert await chat.heard("después") == ["antes", "después"]


async def test_who_does_not_say_hello_first_is_told_and_closed(chat: Chat) -> None:
    for first in ('{"type":"ping"}', "{", '{"type":"message","key":"aaaaaaaa","text":"x"}'):
        page = await chat.socket()
        await page.socket.send_str(first)
        assert await page.closed() == 1008
        assert [frame["type"] for frame in page.heard] == ["error"]


async def test_the_longest_message_is_taken_whole(chat: Chat) -> None:
    page = await chat.page()
    text = "🧶" * 4000
    assert (await page.says_and_waits(text))["type"] == "accepted"
    assert await chat.heard(text) == [text]


async def test_what_can_not_be_seen_does_not_reach_the_desk(chat: Chat) -> None:
    page = await chat.page()
    await page.says_and_waits("uno\r\ndos\u202eodatrevni\u0000\ttres")
    assert await chat.heard("uno\ndosodatrevni\ttres") == ["uno\ndosodatrevni\ttres"]


async def test_an_address_is_kept_and_never_asked_for_again(chat: Chat) -> None:
    page = await chat.page()
    await page.says_and_waits("¿Y mi pedido?")
    conversation = await chat.conversation_of("¿Y mi pedido?")
    assert page.welcome["offers_email"] is True
    # when the visitor leaves an address, twice because the answer took its time
    for _ in range(2):
        await page.send(type="address", email=" Ada@Example.ORG ")
        assert (await page.next("address"))["kept"] is True
    await page.next("status", has_address=True)
    # then it is the conversation's, once, its domain in small letters
    assert (await chat.core.now(conversation)).address == Handle("email", "Ada@example.org")
    assert (await chat.kinds(conversation)).count("address") == 1
    assert (await chat.page(page.token)).welcome["status"]["has_address"] is True


async def test_no_address_is_asked_for_where_no_mail_can_leave(redis_url: str, redis_client: object) -> None:
    async with running_chat(redis_url, offers_email=False) as chat:
        assert (await chat.page()).welcome["offers_email"] is False


async def test_typing_and_presence_are_told_both_ways(chat: Chat) -> None:
    page = await chat.page()
    await page.says_and_waits("Hola")
    conversation = await chat.conversation_of("Hola")
    await page.next("status", state="waiting")
    told: list[Live] = []

    async def listen() -> None:
        async for live in chat.services.live.listen():
            told.insert(0, live)

    async def is_told(kind: LiveKind) -> bool:
        return Live(kind, conversation, is_customer=True) in told

    looks = count()

    async def is_told_typing() -> bool:
        # Told to nobody before the desk listens; and whoever tells it too often is a flood.
        if next(looks) % 20 == 0:
            await page.send(type="typing")
        return await is_told(LiveKind.TYPING)

    listening = asyncio.create_task(listen())
    try:
        # when the visitor writes, and when the team does
        await eventually(is_told_typing, "typing at the desk")
        await chat.services.live.tell(Live(LiveKind.TYPING, conversation, is_customer=False, name="Ana"))
        assert (await page.next("typing"))["name"] == "Ana"
        # and when the visitor goes and comes back
        await page.leave()
        await eventually(lambda: is_told(LiveKind.AWAY), "gone")
        await chat.page(page.token)
        await eventually(lambda: is_told(LiveKind.PRESENT), "here again")
    finally:
        await end_task(listening)


async def test_the_place_in_the_queue_is_told_and_moves(chat: Chat) -> None:
    # given three who wait, one after the other
    pages, conversations = [], []
    for number in range(3):
        pages.append(await chat.page())
        await pages[-1].says_and_waits(f"soy {number}")
        conversations.append(await chat.conversation_of(f"soy {number}"))
        status = await pages[-1].next("status", state="waiting")
        assert (status["team"], status["place"]) == ("Atención al cliente", number + 1)
        # nobody was answered yet, so nobody knows how long it takes
        assert status["wait"] is None
    # when the first is answered
    await chat.core.does(ReplyWritten(ANA, "Dime"), conversations[0])
    await pages[0].next("status", state="answered", place=None)
    # then the others move up
    await pages[1].next("status", place=1)
    await pages[2].next("status", place=2)
    # and once it is resolved that is told too
    await chat.core.does(Resolved(ANA), conversations[0])
    await pages[0].next("status", state="resolved")
    # and who comes now learns what is usual, once it is known to be more than nothing
    assert (await chat.page()).welcome["status"]["team"] == "Atención al cliente"


async def test_who_was_told_when_to_expect_an_answer_gets_no_estimate(redis_url: str, redis_client: object) -> None:
    # given rules that answer at once that the office is closed
    closed = asked("hola", Then(CARE, acknowledge={"es": "Abrimos mañana a las ocho."}))
    book = RuleBook(CARE, (closed,))
    async with (
        running_core(redis_url, clock=SystemClock(), rulebook=book) as core,
        open_chat(core, redis_url, settings_for_tests()) as chat,
    ):
        page = await chat.page()
        await page.says_and_waits("hola, soy Ada")
        # then the visitor waits, and is not told that they are next
        status = await page.next("status", state="waiting")
        assert (status["place"], status["wait"]) == (None, None)
        # but once somebody has answered, what they write has its place
        conversation = await chat.conversation_of("hola, soy Ada")
        await core.does(ReplyWritten(ANA, "Dime"), conversation)
        await page.next("status", state="answered")
        await core.does(Released(ANA), conversation)
        await page.says_and_waits("hola otra vez")
        await page.next("status", state="waiting", place=1)
