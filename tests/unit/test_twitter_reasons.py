"""Why a reply did not leave is told to agents in their language, also where X has other words for it."""

import re
from pathlib import Path

import pytest

from channels.twitter import media, refusals
from channels.twitter.answer import Refused
from channels.twitter.parts import LONG_LINK
from channels.twitter.refusals import failure, partly
from channels.twitter.sending import REPEATED
from router.model.errors import PermanentError, TemporaryError

STRINGS = Path(__file__).parents[2] / "desk" / "console" / "strings"
SENTENCES = [
    *(refusals.GONE, refusals.NO_DIRECT_MESSAGES, refusals.NOT_ALLOWED, refusals.TOO_LONG, refusals.SAID_ALREADY),
    *(refusals.NOWHERE, LONG_LINK, media.NO_SUCH_FILE, media.TOO_MANY, REPEATED),
]


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_reason_has_its_words_at_the_desk(language: str) -> None:
    said = (STRINGS / f"{language}.js").read_text()
    words = {sentence: re.search(re.escape(f'"{sentence}":') + r'\s+"([^"]+)"', said) for sentence in SENTENCES}
    assert [sentence for sentence, found in words.items() if not found] == []
    assert [sentence for sentence, found in words.items() if found and found[1] == sentence] == (
        SENTENCES if language == "en" else []
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("You attempted to reply to a Tweet that is deleted or not visible to you.", refusals.GONE),
        ("You do not have permission to DM one or more participants.", refusals.NO_DIRECT_MESSAGES),
        ("The original Tweet author restricted who can reply to this Tweet.", refusals.NOT_ALLOWED),
        ("Your Tweet text is too long.", refusals.TOO_LONG),
        ("Something new.", "X answered 403: Forbidden / Something new."),
    ],
)
def test_what_x_says_is_told_as_what_it_means(said: str, told: str) -> None:
    error = failure(Refused(f"X answered 403: Forbidden / {said}", 403))
    assert isinstance(error, PermanentError)
    assert str(error) == told
    assert str(partly(error, 2, 3)) == f"2 of 3 parts have left, the rest has not: {told}"
    assert partly(error, 0, 3) is error


def test_what_is_wrong_with_the_account_is_waited_for() -> None:
    assert isinstance(failure(Refused("X answered 403", 403, "oauth1-permissions")), TemporaryError)
