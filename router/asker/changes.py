"""What the directory says by itself: the open customers whose rows changed are looked up again at once."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from redis.exceptions import RedisError

from directory.contract import Changed, Directory
from directory.marks import mark_of
from router.asker.teller import Teller
from router.core.directory import again_about
from router.model.clock import Clock, milliseconds
from router.model.customer import Customer
from router.model.errors import PermanentError, StoreClosed, TemporaryError
from router.model.ids import ConversationId, TeamId
from router.store import keys, metrics, wire
from router.store.connection import Connection
from router.store.lease import Leases
from router.store.records import Records

log = structlog.get_logger()

AT_ONCE = 500
PAUSE_SECONDS = 0.5


class Changes:
    """Follows the changes of `directory`, for the customers of the partitions that this router holds."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        leases: Leases,
        directory: Directory,
        teller: Teller,
        records: Records,
        teams: Sequence[TeamId],
    ) -> None:
        self._redis = connection.commands
        self._clock = clock
        self._leases = leases
        self._directory = directory
        self._teller = teller
        self._records = records
        self._teams = teams

    async def follow(self) -> None:
        """Follow them until cancelled."""
        while True:
            try:
                await self._look_again(await self._directory.changed())
            except (RedisError, OSError, StoreClosed) as error:
                log.warning("not_looked_again", error=str(error), hint="at their next message, or after the refresh")
            except Exception:
                # What can't be read, or a fault of our own, must not keep later changes from being seen.
                log.exception("changes_fault", hint="at their next message, or after the refresh")
                await asyncio.sleep(PAUSE_SECONDS)

    async def _look_again(self, changed: Changed) -> None:
        for partition in list(self._leases.held):
            names = await self._open(partition)
            for start in range(0, len(names), AT_ONCE):
                found = await self._records.conversations(names[start : start + AT_ONCE])
                whose = dict.fromkeys(each.customer for each in found if each)
                for customer in await self._records.customers(list(whose)):
                    if customer and _is_touched(customer, changed):
                        await self._ask(customer)

    async def _open(self, partition: int) -> list[ConversationId]:
        """The conversations of a partition that are not resolved."""
        names: list[ConversationId] = []
        for team in self._teams:
            found: Any = await self._redis.zrange(keys.key(partition, keys.queue(team)), 0, -1)
            names += [ConversationId(wire.text(name)) for name in found]
        return names

    async def _ask(self, customer: Customer) -> None:
        """Ask about a customer whose row has changed; where that fails, their next message does."""
        look_up = again_about(customer, self._clock.now())
        try:
            entry = await self._directory.look_up(look_up.handles, look_up.facts)
        except (TemporaryError, PermanentError):
            metrics.LOOK_UPS.labels("failed").inc()
            return
        except Exception:
            # It keeps neither the others whose rows changed from being asked about, nor what changes later.
            log.exception("look_up_fault", customer=customer.id)
            metrics.LOOK_UPS.labels("failed").inc()
            return
        metrics.LOOK_UPS.labels("known" if entry else "unknown").inc()
        await self._teller.tell(look_up, entry, f"changed-{milliseconds(look_up.at)}")


def _is_touched(customer: Customer, changed: Changed) -> bool:
    """Whether something of `changed` is about `customer`."""
    if customer.listing and customer.listing.entry in changed.ids:
        return True
    return any(mark_of(handle) in changed.marks for handle in customer.looked_up_by)
