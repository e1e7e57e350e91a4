"""The time from accepted to committed under a steady load, beside a consumer that does nothing of the same run."""

from collections.abc import AsyncIterator
from statistics import median

from bench.ground import Command, Ground

RATES = (500, 2_000)
SECONDS = 5
SIDES = {"hilo": "Hilo, accepted to committed", "noop": "no-op: read, delete (redis-py)"}


async def latency(ground: Ground, rounds: int) -> AsyncIterator[str]:
    """The lines to print: each rate's sides in turn, round after round."""
    for rate in RATES:
        found: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
        for _ in range(rounds):
            for side in SIDES:
                command = Command(("-m", "bench.arrivals", side, "{url}", str(rate), str(SECONDS)))
                async with ground.server() as url:
                    found[side].append(await ground.said(command, url, f"latency-{side}"))
        yield f"  {rate:,} messages/s at random instants, {rounds} rounds of {SECONDS} s"
        for side, title in SIDES.items():
            p50, p99 = (_spread([each[name] for each in found[side]]) for name in ("p50", "p99"))
            python, server = (median(each[name] for each in found[side]) for name in ("python_us", "server_us"))
            yield f"    {title:<32} p50 {p50} ms  p99 {p99} ms  Python {python:.0f} µs  server {server:.0f} µs"
        ratios = [mine["p99"] / other["p99"] for mine, other in zip(found["hilo"], found["noop"], strict=True)]
        yield f"    p99, Hilo / no-op {_spread(ratios)}"


def _spread(values: list[float]) -> str:
    return f"{median(values):6.2f} [{min(values):.2f}..{max(values):.2f}]"
