"""What was set aside, on the desk: ops find it in the first column, by keyboard, and nobody else does."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from redis.asyncio import Redis

from router.model.clock import SystemClock
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


async def test_others_see_nothing_of_it(browser: Browser, office: Office, letters: DeadLetters) -> None:
    async with desk_of(browser, office, CARLA.id) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.reload()
        await expect(page.locator(".team-list")).to_contain_text("Atención")
        await expect(page.get_by_role("button", name="set aside")).to_have_count(0)
        assert not [url for url in asked if "/api/dead" in url]
    assert await letters.count() == 1
