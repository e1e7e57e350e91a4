"""Who was found to have written a colleague's forwarded mail when it was first read, for as long as it may come again.

Whose message it is hangs on that finding, and what the DNS says does not stay the same: found otherwise at the second
reading, the mail would be another message, in another customer's name, and so be there twice.
"""

from redis.exceptions import RedisError

from router.model.errors import Refusal
from router.model.message import Handle
from router.store.inbox import repeats_for
from router.store.shelf import Shelf

NOBODY = "-"


class FirstFindings:
    """Keeps for each such mail, known by its digest, the author that was proved at first, or that none was."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def of(self, original: str, author: Handle | None) -> Handle | None:
        """Who wrote the mail with the digest `original`: as it was found at first, `author` where it is read now first.

        Raises Refusal while the store is away.
        """
        name = f"forwarded:{original}"
        try:
            known = await self._shelf.get(name)
            if known is None:
                await self._shelf.put(name, author.address if author else NOBODY, repeats_for("email"))
                return author
        except (RedisError, OSError) as error:
            raise Refusal(f"who forwarded a mail can't be kept: {error}") from error
        return None if known == NOBODY else Handle("email", known)
