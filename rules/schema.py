"""The JSON Schema of a rules' file (draft 2020-12), with which an editor completes and checks it as it is written.

It is made from the models that read the files. What these check by functions of their own, and what may stand alone
instead of in a list, is put in here. It takes whatever the models take; that lists and calendars exist, that words can
be found, and all that `lint.py` proves is left to `hilo rules check`.
"""

from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from holidays import list_supported_countries

from router.model.calendar import NO_ZONES
from router.model.commitment import ALWAYS
from router.model.opening import WEEKDAYS
from router.model.units import MILLISECONDS
from rules.calls_file import ELSEWHERE, MOST_RETRIES
from rules.care_file import OFF
from rules.descriptions import DESCRIPTIONS
from rules.engine import DEFAULT
from rules.language import UNKNOWN
from rules.regexes import LONGEST_PATTERN
from rules.rules_file import LONGEST_NAME, RulesFile
from rules.values_file import LONGEST_TAG, LONGEST_TERM

Shape = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
NAMES = {
    "RulesFile": "File",
    "rules__rules_file__StepEntry": "LadderStep",
    "rules__cases__cases_file__StepEntry": "StoryStep",
}
WRITTEN = ["string", "number", "boolean"]
CODE = "[A-Za-z]{2,3}"
SPAN = r"[0-9]{1,2}:[0-9]{2} *[-–] *[0-9]{1,2}:[0-9]{2}"
COPIED = ("type", "enum", "const", "minimum", "maximum")

DURATION: Shape = {"type": "string", "pattern": f"^[0-9]{{1,12}} ?({'|'.join(MILLISECONDS)})$"}
LANGUAGE: Shape = {"type": "string", "pattern": f"^({CODE}|{UNKNOWN})$"}
TAG: Shape = {"type": WRITTEN, "pattern": "^[^ ,]+$", "maxLength": LONGEST_TAG}
WORD: Shape = {"type": WRITTEN, "pattern": r"^[^*]+\*?\s*$", "maxLength": LONGEST_TERM}
LISTED_WORD: Shape = WORD | {"pattern": r"^(?!\$[A-Za-zÀ-ÿ])[^*]+\*?\s*$"}
PATTERN: Shape = {"type": WRITTEN, "minLength": 1, "maxLength": LONGEST_PATTERN}
DATE: Shape = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
INSTANT: Shape = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?$"}
HOURS: Shape = {"type": "string", "pattern": rf"^\s*{SPAN}\s*(,\s*{SPAN}\s*)*$"}
SHARE: Shape = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        {"type": "string", "pattern": r"^(0*[1-9][0-9]?|0*100|0*[0-9]{1,2}\.[0-9]*[1-9][0-9]*)(\.0+)? ?%$"},
    ]
}
COUNTRY: Shape = {"enum": [ELSEWHERE, *list_supported_countries(include_aliases=False)]}
YES: Shape = {"const": True}

NOT_EMPTY: Shape = {"minProperties": 1}
LEAST: dict[str, Shape] = {
    **dict.fromkeys(("Count", "Wait", "Tags", "Hours", "Load", "Customer", "Sender", "Conversation"), NOT_EMPTY),
    **dict.fromkeys(("Deadlines", "StoryStep", "Expect", "DeadlinesExpected"), NOT_EMPTY),
    "LadderStep": {"minProperties": 2},
    "Callback": {"oneOf": [{"required": ["within"]}, {"required": ["offer"], "properties": {"offer": YES}}]},
    "Then": {
        "if": {"required": ["reroute"], "properties": {"reroute": YES}},
        "then": {"required": ["team"]},
    },
    "Case": {"oneOf": [{"required": ["story"]}, {"required": ["message", "expect"]}]},
}
# Of these keys one must be there.
ONE_OF: dict[str, set[str]] = {
    "Text": {"any", "all", "none", "regex"},
    "Contacts": {"at_least", "at_most"},
    "Message": {"text", "subject", "attachments"},
    "Then": {*DESCRIPTIONS["Then"]} - {"calendar", "reroute"},
}


def schema(teams: Iterable[str], channels: Iterable[str]) -> Shape:
    """The schema of a rules' file for those teams and channels."""
    made = RulesFile.model_json_schema()
    shapes = _shapes({"enum": sorted(teams)}, {"enum": sorted(channels)})
    models = {_name(name): each for name, each in made.pop("$defs").items() if name != "Span"}
    file = _model("File", made, shapes)
    return {
        "$schema": DRAFT,
        "title": "Rules of Hilo",
        **file,
        "$defs": {name: _model(name, each, shapes) for name, each in sorted(models.items())} | {"Zone": _zone()},
    }


def _model(name: str, made: Shape, shapes: dict[str, Shape]) -> Shape:
    if "properties" not in made:
        return {key: made[key] for key in COPIED if key in made}
    properties = {
        key: {"description": DESCRIPTIONS[name][key], **(shapes.get(f"{name}.{key}") or _plain(each))}
        for key, each in made["properties"].items()
    }
    found: Shape = {"type": "object", "properties": properties, "additionalProperties": False, **LEAST.get(name, {})}
    if "required" in made:
        found["required"] = made["required"]
    if name in ONE_OF:
        found["anyOf"] = [{"required": [key]} for key in sorted(ONE_OF[name])]
    return found


def _plain(made: Shape) -> Shape:
    """What pydantic makes of a field, as these files write it: no nulls, one item for a list, numbers for texts."""
    if "anyOf" in made:
        each = [_plain(choice) for choice in made["anyOf"] if choice.get("type") != "null"]
        return each[0] if len(each) == 1 else {"anyOf": each}
    if "$ref" in made:
        return _ref(_name(made["$ref"].rpartition("/")[2]))
    if made.get("format") == "duration":
        return DURATION
    if made.get("type") == "array":
        item, is_least = _plain(made["items"]), "minItems" in made or "minLength" in made
        items = {"type": "array", "items": item, **({"minItems": 1} if is_least else {})}
        return items if made["items"].get("$ref", "").endswith("Entry") else {"anyOf": [item, items]}
    if made.get("type") == "object":
        return NOT_EMPTY | {"type": "object", "additionalProperties": _plain(made["additionalProperties"])}
    if made.get("type") == "string" and not made.keys() & {"enum", "const"}:
        return {"type": WRITTEN, "minLength": 1, "maxLength": made["maxLength"]}
    return {key: made[key] for key in COPIED if key in made}


def _shapes(team: Shape, channel: Shape) -> dict[str, Shape]:
    """What the models check by functions of their own."""
    tags, hours = _some(TAG), _some(HOURS)
    tags_asked = {"anyOf": [*tags["anyOf"], _ref("Tags")]}
    message = {"anyOf": [{"type": WRITTEN, "minLength": 1}, _ref("Message")]}
    each_tags = ("Tags.any", "Tags.all", "Tags.none", "Then.tags", "LadderStep.tags", "CustomerKnown.tags")
    return {
        "File.lists": _mapping({"pattern": r"^[^\s\d$*_-][^\s$*]*$"}, _some(LISTED_WORD)) | {"minProperties": 0},
        "File.calendars": _mapping({"not": {"const": ALWAYS}}, _ref("Calendar")) | {"minProperties": 0},
        "Rule.name": {"type": WRITTEN, "minLength": 1, "maxLength": LONGEST_NAME, "not": {"const": DEFAULT}},
        "When.channel": _some(channel),
        "Message.channel": channel,
        **dict.fromkeys(("Then.team", "LadderStep.team", "Expect.team", "StoryStep.transfer"), team),
        "Conversation.owner": _some(team),
        "When.team": _mapping(team, _ref("Load")),
        "Case.teams": _mapping(team, _ref("LoadKnown")),
        "When.attachments": {"anyOf": [{"type": "boolean"}, _ref("Count")]},
        "When.language": _some(LANGUAGE),
        **dict.fromkeys(("Message.language", "Expect.language"), LANGUAGE),
        "Then.language": LANGUAGE | {"pattern": f"^{CODE}$"},
        "Then.acknowledge": _mapping(LANGUAGE, {"type": WRITTEN, "minLength": 1}),
        "Then.callback": {"anyOf": [{"const": "offer"}, _ref("Callback")]},
        **dict.fromkeys(("Customer.tags", "Conversation.tags"), tags_asked),
        **dict.fromkeys((*each_tags, "Expect.tags", "Expect.not_tags"), tags),
        **dict.fromkeys(("Text.any", "Text.all", "Text.none"), _some(WORD)),
        "Text.regex": _some(PATTERN),
        **dict.fromkeys(("Calendar.zone", "Case.zone", "Calls.zone"), _ref("Zone")),
        "Calendar.hours": _mapping({"pattern": _weekdays()}, hours),
        "Calendar.holidays": _some({"type": "string", "pattern": "^[A-Za-z]{2}(-.+)?$"}, least=0),
        "Calendar.closed": _some(DATE, least=0),
        "Calendar.open": _mapping(DATE, hours) | {"minProperties": 0},
        **_policies(team, hours),
        **dict.fromkeys(("Case.message", "StoryStep.message"), message),
        **dict.fromkeys(("StoryStep.claim", "StoryStep.resolve"), YES),
        "Case.at": INSTANT,
        **{f"DeadlinesExpected.{kind}": _or(INSTANT, "none") for kind in DESCRIPTIONS["DeadlinesExpected"]},
        "Expect.acknowledged": {"type": ["boolean", "string"]},
        "Expect.callback": _or(INSTANT, "offer", "none"),
    }


def _policies(team: Shape, hours: Shape) -> dict[str, Shape]:
    """What `calls` and `care` check by functions of their own."""
    retries = {"type": "array", "items": DURATION, "maxItems": MOST_RETRIES}
    return {
        "Calls.ringing": _mapping(COUNTRY, _ref("Ringing")),
        "Calls.countries": _some({"type": "string", "pattern": "^[A-Z]{2}$"}, least=0),
        "Calls.occupancy": SHARE,
        "Calls.retries": {"anyOf": [DURATION, retries]},
        "Calls.shifts": _mapping(team, _ref("Shift")),
        "Ringing.hours": _mapping({"pattern": _weekdays()}, hours),
        "Care.follow_up": _or(_ref("FollowUp"), OFF),
        "Care.silence": _or(_ref("Silence"), OFF),
    }


def _zone() -> Shape:
    return {"enum": sorted(available_timezones() - NO_ZONES)}


def _some(item: Shape, least: int = 1) -> Shape:
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": least}]}


def _mapping(name: Shape, value: Shape) -> Shape:
    return NOT_EMPTY | {"type": "object", "propertyNames": name, "additionalProperties": value}


def _or(shape: Shape, *words: str) -> Shape:
    return {"anyOf": [{"enum": list(words)}, shape]}


def _ref(name: str) -> Shape:
    return {"$ref": f"#/$defs/{name}"}


def _name(made: str) -> str:
    return NAMES.get(made) or made.removesuffix("Entry")


def _weekdays() -> str:
    """A pattern for weekdays: three letters at least, in English or Spanish, alone, as a range, or several."""
    begun = sorted({name[:3] for names in WEEKDAYS for name in names})
    letters = ("".join(_letter(letter) for letter in name) for name in begun)
    day = rf"\s*({'|'.join(letters)})[^\s,–-]*\s*"
    return f"^{day}([-–]{day})?(,{day}([-–]{day})?)*$"


def _letter(letter: str) -> str:
    accented = {"a": "áÁ", "e": "éÉ"}.get(letter, "")
    return f"[{letter}{letter.upper()}{accented}]"
