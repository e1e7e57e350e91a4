"""A deletion that a webhook tells while X is being looked at: the post is told first, then that it is gone."""

import asyncio
import json
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from channels.twitter.away import Away
from channels.twitter.feeds import MENTIONS, TAKEN_POSTS, Feed
from channels.twitter.hints import hints_of
from channels.twitter.memory import Memory
from channels.twitter.normalise import Account, Included, Left, post_read
from channels.twitter.polling import Poller
from channels.twitter.reading import id_at
from channels.twitter.settings import CHANNEL, PollSettings
from channels.twitter.sweep import gone
from router.model.clock import SystemClock
from router.model.errors import TemporaryError
from router.model.event import MessageWithdrawn
from router.model.message import InboundMessage
from router.store.connection import Connection
from tests.contract.doors import services_on

US, ANA = Account("7", "HiloCare"), "8"


class X:
    """One post of a customer's, on two pages if the look `is_cut` between them; its author deletes it meanwhile."""

    def __init__(self, is_cut: bool) -> None:
        self.post = str(id_at(SystemClock().now()))
        self.poller: Poller | None = None
        self.telling: asyncio.Task[None] | None = None
        self._is_cut = is_cut

    async def page(self, since: int, token: str) -> Any:
        """What X answers."""
        if token and self._is_cut:
            self._is_cut = False
            raise TemporaryError("not now", 0.3)
        if self.telling is None and self.poller:
            self.telling = asyncio.create_task(self.poller.withdraw(gone(self.post, ANA)))
            await asyncio.sleep(0)
            more = {"next_token": "second"} if self._is_cut else {}
            return {"data": [{"id": self.post, "author_id": ANA, "text": "@HiloCare hola"}], "meta": more}
        return {"meta": {}}

    @property
    def feed(self) -> Feed:
        """The feed that shows it."""
        return Feed(MENTIONS, TAKEN_POSTS, timedelta(seconds=0.1), self.page, read)


def read(shown: object, included: Included, now: datetime) -> InboundMessage | Left:
    """The post as Hilo takes it."""
    return post_read(shown, included, US, now)


@pytest.mark.parametrize("is_cut", [False, True], ids=["in-one-look", "in-a-look-that-is-cut-off"])
async def test_a_deletion_during_the_look_that_shows_the_post_is_told(
    redis_url: str, redis_client: Redis, is_cut: bool
) -> None:
    connection, x = Connection(redis_url), X(is_cut)
    memory = Memory(services_on(connection, CHANNEL).shelf, CHANNEL, US.name)
    poller = x.poller = Poller(PollSettings(), memory, Away(), SystemClock())
    told = []
    try:
        async with asyncio.timeout(10), aclosing(poller.items([x.feed])) as items:
            async for item in items:
                told.append((item.id, isinstance(item.message, MessageWithdrawn)))
                await poller.settle(item)
                if len(told) == 2:
                    break
        # then both are told, in their order, and the webhook's caller is told that it is safe
        assert told == [(int(x.post), False), (int(x.post), True)]
        assert x.telling is not None
        await asyncio.wait_for(x.telling, 5)
    finally:
        await connection.close()


@pytest.mark.parametrize(("author", "heard"), [(ANA, 1), (US.id, 0)], ids=["a-customers", "ours"])
def test_what_we_take_back_ourselves_is_no_customers_word(author: str, heard: int) -> None:
    told = {"for_user_id": US.id, "tweet_delete_events": [{"status": {"id": "10", "user_id": author}}]}
    assert len(hints_of(json.dumps(told).encode(), US.id).withdrawn) == heard
