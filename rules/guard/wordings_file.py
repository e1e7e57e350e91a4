"""The shape of a file of wordings: what each key may hold."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from router.model.finding import Destination
from router.model.units import Slice, Switch, Text, mistake
from rules.values_file import Language, listed

_NAME = re.compile("[a-z][a-z_]{0,39}")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise mistake(f"`{value[:60]}` can't be the name of words", "small letters and `_`: `<to_write>`")
    return value


Patterns = Annotated[tuple[Text, ...], BeforeValidator(listed), Field(min_length=1)]
Name = Annotated[str, AfterValidator(_name)]


class Sending(Slice):
    """Wordings that send the customer `to` one place; `even_passed` are sought in what is passed over as well."""

    to: Destination
    any: Patterns
    even_passed: Switch = False


class WordingsFile(Slice):
    """One language's words, the wordings that are passed over, and those that send somebody elsewhere."""

    language: Language
    words: dict[Name, Patterns] = Field(default_factory=dict)
    passes: Annotated[tuple[Text, ...], BeforeValidator(listed)] = ()
    deflection: tuple[Sending, ...] = ()
