"""The JSON Schema of a file of fact kinds (draft 2020-12), with which an editor completes and checks it."""

from typing import Any

from router.model.fact import FactKind
from rules.facts_file import NAME
from rules.schema import DRAFT, LANGUAGE, PATTERN, WRITTEN

Shape = dict[str, Any]
TEXTS: Shape = {
    "type": "object",
    "propertyNames": LANGUAGE,
    "additionalProperties": {"type": WRITTEN, "minLength": 1, "maxLength": 2000},
    "minProperties": 1,
}
PATTERNS: Shape = {"anyOf": [PATTERN, {"type": "array", "items": PATTERN, "minItems": 1}]}


def facts_schema() -> Shape:
    """The schema."""
    return {
        "$schema": DRAFT,
        "title": "Fact kinds of Hilo",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "facts": _list("Kinds of facts: new ones, or words and patterns for those Hilo knows.", _fact()),
            "steps": _list("Steps that customers may have tried already.", _step()),
        },
    }


def _fact() -> Shape:
    properties = {
        "name": _said("The kind's name; one of Hilo's own, or a new one.", _name()),
        "label": _said("What agents read, in each language.", TEXTS),
        "ask": _said("How an agent asks for it, in each language.", TEXTS),
        "patterns": _said("RE2, in small letters without accents; a group holds the value.", PATTERNS),
        "shown": _said("Whether lists show it whole or masked (usual).", {"enum": ["masked", "whole"]}),
    }
    known = {"properties": {"name": {"enum": sorted(map(str, FactKind))}}}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": ["name"],
        "minProperties": 2,
        "if": known,
        "then": {"not": {"required": ["shown"]}},
        "else": {"required": ["label"]},
    }


def _step() -> Shape:
    properties = {
        "name": _said("The step's name, such as `changed_meter`.", _name()),
        "label": _said("What agents read, in each language.", TEXTS),
        "patterns": _said("The words that tell it was done, RE2; what stands before decides if it was.", PATTERNS),
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": ["name", "patterns"],
    }


def _name() -> Shape:
    return {"type": "string", "pattern": f"^{NAME.pattern}$"}


def _said(description: str, shape: Shape) -> Shape:
    return {"description": description, **shape}


def _list(description: str, item: Shape) -> Shape:
    return {"description": description, "type": "array", "items": item}
