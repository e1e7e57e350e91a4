"""A line that fell: the same agent is back with the same customer within a minute, and nobody has to ask for it."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from tests.played_phones import Phones
from tests.up import Up, running_hilo
from tests.waiting import eventually

# Phones may ring at every hour of this test's rules, and somebody takes calls at every one: what is offered in the
# chat must not hang on the hour at which the test runs.
ALWAYS = """
calls:
  zone: America/Panama
  ringing: {default: {hours: {mon-sun: 00:00-24:00}, holidays: false}}
"""
ANAS, HERS, LAST_DIGITS = "+50762000001", "+50761234567", "4567"
TROUBLE = "Mi módem se apaga solo desde el martes"


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with running_hilo(tmp_path / "hilo", ALWAYS) as running:
        yield running


async def test_the_same_agent_is_back_within_a_minute(up: Up, browser: Browser) -> None:
    world = ClientSession(f"http://127.0.0.1:{up.ports['page']}")
    async with world, up.api(up.token("reader", "care", "tech")) as reader:
        phones = Phones(world)
        # given an agent at the desk who takes calls, and a visitor of a page with the chat
        desk = await at_the_desk(browser, up)
        visitor = await writes(browser, up)
        # when the visitor would rather be called, and as soon as possible
        owed = await asks_for_a_call(visitor)
        # then the agent is asked, and takes it by one key; their phone tells them what it is about
        offer = desk.get_by_role("complementary", name="Una llamada para ti")
        await expect(offer).to_contain_text(TROUBLE)
        await desk.keyboard.press("a")
        heard = await phones.takes(ANAS)
        # and only then the customer's phone rings, and they talk
        await phones.answers(HERS)
        await phones.talks(HERS, ANAS)
        panel = desk.get_by_role("region", name="Llamada", exact=True)
        await expect(panel).to_contain_text("Hablas con")
        await expect(owed).to_have_text(f"Te estamos llamando al número que termina en {LAST_DIGITS}.")
        # when the line falls
        await phones.act(HERS, "drop")
        # then the agent's phone rings again by itself, and the customer's
        await expect(panel).to_contain_text("Volvemos a llamar")
        await phones.is_quiet(ANAS)
        assert "Se cortó" not in heard
        assert "Se cortó la llamada anterior" in await phones.takes(ANAS)
        await phones.answers(HERS)
        await phones.talks(HERS, ANAS)
        await expect(panel).to_contain_text("Hablas con")
        # when they have talked, and the agent says what came of it, by keyboard
        await phones.act(HERS, "hang_up")
        await expect(panel.get_by_text("¿En qué quedó?")).to_be_visible()
        await desk.keyboard.press("1")
        await desk.keyboard.type("Cambió el enchufe")
        await desk.keyboard.press("Control+Enter")
        await expect(panel).to_be_hidden()
        await expect(owed).to_be_hidden()
        # then both calls are in one conversation, by one agent, and less than a minute was between them
        [conversation] = await conversations(reader)
        told = await timeline(reader, conversation)
        calls = [(entry["detail"]["state"], entry["actor"]) for entry in told if entry["kind"] == "call"]
        talked = ["ordered", "talking"]
        assert calls == [(state, "Ana") for state in (*talked, "dropped", *talked, "ended", "wrapped")]
        assert len({entry["message"] for entry in told if entry["kind"] == "call"}) == 2
        fell, back = (instants(told, state)[-1] for state in ("dropped", "talking"))
        assert 0 < (back - fell).total_seconds() < 60
        # and the agent was asked once: what fell needed no asking
        asked = [entry["detail"]["state"] for entry in told if entry["kind"] == "callback"]
        assert asked == ["asked", "offered", "kept", "asked", "kept"]


async def test_who_rings_back_has_the_same_agent_and_shows_nothing_until_it_is_known_who_it_is(
    up: Up, browser: Browser
) -> None:
    world = ClientSession(f"http://127.0.0.1:{up.ports['page']}")
    async with world, up.api(up.token("reader", "care", "tech")) as reader:
        phones = Phones(world)
        # given an agent who talks with a customer
        desk = await at_the_desk(browser, up)
        await asks_for_a_call(await writes(browser, up))
        await expect(desk.get_by_role("complementary", name="Una llamada para ti")).to_be_visible()
        await desk.keyboard.press("a")
        await phones.takes(ANAS)
        await phones.answers(HERS)
        await phones.talks(HERS, ANAS)
        # when they hang up, and the customer rings back at once, before anything is wrapped up
        await phones.act(HERS, "hang_up")
        await phones.is_quiet(ANAS)
        panel = desk.get_by_role("region", name="Llamada", exact=True)
        await expect(panel.get_by_text("¿En qué quedó?")).to_be_visible()
        await phones.rings_us(HERS)
        # then the same agent's phone rings, and the same conversation is in front of them, without what is known
        await phones.takes(ANAS)
        await phones.talks(HERS, ANAS)
        await expect(panel).to_contain_text("¿Quién es?")
        [conversation] = await conversations(reader)
        shown = await one(reader, conversation)
        assert (shown["call"]["direction"], shown["call"]["agent"]["name"]) == ("in", "Ana")
        assert (shown["hidden"], shown["customer"]["facts"], shown["known"]) == (True, None, None)
        # when the agent has made sure who it is, then it is there
        await desk.keyboard.press("1")
        await expect(panel).not_to_contain_text("¿Quién es?")
        await eventually(lambda: is_shown(reader, conversation), "what is known", 20)


async def at_the_desk(browser: Browser, up: Up) -> Page:
    """Ana at the desk, with her calls in front of her; she takes them."""
    page = await (await browser.new_context(locale="es-PA")).new_page()
    await page.goto(up.desk)
    await page.get_by_label("Usuario").fill("ana")
    await page.get_by_label("Contraseña").fill(up.password)
    await page.keyboard.press("Enter")
    await expect(page.locator(".desk")).to_be_visible()
    await page.keyboard.press("g")
    await page.keyboard.press("l")
    await page.get_by_role("switch", name="Tomo llamadas").check()
    await expect(page.get_by_role("switch", name="Tomo llamadas")).to_be_checked()
    return page


async def writes(browser: Browser, up: Up) -> Page:
    """A visitor who has written in the chat what troubles them."""
    page = await (await browser.new_context(locale="es-PA")).new_page()
    await page.goto(up.site)
    await page.get_by_role("button", name="Escríbenos").click()
    await page.get_by_role("textbox", name="Escribe tu mensaje").fill(TROUBLE)
    await page.keyboard.press("Enter")
    return page


async def asks_for_a_call(page: Page) -> Any:
    """What the chat promises once the visitor has asked for a call as soon as possible."""
    await page.get_by_role("button", name="Prefiero que me llamen").click()
    await page.get_by_label("Tu teléfono").fill("6123-4567")
    await page.get_by_role("button", name="Seguir").click()
    await page.get_by_role("button", name="Lo antes posible", exact=True).click()
    owed = page.locator("hilo-chat .owed")
    await expect(owed).to_contain_text(f"al número que termina en {LAST_DIGITS}.")
    await expect(owed).to_contain_text("Te llamamos antes de las")
    return owed


async def conversations(reader: ClientSession) -> list[str]:
    """All conversations of the teams that may have it."""
    found: list[str] = []
    for team in ("care", "tech"):
        async with reader.get(f"/api/queues/{team}") as answer:
            found += [each["id"] for each in (await answer.json())["conversations"]]
    return found


async def one(reader: ClientSession, conversation: str) -> dict[str, Any]:
    """The conversation, as the desk shows it."""
    async with reader.get(f"/api/conversations/{conversation}") as answer:
        shown: dict[str, Any] = (await answer.json())["conversation"]
        return shown


async def timeline(reader: ClientSession, conversation: str) -> list[dict[str, Any]]:
    """Its entries, the oldest first."""
    async with reader.get(f"/api/conversations/{conversation}") as answer:
        entries: list[dict[str, Any]] = (await answer.json())["timeline"]
        return entries


async def is_shown(reader: ClientSession, conversation: str) -> bool:
    """Whether what is known of the customer is shown."""
    shown = await one(reader, conversation)
    return not shown.get("hidden") and shown["known"] is not None


def instants(entries: list[dict[str, Any]], state: str) -> list[datetime]:
    """When a call came so far."""
    return [
        datetime.fromisoformat(entry["at"])
        for entry in entries
        if entry["kind"] == "call" and entry["detail"]["state"] == state
    ]
