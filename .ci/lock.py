"""Resolve the two locks anew from `pyproject.toml`: for every system, hashed, and without the address of any registry.

Needs uv (`.venv/bin/pip install uv`, or on the PATH). Pins that still fit are kept: `--upgrade` looks further.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
DEV = TOP / "requirements-dev.txt"
RUN = TOP / "requirements.txt"
HEADER = "# Made by `make lock` from pyproject.toml: edit that, not this.\n"


def main() -> int:
    """0 once both locks are written; uv's own exit code when it finds no solution."""
    uv = shutil.which("uv", path=str(TOP / ".venv" / "bin")) or shutil.which("uv")
    if uv is None:
        print("make lock needs uv: .venv/bin/pip install uv", file=sys.stderr)
        return 1
    # The tests' lock comes first and holds the runtime's versions, so that both environments run the same code.
    return _compile(uv, DEV, "--extra", "dev") or _compile(uv, RUN, "--constraint", DEV.name)


def _compile(uv: str, lock: Path, *options: str) -> int:
    """Write `lock`; options that would write an index, a folder or the command's line into it are turned off."""
    command = [uv, "pip", "compile", "pyproject.toml", "-", *options, *sys.argv[1:], "--output-file", lock.name]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet", "--no-header"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--no-annotate"]
    done = subprocess.run(command, cwd=TOP, input="\n".join(_build_requirements()), text=True, check=False)
    if done.returncode == 0:
        lock.write_text(HEADER + lock.read_text(encoding="utf-8").removeprefix(HEADER), encoding="utf-8")
    return done.returncode


def _build_requirements() -> list[str]:
    """What builds Hilo itself: it is installed without build isolation, so its tools stand in the lock as well."""
    with (TOP / "pyproject.toml").open("rb") as file:
        backend: list[str] = tomllib.load(file)["build-system"]["requires"]
    # hatchling asks for `editables` by a hook, not in its metadata, when it installs a project as it stands.
    return [*backend, "editables>=0.5"]


if __name__ == "__main__":
    sys.exit(main())
