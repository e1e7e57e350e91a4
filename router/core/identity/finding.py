"""A handle was sought: it is the customer's own from now on, or somebody else's who may be the same, or is."""

import dataclasses
from collections.abc import Iterable

from msgspec.structs import replace

from router.core.identity.suggestions import suggested, without
from router.core.identity.telling import differ, identities
from router.core.step import Step
from router.model.conversation import Conversation, Doubt, Suggestion
from router.model.customer import Customer, Evidence, LinkKind, Wish, is_leaving, is_verified, were_one, with_evidence
from router.model.decision import Decision, EntryKind, Outcome, OutcomeKind
from router.model.errand import HandleSought, Told
from router.model.event import Found, HandleFound, MergeAsked
from router.model.fact import FactKind
from router.model.message import Handle, InboundMessage, is_proved, is_same

DONE = Outcome(OutcomeKind.DONE)
# The kinds of facts that are handles, by which a customer may be known already.
HANDLES = {FactKind.EMAIL: "email", FactKind.PHONE: "phone"}


def sought(
    customer: Customer, handles: Iterable[Handle], evidence: Evidence, message: str = ""
) -> tuple[HandleSought, ...]:
    """The errands that look whose `handles` are, those left out of which it is known as well as `evidence` can tell."""
    known = {link.handle for link in customer.links if link.kind is LinkKind.VERIFIED or not evidence.verifies}
    wanted = (handle for handle in dict.fromkeys(handles) if handle not in known)
    return tuple(HandleSought(customer.id, evidence, handle, message=message) for handle in wanted)


def sought_of(message: InboundMessage, before: Customer, conversation: Conversation) -> tuple[HandleSought, ...]:
    """The errands that look whose the handles are that `message` tells: proved to be its sender's, or only written.

    What was found out about them in `conversation` by the same evidence is for agents to say, and not looked for again.
    """
    written = (
        Handle(HANDLES[kind], fact.value) for fact in message.facts if (kind := _kind(fact.kind)) and not fact.of_other
    )
    others = [handle for handle in written if handle not in (*message.proved, message.sender)]
    told = sought(before, others, Evidence.WRITTEN, message.key)
    if not is_proved(message.sender, message.proof) and any(link.kind is LinkKind.VERIFIED for link in before.links):
        # Anybody may have written it in the name of who is known: that should lend nobody's handle to them.
        told = tuple(replace(each, is_free_only=True) for each in told)
    wanted = (*sought(before, message.proved, Evidence.SITE, message.key), *told)
    return tuple(errand for errand in wanted if not any(_is_told(errand, each) for each in conversation.suggestions))


def sought_as_listed(customer: Customer) -> tuple[HandleSought, ...]:
    """The errands that look whose the handles are that the directory lists for `customer`.

    Only where they were looked for by nothing but what is proved to be theirs, and one of that is listed: else it lists
    whom somebody named, by an ID number that an agent took down, or a name on X that was another's before.
    """
    asked = [handle for handle in customer.looked_up_by if not handle.address.startswith("@")]
    if customer.listing is None or not asked or not all(is_verified(customer, handle) for handle in asked):
        return ()
    if not any(_is_known_otherwise(customer, handle) for handle in customer.listing.handles):
        return ()
    # Of somebody on X it may know the name alone; a handle there is a number.
    named = (handle for handle in customer.listing.handles if not handle.address.startswith("@"))
    return sought(customer, named, Evidence.DIRECTORY)


def handle_found(step: Step, body: HandleFound, customer: Customer) -> Decision:
    """The handle as the customer's own; or that two are one, if that is sure; else a suggestion for agents.

    Of who is leaving only the record is here yet, so nothing is suggested: their next message has it looked for again.
    """
    if is_leaving(customer):
        step = dataclasses.replace(step, before=None)
    if body.found is None or body.found.customer == customer.id:
        return _own(step, body, customer)
    if _is_sure(body, body.found, customer):
        wish = Wish(customer.id, body.found.customer, body.evidence, body.handle, body.by, body.name)
        return Decision(DONE, errands=(Told(wish.first, MergeAsked(wish)),))
    if step.before is None:
        return Decision(DONE)
    doubt = _doubt(body, body.found, customer)
    anew = Suggestion(body.found.customer, body.handle, body.found.conversation, body.found.team, body.evidence, doubt)
    after, entries = suggested(step.before, anew, step)
    return Decision(DONE, after if entries else None, entries=entries)


def _own(step: Step, body: HandleFound, customer: Customer) -> Decision:
    """The handle linked by what speaks for it; where only somebody typed it, nothing new is known."""
    before = step.before
    if body.handle is None or not body.evidence.verifies or is_verified(customer, body.handle):
        return Decision(DONE)
    known = with_evidence(customer, body.handle, body.evidence, step.now, body.by)
    # The directory may have answered before it was proved by whom it was asked.
    errands = sought_as_listed(known) if body.evidence is not Evidence.DIRECTORY else ()
    if before is None:
        return Decision(DONE, customer=known, errands=errands)
    detail = {"handle": str(body.handle), "evidence": str(body.evidence)}
    entry = step.entry(EntryKind.LINKED, actor=body.name, message=body.message, detail=detail)
    return Decision(DONE, without(before, handle=body.handle), known, (entry,), errands=errands)


def _is_told(errand: HandleSought, known: Suggestion) -> bool:
    """Whether agents know already what could come of `errand`: of the same handle, by as much as speaks for it now.

    What the site says is looked at again, unless something speaks against it: the handle may be proved by now.
    """
    if (known.handle, known.evidence) != (errand.handle, errand.evidence):
        return False
    if errand.evidence.verifies:
        return known.doubt is Doubt.OTHER_IDENTITY
    return errand.is_free_only or known.doubt is not Doubt.SUPERVISOR


def _is_known_otherwise(customer: Customer, listed: Handle) -> bool:
    """Whether something else than the directory proves that the `listed` handle is the customer's."""
    return any(
        is_same(link.handle, listed)
        for link in customer.links
        if link.kind is LinkKind.VERIFIED and link.evidence is not Evidence.DIRECTORY
    )


def _is_sure(body: HandleFound, found: Found, customer: Customer) -> bool:
    """Whether they are one without anybody's being asked: both are proved, or an agent who may has said so."""
    if body.evidence is Evidence.AGENT:
        return not body.is_free_only
    is_proved = found.is_verified and any(link.kind is LinkKind.VERIFIED for link in customer.links)
    return body.evidence.verifies and is_proved and not differ(identities(customer), found.identities)


def _doubt(body: HandleFound, found: Found, customer: Customer) -> Doubt | None:
    if differ(identities(customer), found.identities):
        return Doubt.OTHER_IDENTITY
    # What somebody has undone is not any agent's to do again.
    return Doubt.SUPERVISOR if body.is_free_only or were_one(customer, found.customer) else None


def _kind(kind: str) -> FactKind | None:
    return next((each for each in HANDLES if each == kind), None)
