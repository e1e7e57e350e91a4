"""Who holds a lease: the name says whether the process still lives, so that a restart need not wait for a dead one."""

import hashlib
import os
import secrets
from pathlib import Path


def holder_name() -> str:
    """A name for this process, unique for ever: machine, process id, the instant it started, a random part."""
    pid = os.getpid()
    return f"{_machine()}.{pid}.{_started(pid) or 0}.{secrets.token_hex(4)}"


def is_dead(holder: str) -> bool:
    """Whether `holder` surely does not run any more: a process of this machine that is gone. False when in doubt."""
    parts = holder.split(".")
    if len(parts) != 4 or not parts[1].isdecimal() or parts[0] != _machine() or parts[0] == "unknown":
        return False
    return str(_started(int(parts[1])) or "") != parts[2]


def _machine() -> str:
    """A name for this boot of this machine, this space of process ids and this user; `unknown` if that is not told.

    Of another user's processes a service may see nothing at all, and must not take them for dead.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return "unknown"
    return hashlib.sha256(f"{boot} {space} {os.getuid()}".encode()).hexdigest()[:10]


def _started(pid: int) -> int | None:
    """When the process began, in the system's ticks since its start (proc(5), field 22); None if it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    # A zombie holds nothing any more: its parent has only not asked for its end yet.
    return None if fields[0] in ("Z", "X") else int(fields[19])
