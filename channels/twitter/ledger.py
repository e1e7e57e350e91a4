"""Which parts of which reply have left: in Redis, and here for as long as Redis can't be told."""

from collections import OrderedDict
from collections.abc import Sequence

import structlog
from redis.exceptions import RedisError

from router.model.errors import TemporaryError
from router.model.ids import MessageId
from router.store.posted import Posted

log = structlog.get_logger()

REMEMBERED = 10_000
Parts = tuple[str, ...]


class Ledger:
    """What was posted, by X's ids; what is known here counts also where it could not be written down."""

    def __init__(self, posted: Posted) -> None:
        self._posted = posted
        self._known: OrderedDict[MessageId, Parts] = OrderedDict()
        self._holders: dict[str, str] = {}

    async def of(self, message: MessageId) -> Parts:
        """X's ids of the parts of `message` that are known to have left. Raises TemporaryError if the store is away."""
        try:
            kept = await self._posted.of(message)
        except (RedisError, OSError) as error:
            raise _away(error) from error
        return max(kept, self._known.get(message, ()), key=len)

    async def keep(self, message: MessageId, parts: Parts) -> None:
        """Keep that `parts` have left: it never fails, since they have."""
        self._remember(message, parts)
        try:
            await self._posted.keep(message, parts)
        except (RedisError, OSError) as error:
            hint = "known in this process only; another one would look for it on X"
            log.warning("posted_not_kept", message=message, error=str(error), hint=hint)

    async def of_others(self, message: MessageId, identifiers: Sequence[str]) -> frozenset[str]:
        """Those of `identifiers` that are parts of another message. Raises TemporaryError if the store is away."""
        try:
            kept = await self._posted.holders(identifiers)
        except (RedisError, OSError) as error:
            raise _away(error) from error
        holders = {each: self._holders[each] for each in identifiers if each in self._holders} | kept
        return frozenset(each for each, holder in holders.items() if holder != message)

    def _remember(self, message: MessageId, parts: Parts) -> None:
        self._known[message] = parts
        self._known.move_to_end(message)
        self._holders |= dict.fromkeys(parts, message)
        if len(self._known) > REMEMBERED:
            _, forgotten = self._known.popitem(last=False)
            for each in forgotten:
                self._holders.pop(each, None)


def _away(error: Exception) -> TemporaryError:
    return TemporaryError(f"the store can't tell what was posted: {error}", is_about_message=True)
