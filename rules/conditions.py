"""What a rule asks for, as a tree: questions with a yes or no each, and `All`, `Any` and `Not` of them.

Whether a tree holds is told by two readers: `explain.py` question by question, `compile.py` for all rules at once.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from rules.words import Term


class Where(StrEnum):
    """In what words are looked for: all that the customer wrote, or a mail's subject alone."""

    TEXT = "text"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Has:
    """Whether `term` stands there."""

    where: Where
    term: Term


@dataclass(frozen=True, slots=True)
class HasOneOf:
    """Whether one of the words of the list `name` stands there; one name has the same words all through a book."""

    where: Where
    name: str
    terms: tuple[Term, ...] = field(compare=False)
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Finds:
    """Whether the regular expression is found there (RE2's syntax)."""

    where: Where
    pattern: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Is:
    """Whether `field` is, or has among its values, `value`; what people write freely is folded on both sides."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Whether the number `field` is known and not less than `bound` (durations in seconds)."""

    field: str
    bound: float


@dataclass(frozen=True, slots=True)
class AtMost:
    """Whether the number `field` is known and not more than `bound`."""

    field: str
    bound: float


@dataclass(frozen=True, slots=True)
class IsOpen:
    """Whether the calendar is open at the instant of the message."""

    calendar: str


@dataclass(frozen=True, slots=True)
class All:
    """Whether each of `parts` holds; without parts it does. `label` is how the rules' file calls it."""

    parts: tuple["Condition", ...] = ()
    label: str = "all"


@dataclass(frozen=True, slots=True)
class Any:
    """Whether at least one of `parts` holds; without parts none does."""

    parts: tuple["Condition", ...] = ()
    label: str = "any"


@dataclass(frozen=True, slots=True)
class Not:
    """Whether `part` does not hold."""

    part: "Condition"


Question = Has | HasOneOf | Finds | Is | AtLeast | AtMost | IsOpen
Condition = Question | All | Any | Not
ALWAYS_HOLDS = All()


def subject(question: Question) -> str:
    """What a question is about: answers about different things never follow from one another."""
    match question:
        case Is(field) | AtLeast(field) | AtMost(field):
            return field
        case Has() | HasOneOf():
            return "words"
        case Finds():
            return "patterns"
        case IsOpen():
            return "hours"
