"""The sandbox's X as tweepy meets it: what the API gives, takes and refuses."""

import asyncio
import base64
import time
from typing import Any

import aiohttp
import pytest
import tweepy

from tests.sandbox_process import X_KEYS, SandboxProcess
from tests.x_client import XClient

COMPANY = "4400000001"
TWEET_FIELDS = ["author_id", "conversation_id", "created_at", "entities", "in_reply_to_user_id", "referenced_tweets"]


async def test_a_story_in_public(sandbox: SandboxProcess, x: Any) -> None:
    # given a customer who complains in public, with a picture, a link and characters that X escapes
    complaint = await sandbox.tweet(
        "Ana_1", "@HiloCare sin <internet> & sin luz 😀, ver https://ana.example/foto?a=1&b=2.", followers=7, media=[{}]
    )
    # when the company looks for mentions with everything that it wants to know
    found = await x.get_users_mentions(
        COMPANY,
        user_auth=True,
        tweet_fields=[*TWEET_FIELDS, "attachments"],
        expansions=["author_id", "attachments.media_keys"],
        user_fields=["public_metrics", "verified", "created_at"],
        media_fields=["url"],
    )
    # then the text is as X writes it, and what it stands for is told beside it
    (tweet,) = found["data"]
    assert tweet["text"].startswith("@HiloCare sin &lt;internet&gt; &amp; sin luz 😀, ver https://t.co/")
    link, picture = tweet["entities"]["urls"]
    assert link["expanded_url"] == "https://ana.example/foto?a=1&b=2"
    assert tweet["text"][link["start"] : link["end"]] == link["url"]
    assert tweet["text"][picture["start"] :] == picture["url"]
    assert tweet["entities"]["mentions"] == [{"start": 0, "end": 9, "username": "HiloCare", "id": COMPANY}]
    (author,) = found["includes"]["users"]
    assert (author["username"], author["public_metrics"]["followers_count"]) == ("Ana_1", 7)
    async with aiohttp.ClientSession() as session, session.get(found["includes"]["media"][0]["url"]) as response:
        assert (response.status, response.content_type) == (200, "image/png")
    # when the company answers in the thread and the customer answers that
    answer = await x.create_tweet(text="Lo vemos ahora", in_reply_to_tweet_id=complaint, user_auth=True)
    assert answer["data"]["text"] == "@Ana_1 Lo vemos ahora"
    thanks = await sandbox.tweet("Ana_1", "gracias", in_reply_to=answer["data"]["id"])
    # then what is new is the customer's answer, in the conversation that the complaint began
    later = await x.get_users_mentions(COMPANY, user_auth=True, since_id=complaint, tweet_fields=TWEET_FIELDS)
    assert [(one["id"], one["text"], one["conversation_id"]) for one in later["data"]] == [
        (thanks, "@HiloCare gracias", complaint)
    ]
    assert later["data"][0]["referenced_tweets"] == [{"type": "replied_to", "id": answer["data"]["id"]}]
    thread = await x.search_recent_tweets(f"conversation_id:{complaint} to:HiloCare", user_auth=True)
    assert [one["id"] for one in thread["data"]] == [thanks]
    # and the company finds its own post
    own = await x.get_users_tweets(COMPANY, user_auth=True)
    assert [one["id"] for one in own["data"]] == [answer["data"]["id"]]


async def test_a_story_in_private(sandbox: SandboxProcess, x: Any) -> None:
    first = await sandbox.dm("ana", "mi cédula es 8-123-456")
    fields = ["sender_id", "dm_conversation_id", "created_at"]
    events = await x.get_direct_message_events(user_auth=True, dm_event_fields=fields, expansions=["sender_id"])
    (event,) = events["data"]
    assert (event["id"], event["event_type"], event["text"]) == (first, "MessageCreate", "mi cédula es 8-123-456")
    assert events["includes"]["users"][0]["username"] == "ana"
    # when the company answers, by the customer and by the conversation
    ana, conversation = event["sender_id"], event["dm_conversation_id"]
    one = await x.create_direct_message(participant_id=ana, text="a" * 10_000, user_auth=True)
    two = await x.create_direct_message(dm_conversation_id=conversation, text="y más", user_auth=True)
    assert {one["data"]["dm_conversation_id"], two["data"]["dm_conversation_id"]} == {conversation}
    # then both ways to read the conversation give the newest first, and an empty page ends it
    page = await x.get_direct_message_events(participant_id=ana, max_results=2, user_auth=True)
    assert [event["id"] for event in page["data"]] == [two["data"]["dm_event_id"], one["data"]["dm_event_id"]]
    following = {"max_results": 2, "pagination_token": page["meta"]["next_token"], "user_auth": True}
    page = await x.get_direct_message_events(dm_conversation_id=conversation, **following)
    assert [event["id"] for event in page["data"]] == [first]
    following["pagination_token"] = page["meta"]["next_token"]
    assert await x.get_direct_message_events(dm_conversation_id=conversation, **following) == {
        "meta": {"result_count": 0}
    }
    # and who takes no messages from strangers gets none, unless they wrote first
    await sandbox.tweet("beto", "@HiloCare hola", takes_dms=False)
    beto = (await x.get_user(username="beto", user_auth=True))["data"]["id"]
    with pytest.raises(tweepy.Forbidden, match="permission to DM"):
        await x.create_direct_message(participant_id=beto, text="hola", user_auth=True)
    await sandbox.dm("beto", "hola")
    await x.create_direct_message(participant_id=beto, text="hola", user_auth=True)
    with pytest.raises(tweepy.BadRequest):
        await x.create_direct_message(participant_id=ana, text="a" * 10_001, user_auth=True)


async def test_only_what_was_asked_for_is_given(sandbox: SandboxProcess, x: Any) -> None:
    await sandbox.tweet("ana", "@HiloCare hola")
    bare = await x.get_users_mentions(COMPANY, user_auth=True)
    assert set(bare) == {"data", "meta"}
    assert set(bare["data"][0]) == {"id", "text", "edit_history_tweet_ids"}
    assert set((await x.get_me(user_auth=True))["data"]) == {"id", "name", "username"}
    for wrong in ({"max_results": 4}, {"max_results": 101}, {"tweet_fields": "colour"}, {"pagination_token": "x"}):
        with pytest.raises(tweepy.BadRequest):
            await x.get_users_mentions(COMPANY, user_auth=True, **wrong)


async def test_edits_and_deletions(sandbox: SandboxProcess, x: Any) -> None:
    first = await sandbox.tweet("ana", "@HiloCare factrua 41")
    second = (await sandbox.x(f"posts/{first}/edit", text="@HiloCare factura 41"))["id"]
    # an edit is a new id that takes the place of the old one, which can still be looked at
    (found,) = (await x.get_users_mentions(COMPANY, user_auth=True))["data"]
    assert (found["id"], found["text"]) == (second, "@HiloCare factura 41")
    assert found["edit_history_tweet_ids"] == [first, second]
    assert (await x.get_tweet(first, user_auth=True))["data"]["text"] == "@HiloCare factrua 41"
    # and what is deleted is an error inside an answer of 200
    await sandbox.x(f"posts/{second}/delete")
    assert "data" not in await x.get_users_mentions(COMPANY, user_auth=True)
    gone = await x.get_tweets([first, second], user_auth=True)
    assert [error["resource_id"] for error in gone["errors"]] == [first, second]
    assert gone["errors"][0]["title"] == "Not Found Error"
    with pytest.raises(tweepy.Forbidden, match="deleted or not visible"):
        await x.create_tweet(text="Gracias", in_reply_to_tweet_id=second, user_auth=True)


async def test_what_may_not_be_posted(x: Any) -> None:
    link = "https://hilo.example/" + "a" * 300
    await x.create_tweet(text=link + " " + "á" * 256, user_auth=True)
    for long in ("a" * 281, "日" * 141, "👩‍👩‍👧‍👦" * 141, link + " " + "á" * 257):
        with pytest.raises(tweepy.Forbidden, match="too long"):
            await x.create_tweet(text=long, user_auth=True)
    await x.create_tweet(text="👩‍👩‍👧‍👦" * 140, user_auth=True)
    # the same words again are refused, also when their links got other short names
    await x.create_tweet(text="Ver https://hilo.example/a", user_auth=True)
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        await x.create_tweet(text="Ver https://hilo.example/a", user_auth=True)
    posted = await x.create_tweet(text="Ver https://hilo.example/b", user_auth=True)
    assert (await x.delete_tweet(posted["data"]["id"], user_auth=True))["data"] == {"deleted": True}
    await x.create_tweet(text="Ver https://hilo.example/b", user_auth=True)


async def test_long_and_quoted_posts(sandbox: SandboxProcess, x: Any) -> None:
    company = await x.create_tweet(text="Aviso: corte mañana", user_auth=True)
    words = "palabra & " * 60 + "https://ana.example/fin"
    await sandbox.tweet("ana", f"@HiloCare {words}", quote=company["data"]["id"])
    found = await x.get_users_mentions(
        COMPANY,
        user_auth=True,
        tweet_fields=["note_tweet", "referenced_tweets"],
        expansions=["referenced_tweets.id", "referenced_tweets.id.author_id"],
    )
    (tweet,) = found["data"]
    assert tweet["text"].endswith("…")
    assert len(tweet["text"]) < 280
    assert tweet["note_tweet"]["text"].count("palabra &amp; ") == 60
    assert tweet["note_tweet"]["entities"]["urls"][0]["expanded_url"] == "https://ana.example/fin"
    assert tweet["referenced_tweets"] == [{"type": "quoted", "id": company["data"]["id"]}]
    assert found["includes"]["tweets"][0]["text"] == "Aviso: corte mañana"
    # and a quoted post that is gone is told as an error
    await x.delete_tweet(company["data"]["id"], user_auth=True)
    found = await x.get_users_mentions(COMPANY, user_auth=True, expansions=["referenced_tweets.id"])
    assert found["errors"][0]["resource_id"] == company["data"]["id"]


@pytest.mark.parametrize("wrong", sorted(X_KEYS))
async def test_a_wrong_key_is_refused(sandbox: SandboxProcess, wrong: str) -> None:
    async with XClient(sandbox.x_url, {**X_KEYS, wrong: "4400000001-another"}) as client:
        with pytest.raises(tweepy.Unauthorized):
            await client.tweepy.get_me(user_auth=True)


async def test_a_request_is_taken_once(sandbox: SandboxProcess) -> None:
    # given a signed request that somebody has listened to
    async with XClient(sandbox.x_url) as client:
        await client.tweepy.create_tweet(text="uno", user_auth=True)
        sent = client.sent[-1]
        # when it is sent again, and once more with another query under the same signature
        async with aiohttp.ClientSession() as session:
            for url in (sent.url, f"{sent.url}?dry=1"):
                async with session.request(sent.method, url, headers=sent.headers, json={"text": "dos"}) as response:
                    # then X takes it for a forgery
                    assert response.status == 401
                    assert (await response.json())["title"] == "Unauthorized"


async def test_limits(sandbox: SandboxProcess) -> None:
    await sandbox.fault(x={"limits": {"me": {"limit": 2, "window": 1}}})
    async with XClient(sandbox.x_url, return_type=aiohttp.ClientResponse) as client:
        left = []
        for _ in range(2):
            response = await client.tweepy.get_me(user_auth=True)
            left.append(response.headers["x-rate-limit-remaining"])
        assert left == ["1", "0"]
        with pytest.raises(tweepy.TooManyRequests) as refused:
            await client.tweepy.get_me(user_auth=True)
        headers = refused.value.response.headers
        assert (headers["x-rate-limit-limit"], headers["x-rate-limit-remaining"]) == ("2", "0")
        # another endpoint has a window of its own, and this one opens again when it was said
        await client.tweepy.get_users_mentions(COMPANY, user_auth=True)
        await asyncio.sleep(max(int(headers["x-rate-limit-reset"]) - time.time(), 0))
        await client.tweepy.get_me(user_auth=True)


async def test_pages_go_as_deep_as_x_lets_them(sandbox: SandboxProcess, x: Any) -> None:
    posts = [{"from": f"cliente{number % 50}", "text": f"@HiloCare caso {number}"} for number in range(1000)]
    ids = (await sandbox.x("many", posts=posts))["posts"]
    assert ids == sorted(ids, key=int)
    seen: list[str] = []
    token = None
    while True:
        page = await x.get_users_mentions(COMPANY, user_auth=True, max_results=100, pagination_token=token)
        seen += [one["id"] for one in page["data"]]
        token = page["meta"].get("next_token")
        if token is None:
            break
    assert seen == ids[:199:-1]
    # search, unlike it, has all of the last seven days
    page = await x.search_recent_tweets("@HiloCare", user_auth=True, until_id=ids[200], max_results=100)
    assert [one["id"] for one in page["data"]] == ids[199:99:-1]


async def test_media_go_up_and_out(sandbox: SandboxProcess) -> None:
    picture, film = b"\x89PNG" + b"p" * 1000, b"f" * 2500
    async with XClient(sandbox.x_url) as client:
        # given a picture sent in one go, as a form, and a film in parts
        form = aiohttp.FormData({"media_category": "tweet_image"})
        form.add_field("media", picture, filename="router.png", content_type="application/octet-stream")
        one = await client.ask("POST", "/2/media/upload", data=form)
        start = {"media_category": "tweet_video", "media_type": "video/mp4", "total_bytes": len(film)}
        two = (await client.ask("POST", "/2/media/upload/initialize", json=start))["data"]["id"]
        for index in range(3):
            part = base64.b64encode(film[index * 1000 : (index + 1) * 1000]).decode()
            await client.ask("POST", f"/2/media/upload/{two}/append", json={"segment_index": index, "media": part})
        done = await client.ask("POST", f"/2/media/upload/{two}/finalize")
        assert (done["data"]["id"], done["data"]["size"]) == (two, len(film))
        # when the company posts them
        posted = await client.tweepy.create_tweet(text="Así", media_ids=[one["data"]["id"], two], user_auth=True)
        # then they hang on its post and are served as they were sent
        shown = await client.tweepy.get_tweet(
            posted["data"]["id"], user_auth=True, expansions="attachments.media_keys", media_fields="url,variants"
        )
        photo, video = shown["includes"]["media"]
        assert (photo["type"], video["type"]) == ("photo", "video")
        assert video["media_key"] == done["data"]["media_key"]
        for url, content, kind in (
            (photo["url"], picture, "image/png"),
            (video["variants"][0]["url"], film, "video/mp4"),
        ):
            async with aiohttp.ClientSession() as session, session.get(url) as response:
                assert (await response.read(), response.content_type) == (content, kind)
        # and what was never sent can't be posted
        with pytest.raises(tweepy.BadRequest, match="media IDs are invalid"):
            await client.tweepy.create_tweet(text="Nada", media_ids=["1"], user_auth=True)


async def test_reposts_and_what_was_posted_in_the_app(sandbox: SandboxProcess, x: Any) -> None:
    # given a post that a stranger shows to their followers
    mention = await sandbox.tweet("ana", "@HiloCare " + "larga " * 30)
    repost = await sandbox.tweet("beto", "", repost_of=mention)
    fields = {"tweet_fields": "referenced_tweets,author_id", "user_auth": True}
    shared, original = (await x.get_users_mentions(COMPANY, **fields))["data"]
    assert (shared["id"], original["id"]) == (repost, mention)
    assert shared["referenced_tweets"] == [{"type": "retweeted", "id": mention}]
    assert shared["text"].startswith("RT @ana: @HiloCare larga ")
    assert len(shared["text"]) == 140
    found = await x.search_recent_tweets("@HiloCare -is:retweet", user_auth=True)
    assert [one["id"] for one in found["data"]] == [mention]
    # and what somebody of the company did in X's own app, which is the account's like any other
    by_hand = await sandbox.tweet("HiloCare", "Te leemos", in_reply_to=mention)
    message = await sandbox.dm("HiloCare", "Hola", to="ana")
    assert [one["id"] for one in (await x.get_users_tweets(COMPANY, user_auth=True))["data"]] == [by_hand]
    assert [one["id"] for one in (await x.get_direct_message_events(user_auth=True))["data"]] == [message]


async def test_many_are_kept_together_or_not_at_all(sandbox: SandboxProcess, x: Any) -> None:
    posts = [{"from": "ana", "text": "@HiloCare uno"}, {"from": "ana", "text": "dos", "in_reply_to": "1"}]
    with pytest.raises(AssertionError, match="deleted or not visible"):
        await sandbox.x("many", posts=posts)
    assert (await x.get_users_mentions(COMPANY, user_auth=True))["meta"] == {"result_count": 0}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/2/users/{COMPANY}/mentions?since_id=9999999999999999999", None),
        ("GET", f"/2/users/{COMPANY}/mentions?pagination_token=n{'z' * 20}", None),
        ("GET", f"/2/users/{COMPANY}/mentions?start_time=yesterday", None),
        ("GET", f"/2/users/{COMPANY}/mentions?max_results=%C2%B2", None),
        ("GET", "/2/tweets/9999999999999999999", None),
        ("GET", "/2/tweets?ids=", None),
        ("GET", "/2/users/by/username/%F0%9F%98%80", None),
        ("GET", "/2/tweets/search/recent?query=%22", None),
        ("GET", "/2/tweets/search/recent?query=from:", None),
        ("GET", "/2/dm_conversations/1-2-3/dm_events", None),
        ("POST", "/2/tweets", b"{"),
        ("POST", "/2/tweets", b"[]"),
        ("POST", "/2/tweets", b'{"text": "\\ud800"}'),
        ("POST", "/2/tweets", b'{"text": 1}'),
        ("POST", "/2/tweets", b'{"text": "a", "colour": "red"}'),
        ("POST", "/2/tweets", b'{"text": "a", "reply": "b"}'),
        ("POST", "/2/tweets", b'{"text": "a", "reply": {"in_reply_to_tweet_id": "9999999999999999999"}}'),
        ("POST", "/2/tweets", b'{"text": " "}'),
        ("POST", "/2/dm_conversations/with/9999999999999999999/messages", b'{"text": "a"}'),
        ("POST", f"/2/dm_conversations/with/{COMPANY}/messages", b'{"text": "a"}'),
        ("POST", "/2/media/upload", b'{"media": "%", "media_category": "tweet_image"}'),
        ("POST", "/2/media/upload/1/finalize", b""),
        ("POST", "/2/webhooks", b'{"url": "http://[::1"}'),
        ("PUT", "/2/webhooks/1", b""),
        ("POST", "/3/tweets", b"{}"),
    ],
)
async def test_nonsense_is_refused_in_words(
    sandbox: SandboxProcess, method: str, path: str, body: bytes | None
) -> None:
    async with XClient(sandbox.x_url) as client:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        status, answer = await client.raw(method, path, data=body, headers=headers)
    assert status < 500
    assert status >= 400 or "errors" in answer or answer == {"meta": {"result_count": 0}}
