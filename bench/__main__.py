"""`make bench`: how fast the rules and Hilo's whole path are, beside peers and limits, as ratios within one run.

`make bench ARGS=rules` measures the rules alone, `ARGS=replies` how well quotations are told from what the customer
wrote, `ARGS=guard` what the guard makes of real replies, `ARGS=promises` how well promises are found, `ARGS=phone` how
a day of callbacks goes, `ARGS=timers` how late timers are, `ARGS="peers --rounds 3 --messages 5000"` the whole path,
quickly, `ARGS="memory --messages 20000"` what each of so many open conversations takes, `ARGS=day` what memory does
over a day of a million messages that are answered and archived.
"""

import argparse
import asyncio
import platform
import sys
import time
from collections.abc import Callable, Coroutine

from bench.day import day
from bench.ground import SideFailed, ground
from bench.guard import guard_quality
from bench.latency import latency
from bench.memory import memory
from bench.phone_day import Day, policy_of_the_day
from bench.phone_people import Scale
from bench.profile import profile
from bench.promises import promise_quality
from bench.race import hilo_sides, peer_sides, race, traffic
from bench.replies import replies
from bench.rig import rig
from bench.routers import routers
from bench.rules_speed import rules_speed
from bench.rules_worst import rules_worst
from bench.timers import timers
from router.logs import configure_logs


def main() -> None:
    """Print the figures that are asked for; all, where none is named."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (default: {', '.join(DEFAULT)})"
    )
    parser.add_argument("--rounds", type=int, default=5)
    told = "in each side's queue (default: 20,000), in the day (default: 1,000,000)"
    parser.add_argument("--messages", type=int, help=told)
    parser.add_argument("--only", default="", help="of the sides, only those whose names hold one of these (a,b)")
    parser.add_argument("--routers", type=int, nargs="+", default=[2], help="how many share the work (default: 2)")
    parser.add_argument("--url", help="an empty server or cluster for them; it is emptied again (default: one server)")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose of {', '.join(PARTS)}")
    configure_logs("warning")
    print(
        f"Hilo's bench, Python {platform.python_version()}, the embedded server as shipped, 16 partitions", flush=True
    )
    try:
        asked = chosen.messages
        for part in chosen.parts or DEFAULT:
            chosen.messages = asked or (DAY if part == "day" else MESSAGES)
            asyncio.run(PARTS[part](chosen))
    except SideFailed as error:
        sys.exit(f"{error}")


async def _rules(_chosen: argparse.Namespace) -> None:
    print("\nRules")
    for line in rules_speed():
        print(line, flush=True)
    print("\nThe costliest message: books and texts made to be slow")
    for line in rules_worst():
        print(line, flush=True)


async def _replies(_chosen: argparse.Namespace) -> None:
    print("\nWhat the customer wrote, told from what is quoted (lost: words of the customer's; left: words of others)")
    async for line in replies():
        print(line, flush=True)


async def _guard(_chosen: argparse.Namespace) -> None:
    print("\nReplies that send the customer elsewhere, told from those that stay")
    for line in guard_quality():
        print(line, flush=True)


async def _promises(_chosen: argparse.Namespace) -> None:
    print("\nPromises, told from what only sounds like one")
    for line in promise_quality():
        print(line, flush=True)


async def _phone(_chosen: argparse.Namespace) -> None:
    scale = Scale()
    print(f"\nA day of {scale.agents} agents and {scale.callbacks:,} customers who ask for a call")
    began = time.perf_counter()
    result = Day(scale, policy_of_the_day(scale)).play()
    for line in result.lines(scale.agents):
        print(line, flush=True)
    print(f"played      in {time.perf_counter() - began:.1f} s, {result.decisions:,} decisions", flush=True)


async def _peers(chosen: argparse.Namespace) -> None:
    async with ground() as found:
        sides = [*await hilo_sides(found, chosen.messages), *await peer_sides(found, chosen.messages)]
        wanted = chosen.only.lower().split(",")
        print(f"\n{traffic(chosen.messages)}")
        for found.fsync in FSYNC:
            for side in sides:
                side.readings.clear()
            print(f"\nWhole path, peers and limits, appendfsync {found.fsync}: {chosen.rounds} rounds, sides in turn,")
            print("medians; Python and server: the processor's time a message, of the side's process and of Redis")
            met = [side for side in sides if side is sides[0] or any(word in side.name.lower() for word in wanted)]
            async for line in race(found, met, chosen.rounds):
                print(line, flush=True)


async def _latency(chosen: argparse.Namespace) -> None:
    async with ground() as found:
        for found.fsync in FSYNC:
            print(f"\nUnder a steady load, the load made by another process, appendfsync {found.fsync}")
            async for line in latency(found, chosen.rounds):
                print(line, flush=True)


async def _timers(_chosen: argparse.Namespace) -> None:
    print("\nTimers that fall due within the same second")
    async with rig() as made:
        print(await timers(made), flush=True)


async def _routers(chosen: argparse.Namespace) -> None:
    async with ground() as found:
        print("\nReal router processes that share the partitions, appendfsync always")
        async for line in routers(found, chosen.messages, chosen.rounds, chosen.routers, chosen.url):
            print(line, flush=True)


async def _memory(chosen: argparse.Namespace) -> None:
    print("\nWhat an open conversation takes", flush=True)
    async with rig() as bench:
        for line in await memory(bench, chosen.messages):
            print(line, flush=True)


async def _day(chosen: argparse.Namespace) -> None:
    # The bench's clock goes by minutes, so its timers are late as nobody's are.
    configure_logs("error")
    print(f"\nA day of {chosen.messages:,} messages", flush=True)
    async for line in day(chosen.messages):
        print(line, flush=True)


async def _profile(chosen: argparse.Namespace) -> None:
    async with ground() as found:
        print(f"\nWhere the worker's time goes, {chosen.messages:,} messages")
        async for line in profile(found, chosen.messages):
            print(line, flush=True)


PARTS: dict[str, Callable[[argparse.Namespace], Coroutine[None, None, None]]] = {
    "rules": _rules,
    "replies": _replies,
    "guard": _guard,
    "promises": _promises,
    "phone": _phone,
    "peers": _peers,
    "latency": _latency,
    "timers": _timers,
    "routers": _routers,
    "memory": _memory,
    "day": _day,
    "profile": _profile,
}
MESSAGES, DAY = 20_000, 1_000_000
FSYNC = ("always", "everysec")
DEFAULT = ("rules", "replies", "guard", "peers", "latency", "routers")

if __name__ == "__main__":
    main()
