"""The customer of the contract's suite: what they write, what the core then holds of theirs, and what they read."""

import asyncio
from typing import Any

from redis.exceptions import RedisError

from router.model.conversation import Conversation
from tests.contract.doors import Door
from tests.core import Core
from tests.waiting import eventually

Logs = list[Any]


def key(number: int) -> str:
    return f"clave-{number:04d}"


def text(number: int) -> str:
    return f"¿Qué pasa con el pedido {number}?"


async def writes(door: Door, first: int, end: int) -> list[str]:
    """What the customer writes, numbered from `first` on."""
    for number in range(first, end):
        await door.customer_writes(key(number), text(number))
    return [text(number) for number in range(first, end)]


async def heard(core: Core, door: Door, count: int) -> list[str]:
    """What the customer's conversation holds of theirs, once it is `count` messages and a moment brought no more."""

    async def look() -> list[str]:
        try:
            conversation = await core.open_of(str(door.handle))
            entries = await core.timeline(conversation.id) if conversation else []
        except (RedisError, OSError):
            return []
        found = [entry.text for entry in entries if entry.kind.value == "message_in"]
        return found if len(found) >= count else []

    await eventually(look, f"{count} messages", seconds=20)
    await asyncio.sleep(0.2)
    return await look()


async def talk(core: Core, door: Door) -> Conversation:
    """The customer's conversation, once there is one."""
    return await eventually(lambda: core.open_of(str(door.handle)), "a conversation")


async def was_told(door: Door, count: int) -> bool:
    return await door.told() == count


async def has_read(door: Door, answers: list[str]) -> bool:
    """Whether the customer has these; what comes twice, or out of turn, never is."""
    return await door.customer_reads() == answers


async def states_are(core: Core, conversation: Conversation, states: list[str]) -> bool:
    """Whether that became of the replies, in the order in which it was known."""
    entries = await core.timeline(conversation.id)
    return [entry.detail["state"] for entry in entries if "state" in entry.detail] == states


async def are_logged(logs: Logs, event: str, count: int) -> bool:
    return [line["event"] for line in logs].count(event) >= count
