"""The sandbox as a process of its own: started with Hilo, ended with it."""

import asyncio
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

import structlog

from channels.phone.server import ROOT
from channels.phone.twilio.addresses import HERE
from router.model.errors import StartError
from router.settings import Settings

log = structlog.get_logger()

START_SECONDS = 30.0
STOP_SECONDS = 5.0


def sandbox_password(settings: Settings) -> str:
    """The sandbox's password, made on the first start and kept in the data folder for its owner alone."""
    path = settings.sandbox_password
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(12) + "\n")
    return path.read_text(encoding="ascii").strip()


class SandboxProcess:
    """`python -m sandbox` under our hand: it ends when its standard input does, so it never outlives Hilo."""

    def __init__(self, settings: Settings) -> None:
        self.page = ""
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Return once its servers listen. Raises StartError with what it said if it can't."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sandbox",
            "--json",
            json.dumps(self._options()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "HILO_SANDBOX_PASSWORD": sandbox_password(self._settings)},
            cwd=Path(__file__).parent.parent,
            start_new_session=True,
        )
        try:
            self.page = json.loads(await asyncio.wait_for(self._first_line(), START_SECONDS))["page"]
        except (TimeoutError, json.JSONDecodeError) as error:
            await self.stop()
            raise StartError(
                "the sandbox did not start; its words are above. Where a port is taken, give another at `sandbox` in "
                "config.yaml, and where its channel reaches it; `sandbox.enabled: false` goes on without it"
            ) from error
        log.info("sandbox_ready", page=self.page)

    async def stop(self) -> None:
        """End it: politely, then by force."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        if process.stdin:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _first_line(self) -> bytes:
        if self._process is None or self._process.stdout is None:
            return b""
        return await self._process.stdout.readline()

    def _options(self) -> dict[str, Any]:
        settings, channels = self._settings, self._settings.channels
        options: dict[str, Any] = {
            "data": str(settings.data / "sandbox"),
            "page_port": settings.sandbox.listen.port,
            "smtp_port": settings.sandbox.smtp_port,
            "imap_port": settings.sandbox.imap_port,
            "x_port": settings.sandbox.x_port,
            "phone_port": settings.sandbox.phone_port,
            "desk_url": settings.desk.url,
        }
        if channels.webchat:
            options["chat_url"] = channels.webchat.url
        if channels.email:
            options["care_address"] = channels.email.address
        if channels.twitter:
            options["x_username"] = channels.twitter.account
            if webhook := channels.twitter.webhook:
                options["x_webhook_url"] = f"http://{webhook.listen}{webhook.path}"
        return options | self._phone()

    def _phone(self) -> dict[str, Any]:
        """What the exchange is told of the company's account and number at Twilio, and of where we listen."""
        phone = self._settings.channels.phone
        if phone is None or phone.twilio is None:
            return {}
        here = f"{phone.twilio.public_url}{ROOT}{HERE}/incoming"
        return {
            "phone_account_sid": phone.twilio.account_sid,
            "phone_number": phone.twilio.number,
            "phone_voice_url": here,
            "phone_status_url": f"{here}/over",
        }
