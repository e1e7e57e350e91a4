"""What a customer answers to "does it work, and how did it go?": that it works, that it does not, a score.

What all of a text says is taken, or nothing: one word that is not understood is a doubt, and a doubt reopens. That it
does not work is told by any part of it.
"""

from dataclasses import dataclass

import re2

from router.core.care.answer_words import BROKEN, CLOSING, INNOCENT, PIECES, SCORE_AT_END
from router.core.found.plain import plain, visible

LONGEST, LONGEST_BROKEN = 200, 400
NUMBERS = {"uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
YES_SIGNS = "👍👌✅✔💯"
NO_SIGNS = "👎❌"
KIND_SIGNS = "🙏😊🙂😀😃😄😁❤💙💚🎉👏🥳💪🤗🙌☺"
STARS = "⭐🌟★"
# A separator may stand between two pieces: no `-` before a digit, and no question mark at all.
_BETWEEN = re2.compile(r"(?:[\s,.;:!()\"'\x01]|- )+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said: whether it works (None: not said, or not surely), the `score` from 1 to 5, and thanks.

    `is_said`: it says by itself how it is ("ya funciona"); a mere "sí" or "no" needs the question before it.
    """

    works: bool | None = None
    score: int | None = None
    is_thanks: bool = False
    is_said: bool = False


NOTHING = Answer()


def answer_in(text: str) -> Answer:
    """What `text`, in Spanish or English, answers."""
    seen = plain(_with_signs(visible(text)[0])).lower().strip()
    if not seen or len(seen) > LONGEST_BROKEN:
        return NOTHING
    if BROKEN.search(INNOCENT.sub(" ", seen)):
        return Answer(works=False, score=_score_at_end(seen), is_said=True)
    if len(seen) > LONGEST or "?" in seen:
        return NOTHING
    pieces = _pieces(CLOSING.sub("", seen))
    return _together(pieces) if pieces else NOTHING


def _pieces(seen: str) -> list[tuple[str, str]] | None:
    """What `seen` is made of, each with its kind; None if something of it is not known."""
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(seen):
        if between := _BETWEEN.match(seen, place):
            place = between.end()
            continue
        piece = PIECES.match(seen, place)
        if piece is None or _is_within_word(seen, piece.end()):
            return None
        found.append((piece.lastgroup or "", piece[0]))
        place = piece.end()
    return found


def _is_within_word(seen: str, place: int) -> bool:
    return 0 < place < len(seen) and seen[place - 1].isalnum() and seen[place].isalnum()


def _together(pieces: list[tuple[str, str]]) -> Answer:
    """What `pieces`, all that was said, answer."""
    kinds = [kind for kind, _ in pieces]
    scores = [_score(words) for kind, words in pieces if kind == "score"]
    score = _only(scores)
    if len(set(scores)) > 1:
        return NOTHING
    if "no" in kinds:
        # "No" alone answers that it does not work; with praise it may be the answer to something else.
        return NOTHING if {"works", "yes"} & {*kinds} else Answer(works=False, score=score)
    works = True if {"works", "yes"} & {*kinds} else None
    if works is None and score is None and "thanks" not in kinds:
        return NOTHING
    return Answer(works, score, is_thanks="thanks" in kinds, is_said="works" in kinds)


def _score_at_end(seen: str) -> int | None:
    """The score at the end of a text of which not everything is known, where it stands for itself."""
    found = SCORE_AT_END.search(seen)
    return int(found["alone"] or found["of"]) if found else None


def _only(scores: list[int]) -> int | None:
    return scores[0] if len(set(scores)) == 1 else None


def _score(words: str) -> int:
    """The number in the words of a score: a digit, a word, or as many stars."""
    if stars := words.count("<star>"):
        return stars
    spelt = (NUMBERS[word] for word in words.split() if word in NUMBERS)
    return next((int(sign) for sign in words if sign.isdigit()), 0) or next(spelt)


def _with_signs(text: str) -> str:
    """`text` with the signs that people answer by as words, since nothing else of them would be left."""
    for signs, word in ((YES_SIGNS, " <yes> "), (NO_SIGNS, " <no> "), (KIND_SIGNS, " <kind> "), (STARS, " <star> ")):
        for sign in signs:
            text = text.replace(sign, word)
    return text.replace("*", " ")
