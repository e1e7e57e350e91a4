"""One worker on one server: what the benchmarks run on."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from router.core.context import Policy
from router.lease_keeper import LeaseKeeper
from router.model.clock import Clock, SystemClock
from router.model.event import MessageArrived
from router.model.ids import PARTITIONS, TeamId
from router.model.message import InboundMessage
from router.model.team import Team
from router.store import keys, metrics
from router.store.connection import Connection
from router.store.inbox import Inbox
from router.store.lease import Leases
from router.store.server import EmbeddedServer
from router.worker import Worker
from rules.document import load_rules
from rules.engine import RuleBook

TEAMS = {TeamId(name): Team(TeamId(name), name) for name in ("care", "billing", "tech", "sales", "retention")}
PLAYBOOK = Path(__file__).parent.parent / "rules" / "playbook"
POLICY = Policy(TeamId("care"))
AT_ONCE = 64
LEASE = timedelta(seconds=10)


@dataclass(frozen=True)
class Rig:
    """A connection, an inbox on it, and a way to run one worker."""

    connection: Connection
    inbox: Inbox
    clock: Clock = field(default_factory=SystemClock)

    async def accept(self, messages: Iterable[InboundMessage]) -> None:
        """Put `messages` through the inbox, up to `AT_ONCE` at a time, in about their order."""
        source = iter(messages)

        async def one_after_another() -> None:
            for message in source:
                await self.inbox.accept(MessageArrived(message), message.key)

        await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))

    async def waiting(self) -> int:
        """How many events are not yet committed."""
        async with self.connection.commands.pipeline(transaction=False) as pipe:
            for partition in range(PARTITIONS):
                pipe.xlen(keys.key(partition, keys.INBOUND))
            return sum(await pipe.execute())

    async def until_done(self) -> None:
        """Return once nothing waits."""
        while await self.waiting():  # noqa: ASYNC110 - what is waited for happens in Redis
            await asyncio.sleep(0.005)

    @asynccontextmanager
    async def worker(self, book: RuleBook | None = None, policy: Policy = POLICY) -> AsyncIterator[Worker]:
        """One worker at work by `book` (by default the playbook as shipped), holding all partitions."""
        leases = Leases(self.connection, PARTITIONS, LEASE)
        chosen = book or load_rules(PLAYBOOK, TEAMS, TeamId("care"))
        worker = Worker(self.connection, self.clock, leases, PARTITIONS, TEAMS, policy, chosen)
        keeper = LeaseKeeper(leases)
        await leases.balance()
        tasks = [asyncio.create_task(worker.run()), asyncio.create_task(keeper.run())]
        try:
            yield worker
        finally:
            worker.stop()
            keeper.stop()
            await asyncio.gather(*tasks)


def committed() -> int:
    """How many events this process has committed."""
    samples = (sample for metric in metrics.COMMITTED.collect() for sample in metric.samples)
    return int(sum(sample.value for sample in samples if sample.name.endswith("_total")))


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Rig]:
    """A rig on the server at `url`, which stays."""
    connection, clock = Connection(url), SystemClock()
    try:
        yield Rig(connection, Inbox(connection, clock), clock)
    finally:
        await connection.close()


@asynccontextmanager
async def rig() -> AsyncIterator[Rig]:
    """A rig on a fresh embedded server (`appendfsync always`, 16 partitions), gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hilo-bench-") as folder:
        async with EmbeddedServer(Path(folder)) as server, connected(server.url) as made:
            yield made
