"""A sender that dies between the provider's call and the record of it: no letter twice, and every doubt is shown."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.contract import ChannelAdapter
from router.model.clock import SystemClock
from router.model.conversation import Conversation
from router.model.errors import UnknownOutcome
from router.model.event import ReplyWritten
from router.model.message import OutboundMessage, Receipt
from router.store.outbound import Intent, Outbound
from tests.contract.customer import has_read, states_are, talk, writes
from tests.contract.doors import Door, adapter_at, hosted, running
from tests.contract.email_doors import MailServer
from tests.contract.webchat_door import VisitorsPage
from tests.core import ANA, Core, running_core
from tests.provider import Provider, deliveries, sending
from tests.sandbox_process import SandboxProcess
from tests.waiting import eventually

# More by hand: HILO_SENDER_KILLS=100.
KILLS = int(os.environ.get("HILO_SENDER_KILLS", "20"))


class Killed(BaseException):
    """What ends the work on a reply at that very point, as a kill would: nothing that comes after it happens."""


class Mortal:
    """An adapter whose process dies once the provider has taken a reply, the first time that it takes it."""

    def __init__(self, adapter: ChannelAdapter, died: set[str]) -> None:
        self._adapter = adapter
        self._died = died

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Hand it over, and die."""
        receipt = await self._adapter.send(message)
        if message.text not in self._died:
            self._died.add(message.text)
            raise Killed
        return receipt


@pytest.fixture(params=[VisitorsPage, MailServer])
async def door(request: pytest.FixtureRequest) -> AsyncIterator[Door]:
    """A channel with its provider."""
    async with SandboxProcess() as sandbox, request.param(sandbox) as opened:
        yield opened


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url, clock=SystemClock()) as started:
        yield started


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_the_customer_reads_each_reply_once(door: Door, core: Core, redis_url: str) -> None:
    async with running(redis_url, door):
        await writes(door, 0, 1)
        conversation = await talk(core, door)
    answers, died = [f"Respuesta {number}" for number in range(KILLS)], set[str]()
    for number, answer in enumerate(answers):
        # given a sender that dies over each reply, and another one that comes after it
        async with adapter_at(redis_url, door) as adapter, hosted(redis_url, Mortal(adapter, died)):
            await core.does(ReplyWritten(ANA, answer), conversation.id)
            await eventually(lambda number=number: has_died(died, number + 1), answer)  # type: ignore[misc]
    # then what is known of each is told, and the customer has each once, in order
    async with running(redis_url, door):
        await eventually(lambda: states_are(core, conversation, ["sent"] * KILLS), "all sent")
        await eventually(lambda: has_read(door, answers), "the answers, once and in order")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("is_marked", [True, False])
async def test_what_no_look_can_settle_is_shown_and_not_sent_again(
    core: Core, monkeypatch: pytest.MonkeyPatch, is_marked: bool
) -> None:
    """Without the mark that is set before the call, a reply that left leaves once more."""
    if not is_marked:
        monkeypatch.setattr(Outbound, "sending", _unmarked)
    provider, died = Provider(core), set[str]()
    provider.knows = UnknownOutcome("this provider can't tell")
    conversation = await core.says("Hola")
    for number in range(KILLS):
        async with sending(core, Mortal(provider, died)):  # type: ignore[arg-type]
            await core.does(ReplyWritten(ANA, f"Respuesta {number}"), conversation.id)
            await eventually(lambda number=number: has_died(died, number + 1), f"{number}")  # type: ignore[misc]
    async with sending(core, provider):
        await eventually(lambda: are_told(core, conversation), "what became of each")
    told = set(await deliveries(core, conversation))
    assert (len(provider.took) == KILLS, told) == (is_marked, {"unconfirmed" if is_marked else "sent"})


async def has_died(died: set[str], count: int) -> bool:
    return len(died) == count


async def are_told(core: Core, conversation: Conversation) -> bool:
    return len(await deliveries(core, conversation)) == KILLS


async def _unmarked(_: Outbound, intent: Intent) -> Intent:
    return intent
