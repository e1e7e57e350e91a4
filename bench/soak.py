"""`make soak`: the faults' tests again and again, for as long as it is told; the first failure ends it.

With `--reloads N` instead: N reloads of the rules under traffic, half of them of broken files.
"""

import argparse
import os
import subprocess
import sys
import time
from datetime import timedelta

FAULTS = ["tests/faults", "tests/unit/test_decide.py"]
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
    rounds = 0
    while rounds == 0 or time.monotonic() < until:
        rounds += 1
        left = timedelta(seconds=max(0, round(until - time.monotonic())))
        print(f"round {rounds}, {left} left", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-x", *FAULTS]
        if code := subprocess.run(command, check=False).returncode:
            print(f"round {rounds} failed; what it said is above")
            return code
    print(f"{rounds} rounds passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
