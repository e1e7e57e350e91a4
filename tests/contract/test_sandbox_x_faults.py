"""What the sandbox's X breaks when it is told to, and what survives its end."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import tweepy
from aiohttp import web

from tests.sandbox_here import SandboxHere
from tests.sandbox_process import X_KEYS, SandboxProcess
from tests.waiting import eventually
from tests.x_client import XClient

COMPANY = "4400000001"


async def test_refusals(sandbox: SandboxProcess, x: Any) -> None:
    # only the endpoint that was named is struck, and as often as was said
    await sandbox.fault(x={"endpoint": "mentions", "refuse_next": 2, "status": 503})
    await x.get_me(user_auth=True)
    for _ in range(2):
        with pytest.raises(tweepy.TwitterServerError):
            await x.get_users_mentions(COMPANY, user_auth=True)
    await x.get_users_mentions(COMPANY, user_auth=True)
    # a 429 tells until when, and either may come without JSON, over which tweepy stumbles
    await sandbox.fault(x={"refuse_next": 1, "status": 429})
    with pytest.raises(tweepy.TooManyRequests) as refused:
        await x.get_me(user_auth=True)
    assert int(refused.value.response.headers["x-rate-limit-reset"]) > 0
    for body in ("html", "empty"):
        await sandbox.fault(x={"refuse_next": 1, "status": 429, "body": body})
        with pytest.raises((aiohttp.ContentTypeError, json.JSONDecodeError)):
            await x.get_me(user_auth=True)
    await sandbox.fault(x={})
    await x.get_me(user_auth=True)


async def test_cut_before_and_after_the_deed(sandbox: SandboxProcess, x: Any) -> None:
    await sandbox.fault(x={"endpoint": "post", "cut_before": 1})
    with pytest.raises(aiohttp.ClientError):
        await x.create_tweet(text="uno", user_auth=True)
    assert await sandbox.x("posts") == []
    await sandbox.fault(x={"endpoint": "post", "cut_after": 1})
    with pytest.raises(aiohttp.ClientError):
        await x.create_tweet(text="dos", user_auth=True)
    assert [post["text"] for post in await sandbox.x("posts")] == ["dos"]
    ana = await sandbox.dm("ana", "hola")
    assert ana
    customer = (await x.get_user(username="ana", user_auth=True))["data"]["id"]
    await sandbox.fault(x={"endpoint": "dm_send", "cut_after": 1})
    with pytest.raises(aiohttp.ClientError):
        await x.create_direct_message(participant_id=customer, text="buenas", user_auth=True)
    assert [one["text"] for one in await sandbox.x("messages?with=ana")] == ["hola", "buenas"]


async def test_the_same_twice(sandbox: SandboxProcess, x: Any) -> None:
    ids = [await sandbox.tweet("ana", f"@HiloCare {number}") for number in range(9)]
    await sandbox.fault(x={"duplicate_in_page": 1, "duplicate_between_pages": 2})
    first = await x.get_users_mentions(COMPANY, user_auth=True, max_results=5)
    assert [one["id"] for one in first["data"]] == [*ids[:3:-1], ids[4]]
    token = first["meta"]["next_token"]
    second = await x.get_users_mentions(COMPANY, user_auth=True, max_results=5, pagination_token=token)
    assert [one["id"] for one in second["data"]] == [ids[5], ids[4], ids[3], ids[2], ids[1], ids[1]]


async def test_a_smaller_id_that_is_seen_later(sandbox: SandboxProcess, x: Any) -> None:
    late = await sandbox.tweet("ana", "@HiloCare primero", hidden=True)
    late_message = await sandbox.dm("ana", "primero", hidden=True)
    soon = await sandbox.tweet("ana", "@HiloCare segundo")
    assert [one["id"] for one in (await x.get_users_mentions(COMPANY, user_auth=True))["data"]] == [soon]
    assert "data" not in await x.get_direct_message_events(user_auth=True)
    assert sorted((await sandbox.x("reveal"))["ids"]) == sorted([late, late_message])
    assert [one["id"] for one in (await x.get_users_mentions(COMPANY, user_auth=True))["data"]] == [soon, late]
    assert int(late) < int(soon)
    assert [one["id"] for one in (await x.get_direct_message_events(user_auth=True))["data"]] == [late_message]
    # and what the company posts may be taken and not be seen yet
    await sandbox.fault(x={"endpoint": "post", "hide_next": 1})
    posted = await x.create_tweet(text="Lo vemos", user_auth=True)
    assert "data" not in await x.get_users_tweets(COMPANY, user_auth=True)
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        await x.create_tweet(text="Lo vemos", user_auth=True)
    assert (await sandbox.x("reveal"))["ids"] == [posted["data"]["id"]]
    assert len((await x.get_users_tweets(COMPANY, user_auth=True))["data"]) == 1


async def test_what_was_kept_survives_kill(tmp_path: Path) -> None:
    async with SandboxProcess(tmp_path) as sandbox, XClient(sandbox.x_url) as client:
        mention = await sandbox.tweet("ana", "@HiloCare hola")
        message = await sandbox.dm("ana", "hola")
        posted = await client.tweepy.create_tweet(text="Hola", in_reply_to_tweet_id=mention, user_auth=True)
        await sandbox.kill()
    async with SandboxProcess(tmp_path) as sandbox, XClient(sandbox.x_url) as client:
        x = client.tweepy
        assert [one["id"] for one in (await x.get_users_mentions(COMPANY, user_auth=True))["data"]] == [mention]
        assert [one["id"] for one in (await x.get_direct_message_events(user_auth=True))["data"]] == [message]
        own = (await x.get_users_tweets(COMPANY, user_auth=True))["data"]
        assert [one["id"] for one in own] == [posted["data"]["id"]]
        assert int(await sandbox.tweet("ana", "@HiloCare otra vez")) > int(posted["data"]["id"])


class Hook:
    """A webhook of ours; `answers` says whether it knows the secret."""

    def __init__(self) -> None:
        self.answers = True
        self.events: list[dict[str, Any]] = []
        self.url = ""

    async def challenge(self, request: web.Request) -> web.Response:
        token = request.query["crc_token"].encode() if self.answers else b"something else"
        return web.json_response({"response_token": signed(token)})

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        assert request.headers["x-twitter-webhooks-signature"] == signed(body)
        self.events.append(json.loads(body))
        return web.Response()

    def texts(self) -> list[str]:
        return [event["text"] for one in self.events for event in one.get("tweet_create_events", ())]


def signed(content: bytes) -> str:
    digest = hmac.new(X_KEYS["x_consumer_secret"].encode(), content, hashlib.sha256).digest()
    return f"sha256={base64.b64encode(digest).decode()}"


@asynccontextmanager
async def listening() -> AsyncIterator[Hook]:
    hook, app = Hook(), web.Application()
    app.add_routes([web.get("/x", hook.challenge), web.post("/x", hook.take)])
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/x"
    try:
        yield hook
    finally:
        await runner.cleanup()


async def until(is_so: Callable[[], bool]) -> None:
    async def look() -> bool:
        return is_so()

    await eventually(look)


async def test_a_webhook_is_challenged_and_told(sandbox: SandboxProcess, x: Any) -> None:
    async with listening() as hook:
        # given a webhook that does not know the secret, which X does not take
        hook.answers = False
        with pytest.raises(AssertionError, match="CrcValidationFailed"):
            await sandbox.x("webhooks", url=hook.url)
        hook.answers = True
        assert (await sandbox.x("webhooks", url=hook.url))["webhooks"][0]["valid"]
        # when customers and the company post, write and delete
        mention = await sandbox.tweet("ana", "@HiloCare hola & adiós " + "larga " * 30, media=[{}])
        await sandbox.tweet("ana", "nada que ver")
        message = await sandbox.dm("ana", "en privado")
        posted = await x.create_tweet(text="Hola", in_reply_to_tweet_id=mention, user_auth=True)
        await x.delete_tweet(posted["data"]["id"], user_auth=True)
        await sandbox.x(f"posts/{mention}/delete")
        await until(lambda: len(hook.events) == 4)
        # then it hears of what concerns the account, in the shapes of the Account Activity API
        kinds = {next(name for name in event if name.endswith("_events")): event for event in hook.events}
        assert {event["for_user_id"] for event in hook.events} == {COMPANY}
        assert kinds["tweet_delete_events"]["tweet_delete_events"][0]["status"] == {
            "id": posted["data"]["id"],
            "user_id": COMPANY,
        }
        (private,) = kinds["direct_message_events"]["direct_message_events"]
        assert (private["id"], private["message_create"]["message_data"]["text"]) == (message, "en privado")
        told = {one["id_str"]: one for event in hook.events for one in event.get("tweet_create_events", ())}
        assert set(told) == {mention, posted["data"]["id"]}
        assert told[mention]["truncated"]
        assert told[mention]["extended_tweet"]["full_text"].startswith("@HiloCare hola &amp; adiós larga ")
        assert told[posted["data"]["id"]]["in_reply_to_status_id_str"] == mention
        # when it fails the challenge later, it hears no more until it passes again
        hook.answers = False
        assert not (await sandbox.x("webhooks/check", now=True))["webhooks"][0]["valid"]
        await sandbox.tweet("ana", "@HiloCare uno")
        hook.answers = True
        assert (await sandbox.x("webhooks/check", now=True))["webhooks"][0]["valid"]
        await sandbox.tweet("ana", "@HiloCare dos")
        await until(lambda: "@HiloCare dos" in hook.texts())
        assert "@HiloCare uno" not in hook.texts()


async def test_a_webhook_of_the_settings_is_registered_once_it_answers() -> None:
    async with listening() as hook, SandboxHere(x_webhook_url=hook.url) as sandbox:
        await eventually(lambda: sandbox_webhooks(sandbox))
        await sandbox.dm("ana", "hola")
        await until(lambda: len(hook.events) == 1)


async def sandbox_webhooks(sandbox: SandboxProcess) -> bool:
    return bool((await sandbox.x("webhooks"))["webhooks"])


async def test_deliveries_are_lost_doubled_and_turned_round(sandbox: SandboxProcess) -> None:
    async with listening() as hook:
        await sandbox.x("webhooks", url=hook.url)
        await sandbox.fault(x={"webhook": {"lose_next": 1, "double_next": 1}})
        for text in ("@HiloCare perdido", "@HiloCare doble"):
            await sandbox.tweet("ana", text)
        await until(lambda: hook.texts() == ["@HiloCare doble"] * 2)
        await sandbox.fault(x={"webhook": {"reverse": 2}})
        await sandbox.tweet("ana", "@HiloCare antes")
        await sandbox.tweet("ana", "@HiloCare después")
        await until(lambda: set(hook.texts()[2:]) == {"@HiloCare antes", "@HiloCare después"})
        # and of many at once each is told
        await sandbox.fault(x={})
        await sandbox.x("many", posts=[{"from": "ana", "text": f"@HiloCare {number}"} for number in range(50)])
        await until(lambda: len(set(hook.texts()[4:])) == 50)


async def test_webhooks_elsewhere_are_refused(sandbox: SandboxProcess) -> None:
    with pytest.raises(AssertionError, match="this machine only"):
        await sandbox.x("webhooks", url="http://192.0.2.1/x")
