"""`make bench`: how fast rules and the way from the inbox to committed are, as ratios within one run.

`make bench ARGS=rules` measures the rules alone.
"""

import asyncio
import platform
import sys

from bench.latency import latency
from bench.rig import rig
from bench.rules_speed import rules_speed
from bench.rules_worst import rules_worst
from bench.whole_path import whole_path
from router.logs import configure_logs


async def main() -> None:
    """Print every figure."""
    configure_logs("warning")
    print(f"Hilo's bench, Python {platform.python_version()}, the embedded server as shipped, 16 partitions")
    print("\nRules")
    for line in rules_speed():
        print(line, flush=True)
    print("\nThe costliest message: books and texts made to be slow")
    for line in rules_worst():
        print(line, flush=True)
    if "rules" in sys.argv[1:]:
        return
    async with rig() as bench:
        info = await bench.connection.commands.info("server")
        print(f"server: {info.get('server_name', 'redis')} {info.get('valkey_version', info['redis_version'])}")
        print("\nInbox, decide, commit")
        for line in await whole_path(bench):
            print(line)
        print("\nFrom the inbox to committed, one worker, the load made by another process")
        for rate in (500, 2_000):
            print(await latency(bench, rate))


asyncio.run(main())
