"""A customer wrote, or said where an answer may go."""

from datetime import timedelta

from msgspec.structs import replace

from router.core import deadlines, directory
from router.core.acknowledgement import acknowledged, acknowledgement
from router.core.calls.asked import wished
from router.core.calls.incoming import rung
from router.core.calls.numbers import said_number
from router.core.care import follow_up
from router.core.codes import code_written, proved_by_code
from router.core.facts import facts_of, language_of
from router.core.facts_kept import heard as facts_heard
from router.core.identity.finding import sought, sought_of
from router.core.identity.proving import with_sender, without_typed, without_typed_address
from router.core.identity.suggestions import suggested
from router.core.machines import for_kind, is_answer_of_a_machine, is_machine
from router.core.reply import side_of
from router.core.routing import first_owner, given, has_owner, is_new_to, owned, routed_entry
from router.core.step import Step, changed
from router.model.conversation import (
    Conversation,
    ConversationState,
    ReplyTarget,
    Suggestion,
    moved,
    with_target,
)
from router.model.customer import Customer, Evidence, LinkKind, is_verified, with_contact, with_evidence
from router.model.decision import Decision, EntryKind, Outcome, OutcomeKind, TimelineEntry, Timer
from router.model.event import AddressGiven, TimerKind
from router.model.ids import conversation_id
from router.model.message import Handle, InboundMessage, MessageKind, Quotation, is_proved
from router.model.route import Route
from router.model.team import Priority
from rules.facts import Facts

PREVIEW_LENGTH = 160
QUOTED_LENGTH = 2_000
# Channels keep the whole where what was folded away is longer than the timeline holds.
FOLDED_LENGTH = 20_000


def message_arrived(step: Step, message: InboundMessage, customer: Customer) -> Decision:
    """The message in the customer's one open conversation, or in a new one that a rule gives to a team.

    What the rules give is added either way; an owned conversation keeps its owner unless a rule may take it. A
    responder's answer to us is only told: nobody waits, and it is no word of the customer's.
    """
    if step.before and is_answer_of_a_machine(message, step.before) and has_owner(step.before, step):
        told = _message_entry(step, message)
        return changed(step.before, replace(told, detail={**told.detail, "aside": "yes"}))
    answer = follow_up.answer_of(step.before, message)
    settled = follow_up.settled(step, answer)
    # What belongs to a team that is gone gets another owner whenever its customer writes.
    if settled and step.before and has_owner(step.before, step):
        return _answered(step, message, settled)
    known = _met(without_typed(customer, message), message, step)
    facts = facts_of(step, message, known)
    verdict = follow_up.held(for_kind(step.rulebook.route(facts), message.kind), answer)
    before = begun(step, message, known, verdict.route) if step.before is None else woken(step.before, step)
    before = without_typed_address(before, customer, message)
    moved_to, transferred = owned(before, verdict, step)
    heard = rung(_heard(moved_to, message, facts, known, step), message, step)
    heard, met, coded = code_written(heard, message, step)
    wish = verdict.route.callback
    number = said_number(*facts_heard(heard, known, message), message.key, step) if wish else None
    after, called = wished(given(heard, verdict.route, step), wish, step, message.text, number)
    after = after if is_machine(message) else deadlines.heard(after, step)
    again = follow_up.reopened(after, answer, step)
    receipt = acknowledgement(again.conversation, message, known, verdict.route, step)
    after, known, answered = acknowledged(again.conversation, known, receipt, step)
    after, hinted = _suggested(step, message, after)
    is_routed = step.before is None or is_new_to(before, after)
    entries = (
        _message_entry(step, message),
        *_remarked(step, message),
        *coded,
        *reopened(step),
        *([again.entry] if again.entry else []),
        *transferred,
        *([routed_entry(after, verdict, facts, step)] if is_routed else []),
        *called,
        *hinted,
        *answered,
    )
    known = replace(known, language=after.language or known.language, open_conversation=after.id)
    after, known = facts_heard(after, known, message)
    known, look_ups = directory.asked(step, message, facts, known, after)
    return Decision(
        Outcome(OutcomeKind.DONE),
        after,
        known,
        entries,
        outbound=(receipt,) if receipt else (),
        look_ups=look_ups,
        tallies=again.tallies,
        errands=(*sought_of(message, customer, after), *proved_by_code(met, customer, message)),
    )


def _answered(step: Step, message: InboundMessage, settled: follow_up.Settled) -> Decision:
    """What confirms that it is solved, or only thanks for it: it is told, and nobody waits for an answer."""
    after = replace(
        with_target(settled.conversation, _target(message, step)),
        preview=_one_line(message.text) or message.subject,
        messages=settled.conversation.messages + 1,
    )
    entries = (_message_entry(step, message), *([settled.entry] if settled.entry else []))
    return replace(changed(after, *entries), tallies=settled.tallies)


def address_given(step: Step, given: AddressGiven, customer: Customer) -> Decision:
    """The address as the customer's claimed handle, used for what they do not fetch themselves."""
    address = given.address
    known = with_evidence(customer, address, Evidence.WRITTEN, step.now)
    errands = sought(customer, (address,), Evidence.WRITTEN)
    if step.before is None:
        return Decision(Outcome(OutcomeKind.DONE), customer=known, errands=errands)
    others = [target for target in step.before.targets if target.handle.kind == "chat"]
    is_for_all = is_verified(customer, address) or all(target.handle == given.source for target in others)
    # What is said in one chat is not to lead away what was written to another one.
    after = replace(step.before, address=address) if is_for_all else step.before
    entry = step.entry(EntryKind.ADDRESS, actor="customer", text=str(address), detail={"handle": str(given.source)})
    told = changed(after, entry)
    due_at = step.now + step.context.policy.answer_elsewhere_after
    timers = tuple(Timer(after.id, TimerKind.UNDELIVERED, after.turn, due_at, m.id) for m in after.awaiting)
    return replace(told, customer=known, timers=timers, errands=errands)


def begun(step: Step, message: InboundMessage, customer: Customer, route: Route) -> Conversation:
    """A new conversation of the customer's, owned by the team that `route` names."""
    return Conversation(
        id=conversation_id(step.event.id, step.event.partition),
        customer=customer.id,
        state=ConversationState.NEW,
        ownership=first_owner(route, step),
        created_at=step.now,
        updated_at=step.now,
        priority=route.priority or Priority.NORMAL,
        subject=message.subject,
        address=_address_of(customer, message, step),
    )


def _address_of(customer: Customer, message: InboundMessage, step: Step) -> Handle | None:
    """Where an answer may go if a chat's visitor leaves, as is known or was said before: nobody asks twice.

    What is proved comes before what they typed; what an agent took down may be a stranger's.
    """
    ways = step.context.policy.answer_by or {}
    typed = [link.handle for link in customer.links if link.kind is LinkKind.CLAIMED and link.by is None]
    verified = [link.handle for link in customer.links if link.kind is LinkKind.VERIFIED]
    known = [handle for handle in (*typed, *verified, *message.proved) if handle.kind in ways]
    return known[-1] if known and message.sender.kind == "chat" else None


def woken(before: Conversation, step: Step) -> Conversation:
    """`before` once its customer wrote: the team owes something again; a new one stays new until somebody takes it."""
    if before.state in (ConversationState.NEW, ConversationState.OPEN):
        return before
    after = replace(moved(before, ConversationState.OPEN), turn=before.turn + 1, snoozed_until=None)
    after = replace(after, resolved_at=None, closes_at=None)
    if before.state is not ConversationState.RESOLVED:
        return deadlines.resumed(after, step)
    # What was waited for before it was resolved is done: a new wait begins with this message.
    return replace(after, waiting_since=None, reopened_at=step.now)


def _heard(
    conversation: Conversation, message: InboundMessage, facts: Facts, customer: Customer, step: Step
) -> Conversation:
    return replace(
        with_target(conversation, _target(message, step)),
        preview=_one_line(message.text) or message.subject,
        customer_name=_name(conversation, message),
        language=language_of(facts, conversation.language, message.language, customer.language),
        waiting_since=conversation.waiting_since or step.now,
        messages=conversation.messages + 1,
    )


def _target(message: InboundMessage, step: Step) -> ReplyTarget:
    """Where an answer to `message` goes."""
    return ReplyTarget(
        channel=message.channel,
        account=message.account,
        handle=message.sender,
        proof=message.proof,
        at=step.now,
        subject=message.subject,
        thread=message.thread,
        references=message.references,
        public=message.public,
        quotation=_quotation(message),
        silent=message.kind is not MessageKind.MESSAGE or message.is_automatic or message.is_doubtful,
    )


def _name(conversation: Conversation, message: InboundMessage) -> str:
    """What they call themselves; who only claims to be the customer gives them no other name."""
    known = conversation.customer_name
    return known if known and not is_proved(message.sender, message.proof) else message.author or known


def _quotation(message: InboundMessage) -> Quotation | None:
    """What an answer quotes: of a mail its beginning."""
    if message.sender.kind != "email":
        return None
    text = message.text if len(message.text) <= QUOTED_LENGTH else f"{message.text[:QUOTED_LENGTH].rstrip()} […]"
    return Quotation(text, message.sent_at, message.author or message.sender.address)


def _met(customer: Customer, message: InboundMessage, step: Step) -> Customer:
    """`customer` as they are known with `message`."""
    resolved = step.before is not None and step.before.state is ConversationState.RESOLVED
    heard = customer if is_machine(message) else with_contact(customer, resolved, step.now)
    linked = with_sender(heard, message, step.now)
    return replace(linked, name=linked.name or message.author)


def reopened(step: Step) -> tuple[TimelineEntry, ...]:
    """What the timeline tells where the customer has reopened it."""
    is_reopened = step.before is not None and step.before.state is ConversationState.RESOLVED
    return (step.entry(EntryKind.REOPENED, actor="customer"),) if is_reopened else ()


def _suggested(
    step: Step, message: InboundMessage, conversation: Conversation
) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """`conversation` with what the message answers suggested, if that is another one's.

    Where it was the customer's too until that was undone, it says nothing of who they are.
    """
    named, customer = message.conversation or message.suggested, step.context.customer
    if not named or named == conversation.id or (customer and named in customer.told_in):
        return conversation, ()
    return suggested(conversation, Suggestion(conversation=named), step)


def _remarked(step: Step, message: InboundMessage) -> tuple[TimelineEntry, ...]:
    """What the colleague who forwarded it said to it."""
    if message.forwarded_by is None or not message.remark:
        return ()
    return (step.entry(EntryKind.NOTE, actor=message.forwarded_by.address, text=message.remark),)


def _message_entry(step: Step, message: InboundMessage) -> TimelineEntry:
    detail = {"proof": str(message.proof), "handle": str(message.sender), **side_of(message)}
    if message.kind is not MessageKind.MESSAGE:
        detail["kind"] = str(message.kind)
    if message.call:
        detail["call"] = message.call
    if message.subject:
        detail["subject"] = message.subject
    if message.copied:
        detail["copied"] = ", ".join(handle.address for handle in message.copied)
    if message.forwarded_by:
        detail["forwarded_by"] = message.forwarded_by.address
    if step.now - message.sent_at > timedelta(minutes=5):
        detail["sent_at"] = message.sent_at.isoformat()
    if message.quoted:
        detail["quoted"] = message.quoted[:FOLDED_LENGTH]
    detail |= {name: digest for name, digest in (("html", message.html), ("original", message.original)) if digest}
    return step.entry(
        EntryKind.MESSAGE_IN,
        actor=message.author,
        text=message.text,
        channel=message.channel,
        message=message.key,
        detail=detail,
        attachments=message.attachments,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:PREVIEW_LENGTH]
