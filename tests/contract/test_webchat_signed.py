"""Who a visitor is by the company's site's word: believed from the site alone, for a while, of one visitor."""

from collections.abc import AsyncIterator, Callable

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from router.model.clock import SystemClock
from tests.webchat import Chat, Page, running_chat

SECRET, FORMER = "the site's and Hilo's, 32 letters+", "what it was until yesterday, 32 l."
ANA: dict[str, object] = {"sub": "4711", "email": "ana@example.org", "name": "Ana Ruiz", "aud": "hilo"}


@pytest.fixture
async def chat(redis_url: str, redis_client: object, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    monkeypatch.setenv("CHAT_SECRET", SECRET)
    monkeypatch.setenv("CHAT_FORMER", FORMER)
    identity = {"secret": {"env": "CHAT_SECRET"}, "former_secret": {"env": "CHAT_FORMER"}}
    async with running_chat(redis_url, identity=identity) as running:
        yield running


def token(*, secret: str = SECRET, algorithm: str = "HS256", ends_in: float = 600, **claims: object) -> str:
    """What the site puts on the page of who is signed in there."""
    ends = SystemClock().now().timestamp() + ends_in
    return jwt.encode({"alg": algorithm}, {"exp": ends, **ANA, **claims}, OctKey.import_key(secret), [algorithm])


async def complaint(page: Page) -> str:
    """Why the site's word was not taken, to be read by its developers."""
    return str((await page.next("error", code="bad_identity"))["detail"])


async def test_whom_the_site_signs_is_who_it_says(chat: Chat) -> None:
    # given a visitor whom the site has signed
    page = await chat.page(identity=token())
    assert page.welcome["is_signed"] is True
    await page.says_and_waits("Hola, soy yo")
    # then what they write is theirs by the site's word, under the name that it gives
    conversation = await chat.conversation_of("Hola, soy yo")
    (said,) = [entry for entry in await chat.core.timeline(conversation) if entry.text == "Hola, soy yo"]
    assert (said.detail["proof"], said.actor) == ("signed", "Ana Ruiz")
    # when the page is loaded again, with another token of the site's, and one by the secret that is being replaced
    for again in (token(ends_in=300), token(secret=FORMER)):
        # then they are who they were
        back = await chat.page(page.token, identity=again)
        assert (back.welcome["token"], back.first_texts) == ("", ["Hola, soy yo"])


async def test_who_signs_in_in_the_middle_goes_on_and_nobody_else_is_left_reading(chat: Chat) -> None:
    # given somebody who began as nobody, and a second page with the same token, wherever that is
    page = await chat.page()
    await page.says_and_waits("¿Hay alguien?")
    other = await chat.page(page.token)
    # when they sign in at the site
    signed = await chat.page(page.token, identity=token())
    # then their chat goes on, and whoever had the token alone is out, and is somebody new if they come again
    assert (signed.welcome["token"], signed.first_texts) == ("", ["¿Hay alguien?"])
    await other.closed()
    back = await chat.page(page.token)
    assert (back.welcome["token"] not in ("", page.token), back.first_texts) == (True, [])


BAD: dict[str, Callable[[], str]] = {
    "signed by nobody": lambda: token(algorithm="none"),
    "signed with another secret": lambda: token(secret="a guess, long enough for the library"),
    "signed under another algorithm": lambda: token(algorithm="HS512"),
    "over before it was brought": lambda: token(ends_in=-120),
    "good for a year": lambda: token(ends_in=365 * 86400),
    "good for a year, issued in the future": lambda: token(ends_in=7200, iat=SystemClock().now().timestamp() + 7000),
    "without an end": lambda: token(exp=None),
    "made for another service": lambda: token(aud="shop"),
    "about nobody": lambda: token(sub=""),
    "about a number": lambda: token(sub=4711),
    "about what can't be seen": lambda: token(sub="\u202e"),
    "with an address that is none": lambda: token(email="ana"),
    "no token at all": lambda: "4711",
    "too long": lambda: token(more="x" * 5000),
}


@pytest.mark.filterwarnings("ignore:JWS algorithm")
@pytest.mark.parametrize("name", BAD)
async def test_no_other_word_is_taken(chat: Chat, name: str) -> None:
    # given Ana, whom the site has signed, and her story
    ana = await chat.page(identity=token())
    await ana.says_and_waits("Mi saldo, por favor")
    # when somebody comes with a token that the site did not make for them now
    page = await chat.page(identity=BAD[name]())
    # then they are nobody, and the site's developers hear why
    assert (page.welcome["is_signed"], page.first_texts) == (False, [])
    assert await complaint(page)
    await page.says_and_waits("Soy Ana")
    conversation = await chat.conversation_of("Soy Ana")
    assert conversation != await chat.conversation_of("Mi saldo, por favor")
    (said,) = [entry for entry in await chat.core.timeline(conversation) if entry.text == "Soy Ana"]
    assert said.detail["proof"] == "none"


async def test_a_token_is_of_use_to_its_first_bringer_alone(chat: Chat) -> None:
    # given a token that Ana's page brought
    seen = token()
    ana = await chat.page(identity=seen)
    await ana.says_and_waits("Mi saldo, por favor")
    # when it is replayed by somebody who saw it on the way, or in a cache
    thief = await chat.page(identity=seen)
    # then it is worth nothing to them
    assert (thief.welcome["is_signed"], thief.first_texts) == (False, [])
    assert "somebody else came with this token before" in await complaint(thief)
    # and Ana may come back with it
    assert (await chat.page(ana.token, identity=seen)).first_texts == ["Mi saldo, por favor"]


async def test_who_carries_off_a_visitors_token_gets_nothing_once_the_site_has_signed_them(chat: Chat) -> None:
    # given Ana's token of the chat, as it lies in her browser
    ana = await chat.page(identity=token())
    await ana.says_and_waits("Mi saldo, por favor")
    # when it is brought without the site's word, and with the site's word about another
    for page in (
        await chat.page(ana.token),
        await chat.page(ana.token, identity=token(sub="4712", email="eva@example.org")),
    ):
        # then it is a new visitor's page
        assert (page.welcome["token"] not in ("", ana.token), page.first_texts) == (True, [])


async def test_without_a_secret_nobody_is_believed(redis_url: str, redis_client: object) -> None:
    # given a chat that knows no site
    async with running_chat(redis_url) as chat:
        # when a page brings a token all the same
        page = await chat.page(identity=token())
        # then it is told what to set
        assert "channels.webchat.identity" in await complaint(page)
        assert page.welcome["is_signed"] is False
