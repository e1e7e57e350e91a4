"""Who became part of a customer is somebody of their own again: each has what was theirs, and what came for them since.

The part's arrivals wait first, then all that came for it before has been decided, then it leaves.
"""

from msgspec.structs import replace

from router.core.awaited import awaited
from router.core.facts_kept import with_facts
from router.core.identity.merging import freed
from router.core.identity.splitting import customer_without, part_of_conversation, rest_of_conversation
from router.core.identity.timelines import HEARD, MESSAGES, linked_by, moved_here, of_part
from router.core.identity.together import naming_itself
from router.core.step import Step
from router.model.conversation import Conversation
from router.model.customer import NOBODY, Customer, Host, Left, Link, Part, with_contact
from router.model.decision import Decision, EntryKind, Moving, MovingState, Outcome, OutcomeKind, Timer
from router.model.errand import Errand, HandedOn, Told
from router.model.event import MergeOff, PartingAsked, PartLeaves, PartReturned, TimerKind
from router.model.ids import ConversationId, partition_of
from router.model.message import Handle
from router.model.timeline import TimelineEntry

DONE = Outcome(OutcomeKind.DONE)
LEFT_KEPT = 10
TOLD_IN_KEPT = 10


def parting_asked(step: Step, body: PartingAsked, customer: Customer) -> Decision:
    """The part's arrivals wait from now on; the other side is told that no more comes, and how it all was."""
    known = _made(customer, body.link, body.host) if body.link and body.host else customer
    asker = body.part_of or known.part_of
    if known.part_of is None or known.host is None or known.part_of != asker:
        # Such as who has been erased since: nobody comes back, and nobody waits for them.
        return Decision(DONE, errands=(Told(asker, MergeOff(known.id)),) if asker else ())
    leaves = PartLeaves(replace(known, host=None), known.host, body.by, step.before, body.name)
    handed_on = (HandedOn(known.id, known.part_of, body.link.handle),) if body.link else ()
    # Who leaves does not settle there any more.
    leaving = replace(known, busy_with=known.part_of, busy_since=step.now)
    return Decision(
        DONE,
        customer=leaving,
        errands=(*handed_on, Told(known.part_of, leaves)),
        moving=Moving(known.id, MovingState.LEAVING, known.part_of, known.part_ofs),
    )


def part_leaves(step: Step, body: PartLeaves, customer: Customer) -> Decision:
    """The customer as they would be without the part, and all of the part's on its way back."""
    theirs, before = body.customer, step.before
    part = next((each for each in customer.parts if each.customer == theirs.id), None)
    if part is None:
        return Decision(DONE)
    body = replace(body, host=_by_now(body.host, customer, before))
    handles = _handles(body, part)
    _, moved = of_part(step.context.story, theirs.identities, handles)
    links = _proved_since(customer, body, moved)
    handles = tuple(dict.fromkeys((*handles, *(link.handle for link in links))))
    mine, moved = of_part(step.context.story, theirs.identities, handles)
    if body.conversation is None and not any(entry.kind in MESSAGES for entry in moved):
        # Nothing was said to or by them: what is told of their handle, such as a code, makes no conversation.
        mine, moved = step.context.story, ()
    after = rest_of_conversation(before, body, part, handles, mine, step) if before else None
    returned, errand = _returned(step, body, moved, links)
    known = customer_without(customer, body, part, handles, moved, mine)
    known = replace(
        known,
        parts=tuple(each for each in known.parts if each is not part),
        left=(*(left for left in known.left if left.customer != theirs.id), Left(theirs.id, handles))[-LEFT_KEPT:],
        open_conversation=None if after is None or after.part_of else after.id,
    )
    known, again = freed(known)
    handed_on = (HandedOn(theirs.id, customer.id, link.handle) for link in links)
    errands: tuple[Errand, ...] = (*handed_on, errand, *again)
    if after is None:
        return Decision(DONE, customer=known, errands=errands)
    return _parted(step, after, known, mine, errands, body, returned)


def part_returned(step: Step, body: PartReturned, customer: Customer) -> Decision:
    """The customer as they were, with what came meanwhile, and open again to what arrives."""
    if customer.part_of is None:
        return Decision(DONE)
    after, before = body.conversation, step.before
    for at in sorted(body.came):
        customer = with_contact(customer, False, at)
    own = {link.handle for link in body.links}
    known = replace(
        customer,
        links=(*(link for link in customer.links if link.handle not in own), *body.links),
        part_of=None,
        host=None,
        facts=with_facts(customer.facts, body.facts),
        open_conversation=after.id if after else None,
        told_in=tuple(dict.fromkeys((*customer.told_in, *body.told_in)))[-TOLD_IN_KEPT:],
    )
    known, again = freed(known)
    moving = Moving(customer.id, MovingState.BACK, None, customer.part_ofs)
    if after is None:
        return Decision(DONE, customer=known, errands=again, moving=moving)
    revision = before.revision if before and before.id == after.id else 0
    partition = step.event.partition
    story = tuple(moved_here(entry, customer.id, partition_of(body.customer), partition) for entry in body.story)
    return Decision(
        DONE,
        naming_itself(replace(after, customer=customer.id, revision=revision)),
        known,
        (_entry(step, body.name, body.customer),),
        timers=(*awaited(after), *_unfetched(after, step)),
        errands=again,
        story=tuple(replace(entry, part="") if entry.part == customer.id else entry for entry in story),
        moving=moving,
    )


def _handles(body: PartLeaves, part: Part) -> tuple[Handle, ...]:
    """The handles that go with the part: all that they brought, but for those that were the customer's as much."""
    known = {link.handle: link for link in body.customer.links}
    own = {link.handle for link in body.host.customer.links}
    return tuple(
        handle
        for handle in dict.fromkeys((*known, *part.handles))
        if (not body.host.has(known[handle]) if handle in known else handle not in own)
    )


def _by_now(host: Host, customer: Customer, joined: Conversation | None) -> Host:
    """`host` without what came with others who have left since: what the customer has no more does not come back."""
    was, own, parts = host.customer, host.conversation, {part.customer for part in customer.parts}
    if all(part.customer in parts for part in was.parts):
        return host
    facts = {(fact.kind, fact.value) for fact in customer.facts}
    known = replace(
        was,
        name=was.name if was.name == customer.name else "",
        profile=was.profile if was.profile == customer.profile else NOBODY,
        facts=tuple(fact for fact in was.facts if (fact.kind, fact.value) in facts),
        listing=None,
    )
    if own is None or joined is None or own.id != joined.id:
        return Host(known, own)
    return Host(known, _of_both(own, joined))


def _of_both(own: Conversation, joined: Conversation) -> Conversation:
    """`own` with only what of it is in `joined` too."""
    return replace(
        own,
        customer_name=own.customer_name if own.customer_name == joined.customer_name else "",
        subject=own.subject if own.subject == joined.subject else "",
        address=own.address if own.address == joined.address else None,
        tags=tuple(tag for tag in own.tags if tag in joined.tags),
        known=tuple(fact for fact in own.known if fact in joined.known),
        suggestions=tuple(each for each in own.suggestions if each in joined.suggestions),
    )


def _unfetched(after: Conversation, step: Step) -> tuple[Timer, ...]:
    """What looks again at the messages that lie in a chat: those sent meanwhile have their timer elsewhere."""
    due_at = step.now + step.context.policy.answer_elsewhere_after
    return tuple(Timer(after.id, TimerKind.UNDELIVERED, after.turn, due_at, m.id) for m in after.awaiting)


def _proved_since(customer: Customer, body: PartLeaves, moved: tuple[TimelineEntry, ...]) -> tuple[Link, ...]:
    """The links that the part's own messages proved since: they go with it."""
    own, proved = {link.handle for link in body.host.customer.links if link.strength}, linked_by(moved)
    return tuple(link for link in customer.links if str(link.handle) in proved and link.handle not in own)


def _made(customer: Customer, link: Link, host: Host) -> Customer:
    """`customer`, of whom nothing was known, as who has been part of the host with that handle alone."""
    whom = host.customer.id
    return replace(customer, links=(link,), part_of=whom, part_ofs=(whom,), host=host)


def _parted(
    step: Step,
    after: Conversation,
    known: Customer,
    mine: tuple[TimelineEntry, ...],
    errands: tuple[Errand, ...],
    body: PartLeaves,
    returned: Conversation | None,
) -> Decision:
    """What is left of the conversation: its own story; where nothing is, only the way to the part's."""
    cancelled, timers = _timers(step.conversation, after)
    if after.part_of:
        after = replace(after, joined=returned.id if returned else None)
        return Decision(DONE, after, known, errands=errands, cancelled=cancelled, story=())
    entry = _entry(step, body.name, body.customer.id)
    return Decision(DONE, after, known, (entry,), timers=timers, cancelled=cancelled, errands=errands, story=mine)


def _timers(before: Conversation, after: Conversation) -> tuple[tuple[Timer, ...], tuple[Timer, ...]]:
    known, wanted = awaited(before), awaited(after)
    cancelled = tuple(timer for timer in known if timer not in wanted)
    return cancelled, tuple(timer for timer in wanted if timer not in known)


def _returned(
    step: Step, body: PartLeaves, moved: tuple[TimelineEntry, ...], links: tuple[Link, ...]
) -> tuple[Conversation | None, Errand]:
    """What the part gets back, and the errand that brings it."""
    conversation = part_of_conversation(step, body, moved)
    since = _part(step, body).at
    came = tuple(entry.at for entry in moved if entry.kind in HEARD and not entry.part and entry.at >= since)
    sources = {entry.message for entry in moved if entry.message}
    customer = step.context.customer
    facts = tuple(fact for fact in customer.facts if fact.source in sources) if customer else ()
    whose = customer.id if customer else body.host.customer.id
    story = moved if conversation else ()
    told = PartReturned(
        whose, conversation, story, came, facts, body.by, body.name, links, _told_in(step, body, conversation)
    )
    return conversation, Told(body.customer.id, told)


def _told_in(step: Step, body: PartLeaves, returned: Conversation | None) -> tuple[ConversationId, ...]:
    """The conversations that the part's was part of, but for the one that it gets back."""
    names = (_part(step, body).joined, step.before.id if step.before else None)
    return tuple(name for name in dict.fromkeys(names) if name and (returned is None or name != returned.id))


def _part(step: Step, body: PartLeaves) -> Part:
    parts = step.context.customer.parts if step.context.customer else ()
    return next(part for part in parts if part.customer == body.customer.id)


def _entry(step: Step, name: str, customer: str) -> TimelineEntry:
    return step.entry(EntryKind.UNLINKED, actor=name, detail={"customer": customer})
