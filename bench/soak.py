"""`make soak`: the faults' tests again and again, for as long as it is told; the first failure ends it.

First those with a load (routers killed, Redis killed, filled up, cut off), ten times as long as in CI or more,
then the others.
Each run has a seed, which is printed; what the audit found stands in what a failed one said.

With `--reloads N` instead: N reloads of the rules under traffic, half of them of broken files.
"""

import argparse
import os
import random
import subprocess
import sys
import time
from datetime import timedelta

# What is run, one after the other, with what the sizes of CI become.
LONG = {
    "HILO_KILLS": 2_000,
    "HILO_MESSAGES": 200_000,
    "HILO_RESTARTS": 50,
    "HILO_RESTART_MESSAGES": 25_000,
    "HILO_FILLS": 30,
    "HILO_CUTS": 30,
    "HILO_CUT_MESSAGES": 15_000,
    "HILO_PATIENCE": 3_000,
    "HILO_TWEETS": 5_000,
    "HILO_X_CRASHES": 500,
}
LOADED = [f"tests/faults/test_{name}.py" for name in ("kills", "redis_killed", "cut_off")]
OTHERS = [
    "tests/faults",
    "tests/contract/test_twitter_crashes.py",
    "tests/unit/test_decide.py",
    *(f"--ignore={name}" for name in LOADED),
]
PARTS = [*([name] for name in LOADED), OTHERS]
RELOADS = "tests/faults/test_rules_many_reloads.py"


def main() -> int:
    """0 if every round passed, else the exit code of the round that failed."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (default: 30)")
    parser.add_argument("--reloads", type=int, metavar="N", help="reload the rules N times under traffic instead")
    chosen = parser.parse_args()
    if chosen.reloads:
        command = [sys.executable, "-m", "pytest", "-q", RELOADS, "-o", "log_cli=false", "-rP"]
        told = {**os.environ, "HILO_RELOADS": str(chosen.reloads)}
        run = subprocess.run(command, check=False, env=told, capture_output=True, text=True)
        lines = run.stdout.splitlines()
        print("\n".join(line for line in lines if " reloads=" in line) if run.returncode == 0 else run.stdout)
        return run.returncode
    until = time.monotonic() + 60 * chosen.minutes
    done = 0
    while not done or time.monotonic() < until:
        part = PARTS[done % len(PARTS)]
        left = timedelta(seconds=max(0, round(until - time.monotonic())))
        if code := _failed(part, f"round {done // len(PARTS) + 1}, {left} left"):
            return code
        done += 1
    print(f"{done} runs passed, {done // len(PARTS)} whole rounds")
    return 0


def _failed(part: list[str], title: str) -> int:
    """The exit code of a run of `part` under a new seed; 0 if it passed."""
    seed = str(random.SystemRandom().getrandbits(32))
    print(f"{title}: {part[0]}, HILO_TEST_SEED={seed}", flush=True)
    told = {**{name: str(size) for name, size in LONG.items()}, **os.environ, "HILO_TEST_SEED": seed}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-o", "log_cli=false", *part]
    if code := subprocess.run(command, check=False, env=told).returncode:
        print(f"it failed; HILO_TEST_SEED={seed} repeats it, and what it said is above")
        return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
