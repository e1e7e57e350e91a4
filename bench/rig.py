"""One worker on the embedded server as shipped: what the benchmarks run on."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from router.core.context import Policy
from router.model.clock import SystemClock
from router.model.event import MessageArrived
from router.model.ids import PARTITIONS, TeamId
from router.model.message import InboundMessage
from router.model.team import Team
from router.store import keys
from router.store.connection import Connection
from router.store.inbox import Inbox
from router.store.lease import Leases
from router.store.server import EmbeddedServer
from router.worker import LeaseKeeper, Worker
from rules.document import load_rules

TEAMS = {TeamId(name): Team(TeamId(name), name) for name in ("care", "billing", "tech", "sales", "retention")}
PLAYBOOK = Path(__file__).parent.parent / "rules" / "playbook"
AT_ONCE = 64


@dataclass(frozen=True)
class Rig:
    """A server, an inbox on it, and a way to run one worker."""

    connection: Connection
    inbox: Inbox

    async def accept(self, messages: Iterable[InboundMessage]) -> None:
        """Put `messages` through the inbox, up to `AT_ONCE` at a time."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(message: InboundMessage) -> None:
            async with slots:
                await self.inbox.accept(MessageArrived(message), message.key)

        await asyncio.gather(*(one(message) for message in messages))

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
    async def worker(self) -> AsyncIterator[None]:
        """One worker at work, holding all partitions."""
        leases = Leases(self.connection, PARTITIONS, timedelta(seconds=10))
        book = load_rules(PLAYBOOK, TEAMS, TeamId("care"))
        worker = Worker(self.connection, SystemClock(), leases, PARTITIONS, TEAMS, Policy(TeamId("care")), book)
        keeper = LeaseKeeper(leases)
        await leases.balance()
        tasks = [asyncio.create_task(worker.run()), asyncio.create_task(keeper.run())]
        try:
            yield
        finally:
            worker.stop()
            keeper.stop()
            await asyncio.gather(*tasks)


@asynccontextmanager
async def rig() -> AsyncIterator[Rig]:
    """A rig on a fresh embedded server (`appendfsync always`, 16 partitions), gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hilo-bench-") as folder:
        async with EmbeddedServer(Path(folder)) as server:
            connection = Connection(server.url)
            try:
                yield Rig(connection, Inbox(connection, SystemClock()))
            finally:
                await connection.close()
