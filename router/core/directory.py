"""The directory: when it is asked about a customer, and what follows from what it says."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec.structs import replace

from router.core import deadlines, ladder
from router.core.calls.asked import wished
from router.core.facts import again, before_of, kept, with_directory
from router.core.identity.finding import sought_as_listed
from router.core.machines import MACHINES, for_kind
from router.core.ownership import handed_over
from router.core.routing import given, is_new_to, owned, routed_entry
from router.core.step import Step, changed
from router.model.conversation import Conversation, ConversationState
from router.model.customer import Customer, LinkKind, Listing, Profile
from router.model.decision import Decision, EntryKind, LookUp, Outcome, OutcomeKind, TimelineEntry
from router.model.event import DirectoryAnswered
from router.model.fact import Fact, FactKind
from router.model.message import Handle, InboundMessage
from rules.engine import Verdict
from rules.facts import Before, Facts

SOURCE = "directory"
"""What stands as the source of a fact that the directory gave."""

HANDLES_ASKED = 20
# What tells one person from all others; more than what a customer says of themselves, an agent's word is needed.
ASKED_BY = (FactKind.ACCOUNT, FactKind.IDENTITY)
# How the channel calls who wrote on X: `Ada (@ada)`, or `@ada`.
NAME_ON_X = re.compile(r"@([A-Za-z0-9_]{1,15})\)?")


def asked(
    step: Step, message: InboundMessage, facts: Facts, known: Customer, after: Conversation
) -> tuple[Customer, tuple[LookUp, ...]]:
    """`known`, and the look-up about them if one is due with this message; nothing waits for its answer."""
    if not _is_due(step, message, known):
        return known, ()
    known = replace(known, looked_up_at=step.now, looked_up_by=_handles(known, message))
    return known, (replace(again_about(known, step.now), conversation=after.id, message=message.key, seen=kept(facts)),)


def asked_anew(step: Step, draft: Decision) -> Decision:
    """`draft` with a look-up, where it changes by what its customer is looked for: a handle proved, a fact confirmed.

    Who has not been asked about yet writes first.
    """
    before, after = step.context.customer, draft.customer
    if step.context.policy.directory_refresh is None or before is None or after is None or draft.look_ups:
        return draft
    gone = _linked(before) - _linked(after)
    handles = _all((handle for handle in after.looked_up_by if handle not in gone), after)
    is_same = handles == after.looked_up_by and _confirmed(before) == _confirmed(after)
    if is_same or not after.looked_up_at or after.part_of:
        return draft
    known = replace(after, looked_up_by=handles)
    if not gone and _is_as_listed(before, after):
        return replace(draft, customer=known)
    known = replace(known, looked_up_at=step.now)
    return replace(draft, customer=known, look_ups=(again_about(known, step.now),))


def _is_as_listed(before: Customer, after: Customer) -> bool:
    """Whether nothing is proved anew but handles which the directory itself had named."""
    named = after.listing.handles if after.listing else ()
    anew = set(_all((), after)) - set(_all((), before))
    return anew <= set(named) and _confirmed(before) == _confirmed(after)


def _linked(customer: Customer) -> set[Handle]:
    return {link.handle for link in customer.links}


def again_about(customer: Customer, now: datetime) -> LookUp:
    """A look-up about `customer`, by the same handles as the last one; rules look at what they last decided on."""
    return LookUp(customer.id, customer.looked_up_by, now, _confirmed(customer), customer.open_conversation)


def answered(step: Step, answer: DirectoryAnswered, customer: Customer) -> Decision:
    """What the directory says as the customer's, and the conversation as the rules see it with that.

    What was answered before something newer says nothing any more, nor does what is about somebody who is gone: the
    commit that asked has written their record, so that they were erased meanwhile.
    """
    nothing = Decision(Outcome(OutcomeKind.DONE))
    if not customer.revision:
        return nothing
    if customer.listing and answer.at < customer.listing.at:
        return nothing
    if customer.part_of:
        # Whom they became part of is looked up by their handles too.
        return nothing
    known = listed(customer, answer)
    nothing = replace(nothing, errands=sought_as_listed(known))
    if step.before is None or not step.before.is_queued:
        return replace(nothing, customer=known)
    after: Conversation = step.before
    entries: tuple[TimelineEntry, ...] = ()
    if known.profile != customer.profile:
        after, entries = _ruled(step.before, answer, known, step)
    told = tuple(_told(customer, known, step))
    if not told and after == step.before:
        return replace(nothing, customer=known)
    return replace(changed(after, *told, *entries), customer=known, errands=nothing.errands)


def listed(customer: Customer, answer: DirectoryAnswered) -> Customer:
    """`customer` as the directory has them; what it no longer says it takes back, the name and the language stay."""
    return replace(
        customer,
        profile=answer.profile,
        name=answer.name or customer.name,
        language=answer.language or customer.language,
        facts=_facts(customer.facts, answer),
        listing=Listing(answer.at, answer.entry, answer.handles),
    )


def _is_due(step: Step, message: InboundMessage, known: Customer) -> bool:
    """Whether the directory is to be asked: at a new or reopened conversation, a new handle, or after a while."""
    refresh, customer, before = step.context.policy.directory_refresh, step.context.customer, step.before
    if refresh is None:
        return False
    if before is None or before.state is ConversationState.RESOLVED or customer is None:
        return True
    is_new = not set(_handles(known, message)) <= set(customer.looked_up_by)
    return is_new or customer.looked_up_at is None or step.now - customer.looked_up_at >= refresh


def _handles(customer: Customer, message: InboundMessage) -> tuple[Handle, ...]:
    """By which handles the customer is looked for: the one that they wrote from first.

    None that was only claimed: who types somebody's address would see, through the agent, what the company knows of
    them.
    """
    found = [message.sender] if _is_own(customer, message) else []
    if message.sender.kind == "twitter" and (name := NAME_ON_X.search(message.author.split(" ")[-1])):
        found.append(Handle("twitter", f"@{name[1]}"))
    return _all((*found, *message.proved), customer)


def _is_own(customer: Customer, message: InboundMessage) -> bool:
    """Whether the sender is more to the customer than somebody who answers what was written to an address they gave."""
    return any(link.handle == message.sender and link.strength for link in customer.links)


def _all(first: Iterable[Handle], customer: Customer) -> tuple[Handle, ...]:
    """`first`, and then the handles that are proved to be the customer's."""
    verified = (link.handle for link in customer.links if link.kind is LinkKind.VERIFIED)
    return tuple(dict.fromkeys((*first, *verified)))[:HANDLES_ASKED]


def _confirmed(customer: Customer) -> tuple[Fact, ...]:
    """The facts by which somebody may be looked for."""
    return tuple(fact for fact in customer.facts if fact.kind in ASKED_BY and fact.confirmed_by)


def _facts(known: tuple[Fact, ...], answer: DirectoryAnswered) -> tuple[Fact, ...]:
    """`known` with the directory's facts in place of those it gave before.

    It stands for what was read in a message, and not for what an agent confirmed.
    """
    kept_facts = [fact for fact in known if fact.source != SOURCE]
    confirmed = {(fact.kind, fact.value) for fact in kept_facts if fact.confirmed_by}
    given_facts = tuple(
        replace(fact, source=SOURCE, at=answer.at) for fact in answer.facts if (fact.kind, fact.value) not in confirmed
    )
    named = {(fact.kind, fact.value) for fact in given_facts}
    before = {(fact.kind, fact.value): fact for fact in known if fact.source == SOURCE}
    # One that it goes on saying keeps the instant at which it first said so.
    given_facts = tuple(before.get((fact.kind, fact.value), fact) for fact in given_facts)
    return (*(fact for fact in kept_facts if (fact.kind, fact.value) not in named), *given_facts)


def _ruled(
    before: Conversation, answer: DirectoryAnswered, known: Customer, step: Step
) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """The conversation once rules have looked again at the message for which the directory was asked."""
    if not answer.seen:
        return before, ()
    is_untouched = _is_untouched(before)
    seen = again(answer.seen, answer.text, answer.subject)
    facts = replace(
        seen,
        customer=with_directory(seen, known.profile),
        conversation=seen.conversation if is_untouched else _by_now(before, step),
        contacts=known.contacts,
        teams=step.context.loads,
    )
    verdict = for_kind(step.rulebook.route(facts), facts.kind)
    moved_to, transferred = (_given_to if is_untouched else owned)(before, verdict, step)
    # Whoever takes it as it came has what is due from them counted by their own targets.
    route = replace(verdict.route, is_reroute=verdict.route.is_reroute or (is_untouched and bool(transferred)))
    after, called = wished(given(moved_to, route, step), route.callback, step, answer.text)
    after = after if facts.kind in MACHINES else deadlines.counted(after, step)
    if not is_new_to(before, after):
        return before, ()
    routed = replace(routed_entry(after, verdict, facts, step), message=answer.message)
    return after, (*transferred, routed, *called)


def _by_now(before: Conversation, step: Step) -> Before:
    """How rules see what people work on: as it is, without a message more."""
    return replace(before_of(step), messages=before.messages)


def _is_untouched(conversation: Conversation) -> bool:
    """Whether it is as it came: nobody took it, and its first team still has it."""
    return conversation.state is ConversationState.NEW and conversation.ownership.since == conversation.created_at


def _given_to(before: Conversation, verdict: Verdict, step: Step) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """`before` at the team that it would have come to, had the directory been known."""
    route = verdict.route
    if route.team == before.ownership.team or route.team not in step.context.teams:
        return owned(before, verdict, step)
    after, entry = handed_over(ladder.taken(before), route.team, route.reason, step, verdict.rule)
    return after, (entry,)


def _told(before: Customer, after: Customer, step: Step) -> Iterator[TimelineEntry]:
    """An entry with what an agent should see of what changed: the new value of each, empty where it is gone.

    Of the facts the kinds alone: their values stand on the card, masked where they should be.
    """
    old, new = _seen(before.profile), _seen(after.profile)
    detail = {name: new.get(name, "") for name in sorted(old | new) if old.get(name, "") != new.get(name, "")}
    if kinds := {kind for kind, _ in _said(before) ^ _said(after)}:
        detail["facts"] = ", ".join(sorted(kinds))
    if detail:
        yield step.entry(EntryKind.DIRECTORY, detail=detail)


def _said(customer: Customer) -> set[tuple[str, str]]:
    return {(fact.kind, fact.value) for fact in customer.facts if fact.source == SOURCE}


def _seen(profile: Profile) -> dict[str, str]:
    fields = {"tier": profile.tier, "region": profile.region, "expertise": profile.expertise}
    return {**fields, "tags": ", ".join(profile.tags)} | {f"attributes.{k}": v for k, v in profile.attributes.items()}
