"""A long conversation goes to history in parts, and many of them in turn: memory holds no more than is allowed."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from redis.asyncio import Redis

from history.archive import Archive, Late, Story
from history.schema import ArchiveAway
from router.model.ids import ConversationId, partition_of
from router.store import keys, wire
from tests.archived import Kept, closed, counted, feeder_of, kept, left_of, messages, opened
from tests.core import Core, running_core

MOST_BYTES = 10_000
LARGEST_ENTRY = 2_500


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


class Weighed(Archive):
    """An archive that notes how much it is given at once, and fails once it was given something `most` times."""

    def __init__(self, folder: Path, most: int = 1_000) -> None:
        super().__init__(folder)
        self.weights: list[int] = []
        self._most = most

    async def keep(self, stories: Sequence[Story], late: Sequence[Late] = ()) -> list[Late]:
        """As ever, with a look at the scales."""
        given = [len(wire.encode(story.entries)) for story in stories]
        self.weights += [sum(given)] if given else []
        if len(self.weights) > self._most:
            raise ArchiveAway("it ends here")
        return await super().keep(stories, late)


async def talks(core: Core) -> dict[ConversationId, Story]:
    """Closed conversations: a long one, by chat and then by mail, and short ones beside it."""
    for number in range(40):
        channel = "webchat" if number < 35 else "email"
        await core.says(f"{number} {'x' * 1_000}", "chat:ada", channel=channel)
    others = [f"chat:{name}" for name in range(12)]
    return await closed(core, "chat:ada", *others)


async def test_a_long_conversation_goes_in_parts_and_none_is_held_whole(core: Core, tmp_path: Path) -> None:
    stories = await talks(core)
    long = max(stories, key=lambda name: len(stories[name].entries))
    assert len(wire.encode(stories[long].entries)) > 4 * MOST_BYTES
    async with opened(tmp_path) as plain:
        archive = Weighed(tmp_path)
        # when all of it goes to history
        feeder = feeder_of(core.connection, archive, MOST_BYTES)
        while await feeder.feed():
            pass
        # then it was never more than is allowed, and an entry more
        assert max(archive.weights) < MOST_BYTES + LARGEST_ENTRY
        assert len([weight for weight in archive.weights if weight > MOST_BYTES / 2]) >= 4
        # and each is there once and whole, and gone from Redis
        assert await kept(core, plain, stories) == Kept([], list(stories), [])
        assert await left_of(core, list(stories)) == []
        assert await plain.counts() == await counted(core) == {"webchat": messages(stories) - 5, "email": 5}
        # and the list of former conversations tells of the long one what it tells of any
        (former,) = await plain.of_customer(stories[long].conversation.customer, 5)
        assert (former.beginning[:4], former.channels) == ("0 xx", ("webchat", "email"))
        assert former.closed_at == stories[long].entries[-1].at
        await archive.close()


@pytest.mark.parametrize("parts", [1, 3])
async def test_broken_off_in_a_long_conversation_it_begins_anew_and_nothing_is_lost(
    core: Core, tmp_path: Path, parts: int
) -> None:
    stories = await talks(core)
    broken = Weighed(tmp_path, parts)
    long = max(stories, key=lambda name: len(stories[name].entries))
    # given a feeder that comes to no end with the long one
    await only(core, long)
    with pytest.raises(ArchiveAway):
        await feeder_of(core.connection, broken, MOST_BYTES).feed()
    await broken.close()
    async with opened(tmp_path) as archive:
        assert 0 < await archive.timeline_length(long) < len(stories[long].entries)
        assert await core.timeline(long) == stories[long].entries
        # when one is at work that does, and reads other parts
        feeder = feeder_of(core.connection, archive, MOST_BYTES // 3)
        while await feeder.feed():
            pass
        assert (await kept(core, archive, stories)).archived == [long]
        (former,) = await archive.of_customer(stories[long].conversation.customer, 5)
        assert (former.beginning[:4], former.channels) == ("0 xx", ("webchat", "email"))
        assert await archive.counts() == await counted(core)


async def only(core: Core, name: ConversationId) -> None:
    """Let history be asked for `name` alone."""
    redis = core.connection.commands
    for key in [key async for key in redis.scan_iter(match="hilo:{p??}:arch", count=1000)]:
        await redis.delete(key)
    await redis.xadd(keys.key(partition_of(name), keys.ARCHIVE), {"c": name})
