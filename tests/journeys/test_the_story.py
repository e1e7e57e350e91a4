"""The story that began it all: a customer wrote to the company on X, and was told to send an email. Here it does that.

(The call after 23:00 joins it with the phone channel.)
"""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.processes import HILO
from tests.up import Up, queue, running_hilo, story
from tests.waiting import eventually

HERS = "marta@example.org"
COMPLAINT = f"@HiloCare desde las 6 no navego con el módem nuevo, ¿qué configuración lleva? Escríbanme a {HERS}"
THREAD = "Hola, Marta. Te mandamos la configuración ahora mismo por correo, y seguimos aquí contigo."
MAIL = "Hola, Marta:\n\nUsuario y clave van abajo. En el menú WAN elige PPPoE.\n\nusuario: hilo-4471\nclave: 8812-ab"
ANSWER = "Ya entré al menú, pero la luz sigue en rojo."
CURE = "Lo reiniciamos desde aquí: en dos minutos la luz se pone verde."
CLOSING = "@HiloCare verde y navegando. Así sí, ¡gracias!"
# What companies write who send their customers elsewhere.
ELSEWHERE = re.compile(
    r"escr[ií]b(e|a)nos a|ll[aá]m(a|e)nos|comun[ií]ca(te|rse)|env[ií]a(nos)? un (correo|dm)|por dm", re.I
)


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with running_hilo(tmp_path / "hilo") as running:
        yield running


async def test_a_customer_who_wrote_on_x_gets_her_settings_by_mail_and_it_stays_one_story(up: Up) -> None:
    async with ClientSession(f"http://127.0.0.1:{up.ports['page']}") as world, up.api(up.token("desk", "tech")) as desk:
        # given an evening on which a customer writes to the company on X, in public
        asked = await done(world, "/sandbox/x/posts", {"from": "marta", "name": "Marta", "text": COMPLAINT})
        found = (await eventually(lambda: queue(desk, "tech"), "the post in the queue", 30))[0]
        reply = f"/api/conversations/{found['id']}/reply"
        # when an agent would repeat her address to all the world, it is stopped, and nothing leaves
        async with desk.post(reply, json={"text": f"Te lo mandamos a {HERS}"}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (422, "stopped")
        # and when they answer in the thread, and the company does the hop with the settings
        await done(desk, reply, {"text": THREAD})
        await done(desk, reply, {"text": MAIL, "to": HERS, "subject": "La configuración de tu módem"})
        # then she reads both, each where she is
        post = (await eventually(lambda: said(world, [THREAD]), "the answer in her thread", 30))[0]
        assert (post["in_reply_to"], post["conversation"]) == (asked["id"], asked["id"])
        mail = (await eventually(lambda: mails(world, 1), "the mail with the settings", 30))[0]
        assert mail["subject"] == "La configuración de tu módem"
        assert MAIL.splitlines()[-1] in mail["text"]
        # when she answers by mail, and the agent too
        back = {
            "from": HERS,
            "to": mail["reply_to"] or mail["from"],
            "name": "Marta",
            "subject": f"Re: {mail['subject']}",
        }
        back |= {"text": ANSWER, "in_reply_to": mail["message_id"], "references": [mail["message_id"]]}
        await done(world, "/sandbox/mail", back)
        await eventually(lambda: has_heard(desk, found["id"], ANSWER), "her answer in the same story", 30)
        await done(desk, reply, {"text": CURE})
        await eventually(lambda: mails(world, 2), "the answer by mail", 30)
        # and closes it where she began
        await done(world, "/sandbox/x/posts", {"from": "marta", "text": CLOSING, "in_reply_to": post["id"]})
        await eventually(lambda: has_heard(desk, found["id"], CLOSING), "her closing post in the same story", 30)
        # then it is one conversation, with the owner that it had at first
        told = await story(desk, found["id"])
        assert [kind for kind, _ in told] == [f"message_{way}" for way in ("in", "out", "out", "in", "out", "in")]
        assert [one["id"] for one in await queue(desk, "tech")] == [found["id"]]
        async with desk.get(f"/api/conversations/{found['id']}") as page:
            entries = (await page.json())["timeline"]
        assert [entry for entry in entries if entry["kind"] in ("transferred", "suggestion")] == []
        # and not one word of the company's sent her elsewhere
        ours = [each["text"] for each in [*await posts(world), *await mails(world, 2)]]
        assert [text for text in ours if ELSEWHERE.search(text)] == []
    # and the store agrees with itself, whatever the channels keep there
    command = [str(HILO), "audit", "--config", str(up.config)]
    audit = await asyncio.to_thread(lambda: subprocess.run(command, check=False, capture_output=True, text=True))
    assert audit.returncode == 0, audit.stdout


async def done(client: ClientSession, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the answer tells; it has to be one that says that it was done."""
    async with client.post(path, json=body) as answer:
        assert answer.ok, await answer.text()
        told: dict[str, Any] = await answer.json()
        return told


async def posts(world: ClientSession) -> list[dict[str, Any]]:
    """What the company posted."""
    async with world.get("/sandbox/x/posts") as answer:
        found: list[dict[str, Any]] = await answer.json()
        return found


async def said(world: ClientSession, texts: list[str]) -> list[dict[str, Any]]:
    """Its posts with these words, once there is one for each."""
    found = [post for post in await posts(world) if any(text in post["text"] for text in texts)]
    return found if len(found) == len(texts) else []


async def mails(world: ClientSession, count: int) -> list[dict[str, Any]]:
    """The mails in her mailbox that a person wrote, once there are so many."""
    async with world.get("/sandbox/mail", params={"address": HERS}) as answer:
        found: list[dict[str, Any]] = await answer.json()
        return found if len(found) == count else []


async def has_heard(desk: ClientSession, conversation: str, text: str) -> bool:
    """Whether her latest words in the story are those, but for the name that a post begins with."""
    told = [words for kind, words in await story(desk, conversation) if kind == "message_in"]
    return bool(told) and told[-1] == text.removeprefix("@HiloCare ")
