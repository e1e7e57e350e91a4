"""What was set aside, on the desk: ops find it in the first column, by keyboard, and nobody else does."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from redis.asyncio import Redis

from desk.dead import AT_ONCE
from router.model.clock import SystemClock
from router.model.ids import PARTITIONS
from router.store import keys
from router.store.dead_letters import DeadLetters
from tests.core import CARE, running_core, written
from tests.desk import CARLA, Office, Person, running_desk
from tests.faults.test_poison import Landmine
from tests.journeys.test_console import PEOPLE, desk_of
from tests.journeys.test_desk_dead import OLGA
from tests.waiting import eventually

NARROW: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "locale": "es-PA"}


@pytest.fixture
async def office(redis_url: str, redis_client: Redis) -> AsyncIterator[Office]:
    users = PEOPLE | {"olga": Person(OLGA)}
    async with running_desk(redis_url, clock=SystemClock(), users=users) as running:
        yield running


@pytest.fixture
async def letters(office: Office, redis_url: str) -> DeadLetters:
    """One dead letter."""
    found = DeadLetters(office.services.connection, 16)
    async with running_core(redis_url, rulebook=Landmine(CARE)) as core:
        await core.accept(written("boom <b>soy Ada</b>"))
        await eventually(found.count, "a dead letter")
    return found


async def opened(page: Page, button: str) -> None:
    """Open the dialog by keyboard."""
    await page.get_by_role("button", name=button).focus()
    await page.keyboard.press("Enter")


async def test_ops_look_and_try_again_by_keyboard(browser: Browser, office: Office, letters: DeadLetters) -> None:
    async with desk_of(browser, office, "olga") as page:
        # when ops open what was set aside, then it says what and why, and nothing of what was written
        await opened(page, "1 set aside")
        dialog = page.get_by_role("dialog", name="Set aside")
        await expect(dialog).to_contain_text("A customer's message · web chat")
        await expect(dialog).to_contain_text("ZeroDivisionError")
        await expect(dialog).not_to_contain_text("soy Ada")
        # when they look, then all is there, as text
        await opened(page, "Look")
        await expect(dialog).to_contain_text("<b>soy Ada</b>")
        # when they try again, then it is gone from here, and the button with it
        await opened(page, "Try again")
        await expect(dialog).to_contain_text("Nothing is set aside.")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="set aside")).to_have_count(0)
    assert await letters.count() == 0


async def test_dropping_takes_two_presses_on_a_phone_at_night(
    browser: Browser, office: Office, letters: DeadLetters
) -> None:
    async with desk_of(browser, office, "olga", **NARROW) as page:
        await page.goto(f"{office.url}/#/")
        await opened(page, "1 apartado")
        dialog = page.get_by_role("dialog", name="Apartado")
        await opened(page, "Descartar")
        assert await letters.count() == 1
        # and nothing sticks out of the narrow page
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        await opened(page, "¿Descartar del todo?")
        await expect(dialog).to_contain_text("No hay nada apartado.")
    assert await letters.count() == 0


async def test_a_first_press_is_forgotten(browser: Browser, office: Office, letters: DeadLetters) -> None:
    async with desk_of(browser, office, "olga") as page:
        await page.clock.install()
        await opened(page, "1 set aside")
        drop, sure = (page.get_by_role("button", name=name, exact=True) for name in ("Drop", "Drop for good?"))
        # when the first press is followed by Escape, then the question is taken back, and the dialog stays
        await opened(page, "Drop")
        await expect(sure).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(drop).to_be_focused()
        # when it is followed by a look elsewhere, then too
        await page.keyboard.press("Enter")
        await expect(sure).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await expect(drop).to_be_visible()
        # when it is followed by nothing, then too, after a while
        await opened(page, "Drop")
        await page.clock.fast_forward(7_000)
        await expect(sure).to_be_visible()
        await page.clock.fast_forward(2_000)
        await expect(drop).to_be_visible()
        # and nothing of it dropped anything: a press now is a first one again
        await page.keyboard.press("Enter")
        await expect(sure).to_be_visible()
        # and Escape without a question closes the dialog, as ever
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
    assert await letters.count() == 1


async def test_many_letters_come_page_by_page(browser: Browser, office: Office, redis_client: Redis) -> None:
    # given a page of letters and two more, in partitions apart
    for place in range(AT_ONCE + 2):
        await redis_client.xadd(keys.key(place % PARTITIONS, keys.DEAD), {"error": f"odd {place}", "m": "{"})
    async with desk_of(browser, office, "olga") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.reload()
        await opened(page, f"{AT_ONCE + 2} set aside")
        # then the badge alone read none of them
        assert [url.rpartition("/api")[2] for url in asked if "/api/dead" in url][:2] == ["/dead/count", "/dead"]
        rows = page.get_by_role("dialog").get_by_role("listitem")
        await expect(rows).to_have_count(AT_ONCE)
        # when ops want more by keyboard, then the rest is there, and the focus on what is new
        await opened(page, "Show more")
        await expect(rows).to_have_count(AT_ONCE + 2)
        await expect(rows.nth(AT_ONCE).get_by_role("button", name="Look")).to_be_focused()
        await expect(page.get_by_role("button", name="Show more")).to_be_hidden()
        # and what is dropped from the second page leaves both pages open
        await rows.nth(AT_ONCE).get_by_role("button", name="Drop").press("Enter")
        await page.keyboard.press("Enter")
        await expect(rows).to_have_count(AT_ONCE + 1)


async def test_others_see_nothing_of_it(browser: Browser, office: Office, letters: DeadLetters) -> None:
    async with desk_of(browser, office, CARLA.id) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.reload()
        await expect(page.locator(".team-list")).to_contain_text("Atención")
        await expect(page.get_by_role("button", name="set aside")).to_have_count(0)
        assert not [url for url in asked if "/api/dead" in url]
    assert await letters.count() == 1
