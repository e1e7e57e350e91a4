"""A customer wrote, or said where an answer may go."""

from dataclasses import replace
from datetime import timedelta

from router.core.step import Step, changed
from router.model.conversation import (
    Conversation,
    ConversationState,
    ReplyTarget,
    moved,
    with_target,
)
from router.model.customer import Customer, LinkKind, with_contact, with_link
from router.model.decision import Decision, EntryKind, Outcome, OutcomeKind, TimelineEntry, Timer
from router.model.event import TimerKind
from router.model.ids import conversation_id
from router.model.message import Handle, InboundMessage, Proof
from router.model.team import Ownership, Priority, Route
from rules.engine import RuleBook, Verdict
from rules.facts import Facts

PREVIEW_LENGTH = 160


def message_arrived(step: Step, message: InboundMessage, customer: Customer, rulebook: RuleBook) -> Decision:
    """The message in the customer's one open conversation, or in a new one that a rule gives to a team."""
    verdict = rulebook.route(Facts.of(message))
    before = step.before
    conversation = _begun(step, message, customer, verdict) if before is None else _woken(before, step)
    entries = [_message_entry(step, message)]
    if conversation.ownership.team not in step.context.teams:
        conversation, moved_entry = _taken_in(conversation, step)
        entries.append(moved_entry)
    if before is None:
        entries.append(_routed_entry(step, conversation, verdict))
    elif before.state is ConversationState.RESOLVED:
        entries.append(step.entry(EntryKind.REOPENED, actor="customer"))
    if message.conversation and message.conversation != conversation.id:
        entries.append(step.entry(EntryKind.SUGGESTION, detail={"conversation": message.conversation}))
    heard = _heard(conversation, message, step)
    if before:
        heard, tagged = _reclassified(heard, verdict, step)
        entries.extend(tagged)
    known = _met(customer, message, heard, step)
    return Decision(Outcome(OutcomeKind.DONE), heard, known, tuple(entries))


def address_given(step: Step, address: Handle, customer: Customer) -> Decision:
    """`address` as the customer's claimed handle, used for what they do not fetch themselves."""
    known = with_link(customer, address, LinkKind.CLAIMED, step.now)
    if step.before is None:
        return Decision(Outcome(OutcomeKind.DONE), customer=known)
    after = replace(step.before, address=address)
    told = changed(after, step.entry(EntryKind.ADDRESS, actor="customer", text=str(address)))
    due_at = step.now + step.context.policy.answer_elsewhere_after
    timers = tuple(Timer(after.id, TimerKind.UNDELIVERED, after.turn, due_at, m.id) for m in after.awaiting)
    return replace(told, customer=known, timers=timers)


def _begun(step: Step, message: InboundMessage, customer: Customer, verdict: Verdict) -> Conversation:
    route = _existing_team(verdict.route, step)
    return Conversation(
        id=conversation_id(step.event.id, step.event.partition),
        customer=customer.id,
        state=ConversationState.NEW,
        ownership=Ownership(route.team, since=step.now, reason=route.reason),
        created_at=step.now,
        updated_at=step.now,
        priority=route.priority or Priority.NORMAL,
        tags=tuple(sorted(set(route.tags))),
        subject=message.subject,
        language=message.language or customer.language,
        address=_address_of(customer, message, step),
    )


def _existing_team(route: Route, step: Step) -> Route:
    """`route`, or the default team's where the team it names is gone: nobody is left without an owner."""
    if route.team in step.context.teams:
        return route
    return replace(route, team=step.context.policy.default_team, reason=f"{route.reason}: no team {route.team!r}")


def _address_of(customer: Customer, message: InboundMessage, step: Step) -> Handle | None:
    """Where an answer may go if a chat's visitor leaves, as they said in an earlier conversation: nobody asks twice."""
    ways = step.context.policy.answer_by or {}
    known = [link.handle for link in customer.links if link.handle.kind in ways]
    return known[-1] if known and message.sender.kind == "chat" else None


def _taken_in(conversation: Conversation, step: Step) -> tuple[Conversation, TimelineEntry]:
    """An open conversation whose team is gone, at the default team."""
    gone, team = conversation.ownership.team, step.context.policy.default_team
    reason = f"the team {gone!r} is gone"
    after = replace(conversation, ownership=Ownership(team, since=step.now, reason=reason), assignee=None)
    return after, step.entry(EntryKind.TRANSFERRED, text=reason, detail={"from": gone, "to": team})


def _woken(before: Conversation, step: Step) -> Conversation:
    """`before` once its customer wrote: the team owes something again; a new one stays new until somebody takes it."""
    if before.state in (ConversationState.NEW, ConversationState.OPEN):
        return before
    after = replace(moved(before, ConversationState.OPEN), turn=before.turn + 1, resolved_at=None, snoozed_until=None)
    # What was waited for before it was resolved is done: a new wait begins with this message.
    return replace(after, waiting_since=None) if before.state is ConversationState.RESOLVED else after


def _heard(conversation: Conversation, message: InboundMessage, step: Step) -> Conversation:
    target = ReplyTarget(
        channel=message.channel,
        account=message.account,
        handle=message.sender,
        proof=message.proof,
        at=step.now,
        subject=message.subject,
        thread=message.thread,
        references=message.references,
    )
    return replace(
        with_target(conversation, target),
        preview=_one_line(message.text) or message.subject,
        customer_name=message.author or conversation.customer_name,
        language=message.language or conversation.language,
        waiting_since=conversation.waiting_since or step.now,
        messages=conversation.messages + 1,
    )


def _reclassified(
    conversation: Conversation, verdict: Verdict, step: Step
) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """An owned conversation keeps its owner; what the rules add are tags, and a priority that is higher."""
    route = verdict.route
    tags = tuple(sorted({*conversation.tags, *route.tags}))
    higher = route.priority is not None and route.priority.rank < conversation.priority.rank
    if tags == conversation.tags and not higher:
        return conversation, ()
    after = replace(
        conversation, tags=tags, priority=route.priority if higher and route.priority else conversation.priority
    )
    return after, (_routed_entry(step, after, verdict),)


def _met(customer: Customer, message: InboundMessage, conversation: Conversation, step: Step) -> Customer:
    kind = LinkKind.CLAIMED if message.proof is Proof.NONE and message.sender.kind != "chat" else LinkKind.VERIFIED
    resolved = step.before is not None and step.before.state is ConversationState.RESOLVED
    linked = with_link(with_contact(customer, resolved, step.now), message.sender, kind, step.now)
    return replace(
        linked,
        name=linked.name or message.author,
        language=message.language or linked.language,
        open_conversation=conversation.id,
    )


def _message_entry(step: Step, message: InboundMessage) -> TimelineEntry:
    detail = {"proof": str(message.proof), "handle": str(message.sender)}
    if message.subject:
        detail["subject"] = message.subject
    if message.attachments:
        detail["attachments"] = ", ".join(file.name for file in message.attachments)
    if step.now - message.sent_at > timedelta(minutes=5):
        detail["sent_at"] = message.sent_at.isoformat()
    return step.entry(
        EntryKind.MESSAGE_IN,
        actor=message.author,
        text=message.text,
        channel=message.channel,
        message=message.key,
        detail=detail,
    )


def _routed_entry(step: Step, conversation: Conversation, verdict: Verdict) -> TimelineEntry:
    return step.entry(
        EntryKind.ROUTED,
        detail={
            "team": conversation.ownership.team,
            "rule": verdict.rule,
            "reason": conversation.ownership.reason,
            "matched": ", ".join(verdict.matched),
            "priority": str(conversation.priority),
            "tags": ", ".join(conversation.tags),
            "version": verdict.version,
        },
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:PREVIEW_LENGTH]
