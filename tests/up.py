"""The whole of Hilo as `make run` starts it: one `hilo up` with its Redis, the sandbox, the chat and the mailbox."""

import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar
from redis.asyncio import Redis

from router.store.server_socket import socket_path
from tests.log_scan import Said
from tests.ports import free_ports
from tests.processes import HILO, HiloProcess, hilo

TOP = Path(__file__).parent.parent
SHIPPED = {"desk": 8420, "chat": 8421, "page": 8425, "smtp": 2525, "imap": 1143, "x": 8426, "webhook": 8427}
SHIPPED |= {"phone": 8429, "phone_door": 8428}


class Up:
    """A running Hilo; `kill` and `start` again keep its data folder and its ports."""

    def __init__(self, folder: Path, calls: str = "") -> None:
        self.folder = folder
        self.ports = dict(zip(SHIPPED, free_ports(len(SHIPPED)), strict=True))
        self.config = shipped_config(folder, self.ports)
        if calls:
            rules_of_calls(self.config, calls)
        self.process: HiloProcess
        self._stack = AsyncExitStack()
        self._said = Said()

    @property
    def desk(self) -> str:
        """The desk's address."""
        return f"http://127.0.0.1:{self.ports['desk']}"

    @property
    def site(self) -> str:
        """A page of the sandbox's that embeds the chat with one script tag."""
        return f"http://127.0.0.1:{self.ports['page']}/sandbox/site"

    @property
    def password(self) -> str:
        """The password of the sandbox's users and mailboxes."""
        return (self.folder / "data" / "sandbox-password").read_text(encoding="ascii").strip()

    async def start(self) -> None:
        """Start it; returns once it serves."""
        self.process = await self._stack.enter_async_context(hilo("up", config=self.config))
        await self.process.says("Hilo is up.", seconds=60)

    async def kill(self) -> None:
        """`kill -9` Hilo and its Redis, in that order."""
        await self._said.learn(self.config)
        async with Redis.from_url(f"unix://{socket_path(self.folder / 'data')}") as redis:
            server = int((await redis.info("server"))["process_id"])
        self.process.signal(signal.SIGKILL)
        await self.process.wait()
        os.kill(server, signal.SIGKILL)

    async def stop(self) -> None:
        """End it and all that it started; AssertionError if a log tells what somebody wrote, or who they are."""
        await self._said.learn(self.config)
        await self._stack.aclose()
        self._said.check(self.folder.glob("*.log"))

    def token(self, name: str, *teams: str) -> str:
        """A new token, made by the command line; for `care` where no team is named."""
        command = [str(HILO), "token", "create", "--name", name, "--config", str(self.config)]
        command += [word for team in teams or ("care",) for word in ("--team", team)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def api(self, token: str) -> ClientSession:
        """A client of the desk's API."""
        return ClientSession(self.desk, headers={"Authorization": f"Bearer {token}"})

    @asynccontextmanager
    async def signed_in(self, user: str) -> AsyncIterator[ClientSession]:
        """A client of the desk's API in which `user` has signed in, as the desk's page does."""
        session = ClientSession(self.desk, headers={"Origin": self.desk}, cookie_jar=CookieJar(unsafe=True))
        async with session as client:
            async with client.post("/api/session", json={"user": user, "password": self.password}) as answer:
                answer.raise_for_status()
            yield client


async def queue(api: ClientSession, team: str) -> list[Mapping[str, Any]]:
    """The conversations of a team's queue, as the API tells them."""
    async with api.get(f"/api/queues/{team}") as answer:
        answer.raise_for_status()
        found: list[Mapping[str, Any]] = (await answer.json())["conversations"]
        return found


async def story(api: ClientSession, conversation: str) -> list[tuple[str, str]]:
    """Who wrote what in a conversation, oldest first; an acknowledgement, which nobody wrote, is left out."""
    async with api.get(f"/api/conversations/{conversation}") as answer:
        answer.raise_for_status()
        entries = (await answer.json())["timeline"]
    written = (entry for entry in entries if entry["kind"].startswith("message_"))
    return [(entry["kind"], entry["text"]) for entry in written if "automatic" not in entry["detail"]]


def shipped_config(folder: Path, ports: Mapping[str, int]) -> Path:
    """The configuration that is shipped, on other ports and in another folder."""
    text = (TOP / "config.yaml").read_text(encoding="utf-8")
    for name, usual in SHIPPED.items():
        assert str(usual) in text, f"config.yaml no longer names port {usual}"
        text = text.replace(str(usual), str(ports[name]))
    text = text.replace("folder: rules/playbook", f"folder: {TOP / 'rules' / 'playbook'}")
    folder.mkdir(parents=True, exist_ok=True)
    # Nobody is known: a test that is about the directory brings its own.
    text = text.replace("path: sandbox/customers.csv", "path: customers.csv")
    (folder / "customers.csv").write_text("id,email,x,plan,account,address\n", encoding="utf-8")
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def rules_of_calls(config: Path, calls: str) -> None:
    """Let `config` have the playbook that is shipped, but for its rules about calls: these are `calls`, in YAML."""
    playbook, own = TOP / "rules" / "playbook", config.parent / "rules"
    shutil.copytree(playbook, own)
    (own / "05-calls.yaml").write_text(calls, encoding="utf-8")
    text = config.read_text(encoding="utf-8")
    assert f"folder: {playbook}" in text
    config.write_text(text.replace(f"folder: {playbook}", f"folder: {own}"), encoding="utf-8")


@asynccontextmanager
async def running_hilo(folder: Path, calls: str = "") -> AsyncIterator[Up]:
    """A Hilo that serves, on free ports; `calls` are the rules about calls, in YAML, where not those that ship."""
    up = Up(folder, calls)
    try:
        await up.start()
        yield up
    finally:
        await up.stop()
