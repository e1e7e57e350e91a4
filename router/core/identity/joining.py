"""Somebody else became part of a customer: two records, two open conversations and two timelines as one."""

from msgspec.structs import replace

from router.core.afterwards import afterwards
from router.core.facts_kept import with_facts
from router.core.identity.merging import freed
from router.core.identity.suggestions import without
from router.core.identity.timelines import merged, moved_here
from router.core.identity.together import both, naming_itself
from router.core.step import Step
from router.model.conversation import Conversation, ConversationState
from router.model.customer import (
    CONTACTS_KEPT,
    NOBODY,
    Customer,
    Evidence,
    Host,
    Link,
    LinkKind,
    Part,
    Wish,
    with_evidence,
)
from router.model.decision import Decision, EntryKind, Outcome, OutcomeKind, TimelineEntry
from router.model.errand import Told
from router.model.event import PartArrived, PartTaken
from router.model.ids import ConversationId, conversation_id, partition_of
from router.model.message import Handle


def part_arrived(step: Step, body: PartArrived, customer: Customer) -> Decision:
    """The customer with all that the other one was, and their one conversation; the other side is told where it is."""
    theirs, after = body.customer, _conversation(step, body, customer)
    host = Host(replace(customer, busy_with=None, busy_since=None, wishes=(), host=None), step.before)
    known, errands = freed(_customer(step, body, customer, after))
    taken = Told(theirs.id, PartTaken(host, after.id if after else None))
    outcome = Outcome(OutcomeKind.DONE)
    if after is None:
        return Decision(outcome, customer=known, errands=(taken, *errands))
    story = _story(step, body) if body.conversation else None
    entries = (*_reopened(step, after), _entry(step, body))
    draft = Decision(outcome, after, known, entries, errands=(taken, *errands), story=story)
    return afterwards(step, draft)


def _conversation(step: Step, body: PartArrived, customer: Customer) -> Conversation | None:
    """The one open conversation from now on; None if neither of them had one."""
    mine, theirs = step.before, body.conversation
    if theirs:
        name = mine.id if mine else conversation_id(step.event.id, step.event.partition)
        theirs = _as_part(theirs, name, customer)
    after = both(mine, theirs, step) if mine and theirs else mine or theirs
    if after is None:
        return None
    after = without(after, customer=body.customer.id)
    after = without(after, customer=customer.id, other=body.conversation.id if body.conversation else None)
    for link in body.customer.links:
        after = without(after, handle=link.handle)
    return after


def _as_part(theirs: Conversation, name: ConversationId, customer: Customer) -> Conversation:
    """`theirs` as the conversation `name` of the customer; a code is of use in the one that it was sent for alone."""
    return naming_itself(replace(theirs, id=name, customer=customer.id, challenge=None))


def _reopened(step: Step, after: Conversation) -> tuple[TimelineEntry, ...]:
    is_reopened = step.before and step.before.state is ConversationState.RESOLVED and after.is_queued
    return (step.entry(EntryKind.REOPENED),) if is_reopened else ()


def _story(step: Step, body: PartArrived) -> tuple[TimelineEntry, ...]:
    partition = partition_of(body.customer.id)
    theirs = [moved_here(entry, body.customer.id, partition, step.event.partition) for entry in body.story]
    return merged(step.context.story, theirs)


def _entry(step: Step, body: PartArrived) -> TimelineEntry:
    wish = body.wish
    told = {
        "customer": body.customer.id,
        "conversation": body.conversation.id if body.conversation else "",
        "handle": str(wish.handle) if wish.handle else "",
        "evidence": str(wish.evidence),
    }
    return step.entry(EntryKind.LINKED, actor=wish.name, detail={name: value for name, value in told.items() if value})


def _customer(step: Step, body: PartArrived, customer: Customer, after: Conversation | None) -> Customer:
    theirs, wish = body.customer, body.wish
    part = Part(
        customer=theirs.id,
        at=step.now,
        evidence=wish.evidence,
        by=wish.by,
        conversation=body.conversation.id if body.conversation else None,
        joined=after.id if after else None,
        revision=(step.before.revision if step.before else 0) + 1 if after else 0,
        handles=_brought(theirs, wish, Host(customer)),
        others=theirs.identities[1:],
    )
    known = replace(
        customer,
        name=customer.name or theirs.name,
        language=customer.language or theirs.language,
        links=_links(customer, theirs),
        profile=theirs.profile if customer.profile == NOBODY else customer.profile,
        contacts=tuple(sorted((*customer.contacts, *theirs.contacts)))[-CONTACTS_KEPT:],
        last_message_at=max(filter(None, (customer.last_message_at, theirs.last_message_at)), default=None),
        acknowledged_at=max(filter(None, (customer.acknowledged_at, theirs.acknowledged_at)), default=None),
        facts=with_facts(theirs.facts, customer.facts),
        looked_up_at=None,
        open_conversation=after.id if after else None,
        parts=(*customer.parts, part),
        left=tuple(left for left in customer.left if left.customer != theirs.id),
    )
    if wish.handle is None or wish.evidence is Evidence.WRITTEN:
        return known
    return with_evidence(known, wish.handle, wish.evidence, step.now, wish.by)


def _brought(theirs: Customer, wish: Wish, host: Host) -> tuple[Handle, ...]:
    """The handles that came with them; of whom nothing was known yet, the one by which they were found.

    What they had only named, and was the customer's own before, did not come with them.
    """
    own = {link.handle for link in host.customer.links}
    found = (wish.handle,) if wish.handle and wish.other == theirs.id and wish.handle not in own else ()
    return tuple(dict.fromkeys((*(link.handle for link in theirs.links if not host.has(link)), *found)))


def _links(mine: Customer, theirs: Customer) -> tuple[Link, ...]:
    """The links of both: of one handle the one that is proved."""
    known = {link.handle: link for link in mine.links}
    for link in theirs.links:
        if link.handle not in known or known[link.handle].kind is LinkKind.CLAIMED:
            known[link.handle] = link
    return tuple(known.values())
