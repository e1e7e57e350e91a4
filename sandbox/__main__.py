"""`python -m sandbox`: runs until its standard input ends or it is told to stop.

Says where it listens in one JSON line on standard output. Exit 0 when stopped, 2 when it can't start.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict

from sandbox.server import Ready, Sandbox, StartError
from sandbox.settings import Settings, SettingsError, read_settings

_EPILOG = """\
settings, all optional: data, page_port (8425), smtp_port (2525), imap_port (1143), x_port (8426),
  phone_port (8429), password ("sandbox"), care_address ("care@hilo.example"), chat_url, desk_url, max_mail_bytes,
  x_username ("HiloCare"), x_name, x_webhook_url and the keys x_consumer_key, x_consumer_secret, x_access_token,
  x_access_token_secret (each the password unless given), phone_number ("+5078000000"), phone_account_sid,
  phone_auth_token (the password), phone_voice_url, phone_status_url, phone_speed, ari_number ("+5078000001");
  port 0 lets the system choose one
example: python -m sandbox --json '{"data": "data/sandbox", "chat_url": "http://127.0.0.1:8420"}'
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox; its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Servers on loopback that stand in for the providers, and a page to play the customer.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", default="{}", metavar="SETTINGS", help="the settings, as one JSON object")
    logging.basicConfig(level=logging.WARNING, format="sandbox: %(message)s")
    # aiosmtpd warns of its own use of an old attribute at each sign-in.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    try:
        asyncio.run(_run(read_settings(parser.parse_args(arguments).json)))
    except (SettingsError, StartError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    return 0


async def _run(settings: Settings) -> None:
    """Serve until told to stop. Raises StartError."""
    stop = _stop_event()
    async with Sandbox(settings) as sandbox:
        _announce(sandbox.ready)
        await stop.wait()


def _stop_event() -> asyncio.Event:
    """Is set by SIGTERM, SIGINT or the end of standard input, so that the sandbox never outlives who started it."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def watch_input() -> None:
        try:
            while os.read(0, 4096):
                pass
        except OSError as error:
            logging.getLogger(__name__).warning("standard input can't be read (%s): stopping", error)
        loop.call_soon_threadsafe(stop.set)

    # A thread, as no event loop can watch a file or /dev/null; a daemon, as it may wait for ever.
    threading.Thread(target=watch_input, daemon=True).start()
    return stop


def _announce(ready: Ready) -> None:
    sys.stdout.write(json.dumps({"ready": True, **asdict(ready)}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
