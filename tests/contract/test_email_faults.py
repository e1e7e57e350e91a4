"""The email channel under its host while the store dies: 250 is a promise, and what heard another word comes again."""

import asyncio
import os
import random
import signal
import smtplib
from pathlib import Path

from redis.exceptions import RedisError

from router.store.server import EmbeddedServer
from tests.core import Core
from tests.email_channel import listening, raw_mail, running_email, settings_for_tests
from tests.faults.servers import command
from tests.ports import free_ports
from tests.sandbox_process import SandboxProcess
from tests.waiting import eventually

CUSTOMER = "ana@example.org"


async def test_redis_killed_again_and_again_loses_and_doubles_no_mail_that_is_delivered(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    settings = listening(at=f"127.0.0.1:{port}")
    async with EmbeddedServer(tmp_path) as server, running_email(server.url, settings) as (core, _):
        refusals = 0
        for number in range(60):
            if number % 12 == 6:
                os.kill(server.pid, signal.SIGKILL)
            # when a mail server delivers as mail servers do: again, until it hears 250
            refusals += await delivered(port, raw_mail(f"mensaje {number}", number=number))
        # then each was taken once, in order
        assert await heard(core, 60) == [f"mensaje {number}" for number in range(60)]
        assert refusals > 0


async def test_redis_killed_while_a_mailbox_is_read_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with SandboxProcess() as sandbox, EmbeddedServer(tmp_path) as server:
        settings = settings_for_tests(imap=(sandbox.imap_port, "care@hilo.example", "sandbox"))
        await asyncio.to_thread(hand_in, sandbox.smtp_port, range(100))
        async with running_email(server.url, settings) as (core, _):
            for _ in range(4):
                await asyncio.sleep(random.uniform(0.05, 0.3))
                os.kill(server.pid, signal.SIGKILL)
                await eventually(lambda: answers(server.url), "Redis", seconds=20)
            assert await heard(core, 100) == [f"mensaje {number}" for number in range(100)]


async def delivered(port: int, mail: bytes) -> int:
    """How often the mail was refused before it was taken."""
    for attempt in range(200):
        try:
            await asyncio.to_thread(deliver, port, mail)
        except smtplib.SMTPDataError as error:
            assert error.smtp_code == 451  # noqa: PT017 - the loop goes on
            await asyncio.sleep(0.1)
        except OSError:
            # The door is shut while the store is away.
            await asyncio.sleep(0.1)
        else:
            return attempt
    raise AssertionError("never taken")


def deliver(port: int, mail: bytes) -> None:
    with smtplib.LMTP("127.0.0.1", port, timeout=30) as lmtp:
        lmtp.sendmail(CUSTOMER, "care@hilo.example", mail)


def hand_in(port: int, numbers: range) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
        for number in numbers:
            smtp.sendmail(CUSTOMER, "care@hilo.example", raw_mail(f"mensaje {number}", number=number))


async def answers(url: str) -> bool:
    try:
        return bool(await command(url, "PING"))
    except (RedisError, OSError):
        return False


async def heard(core: Core, count: int) -> list[str]:
    """What the customer's timeline holds once there are `count` messages, and a while has brought no other."""

    async def look() -> list[str]:
        try:
            conversation = await core.open_of(f"email:{CUSTOMER}")
            entries = await core.timeline(conversation.id) if conversation else []
        except (RedisError, OSError):
            return []
        found = [entry.text for entry in entries if entry.kind.value == "message_in"]
        return found if len(found) >= count else []

    await eventually(look, f"{count} messages", seconds=40)
    await asyncio.sleep(0.5)
    return await look()
