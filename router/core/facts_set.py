"""What an agent says of a fact: it is so, it is otherwise, here is another one, it is none."""

from msgspec.structs import replace

from router.core.fact_values import Refused, fact_of
from router.core.facts_kept import found, is_of_the_matter, with_facts, without
from router.core.step import Step, changed, refused
from router.model.customer import Customer
from router.model.decision import Decision, EntryKind, Outcome, OutcomeKind
from router.model.event import FactDropped, FactSet
from router.model.fact import Fact
from router.model.team import Agent


def fact_set(step: Step, command: FactSet) -> Decision:
    """The fact as the agent says that it is: confirmed as it stands, corrected, or added.

    A corrected one keeps where it was said; what it was is in the timeline.
    """
    facts = _facts(step, command.kind)
    was = found(facts, command.kind, command.instead_of) if command.instead_of else None
    if command.instead_of and was is None:
        return refused("no_such_fact")
    known = found(facts, command.kind, command.value)
    try:
        said = known or fact_of(command, was, step.context.policy.region)
    except Refused as error:
        return refused(error.code)
    known = found(facts, said.kind, said.value)
    if known and known.confirmed_by and was in (None, known):
        return refused("fact_confirmed")
    by = command.agent.id
    fact = replace(known or said, of_other=False, is_claimed=False, confirmed_by=by, confirmed_at=step.now)
    left = without(facts, was.kind, was.value) if was else facts
    how = "corrected" if was and was.value != fact.value else "confirmed" if known else "added"
    return _told(step, command.agent, with_facts(left, (fact,)), fact, how, was)


def fact_dropped(step: Step, command: FactDropped) -> Decision:
    """The fact is none, says the agent; if the customer says it once more, it is there again."""
    facts = _facts(step, command.kind)
    fact = found(facts, command.kind, command.value)
    if fact is None:
        return refused("no_such_fact")
    return _told(step, command.agent, without(facts, fact.kind, fact.value), fact, "dropped")


def _facts(step: Step, kind: str) -> tuple[Fact, ...]:
    return step.conversation.known if is_of_the_matter(kind) else _customer(step).facts


def _told(step: Step, agent: Agent, facts: tuple[Fact, ...], fact: Fact, how: str, was: Fact | None = None) -> Decision:
    """`facts` kept where they belong, and what the agent did told without what is personal."""
    detail = {"kind": fact.kind, "value": fact.masked, "how": how}
    if how == "corrected" and was:
        detail["was"] = was.masked
    entry = step.entry(EntryKind.FACT, actor=agent.name, detail=detail)
    if is_of_the_matter(fact.kind):
        return changed(replace(step.conversation, known=facts), entry)
    customer = replace(_customer(step), facts=facts)
    return Decision(Outcome(OutcomeKind.DONE), step.conversation, customer, entries=(entry,))


def _customer(step: Step) -> Customer:
    if step.context.customer is None:
        raise ValueError("facts of a person need the customer in the context")
    return step.context.customer
