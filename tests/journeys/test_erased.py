"""A customer who wrote on X, by mail and in the chat asks to be forgotten: of fifty things of theirs none is left."""

import asyncio
import json
import smtplib
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from router.customer_cli.commands import FOLDER
from router.model.ids import partition_of
from router.store import keys
from router.store.server_socket import socket_path
from tests.planted import in_files, in_redis, plain_dumps
from tests.processes import HILO
from tests.up import Up, queue
from tests.waiting import eventually
from tests.webchat import Page, new_key

PIECES, CHATTED = 50, 12
# So short that a conversation which was resolved is closed, and in history, while the test looks.
SHORT = "reopen_within: 1s"


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    running = Up(tmp_path / "hilo")
    text = running.config.read_text(encoding="utf-8")
    running.config.write_text(text.replace("reopen_within: 72h", SHORT), encoding="utf-8")
    try:
        await running.start()
        yield running
    finally:
        await running.stop()


@dataclass
class Life:
    """One person's: what they and others wrote in it, each piece a word that is nowhere else."""

    who: str
    pieces: list[str] = field(default_factory=list)
    conversations: dict[str, str] = field(default_factory=dict)

    def piece(self, beginning: str = "zafiro", ending: str = "") -> str:
        """The next piece."""
        number = "".join(chr(ord("a") + int(digit)) for digit in f"{len(self.pieces):02d}")
        self.pieces.append(f"{beginning}{self.who}{number}{ending}")
        return self.pieces[-1]


@dataclass(frozen=True)
class Stage:
    """Those with whom a person has to do: the world in which they write, and a desk."""

    up: Up
    world: ClientSession
    desk: ClientSession
    redis: Redis

    async def done(self, client: ClientSession, path: str, **body: Any) -> dict[str, Any]:
        """What the answer tells, which has to be that it was done."""
        async with client.post(path, json=body) as answer:
            assert answer.ok, await answer.text()
            told: dict[str, Any] = await answer.json() if answer.content_length else {}
            return told

    async def act(self, conversation: str, what: str, **body: Any) -> None:
        """What an agent does."""
        await self.done(self.desk, f"/api/conversations/{conversation}/{what}", **body)

    async def holding(self, piece: str) -> str:
        """The conversation of Care's queue that holds `piece`, once there is one."""

        async def look() -> str | None:
            for row in await queue(self.desk, "care"):
                async with self.desk.get(f"/api/conversations/{row['id']}") as answer:
                    if piece in await answer.text():
                        return str(row["id"])
            return None

        found = await eventually(look, f"{piece} in the queue", 60)
        assert found
        return found

    async def mail_to(self, address: str) -> dict[str, Any]:
        """The mail that lies in the mailbox of `address`, once there is one."""

        async def look() -> dict[str, Any] | None:
            async with self.world.get("/sandbox/mail", params={"address": address}) as answer:
                found: list[dict[str, Any]] = await answer.json()
            return found[-1] if found else None

        found = await eventually(look, "a mail", 60)
        assert found
        return found

    async def lives(self, life: Life) -> None:
        """Let a person have to do with the company by every way there is."""
        own = Life(f"{life.who}q")
        await asyncio.gather(self.chats(life, own), self.posts_and_mails(life))
        life.pieces += own.pieces

    async def chats(self, life: Life, own: Life) -> None:
        """In the chat, which stays open, with a name and an address."""
        chat = f"http://127.0.0.1:{self.up.ports['chat']}/chat"
        origin = f"http://127.0.0.1:{self.up.ports['page']}"
        async with ClientSession() as http, http.ws_connect(chat, headers={"Origin": origin}) as socket:
            page = Page(socket)
            await page.send(type="hello", token="", after="", language="es", name=own.piece("Nombre"))
            await page.next("welcome")
            for _ in range(7):
                assert (await page.says_and_waits(f"dice {own.piece()}", new_key()))["type"] == "accepted"
            await page.send(type="address", email=own.piece(ending="@mail.example"))
            name = life.conversations["chat"] = await self.holding(own.pieces[1])
            await self.act(name, "note", text=f"nota {own.piece()}")
            await self.act(name, "reply", text=f"respuesta {own.piece()}")
            await page.next("lines")
            assert (await page.says_and_waits(f"gracias {own.piece()}", new_key()))["type"] == "accepted"

    async def posts_and_mails(self, life: Life) -> None:
        """On X, once to the end and then again, and from there by mail, as the company does the hop."""
        who = {"from": f"{life.who}x", "name": life.piece("Apodo")}
        await self.done(self.world, "/sandbox/x/posts", **who, text=f"@HiloCare tengo {life.piece()}")
        first = life.conversations["history"] = await self.holding(life.pieces[-1])
        await self.act(first, "note", text=f"nota {life.piece()}")
        await self.act(first, "reply", text=f"ya lo vemos {life.piece()}")
        await self.act(first, "resolve", note=f"hecho {life.piece()}")
        await eventually(lambda: self.is_archived(first), "in history", 60)
        await self.done(self.world, "/sandbox/x/posts", **who, text=f"@HiloCare otra vez {life.piece()}")
        second = life.conversations["x and mail"] = await self.holding(life.pieces[-1])
        await self.act(second, "note", text=f"nota {life.piece()}")
        address = life.piece(ending="@mail.example")
        subject, text = life.piece("Asunto"), f"Te mando la guía {life.piece()}"
        await self.act(second, "reply", text=text, to=address, subject=subject)
        sent = await self.mail_to(address)
        await asyncio.to_thread(self.send, self.answer(life, address, sent))
        await eventually(lambda: self.has(second, life.pieces[-1]), "the answer in the same story", 60)
        await self.act(second, "facts", kind="serial", value=life.piece("SN"))
        await self.act(second, "reply", text=f"anotado {life.piece()}")
        while len(life.pieces) < PIECES - CHATTED - 1:
            await self.act(second, "note", text=f"nota {life.piece()}")
        await self.dies(life, second)

    def answer(self, life: Life, address: str, sent: dict[str, Any]) -> EmailMessage:
        """Their mail, with an HTML part, files, and headers of their own."""
        mail = EmailMessage()
        mail["From"], mail["To"] = f"{life.piece('Nombre')} <{address}>", sent["reply_to"] or sent["from"]
        mail["Subject"], mail["Message-ID"] = f"Re: {life.piece('Tema')}", make_msgid(domain="mail.example")
        mail["In-Reply-To"] = mail["References"] = sent["message_id"]
        mail["X-Client"] = life.piece()
        plain = f"Hola, ya lo probé {life.piece()}\n\nEl lunes alguien escribió:\n> {life.piece()}\n"
        mail.set_content(plain)
        mail.add_alternative(f"<p>Hola, <b>{life.piece()}</b></p>", subtype="html")
        for ending in ("txt", "csv"):
            content = f"contenido {life.piece()}\n".encode()
            mail.add_attachment(content, maintype="text", subtype="plain", filename=life.piece("Foto ", f".{ending}"))
        mail.add_attachment(b"lo mismo para todos\n", maintype="text", subtype="plain", filename=life.piece("Copia "))
        return mail

    def send(self, mail: EmailMessage) -> None:
        """Hand it to the company's mail server."""
        with smtplib.SMTP("127.0.0.1", self.up.ports["smtp"], timeout=10) as client:
            client.send_message(mail)

    async def dies(self, life: Life, conversation: str) -> None:
        """Something of theirs can't be processed, and is set aside."""
        body = json.dumps({"agent": 7, "text": life.piece()})
        name = keys.key(partition_of(conversation), keys.INBOUND)
        event: dict[Any, Any] = {"v": "1", "kind": "note", "at": "1", "body": body, "conversation": conversation}
        await self.redis.xadd(name, event)
        dead = keys.key(partition_of(conversation), keys.DEAD)
        await eventually(lambda: self.redis.xlen(dead), "a dead letter")

    async def has(self, conversation: str, piece: str) -> bool:
        """Whether the conversation holds `piece`."""
        async with self.desk.get(f"/api/conversations/{conversation}") as answer:
            return piece in await answer.text()

    async def is_archived(self, conversation: str) -> bool:
        """Whether history has the conversation, and Redis not any more."""
        name = keys.key(partition_of(conversation), f"conv:{conversation}")
        return not await self.redis.exists(name)

    async def everywhere(self, life: Life) -> set[str]:
        """Which of their pieces are anywhere: in Redis, in its files, in the archive, among files and in logs."""
        data = self.up.folder / "data"
        places = [data / name for name in ("redis", "history", "attachments", FOLDER)]
        logs = [*self.up.folder.glob("*.log")]
        found = await asyncio.to_thread(in_files, [*places, *logs], life.pieces)
        return (await in_redis(self.redis, life.pieces)).union(*found.values())


async def test_not_one_of_fifty_things_is_left_of_who_is_erased(up: Up) -> None:
    socket = f"unix://{socket_path(up.folder / 'data')}"
    world = ClientSession(f"http://127.0.0.1:{up.ports['page']}")
    async with world, up.api(up.token("desk")) as desk, Redis.from_url(socket) as redis:
        await plain_dumps(redis)
        stage = Stage(up, world, desk, redis)
        # given two people who had to do with the company on X, by mail and in the chat
        marta, bruno = Life("marta"), Life("bruno")
        await asyncio.gather(stage.lives(marta), stage.lives(bruno))
        assert (len(marta.pieces), len(bruno.pieces)) == (PIECES, PIECES)
        assert await stage.everywhere(marta) == set(marta.pieces)
        before = await stage.everywhere(bruno)
        shared = files_in(up)
        # when one of them is erased, while Hilo is at work
        for name in (marta.conversations["x and mail"], marta.conversations["chat"]):
            told = await run(up, "customer", "erase", name, "--yes", "--json")
            assert told.returncode == 0, told.stdout + told.stderr
            assert json.loads(told.stdout)["where"]["append_only_file"] == "written anew"
        # then nothing of theirs is anywhere, not in a single byte
        assert await stage.everywhere(marta) == set()
        with closing(sqlite3.connect(up.folder / "data" / "history" / "history.db")) as database:
            assert database.execute("SELECT count(*) FROM conversations").fetchone() == (1,)
        # and the other has lost nothing, not even the file that both had sent; and all agrees
        assert await stage.everywhere(bruno) == before == set(bruno.pieces)
        assert len(shared - files_in(up)) == 4
        for name in bruno.conversations.values():
            async with desk.get(f"/api/conversations/{name}") as answer:
                assert answer.status == 200
        audit = await run(up, "audit")
        assert audit.returncode == 0, audit.stdout
        # and the desk does not find them, and Hilo goes on
        async with desk.get(f"/api/conversations/{marta.conversations['chat']}") as answer:
            assert answer.status == 404
        await stage.done(world, "/sandbox/x/posts", **{"from": "martax"}, text="@HiloCare hola, soy nueva aquí")
        await stage.holding("soy nueva aquí")


def files_in(up: Up) -> set[str]:
    """The names of the kept files."""
    return {path.name for path in (up.folder / "data" / "attachments").iterdir()}


async def run(up: Up, *words: str) -> subprocess.CompletedProcess[str]:
    """What a command of Hilo's says."""
    command = [str(HILO), *words, "--config", str(up.config)]
    return await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True, text=True)
