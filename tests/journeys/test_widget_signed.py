"""One browser, two people: whoever signs in at the site finds their own chat, and nobody else's."""

import pytest
from playwright.async_api import Browser, expect

from tests.contract.test_webchat_signed import SECRET, token
from tests.widget import line, open_house, opened, texts, visit, write


async def test_who_signs_out_leaves_no_chat_behind_and_finds_it_again(
    redis_url: str, redis_client: object, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_SECRET", SECRET)
    async with open_house(redis_url, identity={"secret": {"env": "CHAT_SECRET"}}) as house:
        # given somebody who began as nobody, and signs in without leaving the page
        page = await visit(browser, house.shop, locale="es-PA")
        await opened(page)
        await write(page, "¿Hay alguien?")
        await page.evaluate("(word) => document.querySelector('hilo-chat').identify(word)", token())
        await write(page, "Mi saldo, por favor")
        await expect(line(page, "Mi saldo")).to_contain_text("Entregado")
        # when they sign out, and another signs in at the same browser
        house.shop.attributes = ""
        await page.reload()
        await write(page, "Buenas")
        assert await texts(page) == ["Buenas"]
        house.shop.attributes = f'data-identity="{token(sub="4712", email="eva@example.org", name="Eva")}"'
        await page.reload()
        # then she goes on with what was said by nobody, and with nothing of the first
        await write(page, "Soy Eva")
        assert await texts(page) == ["Buenas", "Soy Eva"]
        # and the first, once back, has all of theirs
        house.shop.attributes = f'data-identity="{token()}"'
        await page.reload()
        await expect(line(page, "Mi saldo")).to_be_visible()
        assert await texts(page) == ["¿Hay alguien?", "Mi saldo, por favor"]
