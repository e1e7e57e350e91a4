"""The shape of an exception in a file of wordings: what a team's replies may hold all the same."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, model_validator

from router.model.finding import Destination
from router.model.units import Slice, Text, mistake
from rules.regexes import problem_with
from rules.values_file import known, listed

# Personal data in public has none: that is agreed case by case, with a reason (docs/decisions/0027).
KINDS = Literal["deflection", "repeat", "empty"]


def _team(value: str, info: ValidationInfo) -> str:
    """A team that exists; where nobody told which do, any."""
    context = info.context or {}
    return known(value, context["teams"], "team", context) if context.get("teams") is not None else value


def _pattern(value: str) -> str:
    if problem := problem_with(value):
        raise mistake(problem)
    return value


class ExceptionEntry(Slice):
    """What replies of one team may hold: a kind of finding, perhaps only to some places, or in some words."""

    team: Annotated[Text, AfterValidator(_team)]
    kind: KINDS
    to: Annotated[tuple[Destination, ...], BeforeValidator(listed)] = ()
    phrase: Annotated[Text, AfterValidator(_pattern)] | None = None

    @model_validator(mode="after")
    def _has_a_place_to_go(self) -> "ExceptionEntry":
        if self.to and self.kind != "deflection":
            raise mistake(f"`to` says nothing of a finding of the kind `{self.kind}`", "take it out, or use `phrase`")
        return self
