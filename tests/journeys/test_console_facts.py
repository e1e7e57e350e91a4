"""What is known stands first on the card: agents read it, confirm, correct, add and remove, by keyboard alone."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from router.core.found.finder import FactFinder
from router.model.clock import SystemClock
from router.model.conversation import Conversation
from rules.fact_kinds import load_fact_kinds
from tests.core import Core, running_core
from tests.desk import Office, running_desk
from tests.journeys.test_console import FAINT, PEOPLE, desk_of, hears, is_now, row
from tests.waiting import eventually

KINDS = load_fact_kinds(Path(__file__).parents[2] / "rules" / "playbook" / "facts")
STORY = "Soy Ana Ruiz, RUT 12.345.678-9, cel 6123-4567. Ya reinicié el módem. La línea de mi esposo es 6000-1111"
SHOWN = ("Name.*Ana Ruiz", "ID number.*6789.*check it", "Phone.*4567")
WIDE = {"width": 1280, "height": 800}


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    finder = FactFinder("PA", KINDS)
    async with running_core(redis_url, clock=SystemClock(), finder=finder) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=SystemClock(), users=PEOPLE, finder=FactFinder("PA", KINDS)) as running:
        yield running


async def becomes(core: Core, conversation: Conversation, *fact: str) -> None:
    """Wait until that kind and value is known by that agent's word."""

    async def look() -> bool:
        customer = await core.records.customer(conversation.customer)
        known = (*(customer.facts if customer else ()), *(await core.now(conversation.id)).known)
        return fact in [(each.kind, each.value, each.confirmed_by) for each in known]

    await eventually(look, str(fact))


async def test_facts_are_looked_after_by_keyboard_alone(core: Core, office: Office, browser: Browser) -> None:
    # given a customer who said who they are and what they did, with a slip of the finger
    ana = await hears(core, STORY, "Ana", sender="chat:ana")
    async with desk_of(browser, office, viewport=WIDE) as page:
        keys, card = page.keyboard, page.get_by_role("complementary", name="Customer")
        await expect(row(page, "Ana")).to_be_visible()
        await keys.press("j")
        facts, tried = card.get_by_role("region", name="Facts"), card.get_by_role("region", name="Already tried")
        # then the card has it first, with what is personal masked, and what may be somebody else's apart
        await expect(facts.locator("summary")).to_have_text([re.compile(each) for each in SHOWN])
        await expect(tried).to_contain_text("Restarted the modem")
        await expect(card.get_by_role("region", name="May not be theirs")).to_contain_text("****1111")
        # when Luz goes to the facts and opens the second one
        for key in ("g", "d", "Tab", "Enter"):
            await keys.press(key)
        # then it is there whole, and says what is wrong with it
        number = facts.locator("li").nth(1)
        await expect(number).to_contain_text("12345678-9")
        await expect(number).to_contain_text("The check digit does not match")
        # and leads to the message that says it
        for key in ("Tab", "Enter"):
            await keys.press(key)
        await expect(page.locator(".theirs.pointed")).to_contain_text("Soy Ana Ruiz")
        # when she corrects it, then it is so by her word, and the timeline tells it without the number
        await number.get_by_role("button", name="Correct").focus()
        await keys.press("Enter")
        await keys.type("12.345.678-5")
        await keys.press("Enter")
        await becomes(core, ana, "identity", "12345678-5", "luz")
        await expect(page.locator(".happened.fact")).to_contain_text(
            "Luz corrected ID number: ****6785, it was ****6789"
        )
        await expect(facts.get_by_role("img", name="confirmed by Luz")).to_be_visible()
        # when she confirms the phone
        await facts.locator("summary", has_text="Phone").focus()
        for key in ("Enter", "Tab", "Tab", "Enter"):
            await keys.press(key)
        await becomes(core, ana, "phone", "+50761234567", "luz")
        # and adds what they tried as well, by the words for it
        await card.get_by_role("button", name="Add a fact").focus()
        await keys.press("Enter")
        await expect(card.get_by_role("combobox", name="Kind of fact")).to_be_focused()
        await keys.type("Already")
        await keys.press("Tab")
        await keys.type("changed the cable")
        await keys.press("Enter")
        await becomes(core, ana, "tried", "changed_cable", "luz")
        # when she adds what nobody may keep, then it is refused, and what she typed is still there
        await keys.press("Enter")
        await expect(card.get_by_role("combobox", name="Kind of fact")).to_be_focused()
        await keys.type("Account")
        await keys.press("Tab")
        await keys.type("4111 1111 1111 1111")
        await keys.press("Enter")
        await expect(page.get_by_text("numbers of payment cards are never kept")).to_be_visible()
        await expect(card.get_by_role("textbox", name="Value")).to_have_value("4111 1111 1111 1111")
        await keys.press("Escape")
        # when she removes what was not tried after all, then it is gone
        await tried.locator("summary", has_text="Restarted the modem").focus()
        await keys.press("Enter")
        await tried.get_by_role("button", name="Remove").focus()
        await keys.press("Enter")
        await expect(tried.locator("summary")).to_have_text([re.compile("Changed the cable")])
        await is_now(core, ana, lambda c: [fact.value for fact in c.known] == ["changed_cable"], "removed")
        await expect(facts).to_contain_text("****6785")


async def test_on_a_phone_a_line_above_the_conversation_leads_to_the_facts(
    core: Core, office: Office, browser: Browser
) -> None:
    await hears(core, STORY, "Ana", sender="chat:ana")
    size = {"width": 360, "height": 740}
    async with desk_of(browser, office, locale="es-PA", color_scheme="dark", viewport=size) as page:
        await page.goto(f"{office.url}/#/care")
        await row(page, "Ana").click()
        # then who they are and what they tried is one line, and leads to the rest
        line = page.locator(".fact-line")
        for words in ("Ana Ruiz", "Reinició el módem", "****4567", "1 más"):
            await expect(line).to_contain_text(words)
        await line.click()
        card = page.get_by_role("complementary", name="Cliente")
        await card.locator("summary", has_text="Documento").click()
        await expect(card).to_contain_text("El dígito verificador no coincide")
        await card.get_by_role("button", name="Corregir").click()
        await expect(card.get_by_role("textbox", name="Documento")).to_be_focused()
        assert await page.evaluate(FAINT) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        # and from a fact back to where it was said
        await page.keyboard.press("Escape")
        await card.locator("details[open] .fact-more button", has=page.locator("time")).click()
        await expect(page.locator(".theirs .words")).to_be_in_viewport()
