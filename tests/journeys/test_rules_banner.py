"""A mistake in the rules is one calm line on every desk; who can mend it reads where and what. It goes by itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from redis.asyncio import Redis

from router.model.clock import SystemClock
from router.store.rules_status import RulesBoard, RulesStatus
from rules.problems import Problem
from tests.core import ANA
from tests.desk import CARLA, Office, running_desk
from tests.journeys.test_console import FAINT, PEOPLE, desk_of

CLOCK = SystemClock()
TWO = (
    Problem("rules/playbook/20-billing.yaml", 4, 12, "unknown team `biling`", "did you mean `billing`?"),
    Problem("rules/playbook/20-billing.yaml", 31, 7, "<b>`txt` is not known here</b>"),
)


@pytest.fixture
async def office(redis_url: str, redis_client: Redis) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=CLOCK, users=PEOPLE) as running:
        yield running


@pytest.fixture
def board(office: Office) -> RulesBoard:
    return RulesBoard(office.services.connection)


def good() -> RulesStatus:
    return RulesStatus("abc123", 14, CLOCK.now())


def broken() -> RulesStatus:
    return replace(good(), refused_at=CLOCK.now(), mistakes=2, problems=TWO)


async def test_the_feed_tells_it_as_it_changes_and_to_who_comes_later(office: Office, board: RulesBoard) -> None:
    carla, ana = await office.script(CARLA), await office.script(ANA)
    async with carla.feed() as agents, ana.feed() as supervisors:
        for feed in (agents, supervisors):
            await feed.begun()
        await board.tell("one", broken())
        told = [await feed.next() for feed in (agents, supervisors)]
        assert [(each.kind, each.data["mistakes"], len(each.data["problems"])) for each in told] == [
            ("rules", 2, 0),
            ("rules", 2, 2),
        ]
    async with ana.feed() as late:
        first = await late.next()
        assert (first.kind, first.data["files"]) == ("rules", ["20-billing.yaml"])
        # a position is not moved by it
        assert first.id
        await board.tell("one", good())
        assert (await late.next()).data["mistakes"] == 0
        # a second router that sees the same mistakes does not double them
        both = broken()
        await board.tell("one", both)
        await board.tell("two", both)
        seen = [await late.next()]
        while len(seen) < 2 and seen[-1].data["mistakes"] == 0:
            seen.append(await late.next())
        assert seen[-1].data["mistakes"] == 2


async def test_a_supervisor_reads_where_and_what(office: Office, board: RulesBoard, browser: Browser) -> None:
    async with desk_of(browser, office, "ana") as page:
        line = banner(page)
        await expect(line).to_be_hidden()
        # when the rules are refused
        await board.tell("one", broken())
        await expect(line).to_contain_text("Rules: 2 mistakes in 20-billing.yaml, since ")
        await expect(line).to_contain_text("The previous rules stay in force.")
        await expect(line.get_by_role("listitem")).to_have_count(0)
        # and somebody wants to know
        await line.get_by_role("button", name="Show").click()
        await expect(line.get_by_role("listitem")).to_have_count(2)
        await expect(line.get_by_role("listitem").first).to_contain_text("rules/playbook/20-billing.yaml:4:12")
        await expect(line.get_by_role("listitem").first).to_contain_text("did you mean `billing`?")
        await expect(line.get_by_text("<b>`txt` is not known here</b>")).to_be_visible()
        # then after a reload too, until it is mended
        await page.reload()
        await expect(line).to_contain_text("2 mistakes")
        await board.tell("one", good())
        await expect(line).to_be_hidden()


async def test_an_agent_reads_one_line(office: Office, board: RulesBoard, browser: Browser) -> None:
    await board.tell("one", broken())
    async with desk_of(browser, office, "noe", locale="es-PA", viewport={"width": 360, "height": 740}) as page:
        await expect(banner(page)).to_contain_text("Reglas: 2 errores en 20-billing.yaml, desde las ")
        await expect(banner(page)).to_contain_text("Siguen en vigor las reglas anteriores.")
        await expect(banner(page).get_by_role("button")).to_have_count(0)
        # nothing is pushed off the screen
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        place = await page.locator(".desk").bounding_box()
        assert place
        assert (place["height"] > 600, place["y"] + place["height"]) == (True, 740)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_has_contrast(office: Office, board: RulesBoard, browser: Browser, scheme: Any) -> None:
    await board.tell("one", broken())
    async with desk_of(browser, office, "ana", color_scheme=scheme) as page:
        await banner(page).get_by_role("button", name="Show").click()
        await expect(banner(page).get_by_role("listitem")).to_have_count(2)
        assert await page.evaluate(FAINT) == []


def banner(page: Page) -> Any:
    """The line, hidden or not."""
    return page.locator(".rules-banner")
