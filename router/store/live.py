"""Typing and presence: told by publish and subscribe, kept nowhere, and lost without harm."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum

from router.model.errors import PermanentError
from router.model.ids import ConversationId
from router.store import wire
from router.store.connection import Connection
from router.store.following import hear

TOPIC = "hilo:live"


class LiveKind(StrEnum):
    """What is told."""

    TYPING = "typing"
    PRESENT = "present"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Live:
    """Somebody types, is there or left: the team (with the name that the customer may see) or the customer."""

    kind: LiveKind
    conversation: ConversationId
    is_customer: bool
    name: str = ""


class LiveChannel:
    """Tells and hears who types and who is there."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def tell(self, live: Live) -> None:
        """Tell whoever listens now."""
        await self._connection.commands.publish(TOPIC, wire.encode(live))

    async def listen(self) -> AsyncGenerator[Live, None]:
        """What is told from now on, until the caller stops."""
        async for told in hear(self._connection, TOPIC):
            try:
                yield wire.decode(Live, told)
            except PermanentError:
                # Another version of Hilo told something that this one does not know; nothing is lost by it.
                continue
