"""Make `.venv` hold what the lock says: `bootstrap.py run` for Hilo alone, `bootstrap.py dev` for tests and checks too.

Standard library only, since it runs before anything is installed. A second call with the same lock does nothing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
VENV = TOP / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "setup.log"
LOCKS = {"run": TOP / "requirements.txt", "dev": TOP / "requirements-dev.txt"}


def main() -> int:
    """0 once `.venv` is as the lock asks, 1 with a plain line about what is missing, 2 when called wrongly."""
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        print("usage: bootstrap.py run|dev", file=sys.stderr)
        return 2
    kind = sys.argv[1]
    if _is_ready(kind):
        return 0
    started = time.monotonic()
    print(f"Setting up Hilo in .venv from {LOCKS[kind].name} (once for each change of the lock)", flush=True)
    try:
        _make_environment()
        _install(LOCKS[kind])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    # The tests' lock holds all of the runtime's lock, pin for pin, so it answers for both.
    for done in ("run", "dev") if kind == "dev" else ("run",):
        _stamp(done).write_text(_fingerprint(done), encoding="ascii")
    print(f"  ready after {time.monotonic() - started:.0f} s", flush=True)
    return 0


class SetupError(Exception):
    """The environment cannot be made; its text tells a person what to do."""


def _fingerprint(kind: str) -> str:
    """A digest of all that, once changed, makes the environment stale; the folder counts because scripts name it."""
    parts = (LOCKS[kind].read_bytes(), (TOP / "pyproject.toml").read_bytes(), str(VENV).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _stamp(kind: str) -> Path:
    return VENV / f".ready-{kind}"


def _is_ready(kind: str) -> bool:
    stamp = _stamp(kind)
    return stamp.is_file() and stamp.read_text(encoding="ascii") == _fingerprint(kind) and _environment_works()


def _environment_works() -> bool:
    """Whether the environment's Python starts and is new enough: the system's may have been replaced under it."""
    if not PYTHON.exists():
        return False
    probe = [str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def _make_environment() -> None:
    """A working `.venv`, kept if there is one. Raises SetupError when this Python has no venv and there is no uv."""
    for kind in LOCKS:
        _stamp(kind).unlink(missing_ok=True)
    has_pip = importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv")
    if _environment_works() and (_environment_has_pip() or shutil.which("uv")):
        return
    if has_pip:
        command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    elif shutil.which("uv"):
        command = ["uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)]
    else:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise SetupError(
            f"This Python comes without venv: apt install {package} (Debian, Ubuntu), or install uv, and try again."
        )
    made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise SetupError(f"The environment could not be made: {' '.join(command)}\n{_tail(made.stdout + made.stderr)}")


def _environment_has_pip() -> bool:
    return (VENV / "bin" / "pip").exists()


def _install(lock: Path) -> None:
    """Install the lock, each file against its hash, then Hilo itself as it stands in this folder.

    Raises SetupError with the end of the installer's words.
    """
    pip = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar=off"]
    if not _environment_has_pip():
        pip = ["uv", "pip", "install", "--python", str(PYTHON)]
    LOG.write_text("", encoding="utf-8")
    _run([*pip, "--require-hashes", "-r", str(lock)], Progress(_pins(lock)))
    _run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(TOP)], Progress(0))


def _pins(lock: Path) -> int:
    return len(re.findall(r"^[A-Za-z0-9][\w.-]*==", lock.read_text(encoding="utf-8"), re.MULTILINE))


class Progress:
    """How far the installer is, as one quiet line: renewed in place in a terminal, else every few seconds."""

    def __init__(self, total: int) -> None:
        """`total` packages are in the lock; 0 shows nothing."""
        self._total = total
        self._done = 0
        self._shown_at = time.monotonic()

    def saw(self, line: str) -> None:
        """Take one line of the installer's output into account."""
        if not self._total:
            return
        # What the lock holds for other systems only, and what an older lock had brought already, is not waited for.
        if line.startswith(("Ignoring ", "Requirement already satisfied")):
            self._total -= 1
        elif line.startswith(("Collecting ", "Processing ")):
            self._done += 1
            # "Collecting redis==8.1.0", or "Processing folder/redis-8.1.0-py3-none-any.whl" from a folder of wheels.
            name = re.split("==|-[0-9]", Path(line.split()[1]).name)[0]
            self._show(f"  {self._done} of {self._total}  {name}")
        elif line.startswith("Installing collected packages"):
            self._show(f"  {self._done} of {self._total}  installing", now=True)

    def end(self) -> None:
        """Leave the terminal's line clean."""
        if self._total and sys.stdout.isatty():
            print("\r\033[K", end="", flush=True)

    def _show(self, text: str, now: bool = False) -> None:
        if sys.stdout.isatty():
            print(f"\r\033[K{text}", end="", flush=True)
        elif now or time.monotonic() - self._shown_at > 5:
            self._shown_at = time.monotonic()
            print(text, flush=True)


def _run(command: list[str], progress: Progress) -> None:
    # A user-wide `user = true` of pip's would make it refuse to install into an environment.
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as process:
        output = "".join(_watched(process, progress))
    with LOG.open("a", encoding="utf-8") as log:
        log.write(output)
    progress.end()
    if process.returncode != 0:
        raise SetupError(f"The installation stopped; its whole output is in .venv/{LOG.name}:\n{_tail(output)}")


def _watched(process: subprocess.Popen[str], progress: Progress) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        progress.saw(line)
        yield line


def _tail(output: str) -> str:
    """What the installer called an error, or else its last lines; none longer than a terminal's line or two."""
    lines = output.strip().splitlines()
    return "\n".join(f"  {line[:200]}" for line in [line for line in lines if "error:" in line.lower()] or lines[-8:])


if __name__ == "__main__":
    sys.exit(main())
