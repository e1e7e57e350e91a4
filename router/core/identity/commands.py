"""What agents say of who is who: a handle is this customer's, a suggestion is none, two are two again."""

from msgspec.structs import replace

from router.core.identity.suggestions import dropped, matching
from router.core.step import Step, refused
from router.model.conversation import Conversation, Doubt, Suggestion
from router.model.customer import Customer, Evidence, Host, Link, LinkKind, Part, is_verified
from router.model.decision import Decision, EntryKind, Outcome, OutcomeKind
from router.model.errand import HandleSought, Told
from router.model.event import Linked, PartingAsked, SuggestionDropped, Unlinked
from router.model.ids import parted_id
from router.model.message import Handle
from router.model.team import Agent, Role

DONE = Outcome(OutcomeKind.DONE)


def linked(step: Step, command: Linked) -> Decision:
    """The handle looked for: it, or the customer who has it, is this customer's by the agent's word.

    An agent may say so of what is suggested, and of a handle that nobody has; of anybody else only a supervisor.
    """
    customer, conversation = _known(step), step.conversation
    if command.handle is None and command.conversation in (None, conversation.id):
        return refused("nothing_to_link")
    if command.handle and is_verified(customer, command.handle):
        return refused("already_linked")
    # A handle is looked for by itself: that something else is suggested too says nothing of it.
    known = matching(conversation, command.handle, None if command.handle else command.conversation)
    may = command.agent.role is Role.SUPERVISOR or (known is not None and known.doubt is not Doubt.SUPERVISOR)
    if not may and (known or command.handle is None):
        return refused("needs_supervisor")
    return Decision(DONE, errands=(_sought(customer, command, known, may),))


def suggestion_dropped(step: Step, command: SuggestionDropped) -> Decision:
    """The suggestion as one that is not shown any more, nor made again."""
    known = matching(step.conversation, command.handle, command.conversation)
    if known is None:
        return refused("not_suggested")
    return dropped(step.conversation, known, command.agent.name, step)


def unlinked(step: Step, command: Unlinked) -> Decision:
    """Who became part of this customer as somebody of their own again, or a handle as nobody's."""
    customer = _known(step)
    part = next((each for each in customer.parts if _is_meant(each, command)), None)
    if part:
        return _parting(customer, part, command.agent, step)
    if any(command.customer in each.others for each in customer.parts if command.customer):
        return refused("part_of_a_part")
    link = next((each for each in customer.links if each.handle == command.handle), None)
    return _loosed(step, customer, link, command.agent) if link else refused("not_linked")


def _known(step: Step) -> Customer:
    if step.context.customer is None:
        raise ValueError("who somebody is can't be said without the customer in the context")
    return step.context.customer


def _sought(customer: Customer, command: Linked, known: Suggestion | None, may: bool) -> HandleSought:
    conversation = command.conversation or (known.conversation if known and command.handle is None else None)
    agent = command.agent
    return HandleSought(
        customer.id, Evidence.AGENT, command.handle, conversation, agent.id, agent.name, is_free_only=not may
    )


def _is_meant(part: Part, command: Unlinked) -> bool:
    is_theirs = command.handle in part.handles if command.handle else False
    return is_theirs or (command.customer is not None and part.customer == command.customer)


def _parting(customer: Customer, part: Part, agent: Agent, step: Step) -> Decision:
    """Nobody else comes or goes until they have parted."""
    if customer.busy_with:
        return refused("busy_merging")
    busy = replace(customer, busy_with=part.customer, busy_since=step.now)
    told = Told(part.customer, PartingAsked(agent.id, agent.name, part_of=customer.id))
    return Decision(DONE, customer=busy, errands=(told,))


def _loosed(step: Step, customer: Customer, link: Link, agent: Agent) -> Decision:
    """The handle as somebody's of their own, with what came from there. The last one that is proved stays."""
    others = tuple(each for each in customer.links if each is not link)
    if link.strength == 0:
        entry = step.entry(EntryKind.UNLINKED, actor=agent.name, detail={"handle": str(link.handle)})
        return Decision(DONE, _without(step.conversation, link.handle), replace(customer, links=others), (entry,))
    if not any(each.kind is LinkKind.VERIFIED for each in others):
        return refused("only_handle")
    if customer.busy_with:
        return refused("busy_merging")
    # Nobody yet: whoever has been part of the customer without having been anybody before.
    name, host = parted_id(step.event.id, step.event.partition), Host(replace(customer, links=others))
    part = Part(name, step.now, link.evidence or Evidence.AGENT, agent.id, handles=(link.handle,))
    busy = replace(customer, parts=(*customer.parts, part), busy_with=name, busy_since=step.now)
    told = Told(name, PartingAsked(agent.id, agent.name, link, host, customer.id))
    return Decision(DONE, customer=busy, errands=(told,))


def _without(conversation: Conversation, handle: Handle) -> Conversation:
    """`conversation` with nothing that is sent to `handle` by itself any more."""
    address = None if conversation.address == handle else conversation.address
    return replace(conversation, address=address)
