"""A source against a pydantic model: every mistake in plain words, where it stands."""

import re
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rules.problems import did_you_mean, nearest
from rules.source import MOST_TOLD, Source
from rules.syntax import space_after
from rules.tree import Node

M = TypeVar("M", bound=BaseModel)
EMPTY_TEXT = "a text is expected here, this one is empty"
EMPTY_MAPPING = "there is nothing in this: put something in, or take the key out"
EXPECTED = {
    "string_type": "a text is expected here",
    "int_type": "a whole number is expected here",
    "bool_type": "`true` or `false` is expected here",
    "tuple_type": "a list is expected here",
    "list_type": "a list is expected here",
    "mapping_type": "keys with their values are expected here",
    "dict_type": "keys with their values are expected here",
    "model_type": "keys with their values are expected here",
    "model_attributes_type": "keys with their values are expected here",
    "string_too_short": EMPTY_TEXT,
    "string_too_long": "this text is longer than {max_length:,} characters",
    "float_type": "a number is expected here",
    "float_parsing": "a number is expected here",
    "finite_number": "a number is expected here",
    "greater_than_equal": "this is less than {ge:,}, the least that makes sense",
    "less_than_equal": "this is more than {le:,}, the most that makes sense",
    "too_short": "this list is empty: put something in, or take the key out",
}
# Quotes around all of it, or at its beginning where a comma cut it: not around some words of a longer text.
CURLED = re.compile("[“”„][^“”„]*[“”]?|‘[^‘’]*’?")
CHOICES = ("enum", "literal_error")


def validated(source: Source, model: type[M], context: Mapping[str, Any] | None = None) -> M | None:
    """What `source` holds as a `model`; None, with the mistakes added to the source's problems, if it is not right."""
    if source.root is None:
        return None
    if source.has_nothing:
        _refuse_nothings(source, source.root, "the file")
    if source.has_curled:
        _refuse_curled(source, source.root)
    try:
        found = model.model_validate(source.root.value, context=dict(context or {}))
    except ValidationError as error:
        _add(source, model, error.errors(include_url=False, include_input=False))
        return None
    return None if source.problems else found


def _add(source: Source, model: type[BaseModel], errors: list[ErrorDetails]) -> None:
    """Add what `errors` say. A misspelt key that is missing as well is one mistake; past fifty the rest is counted."""
    told = errors[:MOST_TOLD]
    misspelt = {
        (*error["loc"][:-1], nearest(str(error["loc"][-1]), _known_keys(model, error["loc"][:-1])))
        for error in told
        if error["type"] == "extra_forbidden"
    }
    # A list is found empty, too, if each of its items is wrong, and a misspelt word as often as there are enums for it.
    above = {error["loc"][:length] for error in told for length in range(len(error["loc"]))}
    choices: dict[int, list[str]] = {}
    for error in told:
        if error["type"] in CHOICES:
            found = choices.setdefault(id(source.at(*error["loc"])), [])
            found += re.findall(r"'([^']*)'", error["ctx"]["expected"])
    for error in told:
        is_told = error["type"] == "missing" and error["loc"] in misspelt
        if not is_told and not (error["type"] == "too_short" and error["loc"] in above):
            _add_one(source, model, error, choices)
    source.untold += max(0, len(errors) - MOST_TOLD)


def _add_one(source: Source, model: type[BaseModel], error: ErrorDetails, choices: Mapping[int, list[str]]) -> None:
    path, kind = error["loc"], error["type"]
    details = {name: _whole(value) for name, value in error.get("ctx", {}).items()}
    is_key = bool(path) and path[-1] == "[key]"
    node = source.at(*(path[:-1] if is_key else path))
    # A default that could not be worked out follows from a mistake that is told by itself.
    if node is None or node.is_broken or kind == "default_factory_not_called":
        return
    place = node.key if node.key and (is_key or kind == "extra_forbidden") else node.place
    message, hint = EXPECTED[kind].format(**details) if kind in EXPECTED else error["msg"], ""
    match kind:
        case "extra_forbidden":
            message = f"unknown key `{str(path[-1])[:60]}`"
            hint = did_you_mean(str(path[-1]), _known_keys(model, path[:-1]))
        case "missing":
            within = f" in `{path[-2]}`" if len(path) > 1 and isinstance(path[-2], str) else ""
            message = f"`{path[-1]}` is missing{within}"
        case "enum" | "literal_error":
            message, hint = (
                f"`{str(node.value)[:60]}` is not known here",
                did_you_mean(str(node.value), choices[id(node)]),
            )
        case "model_type" | "model_attributes_type":
            keys = ", ".join(f"`{key}`" for key in _known_keys(model, path))
            hint = space_after(node.value) or f"known: {keys}"
        case "too_short" if not isinstance(node.value, list):
            message = EMPTY_MAPPING if isinstance(node.value, dict) else EMPTY_TEXT
        case "mistake":
            message, hint = details["message"], details["hint"]
    source.add(place, message, hint, is_hidden=details.get("is_hidden", False))


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _refuse_nothings(source: Source, node: Node, name: str) -> None:
    """A key without a value was forgotten or commented out halfway: ask, rather than guess what it stands for."""
    if node.value is None:
        hint = "give it a value (`{}` for all defaults, `[]` for an empty list), or take the key out"
        source.add(node.place, f"{name} has no value", space_after(name.strip("`")) or hint)
        node.is_broken = True
    for key, child in node.children.items():
        _refuse_nothings(source, child, f"`{key}`" if isinstance(key, str) else "this item")


def _refuse_curled(source: Source, node: Node) -> None:
    """Typographic quotes around a value are a part of it, and a comma between them ends it all the same."""
    if isinstance(node.value, str) and CURLED.fullmatch(node.value) and source.sign_at(node.mark) == node.value[0]:
        source.add(node.mark, "typographic quotes around a value", "use straight quotes: `'` or `\"`")
        node.is_broken = True
    for child in node.children.values():
        _refuse_curled(source, child)


def _known_keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that `model` knows at `path`."""
    found: Any = model
    for step in path:
        found = _within(found, step)
    models = (choice for choice in _choices(found) if _is_model(choice))
    return next(([field.alias or name for name, field in model.model_fields.items()] for model in models), [])


def _within(annotation: Any, step: str | int) -> Any:
    """The annotation of what stands at `step` of something annotated so; None if that holds nothing of its own."""
    for choice in _choices(annotation):
        if _is_model(choice):
            fields = choice.model_fields.items()
            return next((field.annotation for name, field in fields if step in (name, field.alias)), None)
        if get_origin(choice) is tuple:
            return get_args(choice)[0]
        if get_origin(choice) is Mapping:
            return get_args(choice)[1]
    return None


def _choices(annotation: Any) -> list[Any]:
    """What may stand where `annotation` does: the members of a union, and behind `Annotated` the type itself."""
    if get_origin(annotation) is Annotated:
        return _choices(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [choice for member in get_args(annotation) for choice in _choices(member)]
    return [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
