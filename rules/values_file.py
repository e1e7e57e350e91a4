"""Single values in rules' files (names, words, tags, languages, patterns); each mistake says what was meant."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from router.model.units import Text, mistake, plain_text
from rules.language import CODES, UNKNOWN
from rules.problems import did_you_mean
from rules.regexes import problem_with
from rules.words import Term

LONGEST_TERM = 200
MOST_WORDS = 12
LONGEST_TAG = 40
# What a rule may use from another file.
ELSEWHERE = ("list", "calendar")
# What people write for the two languages that customers write most, each with its code.
LANGUAGE_NAMES = {
    **dict.fromkeys(("sp", "esp", "spa", "español", "espanol", "castellano", "spanish"), "es"),
    **dict.fromkeys(("eng", "english", "inglés", "ingles"), "en"),
}


def known(value: str, names: Collection[str], what: str, context: Mapping[str, Any]) -> str:
    """`value` if it is one of `names`; else a mistake that says which was meant."""
    if value not in names:
        hint = did_you_mean(value, names, context.get("team_names", {}) if what == "team" else {})
        if what in ELSEWHERE and context.get("is_alone"):
            hint = "; ".join(filter(None, (hint, f"{what}s may stand in other files: check the folder")))
        raise mistake(f"unknown {what} `{value[:60]}`", hint)
    return value


def listed(value: Any) -> Any:
    """`value` as a list: one item may stand alone."""
    return value if isinstance(value, list | dict) else [value]


def _of_context(key: str, what: str) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        context = info.context or {}
        return known(value, context.get(key, ()), what, context)

    return AfterValidator(check)


def _tag(value: str) -> str:
    if any(letter in " ," or not letter.isprintable() for letter in value) or len(value) > LONGEST_TAG:
        raise mistake(
            f"`{value[:60]}` can't be a tag", f"at most {LONGEST_TAG} characters without spaces: `third-contact`"
        )
    return value


def term(value: object) -> str:
    """`value` as a word or a phrase that can be found; a mistake that says why it never is."""
    text = plain_text(value)
    if not isinstance(text, str):
        raise mistake("a word or a phrase is expected here")
    if len(text) > LONGEST_TERM:
        raise mistake(f"a word or a phrase has at most {LONGEST_TERM} characters")
    try:
        found = Term.of(text)
    except ValueError as error:
        raise mistake(f"`{text[:60]}` can never be found: {error}") from error
    if len(found.words) > MOST_WORDS:
        raise mistake(f"a phrase has at most {MOST_WORDS} words")
    return text


def _term_or_list(value: object, info: ValidationInfo) -> str:
    if isinstance(value, str) and is_list(value):
        context = info.context or {}
        known(value.removeprefix("$"), context.get("lists", ()), "list", context)
        return value
    return term(value)


def is_list(value: str) -> bool:
    """Whether `value` names a list (`$leaving`); `$100` is a word."""
    return value.startswith("$") and value[1:2].isalpha()


def _pattern(value: object) -> str:
    text = plain_text(value)
    if not isinstance(text, str) or not text:
        raise mistake("a regular expression is expected here")
    if problem := problem_with(text):
        raise mistake(problem)
    return text


def _language(value: str) -> str:
    code = value.lower()
    if code != UNKNOWN and code not in CODES:
        # `es-PA` and `en_US` are the tags of a language and a country.
        meant = LANGUAGE_NAMES.get(code) or re.split("[-_]", code)[0]
        hint = f"did you mean `{meant}`?" if meant in CODES else f"`es`, `en`, …, or `{UNKNOWN}`"
        raise mistake(f"`{value[:60]}` is no code of a language", hint)
    return code


TeamName = Annotated[Text, _of_context("teams", "team")]
CalendarName = Annotated[Text, _of_context("calendars", "calendar")]
Channel = Annotated[Text, _of_context("channels", "channel")]
Tag = Annotated[Text, AfterValidator(_tag)]
Language = Annotated[Text, AfterValidator(_language)]
Tags = Annotated[tuple[Tag, ...], BeforeValidator(listed), Field(min_length=1)]
Words = Annotated[
    tuple[Annotated[str, BeforeValidator(_term_or_list)], ...], BeforeValidator(listed), Field(min_length=1)
]
Patterns = Annotated[
    tuple[Annotated[str, BeforeValidator(_pattern)], ...], BeforeValidator(listed), Field(min_length=1)
]
Texts = Annotated[tuple[Text, ...], BeforeValidator(listed), Field(min_length=1)]
Kind = Literal["message", "auto-reply", "bounce", "list"]
Expertise = Literal["basic", "intermediate", "advanced"]
Bound = Annotated[float, Field(strict=True, ge=0, le=1e12)]
