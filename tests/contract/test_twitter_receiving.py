"""What X shows becomes conversations: edits, deletions, gaps, budgets, a first look, webhooks."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from channels.twitter import feeds
from channels.twitter.adapter import TwitterAdapter
from channels.twitter.hints import signature
from channels.twitter.settings import CHANNEL, TwitterSettings
from router.model.clock import SystemClock
from router.model.decision import EntryKind, TimelineEntry
from router.model.errors import StartError
from router.store import metrics
from router.store.connection import Connection
from tests.contract.doors import hosted, services_on
from tests.core import Core, running_core
from tests.ports import free_ports
from tests.sandbox_process import X_KEYS, SandboxProcess
from tests.twitter import ACCOUNT, settings_for_tests
from tests.waiting import eventually

# The limits of a day in which nothing is the matter, for ten looks a second.
PLENTY = {"limits": {"*": {"limit": 100_000}}}
RARELY = {"mentions": "30m", "replies": "30m", "messages": "30m"}


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxProcess]:
    async with SandboxProcess() as started:
        await started.fault(x=PLENTY)
        yield started


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url, clock=SystemClock()) as started:
        yield started


@pytest.fixture
async def short_lists(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """X lists 200 mentions and no more, where the real one lists 800."""
    monkeypatch.setattr(feeds, "MENTIONS_SHOWN", 200)
    await sandbox.fault(x={**PLENTY, "mentions_depth": 200})


@asynccontextmanager
async def twitter(url: str, settings: TwitterSettings) -> AsyncIterator[TwitterAdapter]:
    """The channel at work."""
    connection = Connection(url)
    adapter = TwitterAdapter(settings, services_on(connection, CHANNEL))
    try:
        async with hosted(url, adapter):
            yield adapter
    finally:
        await connection.close()


async def entries(core: Core, sandbox: SandboxProcess, who: str = "ana") -> list[TimelineEntry]:
    """What the customer's conversation tells of what they did."""
    known = (await sandbox.x("users", **{"from": who}))["id"]
    conversation = await core.open_of(f"twitter:{known}")
    told = await core.timeline(conversation.id) if conversation else []
    return [entry for entry in told if entry.kind in (EntryKind.MESSAGE_IN, EntryKind.EDITED, EntryKind.WITHDRAWN)]


async def texts(core: Core, sandbox: SandboxProcess, count: int, who: str = "ana") -> list[str]:
    """The customer's messages once there are `count`."""

    async def look() -> list[str]:
        found = [entry.text for entry in await entries(core, sandbox, who)]
        return found if len(found) >= count else []

    return await eventually(look, f"{count} messages", seconds=20)


async def many(sandbox: SandboxProcess, count: int) -> None:
    """So many mentions at once."""
    posts = [{"from": "ana", "text": f"@{ACCOUNT} Mensaje {number}"} for number in range(count)]
    await sandbox.x("many", posts=posts)


async def test_in_public_and_in_private_they_are_one_customer(
    sandbox: SandboxProcess, core: Core, redis_url: str
) -> None:
    async with twitter(redis_url, settings_for_tests(sandbox.x_url)):
        # when a customer writes in public, in our thread without our name, and in private
        asked = await sandbox.tweet("ana", f"@{ACCOUNT} @otra Sin luz & sin agua", name="Ana", followers=70_000)
        assert await texts(core, sandbox, 1) == ["Sin luz & sin agua"]
        await sandbox.dm("ana", "Mi cédula es 8-123-456")
        assert await texts(core, sandbox, 2) == ["Sin luz & sin agua", "Mi cédula es 8-123-456"]
        conversation = await core.open_of(f"twitter:{(await sandbox.x('users', **{'from': 'ana'}))['id']}")
        # then it is one conversation, which knows both places
        assert conversation is not None
        assert [(target.public, target.thread != "") for target in conversation.targets] == [
            (False, True),
            (True, True),
        ]
        assert conversation.targets[1].references == (asked,)
        assert conversation.customer_name == "Ana (@ana)"


async def test_a_reply_that_names_nobody_is_found(sandbox: SandboxProcess, core: Core, redis_url: str) -> None:
    async with twitter(redis_url, settings_for_tests(sandbox.x_url)) as adapter:
        await sandbox.tweet("ana", f"@{ACCOUNT} Hola")
        await texts(core, sandbox, 1)
        # given a post of ours
        ours = await adapter._client.api.create_tweet(text="Hay un corte en la zona norte.")
        # when a customer answers it, and takes our name out
        await sandbox.tweet("eva", "¿Hasta cuándo?", in_reply_to=ours["data"]["id"], unnamed=True)
        assert await texts(core, sandbox, 1, "eva") == ["¿Hasta cuándo?"]


async def test_an_edit_is_told_as_one_also_by_another_process(
    sandbox: SandboxProcess, core: Core, redis_url: str
) -> None:
    settings = settings_for_tests(sandbox.x_url)
    async with twitter(redis_url, settings):
        first = await sandbox.tweet("ana", f"@{ACCOUNT} Mi fatura")
        await texts(core, sandbox, 1)
    second = (await sandbox.x(f"posts/{first}/edit", text=f"@{ACCOUNT} Mi factura"))["id"]
    async with twitter(redis_url, settings):
        await texts(core, sandbox, 2)
        # and what was edited before anybody here had seen it is a message
        third = await sandbox.tweet("eva", f"@{ACCOUNT} Nunca bisto", hidden=True)
        await sandbox.x("reveal", ids=[(await sandbox.x(f"posts/{third}/edit", text=f"@{ACCOUNT} Nunca visto"))["id"]])
        assert await texts(core, sandbox, 1, "eva") == ["Nunca visto"]
    told = [
        (entry.kind, entry.text, entry.message, entry.detail.get("edits")) for entry in await entries(core, sandbox)
    ]
    assert told == [
        (EntryKind.MESSAGE_IN, "Mi fatura", first, None),
        (EntryKind.EDITED, "Mi factura", second, first),
    ]
    assert [entry.kind for entry in await entries(core, sandbox, "eva")] == [EntryKind.MESSAGE_IN]


async def test_the_first_look_goes_a_day_back_and_never_again(
    sandbox: SandboxProcess, core: Core, redis_url: str
) -> None:
    now = datetime.now(UTC)
    for hours, text in ((30, "Hace mucho"), (20, "Ayer"), (1, "Hoy")):
        at = (now - timedelta(hours=hours)).isoformat()
        await sandbox.tweet("ana", f"@{ACCOUNT} {text}", created_at=at)
        await sandbox.dm("eva", text, created_at=at)
    async with twitter(redis_url, settings_for_tests(sandbox.x_url)):
        # then those who wait since yesterday are heard
        assert await texts(core, sandbox, 2) == ["Ayer", "Hoy"]
        assert await texts(core, sandbox, 2, "eva") == ["Ayer", "Hoy"]


async def test_what_x_lists_no_more_comes_by_search(
    sandbox: SandboxProcess, core: Core, redis_url: str, short_lists: None
) -> None:
    settings = settings_for_tests(sandbox.x_url)
    async with twitter(redis_url, settings):
        await sandbox.tweet("ana", f"@{ACCOUNT} Antes")
        await texts(core, sandbox, 1)
    # given more mentions than X lists while nobody looks
    await many(sandbox, 250)
    async with twitter(redis_url, settings):
        # then the search has the rest, and all come in their order
        assert await texts(core, sandbox, 251) == ["Antes", *(f"Mensaje {number}" for number in range(250))]


async def test_a_gap_is_never_silent(sandbox: SandboxProcess, core: Core, redis_url: str, short_lists: None) -> None:
    settings = settings_for_tests(sandbox.x_url, search_replies=False)
    async with twitter(redis_url, settings):
        await sandbox.tweet("ana", f"@{ACCOUNT} Antes")
        await texts(core, sandbox, 1)
    await many(sandbox, 250)
    before = metrics.GAPS.labels(CHANNEL)._value.get()
    with capture_logs() as logs:
        # when there is no search that could tell of those that X lists no more
        async with twitter(redis_url, settings):
            found = await texts(core, sandbox, 201)
    # then those that it lists are there, and the log and a metric say that others are not
    assert found == ["Antes", *(f"Mensaje {number}" for number in range(50, 250))]
    assert [line["feed"] for line in logs if line["event"] == "messages_missed"] == ["mentions"]
    assert metrics.GAPS.labels(CHANNEL)._value.get() == before + 1


async def test_a_budget_is_kept_by_all_processes_together(sandbox: SandboxProcess, core: Core, redis_url: str) -> None:
    budget = {"mentions": {"calls": 3, "per": "31d"}}
    settings = settings_for_tests(sandbox.x_url, budget=budget)
    for text in ("Uno", "Dos"):
        async with twitter(redis_url, settings):
            await sandbox.dm("ana", text)
            await texts(core, sandbox, 1 if text == "Uno" else 2)
            await asyncio.sleep(0.3)
    asked = _calls("mentions", "200")
    # when it is used up
    async with twitter(redis_url, settings):
        await sandbox.tweet("ana", f"@{ACCOUNT} Tres")
        await sandbox.dm("ana", "Cuatro")
        # then nothing more is asked there, and the rest goes on
        assert await texts(core, sandbox, 3) == ["Uno", "Dos", "Cuatro"]
        await asyncio.sleep(0.3)
    assert _calls("mentions", "200") == asked
    assert _calls("mentions", "held_back") > 0


def _calls(ask: str, result: str) -> float:
    return float(metrics.PROVIDER_CALLS.labels(CHANNEL, ask, result)._value.get())


async def test_a_webhook_makes_hilo_look_at_once_and_tells_what_is_gone(
    sandbox: SandboxProcess, core: Core, redis_url: str
) -> None:
    (port,) = free_ports(1)
    settings = settings_for_tests(sandbox.x_url, poll=RARELY, webhook={"listen": f"127.0.0.1:{port}"})
    async with twitter(redis_url, settings):
        url = f"http://127.0.0.1:{port}/x/webhook"
        # given that X has found that we know the app's secret
        assert [hook["valid"] for hook in (await sandbox.x("webhooks", url=url))["webhooks"]] == [True]
        # when X tells that a customer wrote, then nobody waits for the next look
        post = await sandbox.tweet("ana", f"@{ACCOUNT} Hola")
        assert await texts(core, sandbox, 1) == ["Hola"]
        await sandbox.dm("ana", "¿Hay alguien?")
        assert await texts(core, sandbox, 2) == ["Hola", "¿Hay alguien?"]
        # and when X tells that its author has deleted it, the story says so, and keeps it; no other post is spoken of
        author = (await sandbox.x("users", **{"from": "ana"}))["id"]
        for gone in (post, str(int(post) + 1), post):
            payload = {"id": gone, "author_id": author}
            body = json.dumps({"data": {"event_type": "post.delete", "payload": payload}}).encode()
            headers = {"x-twitter-webhooks-signature": signature(X_KEYS["x_consumer_secret"], body)}
            async with ClientSession() as http, http.post(url, data=body, headers=headers) as answer:
                assert answer.status == 200
        assert await texts(core, sandbox, 3) == ["Hola", "¿Hay alguien?", ""]
        told = [(entry.kind, entry.message) for entry in await entries(core, sandbox)]
        assert told[2:] == [(EntryKind.WITHDRAWN, post)]


@pytest.mark.parametrize(
    ("body", "signed_with", "status"),
    [
        (b"{}", X_KEYS["x_consumer_secret"], 200),
        (b"no json", X_KEYS["x_consumer_secret"], 200),
        (b"{}", "another secret", 403),
        (b"{}", "", 403),
        (b"x" * 1_100_000, X_KEYS["x_consumer_secret"], 413),
    ],
    ids=["signed", "no-json", "another", "unsigned", "too-large"],
)
async def test_what_x_did_not_sign_is_not_heard(
    redis_url: str, redis_client: object, body: bytes, signed_with: str, status: int
) -> None:
    async with listening(redis_url) as url, ClientSession() as http:
        headers = {"x-twitter-webhooks-signature": signature(signed_with, body) if signed_with else ""}
        async with http.post(url, data=body, headers=headers) as answer:
            assert answer.status == status


async def test_who_calls_without_a_signature_fills_no_log(redis_url: str, redis_client: object) -> None:
    secret = X_KEYS["x_consumer_secret"]
    with capture_logs() as logs:
        async with listening(redis_url) as url, ClientSession() as http:
            # given many calls that X did not sign, one that it did, and one more
            for signed_with in ("", "", "another", secret, ""):
                headers = {"x-twitter-webhooks-signature": signature(signed_with, b"{}") if signed_with else ""}
                await (await http.post(url, data=b"{}", headers=headers)).release()
    # then each doubt is told once
    assert [line["event"] for line in logs if line["event"] == "webhook_of_x_unsigned"] == ["webhook_of_x_unsigned"] * 2


@pytest.mark.parametrize(
    ("token", "status"), [("a-Token_1", 200), ("", 400), ('{"for_user_id":"1"}', 400), ("a" * 200, 400)]
)
async def test_only_a_challenge_is_signed(redis_url: str, redis_client: object, token: str, status: int) -> None:
    # what would be an event's body, once it is signed, is no challenge
    async with (
        listening(redis_url) as url,
        ClientSession() as http,
        http.get(url, params={"crc_token": token}) as answer,
    ):
        assert answer.status == status
        if status == 200:
            expected = signature(X_KEYS["x_consumer_secret"], token.encode())
            assert await answer.json() == {"response_token": expected}


async def test_a_port_in_use_is_said_at_the_start(redis_url: str, redis_client: object) -> None:
    async with listening(redis_url) as url:
        with pytest.raises(StartError, match=r"webhook\.listen"):
            async with listening(redis_url, port=int(url.split(":")[2].partition("/")[0])):
                pytest.fail("it listens")


@asynccontextmanager
async def listening(redis_url: str, port: int = 0) -> AsyncIterator[str]:
    """The address of a webhook; X itself is out of reach."""
    connection = Connection(redis_url)
    settings = settings_for_tests("http://127.0.0.1:1", webhook={"listen": f"127.0.0.1:{port or free_ports(1)[0]}"})
    adapter = TwitterAdapter(settings, services_on(connection, CHANNEL))
    try:
        await adapter.start()
        assert adapter.webhook is not None
        yield f"http://127.0.0.1:{adapter.webhook.port}/x/webhook"
    finally:
        await adapter.stop()
        await connection.close()


async def test_keys_of_another_account_are_told(sandbox: SandboxProcess, core: Core, redis_url: str) -> None:
    with capture_logs() as logs:
        async with twitter(redis_url, settings_for_tests(sandbox.x_url, account="Otra")):

            async def is_told() -> bool:
                return any(line["event"] == "channel_parked" and "@Otra" in line["error"] for line in logs)

            await eventually(is_told, "whose keys they are")
