"""What may be asked of `/sandbox/phone/…`: to play the phones, as JSON."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sandbox.phone.lines import Behaviour, Does, number_of
from sandbox.settings import LoopbackUrl

Number = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(number_of)]
Seconds = Annotated[float, Field(ge=0, le=86400)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class NewBehaviour(_Strict):
    """What a line does by itself, once."""

    does: Does
    after: Seconds = 0
    hang_up_after: Seconds | None = None
    drop_after: Seconds | None = None
    digits: Annotated[str, Field(pattern="^[0-9*#]*$")] = ""

    def behaviour(self) -> Behaviour:
        """The same, for the exchange."""
        return Behaviour(self.does, self.after, self.hang_up_after, self.drop_after, self.digits)


class NewLine(_Strict):
    """A line's name, and how it behaves from now on; without a plan, a person plays it."""

    number: Number
    name: str | None = None
    plan: list[NewBehaviour] | None = None


class Default(_Strict):
    """How lines behave that nobody has said anything of."""

    behaviour: NewBehaviour


class Ringing(_Strict):
    """Somebody rings the company."""

    sender: Number = Field(alias="from")
    to: Number | None = None


class Act(_Strict):
    """Somebody does something with a phone: with the call it is in, or with the leg that is named."""

    number: Number | None = None
    leg: str | None = None
    does: Literal["answer", "machine", "reject", "hang_up", "drop", "press"] = Field(alias="do")
    digits: Annotated[str, Field(pattern="^[0-9*#]*$")] = ""

    @model_validator(mode="after")
    def _names_a_phone(self) -> Self:
        if (self.number is None) == (self.leg is None):
            raise ValueError("name the phone by its number, or the leg")
        return self


class Company(_Strict):
    """Where the company is asked and told of calls that come in; an empty address stops it."""

    voice_url: LoopbackUrl | Literal[""] | None = None
    status_url: LoopbackUrl | Literal[""] | None = None
