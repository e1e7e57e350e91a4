"""Telling systemd how we are (sd_notify(3)); without systemd nothing happens."""

import os
import socket


def notify(state: str) -> bool:
    """Whether `state` (`READY=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=…`) was handed to the service manager."""
    name = os.environ.get("NOTIFY_SOCKET")
    if not name:
        return False
    # A name that begins with @ is in the abstract space, which begins with a zero byte.
    address = "\0" + name[1:] if name.startswith("@") else name
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
        try:
            link.connect(address)
            link.sendall(state.encode())
        except OSError:
            return False
    return True


def watchdog_seconds() -> float | None:
    """How often the service manager wants to hear from us (half of its limit), or None."""
    limit = os.environ.get("WATCHDOG_USEC", "")
    return int(limit) / 2_000_000 if limit.isdecimal() and int(limit) > 0 else None
