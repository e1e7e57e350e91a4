"""Who may come in: pages by their origin, visitors by their token, addresses by how much they ask for."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from channels.webchat.adapter import WebchatAdapter
from channels.webchat.settings import WebchatSettings
from router.model.errors import StartError
from router.model.message import DeliveryState
from tests.core import CARE
from tests.waiting import eventually
from tests.webchat import ORIGIN, Chat, new_key, running_chat, written_by_the_team


@pytest.fixture
async def chat(redis_url: str, redis_client: object) -> AsyncIterator[Chat]:
    async with running_chat(redis_url) as running:
        yield running


async def test_nobody_gets_into_the_story_of_another(chat: Chat) -> None:
    # given a visitor with a story
    page = await chat.page()
    await page.says_and_waits("Mi número de cliente es 7781")
    conversation = await chat.conversation_of("Mi número de cliente es 7781")
    # when others come with what they may have got hold of, or have made up
    body, _, seal = page.token.partition(".")
    made_up = [f"{body}.{'A' * 22}", f"{'A' * 32}.{'A' * 22}", f"{'_' * 32}.{seal}", page.token.swapcase()]
    broken = [body, f".{seal}", page.token[:-1], page.token + "A", f" {page.token}", "\u0661" * 32 + "." + "A" * 22]
    for token in (conversation, page.visitor, f"chat:{page.visitor}", *made_up, *broken):
        other = await chat.page(token)
        # then each is somebody new, and is shown nothing
        assert other.welcome["token"] not in ("", token, page.token)
        assert (other.welcome["lines"], other.welcome["status"]["state"]) == ([], "none")
        await other.leave()


async def test_a_token_is_good_before_and_after_its_first_use_and_never_stored(chat: Chat) -> None:
    # given a visitor who has only opened the chat, and one who has written
    silent, page = await chat.page(), await chat.page()
    await page.says_and_waits("Hola")
    await chat.conversation_of("Hola")
    # when they come back they are who they were
    assert (await chat.page(silent.token)).welcome["token"] == ""
    assert (await chat.page(page.token)).welcome["token"] == ""
    # and the store holds the token in no key and in no value
    redis = chat.core.connection.commands
    async for key in redis.scan_iter("*"):
        assert page.token.encode() not in key
        assert page.token.encode() not in (await redis.dump(key) or b"")


async def test_keys_of_one_visitor_are_nothing_to_another(chat: Chat) -> None:
    # given two visitors with the same key and the same words
    one, two, key = await chat.page(), await chat.page(), new_key()
    await one.says_and_waits("Hola", key)
    await two.says_and_waits("Hola", key)

    async def both() -> bool:
        return len(await chat.core.records.queue(CARE)) == 2

    await eventually(both, "two in the queue")
    # and one who guesses the name of the message that the team is about to write
    mine = next(c for c in await chat.core.records.queue(CARE) if c.targets[0].handle.address == one.visitor)
    message = written_by_the_team(mine.id, mine.targets[0].handle, "o-07-guessed")
    assert (await one.says_and_waits("mío", message.id))["type"] == "accepted"
    # then the team's message still has its place
    assert (await chat.adapter.send(message)).state is DeliveryState.SENT
    assert (await one.line(message.text))["id"] == message.id


WELCOME = [ORIGIN, ORIGIN.upper(), "https://other.shop.example", "own", "own by another name"]
UNWELCOME = [
    None,
    "",
    "null",
    "*",
    "http://www.shop.example",
    "https://www.shop.example.",
    "https://www.shop.example:8443",
    "https://www.shop.example/",
    "https://www.shop.example.evil.example",
    "https://evil.example?https://www.shop.example",
    "https://www.shop.example@evil.example",
    "https://xwww.shop.example",
    "https://shop.example",
    f"{ORIGIN} https://evil.example",
    "file://",
    "http://127.0.0.1",
    "http://localhost:1",
]


async def test_only_named_pages_may_open_the_chat(redis_url: str, redis_client: object) -> None:
    async with running_chat(redis_url, origins=[ORIGIN, "https://other.shop.example"]) as chat:
        own = {"own": chat.url, "own by another name": chat.url.replace("127.0.0.1", "localhost")}
        for origin in WELCOME:
            socket = await chat.http.ws_connect(f"{chat.url}/chat", headers={"Origin": own.get(origin, origin)})
            await socket.close()
        for unwelcome in UNWELCOME:
            headers = {} if unwelcome is None else {"Origin": unwelcome}
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await chat.http.ws_connect(f"{chat.url}/chat", headers=headers)


async def test_one_address_has_so_many_pages_and_a_proxy_is_not_one(redis_url: str, redis_client: object) -> None:
    async with running_chat(redis_url, sockets_per_address=2) as chat:
        office = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
        # given an office behind one address, as the proxy on this machine tells
        pages = [await chat.socket(office) for _ in range(2)]
        with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
            await chat.socket(office)
        # then another address is let in, and the office again once somebody there has left
        await chat.socket({"X-Forwarded-For": "203.0.113.9, 198.51.100.8"})
        await pages[0].leave()

        async def let_in() -> bool:
            try:
                await chat.socket(office)
            except aiohttp.WSServerHandshakeError:
                return False
            return True

        await eventually(let_in, "a place")


async def test_a_port_in_use_is_said_and_another_start_works(chat: Chat) -> None:
    second = WebchatAdapter(WebchatSettings.model_validate({"listen": chat.url.removeprefix("http://")}), chat.services)
    with pytest.raises(StartError, match=r"channels\.webchat\.listen"):
        await second.start()
    await second.stop()
    # and one that was stopped can be started again
    free = WebchatAdapter(WebchatSettings.model_validate({"listen": "127.0.0.1:0"}), chat.services)
    for _ in range(2):
        await free.start()
        async with chat.http.get(f"{free.url}/widget.js") as answer:
            assert answer.status == 200
        await free.stop()
