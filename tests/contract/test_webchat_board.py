"""What visitors are told of their conversation is how it stands, in whatever order the news and the answers come."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from redis.exceptions import RedisError

from channels.services import Services
from channels.webchat.board import Board
from channels.webchat.frames import ConversationStage, Status
from router.model.clock import SystemClock, milliseconds
from router.model.event import ReplyWritten
from router.model.ids import PARTITIONS
from router.store.connection import Connection
from router.store.tasks import end_task
from tests.core import ANA, Core, running_core
from tests.redis_door import redis_door
from tests.waiting import eventually
from tests.webchat import services_on

ADA = "ada"
# How many stand before one in the queue: a number from each partition.
PLACES = re.compile(rb"(:\d+\r\n){%d}" % PARTITIONS)


@dataclass
class Seats:
    """A board on a connection of its own, and what it told since; nothing runs that the test has not begun."""

    board: Board
    services: Services
    told: list[Status] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def follow(self) -> None:
        """Begin to hear what changes."""
        self.tasks.append(asyncio.create_task(self.board.follow()))

    def refresh(self) -> None:
        """Begin to tell it."""
        self.tasks.append(asyncio.create_task(self.board.refresh()))

    async def has_read_all(self) -> bool:
        """Whether the board has read the feed to its end."""
        return self.board.position == await self.services.feed.position()

    async def until_heard(self, heard: int) -> None:
        """Return once the visitor was told that their message of that instant has arrived."""

        async def is_told() -> bool:
            return bool(self.told) and self.told[-1].heard == heard

        await eventually(is_told, f"heard {heard} of {self.told}")


@asynccontextmanager
async def seats_on(url: str) -> AsyncIterator[Seats]:
    """A board on the server at `url`."""
    connection, told = Connection(url), list[Status]()
    services = services_on(connection, SystemClock(), frozenset())
    seats = Seats(Board(services, lambda _, status: told.append(status)), services, told)
    try:
        yield seats
    finally:
        for task in seats.tasks:
            await end_task(task)
        await connection.close()


async def says_later(core: Core, text: str) -> int:
    """The instant at which the visitor's `text`, a second after all before, came to lie in the queue."""
    await core.clock.advance(timedelta(seconds=1))
    await core.says(text, f"chat:{ADA}")
    return milliseconds(core.clock.now())


def is_place(answer: bytes) -> bool:
    """Whether that is the answer to where one stands in the queue."""
    return bool(PLACES.fullmatch(answer))


async def test_a_message_that_comes_while_the_one_before_is_looked_at_is_told(
    redis_url: str, redis_client: object
) -> None:
    async with running_core(redis_url) as core, redis_door(redis_url) as door, seats_on(door.url) as seats:
        # given a visitor whose first message is being looked at, and the store takes its time
        await seats.board.sit(ADA)
        seats.follow()
        seats.refresh()
        await eventually(seats.has_read_all, "the feed's end")
        door.holding = is_place
        await says_later(core, "¿Hay alguien?")
        await door.is_holding.wait()
        # when their second lies in the queue, and the board hears of it, before that look is over
        heard = await says_later(core, "Es por la factura")
        await eventually(seats.has_read_all, "the news of the second")
        door.let_go.set()
        # then they are told of the second too
        await seats.until_heard(heard)


async def test_a_page_that_comes_while_another_changes_has_the_newest(redis_url: str, redis_client: object) -> None:
    async with running_core(redis_url) as core, redis_door(redis_url) as door, seats_on(door.url) as seats:
        # given a visitor who waits, and whose second page is about to be told so
        await says_later(core, "¿Hay alguien?")
        await seats.board.sit(ADA)
        seats.follow()
        seats.refresh()
        await eventually(seats.has_read_all, "the feed's end")
        door.holding = is_place
        coming = asyncio.create_task(seats.board.sit(ADA))
        await door.is_holding.wait()
        # when another message of theirs comes first
        heard = await says_later(core, "Es por la factura")
        await seats.until_heard(heard)
        door.let_go.set()
        # then the second page begins with that, and no page is told what is over
        assert (await coming).heard == heard
        assert seats.told[-1].heard == heard


async def test_what_a_second_page_begins_with_is_told_to_the_first(redis_url: str, redis_client: object) -> None:
    async with running_core(redis_url) as core, seats_on(redis_url) as seats:
        # given a visitor's page, and a message that nobody has looked at yet
        await seats.board.sit(ADA)
        seats.follow()
        heard = await says_later(core, "¿Hay alguien?")
        # when a second page of theirs comes in between
        assert (await seats.board.sit(ADA)).heard == heard
        seats.refresh()
        # then the first learns it too
        await seats.until_heard(heard)


async def test_what_changed_while_nobody_followed_is_told_to_who_waits(redis_url: str, redis_client: object) -> None:
    async with running_core(redis_url) as core, seats_on(redis_url) as seats:
        # given a visitor who waits, and nobody who follows the feed
        conversation = await core.says("¿Hay alguien?", f"chat:{ADA}")
        assert (await seats.board.sit(ADA)).state is ConversationStage.WAITING
        # when they are answered, and only then it is followed again
        await core.does(ReplyWritten(ANA, "Dime"), conversation.id)
        seats.follow()
        seats.refresh()

        # then they learn it all the same
        async def is_answered() -> bool:
            return bool(seats.told) and seats.told[-1].state is ConversationStage.ANSWERED

        await eventually(is_answered, "answered")


async def test_a_look_that_the_store_cut_off_is_taken_again(redis_url: str, redis_client: object) -> None:
    async with running_core(redis_url) as core, redis_door(redis_url) as door, seats_on(door.url) as seats:
        # given a visitor whose message nobody has looked at yet
        seats.follow()
        await eventually(seats.has_read_all, "the feed's end")
        await seats.board.sit(ADA)
        heard = await says_later(core, "¿Hay alguien?")
        await eventually(seats.has_read_all, "the news of it")
        # when the line to the store breaks in the middle of the look
        door.passing = lambda answer: None if is_place(answer) else answer
        with pytest.raises(RedisError):
            await seats.board.refresh()
        assert not seats.told
        # then the next one makes up for it
        door.passing = bytes
        seats.refresh()
        await seats.until_heard(heard)
