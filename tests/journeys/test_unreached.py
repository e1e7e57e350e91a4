"""A reply that may not have arrived comes back to the desk, and a person chooses: by the API, and on the page."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from router.model.errors import PermanentError, UnknownOutcome
from router.model.event import ReplyWritten
from router.model.message import ChannelName
from tests.core import ANA, BETO, Core, running_core
from tests.desk import CARLA, Office, Script, running_desk
from tests.journeys.test_console import CLOCK, PEOPLE, desk_of, hears, row
from tests.provider import Provider, deliveries, sending, until_told


class Shaky(Provider):
    """A provider of mails that takes what it is given, breaks off, and then can't tell whether it did."""

    name = ChannelName("email")

    def breaks_off(self, *faults: Exception) -> None:
        """So it goes for the next replies."""
        self.faults = list(faults) or [UnknownOutcome("broken off")]
        self.knows = UnknownOutcome("the provider can't say")


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url, clock=CLOCK) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=CLOCK, users=PEOPLE) as running:
        yield running


async def test_an_agent_says_that_it_arrived_and_the_second_is_late(core: Core, office: Office) -> None:
    # given a reply of which nobody knows whether it left
    provider, ana, carla = Shaky(core), await office.script(ANA), await office.script(CARLA)
    provider.breaks_off()
    conversation = await core.says("Hola", "email:ada@example.org", channel="email")
    address = f"/api/conversations/{conversation.id}"
    async with sending(core, provider):
        await ana.post(f"{address}/reply", {"text": "Ya está"})
        await until_told(core, conversation, "unconfirmed")
        page = (await ana.get(address)).body
        (reply,) = [entry["message"] for entry in page["timeline"] if entry["kind"] == "message_out"]
        assert (page["unreached"], page["state"]) == ([{"message": reply, "state": "unconfirmed"}], "open")
        # when two agents choose at once, each the other thing
        answers = await asyncio.gather(
            ana.post(f"{address}/confirm", {"message": reply}), carla.post(f"{address}/resend", {"message": reply})
        )
        # then one has it their way, and the other hears that it is settled
        assert sorted(answer.status for answer in answers) == [200, 409]
        assert next(answer.code for answer in answers if answer.status == 409) == "already_settled"
        after = (await ana.get(address)).body
        assert (after["unreached"], after["state"]) == ([], "pending")


async def test_sent_again_it_leaves_once_more_as_another_message(core: Core, office: Office) -> None:
    provider, ana = Shaky(core), await office.script(ANA)
    provider.breaks_off(PermanentError("550 no such mailbox"))
    conversation = await core.says("Hola", "email:ada@example.org", channel="email")
    address = f"/api/conversations/{conversation.id}"
    async with sending(core, provider):
        await ana.post(f"{address}/reply", {"text": "Ya está"})
        await until_told(core, conversation, "failed")
        reply = (await ana.get(address)).body["unreached"][0]["message"]
        # when it is sent again, twice by mistake
        wrong = await ana.post(f"{address}/confirm", {"message": reply})
        first = await ana.post(f"{address}/resend", {"message": reply})
        second = await ana.post(f"{address}/resend", {"message": reply})
        # then it leaves once, and its line names the first one
        assert (wrong.code, first.status, second.code) == ("did_not_leave", 200, "already_settled")
        await until_told(core, conversation, "failed", "sent")
        assert provider.took == ["Ya está"]
        again = [entry for entry in (await ana.get(address)).body["timeline"] if entry["detail"].get("again")]
        assert [entry["detail"]["again"] for entry in again] == [reply]


@pytest.mark.parametrize("verb", ["confirm", "resend"])
async def test_only_its_team_chooses(core: Core, office: Office, verb: str) -> None:
    conversation = await core.says("Hola")
    beto: Script = await office.script(BETO)
    refused = await beto.post(f"/api/conversations/{conversation.id}/{verb}", {"message": "o-00-x"})
    assert refused.code == "not_your_team"
    # and a message must be named
    carla = await office.script(CARLA)
    assert (await carla.post(f"/api/conversations/{conversation.id}/{verb}")).code == "malformed"


@pytest.mark.parametrize(
    ("locale", "arrived", "resend", "told", "again"),
    [
        ("en-US", "It arrived", "Send again", "delivered, says Luz", "sent again below"),
        ("es-PA", "Llegó", "Enviar otra vez", "entregado, según Luz", "enviado otra vez más abajo"),
    ],
)
async def test_the_choice_on_the_page(
    core: Core, office: Office, browser: Browser, locale: str, arrived: str, resend: str, told: str, again: str
) -> None:
    provider = Shaky(core)
    provider.breaks_off(UnknownOutcome("broken off"), UnknownOutcome("broken off"))
    ada = await hears(core, "No veo la factura", "Ada", sender="email:ada@example.org", channel="email")
    narrow: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "locale": locale}
    async with sending(core, provider), desk_of(browser, office, **narrow) as page:
        # given two replies of which nobody knows
        for text in ("Se la envío", "Aquí la tiene"):
            await core.does(ReplyWritten(ANA, text), ada.id)
        await until_told(core, ada, "unconfirmed", "unconfirmed")
        await page.get_by_role("link", name="Atención al cliente").click()
        await row(page, "Ada").click()
        first, second = page.locator(".ours").nth(0), page.locator(".ours").nth(1)
        await expect(page.get_by_role("button", name=arrived)).to_have_count(2)
        # when it is known of one that it arrived, and the other one is to leave again
        await first.get_by_role("button", name=arrived).click()
        await expect(first).to_contain_text(told)
        await second.get_by_role("button", name=resend).click()
        # then both are settled, and the third line is the new one
        await expect(second).to_contain_text(again)
        await expect(page.locator(".ours")).to_have_count(3)
        await expect(page.get_by_role("button", name=resend)).to_have_count(0)
        await until_told(core, ada, "unconfirmed", "unconfirmed", "delivered", "sent")
        assert provider.took == ["Aquí la tiene"]
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert await deliveries(core, ada) == ["unconfirmed", "unconfirmed", "delivered", "sent"]
