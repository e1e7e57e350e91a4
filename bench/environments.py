"""The environments of what is no dependency of Hilo, made once under `.bench` from the hashed locks in bench/peers."""

import shutil
import subprocess
import sys
from pathlib import Path

from bench.ground import BENCH

LOCKS = Path(__file__).parent / "peers"


def environment(name: str) -> Path | None:
    """The interpreter of the environment `name`; None, and why aloud, if it can't be made."""
    folder, lock = BENCH / name, LOCKS / f"requirements-{name}.txt"
    made, python = folder / lock.name, folder / "bin" / "python"
    if made.is_file() and made.read_bytes() == lock.read_bytes():
        return python
    print(f"  making the environment .bench/{name} ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(lock)],
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            print(f"  .bench/{name} can't be made: {said[-1] if said else 'it said nothing'}", flush=True)
            return None
    shutil.copy(lock, made)
    return python
