"""A customer changed, or took back, what they had written: the story tells it, and nothing begins anew."""

from msgspec.structs import replace

from router.core import facts_kept
from router.core.step import Step, changed
from router.model.conversation import Conversation, ReplyTarget
from router.model.decision import Decision, EntryKind
from router.model.event import MessageWithdrawn
from router.model.message import InboundMessage

PREVIEW_LENGTH = 160


def message_edited(step: Step, message: InboundMessage) -> Decision:
    """The new words beside the old ones: no contact, no new wait, and no rule runs a second time."""
    entry = step.entry(
        EntryKind.EDITED,
        actor=message.author,
        text=message.text,
        channel=message.channel,
        message=message.key,
        detail={"handle": str(message.sender), "edits": message.edits},
        attachments=message.attachments,
    )
    told = changed(_answered_at(step.conversation, message), entry)
    return facts_kept.told_anew(told, step.context.customer, message)


def message_withdrawn(step: Step, withdrawn: MessageWithdrawn) -> Decision:
    """What is gone at the provider stays in the story, and the story says that it is gone."""
    entry = step.entry(
        EntryKind.WITHDRAWN,
        actor="customer",
        channel=withdrawn.channel,
        message=withdrawn.message,
        detail={"handle": str(withdrawn.sender)},
    )
    return changed(step.conversation, entry)


def _answered_at(conversation: Conversation, message: InboundMessage) -> Conversation:
    """A reply to the words before the edit goes below the new ones."""
    targets = tuple(_moved(target, message) for target in conversation.targets)
    is_latest = bool(targets) and targets[0] != conversation.targets[0]
    preview = " ".join(message.text.split())[:PREVIEW_LENGTH] if is_latest else conversation.preview
    return replace(conversation, targets=targets, preview=preview)


def _moved(target: ReplyTarget, message: InboundMessage) -> ReplyTarget:
    is_same = target.channel == message.channel and message.edits in target.references
    return replace(target, references=message.references) if is_same else target
