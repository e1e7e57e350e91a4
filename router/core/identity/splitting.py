"""What a customer and their conversation are without somebody who was part of them, and what that one gets back."""

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from router.core.calls.moving import parted
from router.core.facts_kept import MOST
from router.core.identity.timelines import HEARD, MESSAGES, linked_by, numbered, waiting_since
from router.core.identity.together import OWED
from router.core.step import Step
from router.model.conversation import Conversation, ConversationState
from router.model.customer import NOBODY, Customer, Link, Part
from router.model.event import PartLeaves
from router.model.fact import Fact
from router.model.ids import parted_conversation_id, partition_of
from router.model.message import Handle
from router.model.timeline import EntryKind, TimelineEntry

PREVIEW_LENGTH = 160
Story = tuple[TimelineEntry, ...]


def customer_without(
    customer: Customer, body: PartLeaves, part: Part, handles: Collection[Handle], moved: Story, mine: Story
) -> Customer:
    """`customer` with what was theirs before the part came, and what is known of them since by their own messages."""
    own, theirs = body.host.customer, body.customer
    sources = {entry.message for entry in moved if entry.message}
    came = {entry.at for entry in moved if entry.kind in HEARD} | set(theirs.contacts)
    heard = [entry.at for entry in mine if entry.kind in HEARD]
    names = {theirs.name, *(entry.actor for entry in moved if entry.kind in HEARD)}
    return replace(
        customer,
        name=own.name if customer.name in names else customer.name,
        language=own.language if customer.language == theirs.language else customer.language,
        links=_links(customer, own, {*handles, *(link.handle for link in theirs.links)}, part, moved),
        profile=own.profile if own.profile == NOBODY or customer.profile == theirs.profile else customer.profile,
        contacts=tuple(at for at in customer.contacts if at in own.contacts or at not in came),
        last_message_at=max(filter(None, (own.last_message_at, *heard)), default=None),
        acknowledged_at=own.acknowledged_at
        if customer.acknowledged_at in (own.acknowledged_at, theirs.acknowledged_at)
        else customer.acknowledged_at,
        facts=_facts(customer.facts, own.facts, theirs.facts, sources),
        listing=own.listing,
        looked_up_at=None,
    )


def rest_of_conversation(
    joined: Conversation, body: PartLeaves, part: Part, handles: Collection[Handle], mine: Story, step: Step
) -> Conversation:
    """The joined conversation without the part's; where nothing is left of it, one that is part of theirs."""
    own = body.host.conversation if body.host.conversation and body.host.conversation.id == joined.id else None
    if own and joined.id == part.joined and joined.revision == part.revision:
        return replace(own, revision=joined.revision, turn=joined.turn + 1)
    if own is None and numbered(mine) == 0:
        return replace(joined, part_of=body.customer.id)
    return _without(joined, own, body.conversation, handles, mine, step)


def part_of_conversation(step: Step, body: PartLeaves, moved: Story) -> Conversation | None:
    """The part's conversation, as it was and with what came since; None where it is over and nothing came."""
    joined, frozen = step.before, body.conversation
    parts = step.context.customer.parts if step.context.customer else ()
    part = next(each for each in parts if each.customer == body.customer.id)
    if joined is None:
        return None
    if frozen is None or joined.id != part.joined:
        return _of_since(joined, body.customer, moved, step) if moved else None
    frozen = _with_calls(replace(frozen, part_of=None, joined=None), joined, body)
    has_come = any(not entry.part for entry in moved)
    if not has_come and part_state(joined, frozen) is frozen.state:
        return frozen
    return _gone_on(frozen, joined, moved, step)


def _with_calls(frozen: Conversation, joined: Conversation, body: PartLeaves) -> Conversation:
    """`frozen` with what of the joined conversation's calls and promises is the part's, as it stands by now."""
    own = body.host.conversation
    _, (callback, call) = parted(joined, own, frozen, {target.handle for target in frozen.targets})
    made = {promise.id for promise in frozen.promises}
    promises = tuple(promise for promise in joined.promises if promise.id in made)
    return replace(frozen, callback=callback, call=call, promises=promises)


def part_state(joined: Conversation, frozen: Conversation) -> ConversationState:
    """The state of the part's conversation where nothing came for it since: as it was, unless all was resolved."""
    return joined.state if joined.state is ConversationState.RESOLVED else frozen.state


def _gone_on(frozen: Conversation, joined: Conversation, moved: Story, step: Step) -> Conversation:
    """`frozen` with what happened since: who wrote last says whose turn it is."""
    last = next((entry.kind for entry in reversed(moved) if entry.kind in MESSAGES), None)
    is_changed = any(not entry.part for entry in moved)
    state = part_state(joined, frozen)
    if is_changed and state is not ConversationState.RESOLVED:
        state = ConversationState.PENDING if last is EntryKind.MESSAGE_OUT else ConversationState.OPEN
    since = waiting_since(moved) or frozen.waiting_since or step.now
    handles = {target.handle for target in frozen.targets}
    return replace(
        frozen,
        state=state,
        waiting_since=since if state in OWED else (frozen.waiting_since if state is frozen.state else None),
        resolved_at=joined.resolved_at if state is ConversationState.RESOLVED else None,
        closes_at=joined.closes_at if state is ConversationState.RESOLVED else None,
        snoozed_until=frozen.snoozed_until if state is ConversationState.SNOOZED else None,
        turn=frozen.turn + 1,
        messages=numbered(moved),
        preview=_preview(moved) or frozen.preview,
        targets=tuple(target for target in joined.targets if target.handle in handles) or frozen.targets,
        awaiting=tuple(m for m in joined.awaiting if m.recipient in handles),
        unreached=tuple(each for each in joined.unreached if each.message.recipient in handles),
        deadlines=frozen.deadlines if state in OWED else (),
        paused=frozen.paused if state is ConversationState.PENDING else None,
        ladder=None if is_changed else frozen.ladder,
    )


def _of_since(joined: Conversation, customer: Customer, moved: Story, step: Step) -> Conversation:
    """A conversation of its own for what came since for the part, who had none, or whose earlier one is over."""
    event = step.event
    handles = {entry.detail.get("handle", "") for entry in moved}
    anew = replace(
        joined,
        id=parted_conversation_id(event.id, event.partition, partition_of(customer.id)),
        customer=customer.id,
        customer_name=next((entry.actor for entry in moved if entry.kind in HEARD and entry.actor), customer.name),
        subject=next((entry.detail["subject"] for entry in moved if "subject" in entry.detail), ""),
        targets=tuple(target for target in joined.targets if str(target.handle) in handles),
        created_at=moved[0].at,
        preview="",
        address=joined.address if str(joined.address) in _given(moved) else None,
        suggestions=(),
        ladder=None,
        former_ladders=(),
        challenge=None,
        deadlines=(),
        paused=None,
        known=(),
        callback=None,
        call=None,
        promises=(),
        follow_up=None,
    )
    return _gone_on(anew, joined, moved, step)


def _without(
    joined: Conversation,
    own: Conversation | None,
    frozen: Conversation | None,
    handles: Collection[Handle],
    mine: Story,
    step: Step,
) -> Conversation:
    """`joined` with what is the customer's own; what agents did to it since stays so."""
    tags = set(own.tags if own else ()) | (set(joined.tags) - set(frozen.tags if frozen else ()))
    since = waiting_since(mine)
    (callback, call), _ = parted(joined, own, frozen, handles)
    gone = {promise.id for promise in frozen.promises} if frozen else set()
    return replace(
        joined,
        callback=callback,
        call=call,
        promises=tuple(promise for promise in joined.promises if promise.id not in gone),
        customer_name=own.customer_name if own else joined.customer_name,
        subject=own.subject if own else joined.subject,
        priority=own.priority if own and frozen and joined.priority == frozen.priority else joined.priority,
        tags=tuple(sorted(tags)),
        preview=_preview(mine) or joined.preview,
        targets=tuple(target for target in joined.targets if target.handle not in handles),
        address=_address(joined, own, mine),
        waiting_since=(since or joined.waiting_since or step.now) if joined.state in OWED else joined.waiting_since,
        turn=joined.turn + 1,
        messages=numbered(mine),
        awaiting=tuple(m for m in joined.awaiting if m.recipient not in handles),
        unreached=tuple(each for each in joined.unreached if each.message.recipient not in handles),
        known=_facts(joined.known, own.known if own else (), frozen.known if frozen else (), set()),
        suggestions=own.suggestions if own else (),
    )


def _address(joined: Conversation, own: Conversation | None, mine: Story) -> Handle | None:
    """Where answers to the customer may go: as they said themselves, and never where the part said."""
    return joined.address if str(joined.address) in _given(mine) else own.address if own else None


def _given(story: Story) -> Collection[str]:
    """The addresses that were given in `story` for answers."""
    return {entry.text for entry in story if entry.kind is EntryKind.ADDRESS}


def _links(customer: Customer, own: Customer, gone: Collection[Handle], part: Part, moved: Story) -> tuple[Link, ...]:
    """The customer's own links as they were before the part came, and those added since, but by the part."""
    before, given, proved = {link.handle: link for link in own.links}, _given(moved), linked_by(moved)
    since = (
        link
        for link in customer.links
        if link.handle not in gone
        and link.handle not in before
        and not (link.strength == 0 and str(link.handle) in given)
        and str(link.handle) not in proved
    )
    kept = (link for link in customer.links if link.handle in before)
    undone = (before[link.handle] if link.handle in gone or link.since == part.at else link for link in kept)
    return (*undone, *since)


def _facts(
    known: tuple[Fact, ...], own: tuple[Fact, ...], theirs: tuple[Fact, ...], sources: Collection[str]
) -> tuple[Fact, ...]:
    """The customer's own facts, as they are by now, and those of their own messages since.

    Where both had one it is as it was before; where there were too many for one, none of their own is lost.
    """
    now, gone, is_full = {_named(fact): fact for fact in known}, {*map(_named, theirs)}, len(known) >= MOST
    mine = {
        _named(fact): fact if _named(fact) in gone else now.get(_named(fact), fact)
        for fact in own
        if _named(fact) in now or is_full
    }
    since = (fact for name, fact in now.items() if name not in mine and name not in gone)
    return (*mine.values(), *(fact for fact in since if fact.source not in sources))


def _named(fact: Fact) -> tuple[str, str]:
    return fact.kind, fact.value


def _preview(story: Iterable[TimelineEntry]) -> str:
    texts = [entry.text for entry in story if entry.kind is EntryKind.MESSAGE_IN and entry.text]
    return " ".join(texts[-1].split())[:PREVIEW_LENGTH] if texts else ""
