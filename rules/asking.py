"""Where the answer to a question lies: values and numbers among a message's facts, by the names that rules use."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from router.model.ids import TeamId
from rules.facts import Facts
from rules.words import fold

CONTACTS = "contacts"
# Numbers that are lengths of time, in seconds.
LENGTHS = frozenset({"conversation.waiting", "sender.age"})
ATTRIBUTE = "customer.attributes."
TRUE = "true"
FALSE = "false"

Values = Callable[[Facts], Iterable[str]]
Number = Callable[[Facts], float | None]

VALUES: dict[str, Values] = {
    "channel": lambda facts: (facts.channel,),
    "public": lambda facts: (_flag(facts.public),),
    "kind": lambda facts: (facts.kind,),
    "language": lambda facts: (facts.language,),
    "sender.verified": lambda facts: _known_flag(facts.sender.is_verified),
    "customer.tier": lambda facts: _free(facts.customer.tier),
    "customer.region": lambda facts: _free(facts.customer.region),
    "customer.expertise": lambda facts: _free(facts.customer.expertise),
    "customer.tags": lambda facts: map(fold, facts.customer.tags),
    "conversation.new": lambda facts: (_flag(facts.conversation.is_new),),
    "conversation.reopened": lambda facts: (_flag(facts.conversation.is_reopened),),
    "conversation.owner": lambda facts: (facts.conversation.owner,) if facts.conversation.owner else (),
    "conversation.tags": lambda facts: map(fold, facts.conversation.tags),
}
NUMBERS: dict[str, Number] = {
    "attachments": lambda facts: facts.attachments,
    "customer.followers": lambda facts: facts.customer.followers,
    "sender.age": lambda facts: facts.sender.age.total_seconds() if facts.sender.age is not None else None,
    "conversation.messages": lambda facts: facts.conversation.messages,
    "conversation.waiting": lambda facts: facts.conversation.waiting.total_seconds(),
}


def contacts_field(within: timedelta) -> str:
    """The name of the number of contacts `within` so long."""
    return f"{CONTACTS} {within.total_seconds():.3f}"


def team_field(team: TeamId, what: str) -> str:
    """The name of what is `waiting` at a team, or of who is `available` there."""
    return f"team.{team}.{what}"


def values_of(field: str) -> Values:
    """How the values of `field` are read; free text comes folded."""
    if field.startswith(ATTRIBUTE):
        name = field.removeprefix(ATTRIBUTE)
        return lambda facts: _free(facts.customer.attributes.get(name, ""))
    return VALUES[field]


def number_of(field: str) -> Number:
    """How the number `field` is read; None where it is not known."""
    if field.startswith(CONTACTS):
        within, nothing = timedelta(seconds=float(field.removeprefix(CONTACTS))), timedelta()
        return lambda facts: sum(nothing <= facts.now - instant <= within for instant in facts.contacts)
    if field.startswith("team."):
        name, _, what = field.removeprefix("team.").rpartition(".")
        return lambda facts: _load(facts, TeamId(name), what)
    return NUMBERS[field]


def _load(facts: Facts, team: TeamId, what: str) -> float | None:
    load = facts.teams.get(team)
    return getattr(load, what) if load else None


def _free(text: str) -> tuple[str, ...]:
    return (fold(text),) if text else ()


def _flag(value: bool) -> str:
    return TRUE if value else FALSE


def _known_flag(value: bool | None) -> tuple[str, ...]:
    return () if value is None else (_flag(value),)
