"""The web chat on a real socket, a real Redis and a core at work: what is accepted is kept, once, in order."""

from collections.abc import AsyncIterator

import pytest

from channels.contract import Arrival
from router.model.errors import PermanentError, Unacceptable
from router.model.event import MessageArrived, ReplyWritten
from router.model.message import Handle
from tests.core import ANA, written
from tests.waiting import eventually
from tests.webchat import Chat, Page, new_key, running_chat, written_by_the_team


@pytest.fixture
async def chat(redis_url: str, redis_client: object) -> AsyncIterator[Chat]:
    async with running_chat(redis_url, per_minute=600) as running:
        yield running


async def test_a_message_is_answered_in_the_chat_and_both_sides_see_that_it_arrived(chat: Chat) -> None:
    # given a visitor who writes
    page = await chat.page(language="es-PA", name="Ada")
    accepted = await page.says_and_waits("La factura 41 está mal")
    mine = await page.line("La factura 41 está mal")
    assert (mine["position"], mine["side"]) == (accepted["position"], "visitor")
    conversation = await chat.conversation_of("La factura 41 está mal")
    now = await chat.core.now(conversation)
    assert (now.language, now.customer_name) == ("es", "Ada")
    # when an agent answers
    await chat.core.does(ReplyWritten(ANA, "Lo miro ahora"), conversation)
    line = await page.line("Lo miro ahora")
    assert (line["side"], line["author"], line["team"]) == ("team", "Ana", "Atención al cliente")
    # then it is sent, and delivered once, however often the visitor's pages say that they have it
    await delivered(chat, page, line, times=3)
    again = await chat.page(page.token)
    await delivered(chat, again, line)
    assert (await chat.kinds(conversation))[-2:] == ["sent", "delivered"]
    # and the visitor is told that their message lies with the team
    status = again.welcome["status"]
    assert status["state"] == "answered"
    assert status["heard"] >= mine["at"]


async def test_a_page_that_comes_back_has_all_of_it(chat: Chat) -> None:
    # given a visitor who wrote and left
    page = await chat.page()
    mine = await page.says_and_waits("¿Está abierto el sábado?")
    conversation = await chat.conversation_of("¿Está abierto el sábado?")
    await page.leave()
    # when the team answers while they are away
    await chat.core.does(ReplyWritten(ANA, "Sí, de 9 a 14"), conversation)
    await chat.until(conversation, "sent")
    # then a reloaded page has everything, and one that kept its place has what is new
    reloaded, resumed = await chat.page(page.token), await chat.page(page.token, after=mine["position"])
    assert reloaded.first_texts == ["¿Está abierto el sábado?", "Sí, de 9 a 14"]
    assert resumed.first_texts == ["Sí, de 9 a 14"]
    assert (reloaded.welcome["token"], resumed.welcome["token"]) == ("", "")
    # and a position that is none is no reason to show nothing
    assert (await chat.page(page.token, after="yesterday")).first_texts == reloaded.first_texts


async def test_a_long_story_comes_whole_and_in_order(chat: Chat) -> None:
    page = await chat.page()
    await page.says_and_waits("Hola")
    conversation = await chat.conversation_of("Hola")
    for number in range(120):
        message = written_by_the_team(conversation, Handle("chat", page.visitor), f"o-07-long{number}")
        await chat.adapter.send(message)
    # then the page that was there and the page that comes now have the same, each line once
    reloaded = await chat.page(page.token)
    for tab in (page, reloaded):
        while len(tab.lines) < 121:
            await tab.next("lines")
    assert page.lines == reloaded.lines
    assert len({line["id"] for line in page.lines}) == 121


async def test_the_same_message_again_is_one_and_is_acknowledged_each_time(chat: Chat) -> None:
    page, key = await chat.page(), new_key()
    first = await page.says_and_waits("Hola", key)
    # when it comes again, on this socket and, its answer lost, on another one
    again = await page.says_and_waits("Hola", key)
    later = await chat.page(page.token)
    assert first == again == await later.says_and_waits("Hola", key)
    # and when a page uses the key for other words, which may not be lost
    await page.says_and_waits("Otra cosa", key)
    assert await chat.heard("Otra cosa") == ["Hola", "Otra cosa"]
    assert (await chat.page(page.token)).first_texts == ["Hola", "Otra cosa"]


async def test_a_line_cut_in_the_middle_loses_and_doubles_nothing(chat: Chat) -> None:
    page = await chat.page()
    await page.says_and_waits("uno")
    for number in range(10):
        # when the line breaks as soon as a message is out, and the page comes back and sends it again
        key = await page.says(f"corte {number}")
        page.cut()
        page = await chat.page(page.token)
        await page.says_and_waits(f"corte {number}", key)
    expected = ["uno", *(f"corte {number}" for number in range(10))]
    assert await chat.heard("corte 9") == expected
    assert (await chat.page(page.token)).first_texts == expected


async def test_two_tabs_show_the_same(chat: Chat) -> None:
    one = await chat.page()
    await one.says_and_waits("desde la primera")
    two = await chat.page(one.token)
    await two.says_and_waits("desde la segunda")
    conversation = await chat.conversation_of("desde la segunda")
    await chat.core.does(ReplyWritten(ANA, "para las dos"), conversation)
    for tab in (one, two):
        await tab.line("para las dos")
        assert tab.texts == ["desde la primera", "desde la segunda", "para las dos"]
    # and both say that it arrived: it did so once
    for tab in (one, two):
        await delivered(chat, tab, await tab.line("para las dos"))
    assert (await chat.kinds(conversation)).count("delivered") == 1


async def test_sending_again_is_one_line_and_can_be_looked_up(chat: Chat) -> None:
    page = await chat.page()
    await page.says_and_waits("Hola")
    conversation = await chat.conversation_of("Hola")
    message = written_by_the_team(conversation, Handle("chat", page.visitor), "o-07-abc")
    assert await chat.adapter.find(message) is None
    sent = await chat.adapter.send(message)
    assert sent == await chat.adapter.send(message) == await chat.adapter.find(message)
    assert (await page.line(message.text))["position"] == sent.reference
    assert (await chat.page(page.token)).first_texts == ["Hola", message.text]
    # and another kind of address is not the chat's to reach
    with pytest.raises(PermanentError, match="email"):
        await chat.adapter.send(written_by_the_team(conversation, Handle("email", "ada@example.org"), "o-07-abd"))


async def test_what_the_inbox_will_never_take_is_told_to_the_page(chat: Chat) -> None:
    page = await chat.page()
    arrival = Arrival("k1234567", MessageArrived(written("x", f"chat:{page.visitor}", "k1234567")))
    await chat.adapter.refuse(arrival, Unacceptable("no puede ser"))
    refused = await page.next("refused", key="k1234567")
    assert (refused["reason"], refused["detail"]) == ("unacceptable", "no puede ser")


async def test_delivered_goes_as_far_as_the_page_has_shown(chat: Chat) -> None:
    page = await chat.page()
    await page.says_and_waits("Hola")
    conversation = await chat.conversation_of("Hola")
    for text in ("uno", "dos"):
        await chat.core.does(ReplyWritten(ANA, text), conversation)
    first, second = await page.line("uno"), await page.line("dos")
    await page.send(type="fetched", position=first["position"])
    await chat.until(conversation, "delivered")
    reported = [e.message for e in await chat.core.timeline(conversation) if e.detail.get("state") == "delivered"]
    assert reported == [first["id"]]
    # and a page that says to have less than before takes nothing back
    await page.send(type="fetched", position=second["position"])
    await page.send(type="fetched", position=first["position"])

    async def both() -> bool:
        return (await chat.kinds(conversation)).count("delivered") == 2

    await eventually(both, "both receipts")


async def delivered(chat: Chat, page: Page, line: dict[str, str], times: int = 1) -> None:
    """The page has `line` in front of its visitor and says so; return once the desk knows, and no more is to come."""
    for _ in range(times):
        await page.send(type="fetched", position=line["position"])
    await page.answered_all()
    conversation = await chat.conversation_of(line["text"])
    await chat.until(conversation, "delivered")
    assert (await chat.kinds(conversation)).count("delivered") == 1


async def test_a_page_can_not_report_what_it_was_never_sent(chat: Chat) -> None:
    # given a message for one visitor, and another visitor who says to have seen all there is
    one, two = await chat.page(), await chat.page()
    await one.says_and_waits("Hola")
    await two.says_and_waits("Buenas")
    conversation = await chat.conversation_of("Hola")
    await chat.core.does(ReplyWritten(ANA, "Dime"), conversation)
    line = await one.line("Dime")
    await two.send(type="fetched", position="9999999999999-9")
    await two.answered_all()
    assert "delivered" not in await chat.kinds(conversation)
    # then only its own visitor's word counts
    await one.send(type="fetched", position=line["position"])
    await eventually(lambda: chat.has(conversation, "delivered"), "the receipt")
