"""Look-ups: asked beside the work, answered once, kept while the directory is away, and never in anybody's way."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from directory.contract import Changed, Entry
from router.model.conversation import Conversation
from router.model.customer import Customer, Profile
from router.model.decision import EntryKind
from router.model.errors import PermanentError
from router.model.event import Claimed
from router.model.fact import Fact
from router.model.ids import partition_of
from router.store import keys, metrics
from router.store.look_ups import LookUps
from rules.conditions import Is
from rules.engine import Rule, RuleBook, Then
from tests.core import ANA, BILLING, CARE, Core
from tests.directory import Shelf, asking, core_with, places
from tests.waiting import eventually

GOLD = Entry("C-1", Profile(tier="gold"), "Ada Byron", facts=(Fact("account", "00-1"),))
BOOK = RuleBook(CARE, [Rule("gold", Is("customer.tier", "gold"), Then(BILLING, tags=("vip",)))])
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with core_with(redis_url, BOOK) as running:
        yield running


@pytest.fixture
def shelf() -> Shelf:
    return Shelf({"email:ada@example.org": GOLD, "chat:ada": GOLD})


async def waiting(core: Core) -> int:
    return await LookUps(core.connection).waiting(places())


async def none_waits(core: Core) -> None:
    async def look() -> bool:
        return await waiting(core) == 0

    await eventually(look, "all look-ups answered")


async def at_billing(core: Core, conversation: Conversation) -> Conversation:
    async def look() -> Conversation | None:
        now = await core.now(conversation.id)
        return now if now.ownership.team == BILLING else None

    return await eventually(look, "the conversation at the team of the rule about gold customers")


async def customer_of(core: Core, conversation: Conversation) -> Customer:
    found = await core.records.customer(conversation.customer)
    assert found
    return found


async def test_who_writes_is_known_a_moment_later_and_goes_where_they_belong(core: Core, shelf: Shelf) -> None:
    async with asking(core, shelf):
        # given a first message, which is routed without the directory
        conversation = await core.says("Hola")
        # then, once it has answered, rules have seen who it is
        after = await at_billing(core, conversation)
        assert after.tags == ("vip",)
        kinds = [entry.kind for entry in await core.timeline(conversation.id)]
        assert kinds == ["message_in", "routed", "directory", "transferred", "routed"]
        known = await customer_of(core, conversation)
        assert (known.name, known.profile.tier, known.facts[0].source) == ("Ada Byron", "gold", "directory")
        # and nothing of it waits any more, nor is it asked again at each message
        await none_waits(core)
        await core.says("¿Hay alguien?")
        await core.clock.advance(HOUR)
        await core.says("¿Hola?")
        await none_waits(core)
        assert shelf.asked == ["chat:ada", "chat:ada"]


async def test_while_it_is_away_work_goes_on_and_all_is_made_up_for(core: Core, shelf: Shelf) -> None:
    shelf.goes_away()
    async with asking(core, shelf) as asker:
        # given a directory that is away
        conversation = await core.says("Hola")
        others = [await core.says("Hola", f"chat:v{number}") for number in range(12)]
        assert conversation.ownership.team == others[0].ownership.team == CARE

        # then it says so, is left alone, and nothing of the look-ups is lost
        async def is_told() -> bool:
            return "it is away" in asker.why_away

        await eventually(is_told, "a word about the directory")
        await core.clock.advance(MINUTE)
        assert await waiting(core) == 13
        assert len(shelf.asked) < 13
        # when it is back, then everybody is looked at again
        shelf.fault = None
        await until_answered(core)
        await at_billing(core, conversation)
        assert asker.why_away == ""


async def until_answered(core: Core) -> None:
    """Let time pass until nothing waits: pauses and rests are all of the clock in hand."""

    async def look() -> bool:
        await core.clock.advance(10 * SECOND)
        return await waiting(core) == 0

    await eventually(look, "all look-ups answered", 20)


async def test_one_that_can_t_be_answered_keeps_no_other_waiting(core: Core, shelf: Shelf) -> None:
    async with asking(core, shelf, at_once=1):
        # given a customer about whom what the directory says makes no sense
        shelf.fault = PermanentError("no id")
        await core.says("Hola", "chat:odd")
        await none_waits(core)
        # then it is given up, aloud, and the next one is asked about
        assert metrics.LOOK_UPS.labels("refused")._value.get() >= 1
        # and so with a fault of our own, which is tried again
        shelf.fault = ZeroDivisionError()
        odd = await core.says("Hola", "chat:fault")

        async def has_failed() -> bool:
            return "chat:fault" in shelf.asked

        await eventually(has_failed)
        shelf.fault = None
        conversation = await core.says("Hola")
        await at_billing(core, conversation)

        async def is_one_left() -> bool:
            return await waiting(core) == 1

        await eventually(is_one_left, "the look-up that failed, and no other")
        await until_answered(core)

        async def is_known() -> bool:
            return (await customer_of(core, odd)).listing is not None

        await eventually(is_known, "the answer, decided")


async def test_an_answer_that_is_brought_twice_counts_once(core: Core, shelf: Shelf, redis_client: Redis) -> None:
    # given a look-up that is asked by one who loses the lease, and by the next
    conversation = await core.says("Hola")
    async with asking(core, shelf), asking(core, shelf):
        await at_billing(core, conversation)
        await none_waits(core)
    # then its answer is one event
    kinds = [entry.kind for entry in await core.timeline(conversation.id)]
    assert kinds.count(EntryKind.DIRECTORY) == 1
    seen = keys.key(partition_of(conversation.id), keys.seen("directory"))
    assert await redis_client.zcard(seen) == 1


async def test_a_router_that_stops_leaves_to_the_next_what_it_has_not_answered(core: Core, shelf: Shelf) -> None:
    shelf.opened.clear()
    async with asking(core, shelf):
        conversation = await core.says("Hola")

        async def is_asked() -> bool:
            return bool(shelf.asked)

        await eventually(is_asked)
    assert await waiting(core) == 1
    shelf.opened.set()
    async with asking(core, shelf):
        await at_billing(core, conversation)


async def test_no_more_are_asked_at_once_than_it_bears(core: Core, shelf: Shelf) -> None:
    shelf.opened.clear()
    for number in range(10):
        await core.says("Hola", f"chat:v{number}")
    async with asking(core, shelf, at_once=3):

        async def is_full() -> bool:
            return shelf.at_once == 3

        await eventually(is_full)
        shelf.opened.set()
        await none_waits(core)
    assert shelf.most_at_once == 3


async def test_what_waited_for_a_day_is_given_up_and_asked_anew_with_the_next_message(core: Core, shelf: Shelf) -> None:
    given_up = metrics.LOOK_UPS.labels("too_old")._value.get()
    conversation = await core.says("Hola")
    await core.clock.advance(DAY + MINUTE)
    async with asking(core, shelf):
        await none_waits(core)
        assert shelf.asked == []
        assert metrics.LOOK_UPS.labels("too_old")._value.get() == given_up + 1
        await core.says("¿Hola?")
        await at_billing(core, conversation)


async def test_a_row_that_changes_is_in_force_for_who_waits(core: Core, shelf: Shelf) -> None:
    shelf.known.clear()
    async with asking(core, shelf):
        # given customers whom the directory does not know, of whom one is being helped
        conversation, taken = await core.says("Hola"), await core.says("Hola", "chat:bob")
        await core.does(Claimed(ANA), taken.id)
        await none_waits(core)
        # when rows about them come in
        shelf.known = {"chat:ada": GOLD, "chat:bob": Entry("C-2", Profile(tier="gold"))}
        await shelf.changes.put(Changed(frozenset({"C-1", "C-2"}), frozenset({"chat:ada", "chat:bob"})))
        # then who waits goes where they belong, and who is helped stays and is marked
        await at_billing(core, conversation)

        async def is_marked() -> bool:
            return (await core.now(taken.id)).tags == ("vip",)

        await eventually(is_marked)
        assert (await core.now(taken.id)).ownership.team == CARE
        # and nobody else was asked about
        await core.says("Hola", "chat:eve")
        await none_waits(core)
        asked = len(shelf.asked)
        await shelf.changes.put(Changed(frozenset({"C-9"}), frozenset({"chat:nobody"})))
        await shelf.changes.put(Changed(frozenset({"C-1"}), frozenset()))

        async def is_asked_once_more() -> bool:
            return len(shelf.asked) == asked + 1

        await eventually(is_asked_once_more)


async def test_a_change_that_can_t_be_followed_keeps_no_later_one_from_being_seen(
    core: Core, shelf: Shelf, redis_client: Redis
) -> None:
    row = Changed(frozenset({"C-1"}), frozenset({"chat:ada"}))
    known, shelf.known = shelf.known, {}
    async with asking(core, shelf):
        # given somebody whom the directory does not know
        conversation = await core.says("Hola")
        await none_waits(core)
        # when their row comes in, and the directory answers with a fault that nobody thought of
        asked, shelf.fault = len(shelf.asked), ValueError("no such thing")
        await shelf.changes.put(row)

        async def is_asked() -> bool:
            return len(shelf.asked) > asked

        await eventually(is_asked)
        # and a queue can't be read while it changes again
        queue = keys.key(partition_of(conversation.id), keys.queue(CARE))
        await redis_client.rename(queue, f"{queue}:aside")
        await redis_client.zadd(queue, {"what is no id": 1})
        await shelf.changes.put(row)

        async def is_taken() -> bool:
            return shelf.changes.empty()

        await eventually(is_taken)
        await redis_client.rename(f"{queue}:aside", queue)
        # then the next change is seen as ever
        shelf.fault, shelf.known = None, known
        await shelf.changes.put(row)
        await at_billing(core, conversation)


async def test_what_can_t_be_read_there_keeps_nobody_waiting(core: Core, shelf: Shelf, redis_client: Redis) -> None:
    await redis_client.xadd(keys.key(3, keys.LOOK_UPS), {"l": "no look-up"})
    async with asking(core, shelf):
        await at_billing(core, await core.says("Hola"))
        await none_waits(core)
