"""Reading keys by family: in pipelines for a whole partition, in one transaction for what is looked at again."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from redis.exceptions import ResponseError

from router.model.decision import Timer
from router.model.errors import NewerVersion, PermanentError
from router.model.event import TimerDue
from router.model.ids import ConversationId, CustomerId, TeamId
from router.model.message import OutboundMessage
from router.store import keys, wire
from router.store.audit import families
from router.store.audit.contents import Contents, record_of, story_of
from router.store.audit.findings import Name, Wrong
from router.store.connection import Connection
from router.store.moved import way_of
from router.store.outbound import Attempt

CHUNK = 200
TIMER = wire.NAMES[TimerDue].encode()


class Reader:
    """Reads what keys of a partition hold."""

    def __init__(self, connection: Connection) -> None:
        self._redis = connection.commands

    async def names(self, match: str) -> set[str]:
        """Every key that matches, once; those there from beginning to end for sure."""
        return {
            name.decode("utf-8", "backslashreplace") async for name in self._redis.scan_iter(match=match, count=1000)
        }

    async def contents(self, partition: int, names: Iterable[Name], *, at_once: bool = False) -> Contents:
        """What the keys `names` of the partition hold, `at_once` in one transaction."""
        contents, left = Contents(partition), iter(names)
        while chunk := list(left if at_once else islice(left, CHUNK)):
            for name, answer in zip(chunk, await self._answers(partition, chunk, at_once), strict=True):
                _put(contents, name, answer)
        return contents

    async def types(self, keys_: Sequence[str]) -> list[str]:
        """The type of each key, `none` for one that is gone."""
        found: list[str] = []
        left = iter(keys_)
        while chunk := list(islice(left, CHUNK * 5)):
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in chunk:
                    pipe.type(key)
                found += [wire.text(answer) for answer in await pipe.execute()]
        return found

    async def values(self, keys_: Sequence[str]) -> list[bytes | ResponseError | None]:
        """The value of each key that should be a string."""
        found: list[bytes | ResponseError | None] = []
        left = iter(keys_)
        while chunk := list(islice(left, CHUNK * 5)):
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in chunk:
                    pipe.get(key)
                found += await pipe.execute(raise_on_error=False)
        return found

    async def _answers(self, partition: int, names: Sequence[Name], at_once: bool) -> list[Any]:
        async with self._redis.pipeline(transaction=at_once) as pipe:
            for family, name in names:
                _ask(pipe, family, keys.key(partition, f"{family}:{name}" if name else family))
            answers: list[Any] = await pipe.execute(raise_on_error=False)
            return answers


def _ask(pipe: Any, family: str, key: str) -> None:
    if family in (families.CONVERSATION, families.CUSTOMER):
        pipe.hmget(key, "r", "d", "p")
    elif family == families.TIMELINE:
        pipe.lrange(key, 0, -1)
    elif family in (families.QUEUE, families.CALLS, families.TIMERS):
        pipe.zrange(key, 0, -1, withscores=True)
    elif family in (families.INBOUND, families.OUTBOUND, families.ARCHIVE, families.ERRANDS):
        pipe.xrange(key)
    elif family == families.ATTEMPTS:
        pipe.hgetall(key)
    elif family == families.MOVED:
        pipe.get(key)


def _put(contents: Contents, name: Name, answer: Any) -> None:
    """Put what Redis answered for the key into `contents`; a key that is gone by now holds nothing."""
    family, identifier = name
    if isinstance(answer, ResponseError):
        contents.wrong(Wrong.WRONG_TYPE, name, f"should be a {_type(family)}: {answer}")
    elif isinstance(answer, Exception):
        raise answer
    elif family in (families.CONVERSATION, families.CUSTOMER):
        if answer != [None, None, None]:
            record_of(contents, name, *answer)
    elif family == families.TIMELINE:
        _put_story(contents, name, answer)
    elif family == families.QUEUE:
        contents.queues[TeamId(identifier)] = {ConversationId(wire.text(who)): score for who, score in answer}
    elif family == families.CALLS:
        contents.calls = {ConversationId(wire.text(who)): score for who, score in answer}
    elif family == families.TIMERS:
        _put_timers(contents, name, answer)
    elif family == families.INBOUND:
        contents.fired.update(_fired(answer))
    elif family == families.OUTBOUND:
        _put_replies(contents, name, answer)
    elif family == families.ATTEMPTS:
        _put_attempts(contents, name, answer)
    elif family == families.ARCHIVE:
        _put_asked(contents, name, answer)
    elif family == families.ERRANDS:
        _put_errands(contents, name, answer)
    elif family == families.MOVED and answer is not None:
        _put_way(contents, name, answer)


def _type(family: str) -> str:
    return families.NAMED.get(family) or families.SINGLE[family]


def _put_story(contents: Contents, name: Name, answer: list[bytes]) -> None:
    if not answer:
        return
    try:
        contents.stories[ConversationId(name[1])] = story_of(answer)
    except PermanentError as error:
        contents.wrong(Wrong.UNREADABLE, name, f"the timeline of {name[1]}: {error}")


def _put_timers(contents: Contents, name: Name, answer: list[tuple[bytes, float]]) -> None:
    for member, score in answer:
        try:
            contents.timers.append((wire.decode(Timer, member), score))
        except PermanentError:
            contents.wrong(Wrong.UNREADABLE, name, f"a timer can't be read: {member[:60]!r}")


def _fired(answer: list[tuple[bytes, dict[bytes, bytes]]]) -> Iterator[ConversationId]:
    """The conversations whose timers have been moved to the partition's stream, and are not looked at yet."""
    for _, fields in answer:
        if fields.get(b"kind") == TIMER:
            yield ConversationId(fields.get(b"conversation", b"").decode("utf-8", "backslashreplace"))


def _put_replies(contents: Contents, name: Name, answer: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
    found = contents.replies.setdefault(name[1], {})
    for identifier, fields in answer:
        try:
            found[wire.text(identifier)] = wire.decode(OutboundMessage, fields.get(b"m", b""))
        except PermanentError:
            contents.wrong(Wrong.UNREADABLE, name, f"the reply {wire.text(identifier)} can't be read")


def _put_attempts(contents: Contents, name: Name, answer: dict[bytes, bytes]) -> None:
    found = contents.attempts.setdefault(name[1], [])
    for message, data in answer.items():
        found.append(wire.text(message))
        try:
            wire.decode(Attempt, data)
        except PermanentError:
            contents.wrong(Wrong.UNREADABLE, name, f"the attempt at {wire.text(message)} can't be read")


def _put_errands(contents: Contents, name: Name, answer: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
    for identifier, fields in answer:
        try:
            wire.read_errand(fields)
        except (PermanentError, NewerVersion) as error:
            contents.wrong(Wrong.UNREADABLE, name, f"the errand {wire.text(identifier)} can't be read: {error}")


def _put_way(contents: Contents, name: Name, answer: bytes) -> None:
    try:
        contents.ways[CustomerId(name[1])] = way_of(answer)
    except ValueError:
        contents.wrong(Wrong.UNREADABLE, name, f"where the arrivals of {name[1]} go can't be read")


def _put_asked(contents: Contents, name: Name, answer: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
    for identifier, fields in answer:
        if b"c" not in fields:
            text = f"an entry for history names no conversation: {wire.text(identifier)}"
            contents.wrong(Wrong.UNREADABLE, name, text)
        elif b"e" not in fields:
            contents.asked.add(ConversationId(fields[b"c"].decode("utf-8", "backslashreplace")))
