"""A reply leaves on the channel that the customer wrote on; what becomes of it comes back to `delivery.py`.

Each is read before it leaves: whoever wrote one that sends the customer away, or shows personal data in public, is told
what was seen, and the way out.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from router.core import deadlines
from router.core.guard.judged import judged, noted
from router.core.places import given_place, known_there, target_of
from router.core.promises import kept as promises
from router.core.step import Step, changed, refused
from router.model.conversation import (
    AWAITING_KEPT,
    Conversation,
    ConversationState,
    ReplyTarget,
    moved,
)
from router.model.decision import Decision, EntryKind, TimelineEntry, Timer, Wait
from router.model.event import ReplyWritten, TimerKind
from router.model.finding import Cleared
from router.model.ids import message_id
from router.model.message import LONGEST_TEXT, ChannelName, Handle, InboundMessage, OutboundMessage
from router.model.team import Agent

# The handles of those whom a channel can bring a file.
TAKE_FILES = ("email", "twitter")


def reply_written(step: Step, reply: ReplyWritten) -> Decision:
    """The reply as an intent, the conversation pending; the first reply to what nobody had taken also claims it."""
    conversation = step.conversation
    if not reply.text.strip():
        return refused("empty_text")
    if len(reply.text) > LONGEST_TEXT:
        return refused("text_too_long")
    target = given_place(step, reply) if reply.to else target_of(conversation, reply.channel, reply.public)
    if target is None:
        is_known = reply.to is None and target_of(conversation, reply.channel) is not None
        return refused("not_in_public" if is_known else "no_such_channel")
    if (reply.copied or reply.blind_copied) and target.handle.kind != "email":
        return refused("no_copies_here")
    if reply.attachments and target.handle.kind not in TAKE_FILES:
        return refused("no_files_here")
    message = _with_copies(outbound(step, conversation, target, reply.text, reply.agent.name), reply)
    message = replace(message, attachments=reply.attachments)
    left = leaving(step, conversation, message, reply.agent, _elsewhere(message, reply), reply=reply)
    return known_there(left, target, reply.agent.id, step) if reply.to else left


def leaving(
    step: Step,
    conversation: Conversation,
    message: OutboundMessage,
    agent: Agent,
    detail: dict[str, str] | None = None,
    reply: ReplyWritten | None = None,
) -> Decision:
    """`message` as an intent by `agent`; `conversation`, as this step has it so far, waits for the customer.

    Refused where the guard sees what stops it, and the `reply` that it was written as says nothing that lets it pass.
    """
    read = judged(message, agent, reply, step)
    if read.refused:
        return read.refused
    if not promises.has_room(conversation, reply):
        return refused("too_many_promises")
    detail = {**(detail or {}), **_shown(message, reply.cleared if reply else ()), **read.detail}
    entries: tuple[TimelineEntry, ...] = ()
    if conversation.state is ConversationState.RESOLVED:
        entries = (step.entry(EntryKind.REOPENED, actor=agent.name),)
        conversation = replace(
            moved(conversation, ConversationState.OPEN), turn=conversation.turn + 1, resolved_at=None, closes_at=None
        )
    after = replace(
        moved(deadlines.answered(conversation, step), ConversationState.PENDING),
        assignee=conversation.assignee or agent.id,
        waiting_since=None,
        snoozed_until=None,
        messages=conversation.messages + 1,
    )
    promised = promises.with_reply(after, reply, read, step)
    after, timers = watched(promised.conversation, message, step)
    done = changed(after, *entries, message_entry(step, message, agent.name, detail), *promised.entries)
    return replace(
        done,
        outcome=replace(done.outcome, found=read.promises),
        outbound=(message,),
        timers=timers,
        waits=_waits(step.conversation, step),
        guarded=read.guarded,
        tallies=promised.tallies,
    )


def answered_elsewhere(step: Step, message: str) -> Decision:
    """The awaited `message` once more, to the address that the visitor gave for the case that they leave.

    Nobody is there to ask: what sends them elsewhere only now that it is a mail ("write to us in the chat") is noted.
    """
    conversation = step.conversation
    waiting = next((m for m in conversation.awaiting if m.id == message), None)
    ways = step.context.policy.answer_by or {}
    if waiting is None or conversation.address is None or conversation.address.kind not in ways:
        return Decision(refused("stale").outcome)
    channel, account = ways[conversation.address.kind]
    copy = _copy(step, waiting, conversation.address, channel, account)
    awaiting = tuple(m for m in conversation.awaiting if m.id != message)
    entry = message_entry(step, copy, waiting.author, {"instead_of": waiting.id, **noted(copy, step)})
    return replace(changed(replace(conversation, awaiting=awaiting), entry), outbound=(copy,))


def message_entry(
    step: Step, message: OutboundMessage, actor: str, detail: dict[str, str] | None = None
) -> TimelineEntry:
    """The timeline's line for an outbound message."""
    return step.entry(
        EntryKind.MESSAGE_OUT,
        actor=actor,
        text=message.text,
        channel=message.channel,
        message=message.id,
        detail={"handle": str(message.recipient), **side_of(message), **_copies(message), **(detail or {})},
        attachments=message.attachments,
    )


def side_of(message: InboundMessage | OutboundMessage) -> dict[str, str]:
    """What the timeline tells of a message that all the world reads."""
    return {"public": "yes"} if message.public else {}


def outbound(step: Step, conversation: Conversation, target: ReplyTarget, text: str, author: str) -> OutboundMessage:
    """What this step writes to the customer at `target`, in their thread and in the owning team's name."""
    team = step.context.teams.get(conversation.ownership.team)
    return OutboundMessage(
        id=message_id(step.event.id, step.event.partition),
        conversation=conversation.id,
        channel=target.channel,
        account=target.account,
        recipient=target.handle,
        text=text,
        created_at=step.now,
        author=author,
        team=step.context.team_name(conversation.ownership.team),
        signature=team.signature if team else "",
        subject=target.subject,
        thread=target.thread,
        references=target.references,
        language=conversation.language,
        public=target.public,
        quotation=target.quotation,
    )


def _elsewhere(message: OutboundMessage, reply: ReplyWritten) -> dict[str, str]:
    """What the timeline tells of a reply to another address than where the customer wrote."""
    if reply.to is None:
        return {}
    return {"to": reply.to.address} | ({"subject": message.subject} if message.subject else {})


def _shown(message: OutboundMessage, cleared: Iterable[Cleared]) -> dict[str, str]:
    """What was said to be no personal data, a line each: the reason, and the words as they stand in the message."""
    lines = [f"{each.reason} {' '.join(each.text.split())}" for each in cleared if each.text in message.text]
    return {"cleared": "\n".join(lines)} if message.public and lines else {}


def _with_copies(message: OutboundMessage, reply: ReplyWritten) -> OutboundMessage:
    """`message` with those who get a copy, each of them once: who gets it openly does not get it secretly too."""
    copied = tuple(dict.fromkeys(each for each in reply.copied if each != message.recipient))
    known = {message.recipient, *copied}
    blind_copied = tuple(dict.fromkeys(each for each in reply.blind_copied if each not in known))
    return replace(message, copied=copied, blind_copied=blind_copied)


def _copies(message: OutboundMessage) -> dict[str, str]:
    """Who else gets it, as the timeline tells it."""
    copies = {"copied": message.copied, "blind_copied": message.blind_copied}
    return {name: ", ".join(each.address for each in handles) for name, handles in copies.items() if handles}


def watched(conversation: Conversation, message: OutboundMessage, step: Step) -> tuple[Conversation, tuple[Timer, ...]]:
    """A chat message is awaited until its visitor fetched it; with an address, a timer sees to it."""
    if message.recipient.kind != "chat":
        return conversation, ()
    after = replace(conversation, awaiting=(*conversation.awaiting, message)[-AWAITING_KEPT:])
    if conversation.address is None:
        return after, ()
    due_at = step.now + step.context.policy.answer_elsewhere_after
    return after, (Timer(after.id, TimerKind.UNDELIVERED, after.turn, due_at, message.id),)


def _waits(before: Conversation, step: Step) -> tuple[Wait, ...]:
    if before.waiting_since is None or before.state is ConversationState.RESOLVED:
        return ()
    return (Wait(before.ownership.team, int((step.now - before.waiting_since).total_seconds())),)


def _copy(step: Step, message: OutboundMessage, address: Handle, channel: ChannelName, account: str) -> OutboundMessage:
    return replace(
        message,
        id=message_id(step.event.id, step.event.partition),
        channel=channel,
        account=account,
        recipient=address,
        created_at=step.now,
        subject="",
        thread="",
        references=(),
    )
