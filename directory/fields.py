"""Where in a record of the company's each thing stands, and the entry that a record comes to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from directory.contract import Entry
from directory.marks import KINDS, handles_in
from router.core.found.identities import identity
from router.core.found.plain import plain
from router.model.customer import Profile
from router.model.errors import PermanentError
from router.model.fact import OPEN_KINDS, Fact, FactKind
from router.model.message import Handle
from router.model.units import Slice, Text, mistake

LONGEST = 500
MOST_TAGS = 50
MOST_HANDLES = 50
MOST_FACTS = 20
LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.ASCII)
TAGS_APART = re.compile(r"[;,|]")
EXPERTISE = {
    "básico": "basic",
    "basico": "basic",
    "intermedio": "intermediate",
    "avanzado": "advanced",
    **{level: level for level in ("basic", "intermediate", "advanced")},
}
KIND = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class Odd(PermanentError):
    """A value can't be what it is said to be; `place` is where it stands. The value is not told: it may be personal."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


def _listed(value: object) -> object:
    return value if isinstance(value, list | dict | tuple) else [value]


def _named(value: object) -> object:
    for name in value if isinstance(value, dict) else ():
        if not (isinstance(name, str) and KIND.fullmatch(name)):
            raise mistake(f"`{str(name)[:60]}` can't be a name here", "small letters, digits, `_` and `-`: `plan`")
    return value


Places = Annotated[tuple[Text, ...], BeforeValidator(_listed), Field(min_length=1, max_length=20)]
ByName = Annotated[Mapping[str, Places], BeforeValidator(_named), Field(max_length=50)]


class Fields(Slice):
    """Where each thing stands: a column's name, or a path into nested data (`contact.mail`); several where it may be.

    `attributes` are for rules, `facts` are known of the customer from then on: each a name, and where it stands.
    """

    id: Places = ("id",)
    site: Places = ("site",)
    email: Places = ("email",)
    phone: Places = ("phone",)
    twitter: Places = ("twitter",)
    chat: Places = ("chat",)
    name: Places = ("name",)
    language: Places = ("language",)
    tier: Places = ("tier",)
    region: Places = ("region",)
    expertise: Places = ("expertise",)
    followers: Places = ("followers",)
    tags: Places = ("tags",)
    attributes: ByName = Field(default_factory=dict)
    facts: ByName = Field(
        default_factory=lambda: {kind.value: (kind.value,) for kind in (FactKind.ACCOUNT, FactKind.IDENTITY)}
    )

    @model_validator(mode="after")
    def _tells_no_handle_twice(self) -> Self:
        for kind in ("email", "phone", "name"):
            if kind in self.facts:
                raise mistake(f"`{kind}` is a fact by itself", f"take it out of `facts`, and give `{kind}:`")
        return self

    def named(self) -> Iterator[tuple[str, str]]:
        """What the configuration names: each thing, and a place of it."""
        for thing in sorted(self.model_fields_set):
            value = getattr(self, thing)
            if isinstance(value, Mapping):
                yield from ((f"{thing}.{name}", place) for name, places in value.items() for place in places)
            else:
                yield from ((thing, place) for place in value)


def checked(record: Mapping[str, Any], fields: Fields) -> str:
    """The id of `record`. Raises Odd where it has none, or a value that can't be what it is said to be."""
    name = id_of(record, fields)
    if (written := first(record, fields.expertise)) and written.casefold() not in EXPERTISE:
        raise Odd(fields.expertise[0], "expertise is basic, intermediate or advanced")
    if first(record, fields.followers) and _followers(record, fields) is None:
        raise Odd(fields.followers[0], "how many follow them is a whole number")
    return name


def id_of(record: Mapping[str, Any], fields: Fields) -> str:
    """The id of `record`. Raises Odd where it has none."""
    if name := first(record, fields.id):
        return name
    raise Odd(fields.id[0], "there is no id here")


def entry_of(record: Mapping[str, Any], fields: Fields, region: str = "") -> Entry:
    """The entry that `record` comes to; what can't be what it is said to be is not known. Raises Odd without an id."""
    name = id_of(record, fields)
    handles = tuple(dict.fromkeys(filter(None, handles_of(record, fields, region))))[:MOST_HANDLES]
    return Entry(
        id=name,
        profile=_profile(record, fields),
        name=first(record, fields.name),
        language=_language(first(record, fields.language)),
        handles=handles,
        facts=tuple(_facts(record, fields, handles, region))[:MOST_FACTS],
    )


def handles_of(record: Mapping[str, Any], fields: Fields, region: str) -> Iterator[Handle | None]:
    """The handles in `record`, None for each that can be none."""
    for kind in KINDS:
        for cell in _texts(record, getattr(fields, kind)):
            yield from handles_in(kind, cell, region)


def first(record: Mapping[str, Any], places: Sequence[str]) -> str:
    """The first text that stands at one of `places`; empty if none does."""
    return next(_texts(record, places), "")


def at(record: Any, place: str) -> Any:
    """What stands at `place` (`data.0.mail`) of nested data; None if nothing does."""
    if isinstance(record, Mapping) and place in record:
        return record[place]
    for step in place.split("."):
        if isinstance(record, Mapping):
            record = record.get(step)
        elif isinstance(record, Sequence) and not isinstance(record, str) and step.isdecimal():
            record = record[int(step)] if int(step) < len(record) else None
        else:
            return None
    return record


def _texts(record: Mapping[str, Any], places: Sequence[str]) -> Iterator[str]:
    for place in places:
        found = at(record, place)
        for value in found if isinstance(found, list | tuple) else (found,):
            if text := _text(value):
                yield text


def _text(value: Any) -> str:
    """`value` as a text in one line; what is no single value is none."""
    if type(value) is not str:
        value = _plain(value)
    text: str = value
    if len(text) <= LONGEST and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[: LONGEST * 2]).split())[:LONGEST]


def _plain(value: Any) -> str:
    if value is None or isinstance(value, Mapping | list | tuple | bytes):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _profile(record: Mapping[str, Any], fields: Fields) -> Profile:
    attributes = {name: first(record, places) for name, places in fields.attributes.items()}
    tags = (tag.strip() for cell in _texts(record, fields.tags) for tag in TAGS_APART.split(cell))
    return Profile(
        tier=first(record, fields.tier),
        region=first(record, fields.region),
        expertise=EXPERTISE.get(first(record, fields.expertise).casefold(), ""),
        followers=_followers(record, fields),
        tags=tuple(dict.fromkeys(filter(None, tags)))[:MOST_TAGS],
        attributes={name: value for name, value in attributes.items() if value},
    )


def _followers(record: Mapping[str, Any], fields: Fields) -> int | None:
    written = first(record, fields.followers).removesuffix(".0")
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 12 else None


def _language(written: str) -> str:
    found = LANGUAGE.fullmatch(written.lower())
    return found[1] if found else ""


def _facts(record: Mapping[str, Any], fields: Fields, handles: Sequence[Handle], region: str) -> Iterator[Fact]:
    """What is known of the customer from now on; the handles too, so that nobody asks for what stands there."""
    if name := first(record, fields.name):
        yield _fact(FactKind.NAME, name)
    for handle in handles:
        if handle.kind in (FactKind.EMAIL, FactKind.PHONE):
            yield _fact(handle.kind, handle.address)
    for kind, places in fields.facts.items():
        for value in dict.fromkeys(_texts(record, places)):
            yield _identity(value, region) if kind == FactKind.IDENTITY else _fact(kind, value)


def _identity(written: str, region: str) -> Fact:
    """An ID number in the one form in which those of messages are kept too."""
    known = identity(plain(written).lower(), "", region)
    return Fact(FactKind.IDENTITY, known.value, known.sort, proved=known.proved)


def _fact(kind: str, value: str) -> Fact:
    return Fact(str(kind), value, is_open=kind in OPEN_KINDS)
