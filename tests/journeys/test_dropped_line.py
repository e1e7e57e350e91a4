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

# Phones may ring at every hour of this test's rules, and somebody takes calls at every one: what is offered in the
# chat must not hang on the hour at which the test runs.
ALWAYS = """
calls:
  zone: America/Panama
  ringing: {default: {hours: {mon-sun: 00:00-24:00}, holidays: false}}
"""
ANAS, HERS, LAST_DIGITS = "+50762000001", "+50761234567", "4567"
TALKED = ("ordered", "talking")
IDENTITY = "8-765-4321"
TROUBLE = f"Mi módem se apaga solo. Mi cédula es {IDENTITY}"


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with running_hilo(tmp_path / "hilo", ALWAYS) as running:
        yield running


async def test_the_same_agent_is_back_within_a_minute_and_has_who_rings_back(up: Up, browser: Browser) -> None:
    world = ClientSession(f"http://127.0.0.1:{up.ports['page']}")
    async with world, up.api(up.token("reader", "care", "tech")) as reader:
        phones = Phones(world)
        # given an agent at the desk who takes calls, and a visitor of a page with the chat
        desk = await at_the_desk(browser, up)
        visitor = await writes(browser, up)
        # when the visitor would rather be called, and as soon as possible
        owed = await asks_for_a_call(visitor)
        # then the agent is asked, and takes it by one key; their phone tells them what it is about
        await expect(desk.get_by_role("complementary", name="Una llamada para ti")).to_contain_text("se apaga solo")
        await desk.keyboard.press("a")
        assert "Se cortó" not in await phones.takes(ANAS)
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
        assert "Se cortó la llamada anterior" in await phones.takes(ANAS)
        await phones.answers(HERS)
        await phones.talks(HERS, ANAS)
        await expect(panel).to_contain_text("Hablas con")
        # when they hang up, the agent takes no other calls for now, and the customer rings back at once
        await phones.act(HERS, "hang_up")
        await expect(panel.get_by_text("¿En qué quedó?")).to_be_visible()
        await desk.get_by_role("switch", name="Tomo llamadas").uncheck()
        await expect(desk.get_by_text("Ahora no tomas llamadas.")).to_be_attached()
        await phones.rings_us(HERS)
        # then it is the same agent's phone that rings, with the same conversation, and nothing shown of what is known
        await phones.takes(ANAS)
        await phones.talks(HERS, ANAS)
        await expect(panel).to_contain_text(f"En línea: {HERS}")
        await expect(panel).to_contain_text("¿Quién es?")
        [conversation] = await conversations(reader)
        shown = await read(reader, conversation)
        assert (shown["call"]["direction"], shown["call"]["agent"]["name"]) == ("in", "Ana")
        assert (shown["hidden"], shown["customer"]["facts"], shown["known"]) == (True, None, None)
        # when the agent has made sure who it is, by one key
        await desk.keyboard.press("1")
        await expect(panel).not_to_contain_text("¿Quién es?")
        facts = (await read(reader, conversation))["customer"]["facts"]
        assert [fact["kind"] for fact in facts if fact["value"] == IDENTITY] == ["identity"]
        # and they have talked, and the agent says what came of it by keyboard
        await phones.act(HERS, "hang_up")
        await expect(panel.get_by_text("¿En qué quedó?")).to_be_visible()
        await desk.keyboard.press("1")
        await desk.keyboard.type("Cambió el enchufe")
        await desk.keyboard.press("Control+Enter")
        await expect(panel).to_be_hidden()
        await expect(owed).to_be_hidden()
        # then all of it is in the one conversation, by the one agent
        assert await conversations(reader) == [conversation]
        told = (await read(reader, conversation))["timeline"]
        calls = [entry for entry in told if entry["kind"] == "call"]
        assert {entry["actor"] for entry in calls} == {"Ana"}
        first, again, back = states_by_call(calls)
        # that the line fell may be known a moment after that the call is over
        assert [state for state in first if state != "ended"] == [*TALKED, "dropped"]
        assert (again, back) == ([*TALKED, "ended"], ["talking", "checked", "ended", "wrapped"])
        # and less than a minute lay between the end and the beginning, for which the agent was not asked again
        fell, talking = at(calls, "dropped")[0], at(calls, "talking")[1]
        assert 0 < (talking - fell).total_seconds() < 60
        asked = [entry["detail"]["state"] for entry in told if entry["kind"] == "callback"]
        assert asked == ["asked", "offered", "kept", "asked", "kept"]


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


async def read(reader: ClientSession, conversation: str) -> dict[str, Any]:
    """The conversation with its timeline, as the desk shows it."""
    async with reader.get(f"/api/conversations/{conversation}") as answer:
        shown: dict[str, Any] = await answer.json()
        return shown


def at(entries: list[dict[str, Any]], state: str) -> list[datetime]:
    """When calls came so far."""
    return [datetime.fromisoformat(entry["at"]) for entry in entries if entry["detail"]["state"] == state]


def states_by_call(entries: list[dict[str, Any]]) -> list[list[str]]:
    """How far each call came, step by step."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        found.setdefault(entry["message"], []).append(entry["detail"]["state"])
    return list(found.values())
