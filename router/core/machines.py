"""What a machine writes: it has a place in a conversation, but nobody waits for an answer to it."""

from dataclasses import replace

from msgspec.structs import replace as with_fields

from router.model.conversation import Conversation
from router.model.message import InboundMessage, MessageKind
from rules.engine import Verdict

MACHINES = frozenset({MessageKind.AUTO_REPLY, MessageKind.BOUNCE})
"""What no person wrote: no contact, no deadline. People write to lists, and may wait for an answer there."""


def is_machine(message: InboundMessage) -> bool:
    """Whether no person wrote `message`."""
    return message.kind in MACHINES


def is_answer_of_a_machine(message: InboundMessage, before: Conversation) -> bool:
    """Whether `message` answers by itself what we wrote in that conversation: an out-of-office, a receipt.

    Where we have written nothing it can be no answer: a system that tells of something new is then heard like others.
    """
    has_written = before.replied_at is not None or before.acknowledgement is not None
    return message.kind is MessageKind.AUTO_REPLY and (has_written or message.conversation == before.id)


def for_kind(verdict: Verdict, kind: MessageKind) -> Verdict:
    """`verdict` as it stands for a person; for a machine without what is owed to one who waits."""
    if kind not in MACHINES:
        return verdict
    return replace(verdict, route=with_fields(verdict.route, targets=(), acknowledge={}, callback=None, ladder=None))
