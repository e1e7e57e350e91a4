"""Providers that take every reply at once, so that nothing waits on the way out."""

from dataclasses import dataclass

from bench.rig import LEASE
from router.model.clock import Clock
from router.model.ids import PARTITIONS
from router.model.message import DeliveryState, Receipt
from router.store import keys
from router.store.connection import Connection
from router.store.outbound import ChannelLease, Outbound


@dataclass(frozen=True, slots=True)
class Provider:
    """One channel's: its holder reads what is to be sent and settles it."""

    connection: Connection
    clock: Clock
    channel: str
    outbound: Outbound
    token: int

    async def take(self) -> None:
        """Take all that is there, each with its receipt."""
        # Without a blocking read, which would wait behind the worker's for as long as nothing comes.
        async with self.connection.commands.pipeline(transaction=False) as pipe:
            for partition in range(PARTITIONS):
                pipe.xlen(keys.key(partition, keys.outbound(self.channel)))
            waiting = sum(await pipe.execute())
        for intent in await self.outbound.take_over(self.token) if waiting else ():
            message = intent.message
            receipt = Receipt(message.id, message.conversation, DeliveryState.SENT, self.clock.now())
            await self.outbound.settle(await self.outbound.sending(intent), receipt)


async def provider(connection: Connection, clock: Clock, channel: str) -> Provider:
    """The channel's provider, on an empty server."""
    token = await ChannelLease(connection, channel, LEASE).take()
    return Provider(connection, clock, channel, Outbound(connection, clock, channel, PARTITIONS), token or 0)
