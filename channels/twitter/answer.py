"""What an answer of X means: a success, or an error whose class says what to do next."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from router.model.errors import PermanentError, TemporaryError, UnknownOutcome

WORDS = 300
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TIMED_OUT, TOO_MANY = 400, 401, 403, 404, 408, 429
SERVER_ERROR = 500


class Refused(PermanentError):
    """X understood and will not; `status` is its HTTP status, `problem` the name of the reason, where it gave one."""

    def __init__(self, words: str, status: int, problem: str = "") -> None:
        super().__init__(words)
        self.status = status
        self.problem = problem


class KeysRefused(TemporaryError):
    """X does not take our keys: nothing can be asked until a person looks after them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, read to its end; the part of aiohttp's response that tweepy looks at."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    async def read(self) -> bytes:
        """The body."""
        return self.body

    async def json(self) -> Any:
        """The object that the body holds; nothing of it is surely there. Raises TemporaryError if it is none."""
        found = _parsed(self.body)
        if not isinstance(found, dict):
            raise TemporaryError("X answered with something that is no JSON object")
        return found


def judged(answer: Answer, *, is_write: bool, wait: timedelta | None) -> Answer:
    """`answer` if it is a success; `wait` is what its headers ask for.

    Raises TemporaryError if it did nothing and may later, KeysRefused and Refused if a person must act, UnknownOutcome
    if something was to be written and may have been.
    """
    status, words = answer.status, f"X answered {answer.status}: {_words(answer)}"
    seconds = wait.total_seconds() if wait else None
    if 200 <= status < 300:
        if is_write and not isinstance(_parsed(answer.body), dict):
            raise UnknownOutcome("X took it, and answered with something that is no JSON object")
        return answer
    if status == UNAUTHORIZED:
        raise KeysRefused(f"{words}; look at the four keys of channels.twitter", seconds)
    if status == TOO_MANY:
        raise TemporaryError(words, seconds)
    if status == TIMED_OUT or status >= SERVER_ERROR:
        # A gateway that gave up knows nothing of what became of the call behind it.
        raise UnknownOutcome(words) if is_write else TemporaryError(words, seconds)
    if 300 <= status < 400:
        raise TemporaryError(f"{words}; `base_url` leads elsewhere")
    raise Refused(words, status, problem_of(_parsed(answer.body)))


def problem_of(body: object) -> str:
    """The last part of the problem's type (`https://api.twitter.com/2/problems/client-forbidden`, RFC 7807)."""
    kind = body.get("type") if isinstance(body, dict) else None
    return kind.rpartition("/")[2][:80] if isinstance(kind, str) else ""


def _words(answer: Answer) -> str:
    body = _parsed(answer.body)
    said = " / ".join(dict.fromkeys(_said(body))) if isinstance(body, dict) else ""
    line = " ".join((said or answer.reason or "no reason").split())
    return "".join(letter for letter in line if letter.isprintable())[:WORDS]


def _said(body: Mapping[str, Any]) -> Iterator[str]:
    errors = body.get("errors")
    for part in (body, *(errors if isinstance(errors, list) else ())):
        if isinstance(part, dict):
            yield from (part[name] for name in ("title", "detail", "message") if isinstance(part.get(name), str))


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
