"""A chat is cut off in the middle of a case: its customer comes back by mail, then on X, and tells nothing twice."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar

from tests.processes import HILO
from tests.up import Up, queue, running_hilo, story
from tests.waiting import eventually
from tests.webchat import Page

HERS = "ana@example.org"
FIRST = "Soy Ana Ruiz, cédula 8-765-4321. No tengo internet; ya reinicié el módem y nada"
BY_MAIL = "Se me cortó el chat. Sigo sin internet."
ON_X = f"hola, soy Ana, les escribí desde {HERS} y por el chat"
ASKED_AGAIN = {
    "¿Me confirmas tu número de cédula, por favor?": ("identity",),
    "¿Con quién tengo el gusto? Indícame tu nombre completo": ("name",),
    "Por favor reinicia el módem y espera dos minutos": ("tried",),
    "¿Cuál es tu correo?": ("email",),
}
AWAY = "Por favor escríbenos al correo care@hilo.example"


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with running_hilo(tmp_path / "hilo") as running:
        yield running


async def test_who_is_cut_off_comes_back_anywhere_and_is_known(up: Up) -> None:
    here = f"http://127.0.0.1:{up.ports['page']}"
    world_, desk_ = ClientSession(here, cookie_jar=CookieJar(unsafe=True)), up.api(up.token("desk", "tech", "care"))
    async with world_ as world, desk_ as desk:
        # given a customer who is signed in at the company's site, says who she is and what she tried, and is taken up
        page = await chat(world, up, await signed_in(world))
        await page.says_and_waits(FIRST)
        first = (await eventually(lambda: queue(desk, "tech"), "the chat in the queue", 30))[0]
        path = f"/api/conversations/{first['id']}"
        await done(desk, f"{path}/claim", {})
        # when her line drops in the middle of it, and she writes a mail instead, from the address that her site knows
        page.cut()
        mail = {"from": HERS, "to": "care@hilo.example", "name": "Ana Ruiz", "subject": "Internet", "text": BY_MAIL}
        await done(world, "/sandbox/mail", mail)
        await eventually(lambda: has_heard(desk, first["id"], BY_MAIL), "the mail in the same conversation", 30)
        # and then goes on by direct message on X, where nobody knows who she is
        await done(world, "/sandbox/x/messages", {"from": "ana_r", "name": "Ana", "text": ON_X})
        both = await eventually(lambda: others(desk, first["id"]), "the direct message in a queue", 30)
        # then the agent sees who it may be, and has her prove it, on the channel that she is on
        other = f"/api/conversations/{both['id']}"
        await eventually(lambda: suggested(desk, other), "the suggestion", 30)
        await done(desk, f"{other}/code", {"to": HERS})
        code = await eventually(lambda: code_sent(world), "the code in her mailbox", 30)
        await done(world, "/sandbox/x/messages", {"from": "ana_r", "text": f"me llegó {code}"})
        await eventually(lambda: has_heard(desk, first["id"], f"me llegó {code}"), "all of it in one conversation", 30)
        # and it is one conversation, of the agent who took it up
        (only,) = await every(desk)
        assert (only["id"], only["team"]["id"], only["assignee"]["name"]) == (first["id"], "tech", "desk")
        heard = [words for kind, words in await story(desk, first["id"]) if kind == "message_in"]
        assert heard == [FIRST, BY_MAIL, ON_X, f"me llegó {code}"]
        # with all that she said on the card
        shown = await detail(desk, path)
        facts = {fact["kind"]: fact["value"] for fact in shown["customer"]["facts"]}
        assert (facts["identity"], facts["name"]) == ("8-765-4321", "Ana Ruiz")
        assert [fact["value"] for fact in shown["known"]] == ["restarted_modem"]
        handles = {handle["kind"]: handle["link"] for handle in shown["customer"]["handles"]}
        assert handles == {"chat": "verified", "site": "verified", "email": "verified", "twitter": "verified"}
        # when the agent would ask again, or send her away, it is stopped
        for text, asked in ASKED_AGAIN.items():
            found = await stopped(desk, path, text)
            assert tuple(each["fact"] for each in found if each["kind"] == "repeat") == asked, text
        assert {each["kind"] for each in await stopped(desk, path, AWAY)} == {"deflection"}
        # and what helps her leaves where she is now
        await done(desk, f"{path}/reply", {"text": "Listo, Ana: era tu línea. Ya tienes internet."})
        await eventually(lambda: on_x(world, "Listo, Ana"), "the answer on X", 30)
    command = [str(HILO), "audit", "--config", str(up.config)]
    audit = await asyncio.to_thread(lambda: subprocess.run(command, check=False, capture_output=True, text=True))
    assert audit.returncode == 0, audit.stdout


async def signed_in(world: ClientSession) -> str:
    """The site's word for who is signed in there, as it stands on its page."""
    async with world.post("/sandbox/site/session", json={"address": HERS, "name": "Ana Ruiz"}) as answer:
        assert answer.ok, await answer.text()
    async with world.get("/sandbox/site") as answer:
        found = re.search(r'data-identity="([^"]+)"', await answer.text())
        assert found
        return unescape(found[1])


async def chat(world: ClientSession, up: Up, identity: str) -> Page:
    """The chat on the site's page."""
    origin = f"http://127.0.0.1:{up.ports['page']}"
    address = f"http://127.0.0.1:{up.ports['chat']}/chat"
    page = Page(await world.ws_connect(address, headers={"Origin": origin}))
    await page.send(type="hello", token="", after="", language="es", name="", identity=identity)
    page.welcome = await page.next("welcome")
    assert page.welcome["is_signed"]
    return page


async def done(client: ClientSession, path: str, body: Mapping[str, Any]) -> None:
    """It is done."""
    async with client.post(path, json=body) as answer:
        assert answer.ok, await answer.text()


async def stopped(desk: ClientSession, path: str, text: str) -> list[dict[str, Any]]:
    """What was seen in a reply that did not leave."""
    async with desk.post(f"{path}/reply", json={"text": text}) as answer:
        told = await answer.json()
        assert (answer.status, told["code"]) == (422, "stopped"), text
        found: list[dict[str, Any]] = told["found"]
        return found


async def detail(desk: ClientSession, path: str) -> dict[str, Any]:
    """The conversation with all that its agents see."""
    async with desk.get(path) as answer:
        assert answer.ok, await answer.text()
        told: dict[str, Any] = await answer.json()
        return told


async def every(desk: ClientSession) -> list[Mapping[str, Any]]:
    """The conversations of all queues that the script may see."""
    return [each for team in ("tech", "care") for each in await queue(desk, team)]


async def others(desk: ClientSession, known: str) -> Mapping[str, Any] | None:
    """Another conversation than the one known, once there is one."""
    return next((each for each in await every(desk) if each["id"] != known), None)


async def suggested(desk: ClientSession, path: str) -> bool:
    """Whether it is suggested whose the address is."""
    return any(each["handle"] == f"email:{HERS}" for each in (await detail(desk, path))["suggestions"])


async def code_sent(world: ClientSession) -> str:
    """The code that came by mail."""
    async with world.get("/sandbox/mail", params={"address": HERS}) as answer:
        mails = await answer.json()
    found = [code for mail in mails for code in re.findall(r"c[óo]digo es ([0-9]{6})", mail["text"])]
    return str(found[-1]) if found else ""


async def on_x(world: ClientSession, text: str) -> bool:
    """Whether the company wrote so in the direct messages."""
    async with world.get("/sandbox/x/messages", params={"with": "ana_r"}) as answer:
        return text in await answer.text()


async def has_heard(desk: ClientSession, conversation: str, text: str) -> bool:
    """Whether her latest words in the story are those."""
    told = [words for kind, words in await story(desk, conversation) if kind == "message_in"]
    return bool(told) and told[-1] == text
