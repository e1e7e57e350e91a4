"""The phones on the sandbox's page: one person plays the customer's and the agent's."""

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.sandbox_here import SandboxHere
from tests.voice import NUMBER, Rest, company

ANA, RAUL = "+50761234567", "sip:raul@hilo.example"

pytestmark = pytest.mark.browser


async def test_a_call_is_played_from_the_keyboard_and_the_line_falls(page: Page) -> None:
    # given a page in Spanish on a narrow screen, and a call to the agent that then goes to the customer
    await page.set_viewport_size({"width": 360, "height": 740})
    async with SandboxHere() as sandbox, aiohttp.ClientSession() as session, company() as hilo:
        await sandbox.phone("lines", number=RAUL, name="Raúl")
        await sandbox.phone("company", voice_url=f"{hilo.base}/voice")
        await page.goto(sandbox.page_url)
        await page.get_by_role("button", name="Español").click()
        dial = f'<Dial callerId="{NUMBER}" timeout="300"><Number>{ANA}</Number></Dial>'
        twiml = f"<Response><Say>Le llama Ana</Say>{dial}</Response>"
        sid = await Rest(sandbox, session).call(RAUL, Twiml=twiml, Timeout=300)
        # then it rings quietly: the tab and one sentence say so
        await expect(page.get_by_role("status")).to_have_text("Suena Raúl: llama la empresa")
        tab = page.get_by_role("button", name="Teléfonos 1 sonando")
        await expect(tab).to_be_visible()
        # when the agent answers, and the customer, each by a key
        await tab.click()
        raul, ana = page.locator(f'[data-number="{RAUL}"]'), page.locator(f'[data-number="{ANA}"]')
        await raul.get_by_role("button", name="Contestar").press("Enter")
        await expect(raul.locator("blockquote")).to_have_text("Le llama Ana")
        await expect(raul.get_by_role("button", name="Colgar")).to_be_focused()
        await ana.get_by_role("button", name="Contestar").press("Enter")
        await expect(ana.locator(".state")).to_contain_text("Hablando con Raúl")
        # and the customer's line falls
        await ana.get_by_role("button", name="Cortar la línea").press("Enter")
        await expect(ana.locator(".state")).to_contain_text("Se cortó la línea")
        await expect(raul.locator(".state")).to_contain_text("La empresa colgó")
        await Rest(sandbox, session).becomes(sid, "completed")
        # then the customer rings the company, which is asked what to do
        hilo.twiml["voice"] = '<Say>Un momento</Say><Pause length="60"/>'
        await ana.get_by_role("button", name="Llamar a la empresa").press("Enter")
        assert (await hilo.hears("voice"))["From"] == ANA
        await expect(ana.locator("blockquote")).to_have_text("Un momento")
        await ana.get_by_role("button", name="Colgar").press("Enter")
        await expect(ana.locator(".state")).to_contain_text("Colgó")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
