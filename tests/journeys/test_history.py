"""A customer comes back after their conversation was closed and archived: the desk shows both."""

import asyncio
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from desk.stories import FORMER_SHOWN
from history.archive import Archive
from router.model.clock import SystemClock
from router.model.event import ReplyWritten, Resolved
from router.model.ids import AgentId, ConversationId
from router.model.team import Agent
from tests.archived import LONG, closed, feeder_of, opened
from tests.core import ANA, BILLING, CARE, POLICY, Core, running_core
from tests.desk import USERS, Office, Person, running_desk
from tests.journeys.test_console import desk_of, hears
from tests.journeys.test_start import config_file
from tests.processes import HILO, hilo
from tests.waiting import eventually

LUZ = Agent(AgentId("luz"), "Luz", frozenset({CARE, BILLING}))
NOE = Agent(AgentId("noe"), "Noé", frozenset({CARE}))
PEOPLE = {**USERS, "luz": Person(LUZ), "noe": Person(NOE)}


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    async with opened(tmp_path) as found:
        yield found


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core, archive: Archive) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=core.clock, users=PEOPLE, archive=archive) as running:
        yield running


async def archived(core: Core, archive: Archive, *senders: str) -> list[ConversationId]:
    """Conversations that closed and have gone to history."""
    names = list(await closed(core, *senders))
    await feeder_of(core.connection, archive).feed()
    assert await core.records.conversations(names) == [None] * len(names)
    return names


async def test_a_customer_who_returns_is_met_with_what_was_before(core: Core, archive: Archive, office: Office) -> None:
    # given a conversation that was closed and is in history
    desk = await office.script(NOE)
    [first] = await archived(core, archive, "chat:ada")
    # when its customer writes again
    second = await core.says("Hola otra vez")
    # then it is another conversation, and the desk shows the former one beside it
    assert second.id != first
    shown = (await desk.get(f"/api/conversations/{second.id}")).body
    [former] = shown["former"]
    assert (former["id"], former["beginning"], former["team"]["name"]) == (
        first,
        "Hola, soy chat:ada",
        "Atención al cliente",
    )
    assert former["closed_at"] == (core.clock.now()).isoformat().replace("+00:00", "Z")
    # and the former one opens as it was, whole and with its revision
    answer = await desk.get(f"/api/conversations/{first}")
    assert (answer.status, answer.body["state"], answer.body["timeline_start"]) == (200, "closed", 0)
    assert [entry["text"] for entry in answer.body["timeline"] if entry["kind"].startswith("message")] == [
        "Hola, soy chat:ada",
        "¿Qué necesitas?",
        "Mi factura",
    ]
    assert answer.headers["ETag"] == f'"{answer.body["revision"]}"'
    assert answer.body["customer"]["handles"] == shown["customer"]["handles"]
    assert answer.body["former"] == []
    earlier = (await desk.get(f"/api/conversations/{first}?before=2")).body
    assert [entry["id"] for entry in earlier["timeline"]] == [entry["id"] for entry in answer.body["timeline"][:2]]


@pytest.mark.parametrize(
    ("verb", "body"),
    [("reply", {"text": "¿Sigues ahí?"}), ("note", {"text": "una nota"}), ("claim", {}), ("reopen", {})],
)
async def test_who_still_has_the_old_page_is_told_that_it_is_closed(
    core: Core, archive: Archive, office: Office, verb: str, body: dict[str, str]
) -> None:
    desk, others = await office.script(NOE), await office.script(Agent(AgentId("x"), "X", frozenset({BILLING})))
    [first] = await archived(core, archive, "chat:ada")
    # when a command comes from a page that was read before, then it is refused, and as often as it is repeated
    for _ in range(2):
        answer = await desk.post(f"/api/conversations/{first}/{verb}", body, idempotency_key="k", if_match='"3"')
        assert (answer.status, answer.code) == (422, "closed")
    # and whose it is not learns nothing, as before
    assert (await others.post(f"/api/conversations/{first}/{verb}", body)).code == "not_your_team"
    assert (await others.get(f"/api/conversations/{first}")).code == "not_your_team"
    # and nothing came of it
    assert await feeder_of(core.connection, archive).feed() is False
    assert len(await archive.timeline(first)) == len((await desk.get(f"/api/conversations/{first}")).body["timeline"])


async def test_former_conversations_of_other_teams_are_not_told(core: Core, archive: Archive, office: Office) -> None:
    # given a customer with a conversation now, and many before that were Care's
    billing = await office.script(Agent(AgentId("x"), "X", frozenset({BILLING})))
    supervisor = await office.script(ANA)
    for _ in range(FORMER_SHOWN + 1):
        await archived(core, archive, "chat:ada")
    now = await core.says("Hola otra vez")
    await core.does(ReplyWritten(ANA, "Te paso"), now.id)
    assert (await supervisor.post(f"/api/conversations/{now.id}/transfer", {"team": "billing"})).status == 200
    # then Billing sees none of those, and a supervisor the latest of them
    assert (await billing.get(f"/api/conversations/{now.id}")).body["former"] == []
    former = (await supervisor.get(f"/api/conversations/{now.id}")).body["former"]
    assert len(former) == FORMER_SHOWN
    assert former == sorted(former, key=lambda one: str(one["closed_at"]), reverse=True)


async def test_an_archive_that_is_away_keeps_nobody_from_answering(redis_url: str, core: Core, tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("a file", encoding="ascii")
    conversation = await core.says("Hola")
    async with (
        opened(tmp_path / "broken") as broken,
        running_desk(redis_url, clock=core.clock, users=PEOPLE, archive=broken) as office,
    ):
        desk = await office.script(NOE)
        shown = await desk.get(f"/api/conversations/{conversation.id}")
        assert (shown.status, shown.body["former"]) == (200, [])
        assert (await desk.post(f"/api/conversations/{conversation.id}/claim")).status == 200


async def test_history_runs_by_itself_and_hands_its_lease_back(core: Core, archive: Archive) -> None:
    # given a feeder at work
    feeder = feeder_of(core.connection, archive)
    task = asyncio.create_task(feeder.run())
    try:
        [name] = await closed_by(core, "chat:ada")

        async def gone() -> bool:
            return await core.records.conversation(name) is None

        await eventually(gone, "archived by itself")
        assert await archive.conversation(name)
    finally:
        feeder.stop()
        async with asyncio.timeout(10):
            await task
    # then its lease is free at once
    assert await core.connection.commands.get("hilo:{ch:history}:lease") is None


async def closed_by(core: Core, sender: str) -> list[ConversationId]:
    """A conversation of `sender`, resolved, whose time is over."""
    conversation = await core.says("Hola", sender)
    await core.does(Resolved(ANA), conversation.id)
    await core.clock.advance(LONG)
    return [conversation.id]


@pytest.mark.parametrize("look", [{}, {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}])
async def test_the_agent_finds_the_former_conversation_beside_the_customer(
    redis_url: str, redis_client: object, archive: Archive, browser: Browser, look: dict[str, Any]
) -> None:
    clock, policy = SystemClock(), replace(POLICY, reopen_within=timedelta(milliseconds=50))
    async with (
        running_core(redis_url, clock=clock, policy=policy) as core,
        running_desk(redis_url, clock=clock, users=PEOPLE, archive=archive) as office,
    ):
        # given a customer whose conversation is over, and who writes again
        first = await hears(core, "Me cobraron dos veces la misma factura de noviembre", "Ada", sender="chat:ada")
        await core.does(ReplyWritten(NOE, "Ya te devolvimos lo que sobraba."), first.id)
        await core.does(Resolved(NOE), first.id)

        async def gone() -> bool:
            await feeder_of(core.connection, archive).feed()
            return await core.records.conversation(first.id) is None

        await eventually(gone, "archived")
        second = await hears(core, "Sigo sin ver la devolución", "Ada", sender="chat:ada")
        async with desk_of(browser, office, "noe", **look) as page:
            await page.goto(f"{office.url}/#/care/{second.id}/customer")
            customer = page.get_by_role("complementary", name="Customer")
            await expect(customer.get_by_role("heading", name="Earlier conversations")).to_be_visible()
            entry = customer.get_by_role("link", name=re.compile("Me cobraron dos veces"))
            await expect(entry).to_contain_text("Atención al cliente")
            # when the agent opens it, then it is there to read and nothing else
            await entry.click()
            await expect(page.locator(".theirs .words")).to_have_text(re.compile("Me cobraron dos veces"))
            await expect(page.locator(".told")).to_contain_text("Closed: when Ada writes again")
            await expect(page.locator(".composer")).to_be_hidden()
            await expect(page.locator(".acts button")).to_have_count(0)
            assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
            # and the way back leads to where they were
            await page.go_back()
            await expect(entry).to_be_visible()


async def test_history_alone_takes_what_has_closed_and_its_routing_can_still_be_explained(
    redis_url: str, core: Core, tmp_path: Path
) -> None:
    # given a conversation that has closed, and a process that runs history and nothing else
    [name] = await closed(core, "chat:ada")
    config = config_file(tmp_path, redis=f"{{url: '{redis_url}'}}")
    (tmp_path / "rules" / "all.yaml").write_text(
        "rules: [{name: all, when: {channel: [email]}, then: {tags: [mail]}}]\n", encoding="ascii"
    )
    async with hilo("history", config=config) as process:
        await process.says("History is at work.")

        async def gone() -> bool:
            return await core.records.conversation(name) is None

        # then it takes it, once whoever follows the feed has had time to see that it closed
        await eventually(gone, "archived", seconds=40)
        process.signal(signal.SIGTERM)
        assert await process.wait() == 0
    # and ops can still ask why it went where it went
    explained = await asyncio.to_thread(
        subprocess.run,
        [str(HILO), "rules", "explain", "--conversation", name, "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert explained.returncode == 0, explained.stderr
    assert "→ care, no rule decided" in explained.stdout
