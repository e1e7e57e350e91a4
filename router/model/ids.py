"""Identifiers carry their partition (`c-07-…`), so that any process finds the slot."""

import hashlib
from typing import NewType

from router.model.errors import PermanentError

CustomerId = NewType("CustomerId", str)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
EventId = NewType("EventId", str)
TeamId = NewType("TeamId", str)
AgentId = NewType("AgentId", str)
CallbackId = NewType("CallbackId", str)
PromiseId = NewType("PromiseId", str)

PARTITIONS = 16
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def partition_of(identifier: str) -> int:
    """The partition that `identifier` (`c-07-…`) names; PermanentError if it names none."""
    parts = identifier.split("-", 2)
    if len(parts) != 3 or len(parts[1]) != 2 or not parts[1].isdecimal() or not parts[2]:
        raise PermanentError(f"{identifier[:40]!r} is not one of Hilo's identifiers")
    return int(parts[1])


def customer_id(seed: str, partitions: int = PARTITIONS) -> CustomerId:
    """The customer's id made from the random `seed`; its partition is a stable hash of it."""
    digest = hashlib.sha256(seed.encode()).digest()
    partition = int.from_bytes(digest[:4], "big") % partitions
    return CustomerId(f"u-{partition:02d}-{base36(int.from_bytes(digest[4:12], 'big'))}")


def conversation_id(event: EventId, partition: int) -> ConversationId:
    """The id of the conversation that `event` began."""
    return ConversationId(f"c-{partition:02d}-{_compact(event)}")


def parted_conversation_id(event: EventId, partition: int, to: int) -> ConversationId:
    """The id in the partition `to` of the conversation that `event` of another `partition` made of a part of one."""
    return ConversationId(f"c-{to:02d}-{_compact(event)}p{partition:02d}")


def parted_id(event: EventId, partition: int) -> CustomerId:
    """The id of the customer whom `event` made of another one's handle."""
    return CustomerId(f"u-{partition:02d}-{_compact(event)}n")


def message_id(event: EventId, partition: int) -> MessageId:
    """The id of the outbound message that `event` caused."""
    return MessageId(f"o-{partition:02d}-{_compact(event)}")


def callback_id(event: EventId, partition: int) -> CallbackId:
    """The id of the call that we owe since `event`."""
    return CallbackId(f"k-{partition:02d}-{_compact(event)}")


def is_callback(identifier: str) -> bool:
    """Whether `identifier` is of a call that we owe: agents are held for calls that come in too, by their own ids."""
    return identifier.startswith("k-")


def promise_id(event: EventId, partition: int, number: int = 0) -> PromiseId:
    """The id of what was promised at `event`, the `number`th there."""
    return PromiseId(f"p-{partition:02d}-{_compact(event)}" + (f".{number}" if number else ""))


def base36(value: int) -> str:
    """`value` (0 or more) in digits and small letters."""
    text = ""
    while value:
        value, rest = divmod(value, 36)
        text = DIGITS[rest] + text
    return text or "0"


def _compact(event: EventId) -> str:
    """A stream id (`1700000000000-3`) in fewer characters, still unique in its stream."""
    instant, _, sequence = event.partition("-")
    if not (instant.isdecimal() and sequence.isdecimal()):
        raise PermanentError(f"{event[:40]!r} is not a stream id")
    return base36(int(instant)) + (f"z{base36(int(sequence))}" if sequence != "0" else "")
