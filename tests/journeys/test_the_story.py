"""The story that began it all: a customer wrote to the company on X, and was told to send an email. Here it does that.

And where she asks to be called as soon as possible, whatever the hour, the company calls her.
"""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession

from tests.played_phones import Phones
from tests.processes import HILO
from tests.up import Up, queue, running_hilo, story
from tests.waiting import eventually

HERS = "marta@example.org"
COMPLAINT = f"@HiloCare desde las 6 no navego con el módem nuevo, ¿qué configuración lleva? Escríbanme a {HERS}"
THREAD = "Hola, Marta. Te mandamos la configuración ahora mismo por correo, y seguimos aquí contigo."
MAIL = "Hola, Marta:\n\nUsuario y clave van abajo. En el menú WAN elige PPPoE.\n\nusuario: hilo-4471\nclave: 8812-ab"
ANSWER = "Ya entré al menú, pero la luz sigue en rojo."
CURE = "Lo reiniciamos desde aquí: en dos minutos la luz se pone verde."
FELL = "Se volvió a caer el internet. ¿Me pueden llamar, por favor? Mi número es 6123-4567."
WORDS = "a la hora que sea"
AT_ANY_HOUR = f"No importa que sea tarde, estoy despierta: llámenme lo antes posible, {WORDS}."
CHANGED = "Cambiamos el puerto en la central. Quedé en escribirle mañana a las 10."
OURS, HER_PHONE = "+50762000001", "+50761234567"
CLOSING = "@HiloCare verde y navegando. Así sí, ¡gracias!"
# What companies write who send their customers elsewhere.
ELSEWHERE = re.compile(
    r"escr[ií]b(e|a)nos a|ll[aá]m(a|e)nos|comun[ií]ca(te|rse)|env[ií]a(nos)? un (correo|dm)|por dm", re.I
)


def quiet_now() -> str:
    """Rules by which no phone in Panama may ring at the hour of this test, whichever it is, as after 23:00 there.

    (That at 23:10 a call waits for eight in the morning, and is ready at once by the customer's words, is held by
    tests/unit/test_calls_consent.py, whose clock is in its hand.)
    """
    weekday = f"{datetime.now(ZoneInfo('America/Panama')) + timedelta(days=3):%a}".lower()
    hours = f"{{{weekday}: 08:00-20:00}}"
    return f"calls: {{zone: America/Panama, ringing: {{PA: {{hours: {hours}, holidays: false}}}}}}\n"


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with running_hilo(tmp_path / "hilo", quiet_now()) as running:
        yield running


async def test_a_customer_who_wrote_on_x_gets_her_settings_by_mail_and_a_call_and_it_stays_one_story(up: Up) -> None:
    async with ClientSession(f"http://127.0.0.1:{up.ports['page']}") as world, up.signed_in("ana") as desk:
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
        # when it falls again, and she would like a call at an hour at which nobody's phone rings there
        await done(world, "/sandbox/mail", back | {"text": FELL})
        await eventually(lambda: call_owed(desk, found["id"]), "the call that is owed", 30)
        # then the agent notes her number, which a mail that nothing proves does not by itself
        noted = {"number": "6123-4567", "is_mine": True, "note": "se volvió a caer"}
        owed = (await done(desk, f"/api/conversations/{found['id']}/callback", noted))["conversation"]["callback"]
        assert (owed["number"], owed["wanted"]["name"]) == (HER_PHONE, "Ana")
        assert instant(owed["ready_at"]) > instant(owed["asked_at"])
        # and it can't be made yet: they are told from when on it can
        async with desk.post(f"/api/conversations/{found['id']}/call/take", json={"callback": owed["id"]}) as answer:
            problem = await answer.json()
            assert (answer.status, problem["code"]) == (422, "not_ready")
            assert instant(problem["earliest"]) == instant(owed["ready_at"])
        # when she says that any hour will do, then her words make it ready now
        await done(world, "/sandbox/mail", back | {"text": AT_ANY_HOUR})
        freed = await eventually(lambda: call_owed(desk, found["id"], WORDS), "the call at any hour", 30)
        assert (freed["id"], freed["number"]) == (owed["id"], HER_PHONE)
        await done(desk, f"/api/conversations/{found['id']}/call/take", {"callback": freed["id"]})
        # and first the agent's phone rings, which tells them what it is about, then hers
        phones = Phones(world)
        assert "Marta" in await phones.takes(OURS)
        await phones.answers(HER_PHONE)
        await phones.talks(HER_PHONE, OURS)
        await eventually(lambda: call_that_is(desk, found["id"], "talking"), "the call", 30)
        await phones.act(HER_PHONE, "hang_up")
        # and what the agent promised her is found in the note of the wrap-up, and kept in mind
        call = await eventually(lambda: call_that_is(desk, found["id"], "ended"), "the end of the call", 30)
        wrapped = {"call": call["id"], "disposition": "follow_up", "note": CHANGED}
        [promise] = (await done(desk, f"/api/conversations/{found['id']}/call/wrap_up", wrapped))["found"]
        promised = {"kind": "word", "due_at": promise["due_at"], "text": promise["phrase"]}
        await done(desk, f"/api/conversations/{found['id']}/promises", promised)
        # and she closes it where she began
        await done(world, "/sandbox/x/posts", {"from": "marta", "text": CLOSING, "in_reply_to": post["id"]})
        await eventually(lambda: has_heard(desk, found["id"], CLOSING), "her closing post in the same story", 30)
        # then it is one conversation, with the owner that it had at first
        told = await story(desk, found["id"])
        ways = ("in", "out", "out", "in", "out", "in", "in", "in")
        assert [kind for kind, _ in told] == [f"message_{way}" for way in ways]
        assert [one["id"] for one in await queue(desk, "tech")] == [found["id"]]
        async with desk.get(f"/api/conversations/{found['id']}") as page:
            entries = (await page.json())["timeline"]
        assert [entry for entry in entries if entry["kind"] in ("transferred", "suggestion")] == []
        steps = [entry["detail"]["state"] for entry in entries if entry["kind"] == "call"]
        assert steps == ["ordered", "talking", "ended", "wrapped"]
        consents = [entry["detail"].get("consent") for entry in entries if entry["kind"] == "callback"]
        assert WORDS in consents
        # and not one word of the company's sent her elsewhere
        ours = [each["text"] for each in [*await posts(world), *await mails(world, 2)]]
        assert [text for text in ours if ELSEWHERE.search(text)] == []
    # and the store agrees with itself, whatever the channels keep there
    command = [str(HILO), "audit", "--config", str(up.config)]
    audit = await asyncio.to_thread(lambda: subprocess.run(command, check=False, capture_output=True, text=True))
    assert audit.returncode == 0, audit.stdout


async def call_owed(desk: ClientSession, conversation: str, consent: str = "") -> dict[str, Any] | None:
    """The call that is owed there, once it is with that consent."""
    async with desk.get(f"/api/conversations/{conversation}") as answer:
        owed: dict[str, Any] | None = (await answer.json())["callback"]
        return owed if owed and owed["kind"] == "schedule" and (owed["consent"] or "") == consent else None


async def call_that_is(desk: ClientSession, conversation: str, status: str) -> dict[str, Any] | None:
    """The conversation's call, once it has come so far."""
    async with desk.get(f"/api/conversations/{conversation}") as answer:
        call: dict[str, Any] = (await answer.json())["call"]
        return call if call["status"] == status else None


def instant(text: str) -> datetime:
    """What the API's instants say."""
    return datetime.fromisoformat(text)


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
