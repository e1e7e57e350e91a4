"""The suite's exchange where there is none: the agents dial."""

from contextlib import AsyncExitStack
from typing import Any, ClassVar

from channels.phone.settings import PhoneSettings
from router.model.message import Handle
from tests.contract.phones import Phones


class PhonesByHand(Phones):
    """Rings nobody."""

    rings: ClassVar[bool] = False

    async def open(self, stack: AsyncExitStack) -> None:
        """There is nothing to open."""

    @property
    def settings(self) -> PhoneSettings:
        """What ships."""
        return PhoneSettings()

    def break_with(self, **faults: Any) -> None:
        """There is nothing to break."""

    def away(self, seconds: float) -> None:
        """There is nobody who could be."""

    def loses_the_answer(self) -> None:
        """Nobody answers."""

    def refuses_the_next(self) -> None:
        """Nobody refuses."""

    def unlists(self, seconds: float) -> None:
        """There is no list."""

    async def others_ring(self, phone: Handle) -> None:
        """Nobody does."""
