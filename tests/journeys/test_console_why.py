"""The desk tells why a team has a conversation, what is owed in it and by when, in the reader's language."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from playwright.async_api import Browser, Page, expect

from router import running_store
from router.model.clock import SystemClock
from router.model.event import ReplyWritten, Transferred
from router.model.ids import AgentId
from router.model.team import Agent, Role
from router.rules_cli import rules
from rules.document import load_rules
from tests.core import BILLING, CARE, Core, running_core
from tests.desk import Office, Person, running_desk
from tests.journeys.test_console import FAINT, LUZ, PEOPLE, desk_of, hears, is_now, row

MINUTE = timedelta(minutes=1)
SOL = Agent(AgentId("sol"), "Sol", frozenset(), Role.SUPERVISOR)
WITH_SOL = {**PEOPLE, "sol": Person(SOL)}
RULES = """
calendars:
  office: {zone: America/Panama, hours: {mon-sun: 00:00-24:00}}
rules:
  - name: in-a-hurry
    when: {text: {any: [urgente, ya]}}
    then: {priority: high, tags: [urgent]}
  - name: outage
    description: Se ha quedado sin servicio
    when:
      channel: [webchat, email]
      text: {any: [sin internet, sin señal], none: [gracias]}
      hours: {inside: office}
    then:
      team: billing
      tags: [outage]
      facts: {matter: internet, zone: Chiriquí}
      skills: [fibra]
      language: es
      deadlines: {first_reply: 5m, resolution: 4h}
      callback: {within: 1h}
      acknowledge: {es: Ya lo estamos mirando. Te escribimos por aquí., en: We are looking into it.}
  - name: slow
    when: {text: {any: [despacio]}}
    then:
      team: care
      deadlines: {first_reply: 1s}
      ladder: [{after: 1s, priority: up, tell: supervisor}, {after: 2s, team: billing}]
"""


class Earlier(SystemClock):
    """A clock that is some time behind."""

    def __init__(self, behind: timedelta) -> None:
        super().__init__()
        self._behind = behind

    def now(self) -> datetime:
        """What it shows."""
        return super().now() - self._behind


@pytest.fixture
def behind() -> timedelta:
    return timedelta()


@pytest.fixture
async def core(redis_url: str, redis_client: object, tmp_path: Path, behind: timedelta) -> AsyncIterator[Core]:
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    book = load_rules(tmp_path, [CARE, BILLING], CARE)
    async with running_core(redis_url, rulebook=book, clock=Earlier(behind)) as running:
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=SystemClock(), users=WITH_SOL) as running:
        yield running


async def opened(page: Page, office: Office, team: str, name: str) -> None:
    """The conversation of the customer called `name`, by keyboard."""
    await page.goto(f"{office.url}/#/{team}")
    await row(page, name).click()
    await expect(page.locator(".theirs .words").first).to_be_visible()


async def test_the_routing_opens_to_what_decided(core: Core, office: Office, browser: Browser) -> None:
    # given a message that two rules had something to say about
    await hears(core, "Estoy sin internet y es urgente", "Ada")
    async with desk_of(browser, office) as page:
        await opened(page, office, "billing", "Ada")
        # then one calm line tells the team and the reason
        line = page.locator(".happened.routed summary")
        await expect(line).to_contain_text("To Facturación: Se ha quedado sin servicio (outage)")
        details = page.locator(".happened.routed dl")
        await expect(details).to_be_hidden()
        # when it is opened by keyboard
        await line.focus()
        await page.keyboard.press("Enter")
        # then the rule, those that added, and all that was known are there
        await expect(details).to_be_visible()
        for words in ("outage", "in-a-hurry", "high", "outage, urgent", "came by web chat", "Spanish"):
            await expect(details).to_contain_text(words)
        # and it stays open while the story goes on
        await hears(core, "¿Hay alguien?", "Ada", sender="chat:1")
        await expect(details).to_be_visible()


async def test_what_is_owed_is_a_word_and_a_number(core: Core, office: Office, browser: Browser) -> None:
    ada = await hears(core, "Estoy sin internet", "Ada")
    async with desk_of(browser, office) as page:
        await page.goto(f"{office.url}/#/billing")
        # then the row says how long there is, and the heading of what
        await expect(row(page, "Ada")).to_contain_text("in 4 min")
        await opened(page, office, "billing", "Ada")
        await expect(page.locator("main header")).to_contain_text("first reply in 4 min")
        # and the card has the rest: both deadlines, the call, what is known, who would answer best
        card = page.get_by_role("complementary", name="Customer")
        for words in ("resolution", "in 3 hr", "owed, in", "Chiriquí", "has the skill “fibra” · speaks Spanish"):
            await expect(card).to_contain_text(words)
        # and the acknowledgement is told apart from what people wrote
        await expect(page.locator(".ours .head")).to_contain_text("Sent automatically")
        # when somebody replies, then the reply is owed no more
        await core.does(ReplyWritten(LUZ, "Lo miro"), ada.id)
        await is_now(core, ada, lambda c: c.state == "pending", "answered")
        await expect(page.locator("main header time").filter(has_text="first reply")).to_be_hidden()


@pytest.mark.parametrize("behind", [17 * MINUTE + timedelta(seconds=5)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_what_is_told_can_be_read_at_any_width(
    core: Core, office: Office, browser: Browser, scheme: str, width: int
) -> None:
    await hears(core, "Estoy sin internet y es urgente", "Ada")
    size = {"width": width, "height": 740}
    async with desk_of(browser, office, locale="es-PA", color_scheme=scheme, viewport=size) as page:
        await opened(page, office, "billing", "Ada")
        await page.locator(".happened.routed summary").click()
        await expect(page.locator(".happened.routed dl")).to_be_visible()
        assert await page.evaluate(FAINT) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("behind", [17 * MINUTE + timedelta(seconds=5)])
async def test_what_is_late_says_so(core: Core, office: Office, browser: Browser) -> None:
    await hears(core, "Estoy sin internet", "Ada")
    async with desk_of(browser, office, locale="es-PA") as page:
        await page.goto(f"{office.url}/#/billing")
        late = row(page, "Ada").locator("time.late")
        await expect(late).to_have_text("12 min tarde")
        await expect(late).to_have_attribute("title", re.compile("^primera respuesta · "))


SPANS = """async () => {
  const { duration, span } = await import("/console/time.js");
  const minutes = [0.5, 59.9, 90, 565, 1439, 2200, 2999, 5700];
  return [minutes.map((each) => span(each * 60_000)), [10, 90, 5400, 93_600].map((each) => duration(each * 1000))];
}"""


async def test_spans_are_rounded_and_what_was_set_is_told_exactly(office: Office, browser: Browser) -> None:
    async with desk_of(browser, office) as page:
        spans, durations = await page.evaluate(SPANS)
    assert spans == ["< 1 min", "59 min", "1 hr 30 min", "9 hr 25 min", "24 hr", "37 hr", "2 days", "4 days"]
    assert durations == ["10 sec", "1 min 30 sec", "1 hr 30 min", "1 day 2 hr"]


async def test_a_ladder_is_told_step_by_step(core: Core, office: Office, browser: Browser) -> None:
    # given a message that nobody looks at
    ada = await hears(core, "Va muy despacio", "Ada")
    await is_now(core, ada, lambda c: c.ownership.team == BILLING, "passed on by the ladder")
    async with desk_of(browser, office) as page:
        await opened(page, office, "billing", "Ada")
        timeline = page.locator(".timeline")
        # then each step stands there once, with all that it did
        for words in (
            "The first reply is late",
            "Nobody acted within 1 sec: priority high, the supervisors were told",
            "Nobody acted within 2 sec: Facturación has it now",
        ):
            await expect(timeline).to_contain_text(words)
        await expect(timeline.locator(".ladder")).to_have_count(2)
        await expect(timeline.locator(".escalated, .transferred")).to_have_count(0)
        await expect(page.get_by_role("complementary", name="Customer")).to_contain_text(
            "Nobody in Atención al cliente acted in time"
        )
        for place in (row(page, "Ada"), page.locator("main header")):
            await expect(place).to_contain_text("escalated")
            # and to who is no supervisor it is a word like others
            await expect(place.locator(".for-me")).to_have_count(0)


async def test_a_supervisor_sees_at_once_what_was_put_before_them(core: Core, office: Office, browser: Browser) -> None:
    ada = await hears(core, "Va muy despacio", "Ada")
    await is_now(core, ada, lambda c: c.ownership.team == BILLING, "passed on by the ladder")
    async with desk_of(browser, office, user="sol") as page:
        await opened(page, office, "billing", "Ada")
        for place in (row(page, "Ada"), page.locator("main header")):
            await expect(place.locator(".for-me")).to_have_text("escalated")


@pytest.mark.parametrize("behind", [timedelta(minutes=1)])
async def test_a_paused_deadline_says_what_it_waits_for(core: Core, office: Office, browser: Browser) -> None:
    ada = await hears(core, "Estoy sin internet", "Ada")
    await core.does(ReplyWritten(LUZ, "Lo miro"), ada.id)
    await is_now(core, ada, lambda c: c.paused is not None, "paused")
    async with desk_of(browser, office) as page:
        await opened(page, office, "billing", "Ada")
        card = page.get_by_role("complementary", name="Customer")
        await expect(card).to_contain_text("resolution paused while we wait for the customer")


DETAIL = {
    "team": "billing", "rule": "outage", "matched": "outage", "priority": "high", "tags": "", "version": "abc",
    "deciding": "text.any: «sin señal» ($faults)\nchannel is webchat\nhours.outside: office is closed\n"
    "contacts in 72h: 3\ncustomer.tier is gold\nconversation.owner is care",
    "facts": '{"channel":"twitter","public":true,"language":"es","customer":{"tier":"gold","tags":["vip"]},'
    '"conversation":{"is_new":false,"owner":"care","messages":3,"waiting":"PT1H30M"},'
    '"contacts":["2026-11-20T10:00:00Z","2026-11-24T15:00:00Z"],"now":"2026-11-24T15:00:00Z",'
    '"teams":{"billing":{"waiting":60}}}',
}  # fmt: skip
ROUTED = {
    "id": "e1", "kind": "routed", "at": "2026-11-24T15:00:00Z", "actor": "", "text": "", "channel": "", "message": "",
    "detail": DETAIL,
}  # fmt: skip
TOLD = """async (entry) => {
  const { whyDetails } = await import("/console/why.js");
  const details = whyDetails(entry, document.createTextNode(""), "c-05-abc");
  return [...details.querySelectorAll("dd")].map((dd) => dd.textContent);
}"""


async def test_reasons_and_facts_are_told_in_the_readers_words(office: Office, browser: Browser) -> None:
    async with desk_of(browser, office, locale="es-PA") as page:
        told = await page.evaluate(TOLD, ROUTED)
    for line in (
        "dice «sin señal» ($faults)",
        "llegó por chat web",
        "office está cerrado",
        "contacts in 72h: 3",
        "nivel: gold",
        "era de Atención al cliente",
        "llegó por X",
        "en público: sí",
        "idioma: español",
        "etiquetas del cliente: vip",
        "conversación ya empezada",
        "mensajes: 3",
        "espera 1 h 30 min",
        "c-05-abc",
    ):
        assert any(line in each for each in told), (line, told)
    # a team's load is told where it decided, and only there
    load = "Facturación: 60 en espera, 0 en el desk"
    assert not any(load in each for each in told)
    asked = {**ROUTED, "detail": {**DETAIL, "deciding": "team.billing.waiting: 60"}}
    async with desk_of(browser, office, locale="es-PA") as page:
        told = await page.evaluate(TOLD, asked)
    assert any(load in each for each in told), told


CONFIG = """
data: data
teams: {{care: {{name: Atención}}, billing: {{name: Facturación}}}}
redis: {{url: "{url}"}}
rules: {{folder: {folder}, default_team: care}}
"""


async def test_the_command_line_tells_why_of_a_conversation(
    core: Core, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a conversation that a rule gave to a team
    ada = await hears(core, "Estoy sin internet y es urgente", "Ada")
    (tmp_path / "book").mkdir()
    (tmp_path / "rules.yaml").rename(tmp_path / "book" / "rules.yaml")
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(url=redis_url, folder="book"), encoding="utf-8")

    async def explain(*arguments: str) -> Result:
        asked = ["explain", "--config", str(config), "--conversation", *arguments]
        return await asyncio.to_thread(CliRunner().invoke, rules, asked)

    # when ops ask, then the routing is told, and asked again of the same rules
    answer = await explain(ada.id)
    assert answer.exit_code == 0, answer.output
    for words in ("→ billing, by the rule outage", "in-a-hurry, outage", "asked again", "«sin internet»"):
        assert words in answer.output
    found = json.loads((await explain(ada.id, "--json")).output)
    assert found["routings"][0]["trace"]["verdict"]["rule"] == "outage"
    assert (found["moves"], found["owner"]) == ([], "billing")
    # when it was moved since, by a ladder and by a person, then the moves are told, and who owns it now
    bea = await hears(core, "Va muy despacio", "Bea", sender="chat:2")
    await is_now(core, bea, lambda c: c.ownership.team == BILLING, "passed on by the ladder")
    await core.does(Transferred(LUZ, CARE, "Es de ustedes"), bea.id)
    await is_now(core, bea, lambda c: c.ownership.team == CARE, "transferred")
    # and the address that the browser shows names it as well
    answer = await explain(f"https://desk.example/#/care/{bea.id}/customer")
    assert answer.exit_code == 0, answer.output
    for words in (
        "→ care, by the rule slow",
        "care → billing, nobody acted within 2s: step 2 of the ladder of slow",
        "billing → care, transferred by Luz",
        "«Es de ustedes»",
    ):
        assert words in answer.output
    assert answer.output.splitlines()[-1].startswith("Now care owns it, since ")
    moves = json.loads((await explain(bea.id, "--json")).output)["moves"]
    assert [(move["from"], move["to"]) for move in moves] == [("care", "billing"), ("billing", "care")]
    # when the rules have changed since, then what was kept is told, and that they have
    with (tmp_path / "book" / "rules.yaml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    answer = await explain(ada.id)
    assert "the present ones are" in answer.output
    assert "channel" in answer.output
    assert "asked again" not in answer.output
    # and who asks for what is not there is told so
    assert "there is no conversation c-07-nobody" in (await explain("c-07-nobody")).output
    config.write_text(CONFIG.format(url="redis://127.0.0.1:1", folder="book"), encoding="utf-8")
    monkeypatch.setattr(running_store, "ANSWERS_WITHIN", 0.2)
    assert "does not answer" in (await explain(ada.id)).output
