"""A provider that is down, or asks to be left alone: few calls, none inside its window, order kept, nothing lost."""

import asyncio
import gc
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from weakref import WeakSet

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from channels.sender import Sender
from router.model.conversation import Conversation, ConversationState
from router.model.errors import TemporaryError, UnknownOutcome
from router.model.event import MessageArrived, ReplyWritten
from router.model.message import OutboundMessage, Receipt
from router.store import circuit, metrics
from router.store.outbound import Intent
from router.store.pace import Pace, SendLimit
from tests.clock import HeldClock
from tests.core import ANA, Core, running_core, written
from tests.provider import Provider, called, deliveries, sending, until_told
from tests.waiting import eventually

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class Down(Provider):
    """A provider that can be down; it keeps who was called when, by account."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self.is_down = True
        self.retry_after: float | None = None
        self.calls: dict[str, int] = defaultdict(int)
        self.order: dict[str, list[str]] = defaultdict(list)
        self.down_accounts: set[str] = set()
        self.times: list[datetime] = []
        self._now = core.clock.now

    async def send(self, message: OutboundMessage) -> Receipt:
        """Refuse, or take it."""
        self.calls[message.account] += 1
        self.times.append(self._now())
        if self.is_down and (not self.down_accounts or message.account in self.down_accounts):
            raise TemporaryError("503 come again", retry_after=self.retry_after)
        self.order[message.conversation].append(message.text)
        return await super().send(message)


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


async def waiting_replies(core: Core, customers: int, texts: tuple[str, ...] = ("uno",)) -> list[Conversation]:
    """Conversations with a reply each to the provider's account `main`, none of them sent yet."""
    found = [await core.says("Hola", f"chat:{number}") for number in range(customers)]
    for conversation in found:
        for text in texts:
            await core.does(ReplyWritten(ANA, text), conversation.id)
    return found


async def on_account(core: Core, account: str, sender: str) -> Conversation:
    """A conversation on another account of the provider's, with a reply."""
    message = replace(written("Hola", sender), account=account)
    await core.inbox.accept(MessageArrived(message), message.key)
    found = await eventually(lambda: core.open_of(sender), sender)
    await core.does(ReplyWritten(ANA, "uno"), found.id)
    return found


async def pass_time(core: Core, whole: timedelta, step: timedelta = MINUTE) -> None:
    """Let time go by in steps, with a moment in each for what it sets off."""
    for _ in range(whole // step):
        await core.clock.advance(step)
        await asyncio.sleep(0.01)


async def all_sent(core: Core, conversations: list[Conversation], each: int = 1) -> bool:
    """Whether each conversation's replies are told as sent, and nothing else is."""
    return all([await deliveries(core, one) == ["sent"] * each for one in conversations])


def gauge(account: str = "main") -> float | None:
    """What the metric tells."""
    return metrics.REGISTRY.get_sample_value("hilo_circuit_open", {"channel": "webchat", "account": account})


@pytest.mark.parametrize("has_circuit", [True, False])
async def test_a_provider_down_for_six_hours(
    core: Core, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], has_circuit: bool
) -> None:
    """At most 100 calls, and all is there a quarter of an hour after its return; without the circuit there are more."""
    if not has_circuit:
        monkeypatch.setattr(circuit, "FAILURES", 10**9)
    provider = Down(core)
    conversations = await waiting_replies(core, 30, ("uno", "dos"))
    async with sending(core, provider):
        await eventually(lambda: has_calls(provider, 5), "the first calls")
        await pass_time(core, 6 * HOUR)
        calls = provider.calls["main"]
        if not has_circuit:
            assert calls > 100
            return
        assert calls <= 100
        assert gauge() == 1
        # when it comes back
        provider.is_down = False
        await pass_time(core, 15 * MINUTE)
        await eventually(lambda: all_sent(core, conversations, 2), "all sent", seconds=20)
        assert gauge() == 0
    assert set(map(tuple, provider.order.values())) == {("uno", "dos")}
    told = capfd.readouterr()
    words = (told.out + told.err).split()
    assert [words.count(name) for name in ("circuit_open", "circuit_open_long", "circuit_closed")] == [1, 1, 1]


async def has_calls(provider: Down, count: int) -> bool:
    return provider.calls["main"] >= count


async def test_nothing_is_called_inside_the_window_that_a_provider_asks_for(core: Core) -> None:
    # given many replies, and a provider that wants none for a quarter of an hour
    provider = Down(core)
    provider.retry_after, provider.down_accounts = 900, {"main"}
    conversations = await waiting_replies(core, 30, ("uno", "dos"))
    async with sending(core, provider):
        await eventually(lambda: has_calls(provider, 1), "a call")
        await eventually(is_open, "the circuit")
        before = provider.calls["main"]
        # what is under way at that moment comes to its end; then nobody calls
        assert before <= 16
        provider.is_down = False
        other = await on_account(core, "other", "chat:elsewhere")
        await pass_time(core, timedelta(seconds=899), timedelta(seconds=29))
        assert provider.calls["main"] == before
        # while another account is served
        await until_told(core, other, "sent")
    # also not by the process that takes over
    async with sending(core, provider):
        await asyncio.sleep(0.2)
        assert provider.calls["main"] == before
        await pass_time(core, 5 * MINUTE)
        await eventually(lambda: all_sent(core, conversations, 2), "all sent", seconds=20)
    assert {tuple(texts) for name, texts in provider.order.items() if name != other.id} == {("uno", "dos")}


async def is_open() -> bool:
    return gauge() == 1


async def test_one_full_mailbox_stops_nobody_else(core: Core) -> None:
    # given a recipient who can't be reached for now, which is nobody's fault but theirs
    provider = Provider(core)
    provider.faults = [TemporaryError("452 mailbox full", is_about_message=True)] * 12
    first = await core.says("Hola", "chat:full")
    await core.does(ReplyWritten(ANA, "uno"), first.id)
    async with sending(core, provider):
        for number in range(10):
            await eventually(partial(called_in_time, core, provider, number + 1), f"call {number}")
        assert gauge() in (0, None)
        provider.faults = []
        second = await core.says("Hola", "chat:other")
        await core.does(ReplyWritten(ANA, "uno"), second.id)
        await until_told(core, second, "sent")


async def called_in_time(core: Core, provider: Provider, times: int) -> bool:
    """Whether it was called so often; meanwhile time goes on."""
    await core.clock.advance(MINUTE)
    return await called(provider, times)


@pytest.mark.parametrize("has_lanes", [True, False])
async def test_order_holds_through_deferrals_a_take_over_and_an_open_circuit(
    core: Core, monkeypatch: pytest.MonkeyPatch, has_lanes: bool
) -> None:
    """Without the lanes, one reply of a conversation at a time, some overtake others."""
    if not has_lanes:
        monkeypatch.setattr(Sender, "_enqueue", _each_by_itself)
    texts = ("uno", "dos", "tres", "cuatro")
    provider = Down(core)
    conversations = await waiting_replies(core, 15, texts)
    for number in range(3):
        # given one process after another, each of which finds the provider down, then up for a moment
        async with sending(core, provider):
            provider.is_down = True
            await pass_time(core, 10 * MINUTE)
            provider.is_down, provider.faults = False, [TemporaryError("busy"), UnknownOutcome("broken off")] * 3
            await pass_time(core, MINUTE * (1 + number), timedelta(seconds=5))
    async with sending(core, provider):
        await pass_time(core, 15 * MINUTE)
        await eventually(lambda: all_sent(core, conversations, 4), "all sent", seconds=20)
    orders = [tuple(dict.fromkeys(provider.order[conversation.id])) for conversation in conversations]
    assert (set(orders) == {texts}) == has_lanes


def _each_by_itself(sender: Sender, intent: Intent) -> None:
    task = asyncio.create_task(sender._courier.deliver(intent))
    sender._tasks.add(task)
    task.add_done_callback(sender._tasks.discard)


async def test_what_could_not_leave_within_a_day_comes_back_to_its_team(core: Core) -> None:
    provider = Down(core)
    conversations = await waiting_replies(core, 20)
    async with sending(core, provider):
        await eventually(lambda: has_calls(provider, 5), "the first calls")
        await pass_time(core, 25 * HOUR, 5 * MINUTE)
        for conversation in conversations:
            await until_told(core, conversation, "failed")
    after = await core.now(conversations[0].id)
    assert (after.state, [each.state for each in after.unreached]) == (ConversationState.OPEN, ["failed"])
    entry = (await core.timeline(conversations[-1].id))[-1]
    assert entry.detail["reason"] == "not delivered within a day: 503 come again"


async def test_who_waits_behind_others_expires_in_their_own_time(core: Core) -> None:
    # given a reply whose mailbox is full, and an hour later a provider that is closed for days when another comes
    provider = Provider(core)
    provider.faults = [TemporaryError("452 mailbox full", retry_after=7200, is_about_message=True)]
    (early,) = await waiting_replies(core, 1)
    async with sending(core, provider):
        await eventually(lambda: called(provider, 1), "the first call")
        await core.clock.advance(HOUR)
        provider.faults = [TemporaryError("503 closed", retry_after=3 * 24 * 3600)]
        for sender in ("chat:closes", "chat:late"):
            late = await core.says("Hola", sender)
            await core.does(ReplyWritten(ANA, "uno"), late.id)
            await eventually(is_open, "the circuit")
        # when the first one's pause is over it waits behind that; and then its day is over
        await pass_time(core, 23 * HOUR + MINUTE, HOUR / 2)
        await eventually(lambda: called(provider, 2))
        await core.clock.advance(MINUTE)
        # then it comes back to its team, and the later one waits on
        await until_told(core, early, "failed")
        assert await deliveries(core, late) == []
        await pass_time(core, HOUR, MINUTE * 5)
        await until_told(core, late, "failed")


async def test_who_went_on_is_not_kept_for_the_rest_of_their_day() -> None:
    # given an account that is left alone, and many who wait for it
    clock = HeldClock()
    closed = circuit.Circuit(clock, "webchat", "kept")
    closed.park(clock.now() + MINUTE, "503 come again")
    days = [Day.fromtimestamp(number, UTC) for number in range(2_000_000_000, 2_000_000_020)]
    kept = WeakSet(days)
    waiting = [asyncio.create_task(closed.permit(day)) for day in days]
    await asyncio.sleep(0.01)
    # when it is open again, and they have gone on
    await clock.advance(MINUTE)
    probe = await asyncio.wait_for(waiting[0], 10)
    assert probe
    assert probe.is_probe
    closed.succeeded(probe)
    assert all(await asyncio.wait_for(asyncio.gather(*waiting), 10))
    # then nothing of them is kept
    waiting.clear()
    days.clear()
    await eventually(partial(_are_gone, kept), "nothing is kept")
    await closed.close()


class Day(datetime):
    """When somebody's day is over; one that can be seen to be gone."""


async def _are_gone(kept: "WeakSet[Day]") -> bool:
    gc.collect()
    return not kept


async def test_what_a_provider_asks_for_beyond_a_day_is_not_waited_for(core: Core) -> None:
    provider = Down(core)
    provider.retry_after = 3 * 24 * 3600
    (conversation,) = await waiting_replies(core, 1)
    async with sending(core, provider):
        await eventually(lambda: has_calls(provider, 1), "a call")
        await pass_time(core, 25 * HOUR, HOUR)
        await until_told(core, conversation, "failed")
    assert provider.calls["main"] == 1


@pytest.mark.parametrize(("answers", "states"), [(True, ["sent"]), (False, ["unconfirmed"])])
async def test_a_doubt_is_looked_into_again_for_a_while(core: Core, answers: bool, states: list[str]) -> None:
    # given a reply in doubt, and a provider that can't be asked
    provider = Provider(core)
    provider.faults, provider.took = [UnknownOutcome("broken off")], ["uno"]
    provider.knows = TemporaryError("503 come again")
    (conversation,) = await waiting_replies(core, 1)
    async with sending(core, provider):
        await eventually(lambda: called(provider, 1), "a call")
        await pass_time(core, MINUTE, timedelta(seconds=5))
        assert await deliveries(core, conversation) == []
        # when it can be asked again, or can't for long
        provider.knows = True if answers else provider.knows
        await pass_time(core, 20 * MINUTE)
        await until_told(core, conversation, *states)
    # then it is known, or shown as not known; it was never sent again
    assert provider.called_at == ["uno"]


async def test_the_next_look_comes_no_sooner_than_is_asked_for(core: Core) -> None:
    # given a reply in doubt, which the provider may show only after half a minute
    provider = Looked(core)
    provider.faults, provider.took = [UnknownOutcome("broken off")], ["uno"]
    provider.knows = TemporaryError("not yet", retry_after=30, is_about_message=True)
    (conversation,) = await waiting_replies(core, 1)
    async with sending(core, provider):
        await eventually(lambda: has_looks(provider, 1), "a look")
        await pass_time(core, 29 * SECOND, SECOND)
        assert provider.looks == 1
        # when that has passed, it is there
        provider.knows = True
        await pass_time(core, 2 * SECOND, SECOND)
        await until_told(core, conversation, "sent")
    assert provider.called_at == ["uno"]


class Looked(Provider):
    """A provider that counts how often it was asked whether it has a reply."""

    looks = 0

    async def find(self, message: OutboundMessage) -> Receipt | None:
        """What it knows."""
        self.looks += 1
        return await super().find(message)


async def has_looks(provider: Looked, count: int) -> bool:
    return provider.looks == count


@pytest.mark.parametrize("is_shared", [True, False])
async def test_whichever_process_asks_no_minute_has_more_than_the_limit(core: Core, is_shared: bool) -> None:
    # given two processes that ask in turn, as often as they can, each second; in the control arm each counts alone
    limit = SendLimit(40, MINUTE)
    left: list[int] = []
    paces = [Pace(core.connection, channel) for channel in ("webchat", "webchat" if is_shared else "another")]
    for second in range(240):
        now = core.clock.now() + second * SECOND
        while taken := [await pace.take("main", limit, now) for pace in paces].count(timedelta()):
            left += [second] * taken
    # then the limit holds wherever a minute begins, and is used
    busiest = max(sum(start <= second < start + 60 for second in left) for start in range(180))
    assert busiest >= 35
    assert (busiest <= 40) == is_shared


async def test_the_pace_of_an_account_outlives_the_process(core: Core) -> None:
    # given a provider that takes ten a minute, and a backlog
    provider = Down(core)
    provider.is_down = False
    provider.send_limit = SendLimit(10, MINUTE)
    conversations = await waiting_replies(core, 25)
    for _ in range(2):
        # when one process after another sends for it
        async with sending(core, provider):
            await pass_time(core, 80 * SECOND, 2 * SECOND)
    async with sending(core, provider):
        await pass_time(core, MINUTE, 2 * SECOND)
        await eventually(lambda: all_sent(core, conversations), "all sent")
    # then no minute (less the moment between the turn and the call) had more than that
    times, minute = provider.times, MINUTE - 6 * SECOND
    assert max(sum(start <= time < start + minute for time in times) for start in times) <= 10
