"""What the company knows of its customers, wherever it keeps that: the one small interface that is asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from router.model.customer import NOBODY, Profile
from router.model.fact import Fact
from router.model.message import Handle
from router.model.value import Value


class Entry(Value, frozen=True):
    """A customer as the directory has them: its own `id`, and the handles with which they stand there."""

    id: str
    profile: Profile = NOBODY
    name: str = ""
    language: str = ""
    handles: tuple[Handle, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed under the directory's hand: the entries' ids, and all by which these were found or are now."""

    ids: frozenset[str]
    marks: frozenset[str]


class Directory(Protocol):
    """A directory; what can't be asked keeps nobody from being routed."""

    name: str

    async def open(self) -> None:
        """Begin. Raises StartError only for what can't be mended while Hilo runs."""

    async def look_up(self, handles: Sequence[Handle], facts: Sequence[Fact]) -> Entry | None:
        """The customer with one of `handles`, the first that is known, else with one of `facts`; None if nobody has.

        Raises TemporaryError where it can't tell now, PermanentError where what it says of them makes no sense.
        """

    async def changed(self) -> Changed:
        """Return once entries have changed; a directory that is not told of changes never does."""

    def why_away(self) -> str:
        """Why it can't be asked as it is, where that is known without asking; else nothing."""

    async def close(self) -> None:
        """End."""


class OnlyAsked:
    """What is alike in directories of which one learns by asking alone, a service's or a database's."""

    async def changed(self) -> Changed:
        """Never: what changes there is seen when it is asked again."""
        await asyncio.Event().wait()
        raise AssertionError

    def why_away(self) -> str:
        """Nothing: it is known by asking alone."""
        return ""
