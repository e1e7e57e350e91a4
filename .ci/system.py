"""Install from the system's packages what tests and checks use and pip cannot bring: `system.py chromium mail ...`.

Only on Debian and Ubuntu, only as root (or, in CI, by a sudo that asks nothing). Elsewhere it says what will not run.
It never fails: the tests themselves decide what a missing program means.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True)
class Need:
    """Any one of `programs` on the PATH is enough; `packages` bring it; without it, `lost` does not run."""

    programs: tuple[str, ...]
    packages: tuple[str, ...]
    lost: str


NEEDS = {
    "chromium": (
        Need(
            ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
            ("chromium", "fonts-dejavu-core", "fonts-liberation", "fonts-noto-color-emoji"),
            "the tests in a real browser",
        ),
    ),
    "mail": (
        Need(("swaks", "curl"), ("swaks",), "the test that writes with a real mail program"),
        Need(("dovecot",), ("dovecot-imapd",), "the tests against Dovecot"),
    ),
    "redis": (Need(("redis-server", "valkey-server"), ("redis-server",), "the tests against a Redis from the PATH"),),
    # Two needs, since some packages of nodejs bring npm and refuse another one.
    "node": (
        Need(("node", "nodejs"), ("nodejs",), "tsc over the browser's scripts"),
        Need(("npm",), ("npm",), "tsc over the browser's scripts"),
    ),
}


def main() -> int:
    """0, whatever could be installed; 2 when asked for something unknown."""
    unknown = [name for name in sys.argv[1:] if name not in NEEDS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; known are {', '.join(NEEDS)}", file=sys.stderr)
        return 2
    wanted = [need for name in sys.argv[1:] for need in NEEDS[name]]
    missing = [need for need in wanted if _is_missing(need)]
    root = _as_root() if missing else None
    if root is not None:
        print("Looking up the system's packages", flush=True)
        _quietly([*root, "apt-get", "update"])
    for need in missing:
        _provide(need, root)
    return 0


def _is_missing(need: Need) -> bool:
    return not any(map(shutil.which, need.programs))


def _as_root() -> list[str] | None:
    """What to put before a command that only root may run; None where packages cannot be installed without asking."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND"]
    return sudo if os.environ.get("CI") and shutil.which("sudo") and _quietly([*sudo, "true"]) is None else None


def _provide(need: Need, root: list[str] | None) -> None:
    names = " ".join(need.packages)
    if root is None:
        print(f"Not here: {need.programs[0]}, so {need.lost} will not run. On Debian: sudo apt-get install {names}")
        return
    print(f"Installing {names}", flush=True)
    with _no_services(root):
        error = _quietly([*root, "apt-get", "install", "--yes", "--no-install-recommends", *need.packages])
    if error or _is_missing(need):
        print(f"  could not, so {need.lost} will not run: {error or 'the package brought no such program'}", flush=True)


@contextmanager
def _no_services(root: list[str]) -> Iterator[None]:
    """Keep Debian from starting what it installs: the tests start their own Redis, nobody asked for a second one."""
    if POLICY.exists():
        yield
        return
    _quietly([*root, "sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"])
    try:
        yield
    finally:
        _quietly([*root, "rm", str(POLICY)])


def _quietly(command: list[str]) -> str | None:
    """None when `command` went well, else the last line that it wrote."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=environment
    )
    return None if done.returncode == 0 else ((done.stderr + done.stdout).strip().splitlines() or ["no words"])[-1]


if __name__ == "__main__":
    sys.exit(main())
