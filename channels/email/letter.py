"""A mail on its way from a mailbox to the inbox."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from channels.email.notes import Problem
from router.model.errors import HiloError

# Stands where a server does not say when a mail came: always the same, so that the mail's key is too.
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


class Keeper(Protocol):
    """Who handed the mail out and is told what became of it."""

    turn: int

    async def settle(self, letter: "Letter") -> None:
        """The mail is safe."""

    async def refuse(self, letter: "Letter", error: HiloError) -> None:
        """The mail could not be taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """A mail of the mailbox; where there is a `problem` that kept it there, `raw` is no more than its headers.

    `came_at` is when the server says that it came, or UNDATED: unlike `received_at` it is the same each time.
    """

    mailbox: Keeper
    validity: int
    uid: int
    raw: bytes = field(repr=False)
    size: int
    received_at: datetime
    came_at: datetime
    problem: Problem | None = None
    return_path: str | None = None
    handed_to: tuple[str, ...] = ()
    turn: int = 0

    @property
    def is_stale(self) -> bool:
        """Whether the mail will come again anyhow, after one that was refused: it may not overtake that one."""
        return self.turn != self.mailbox.turn

    async def settle(self) -> None:
        """The mail is safe: the mailbox' place moves on once all before it are."""
        await self.mailbox.settle(self)

    async def refuse(self, error: HiloError) -> None:
        """The mail is to come again; or, after a PermanentError, to be left in the mailbox with a flag."""
        await self.mailbox.refuse(self, error)
