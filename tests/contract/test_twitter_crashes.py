"""Crashes between what X took and our record of it: nothing is posted twice, and each doubt is settled or shown."""

import os
import random
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any, ClassVar

import pytest

from channels.twitter import sending
from channels.twitter.adapter import TwitterAdapter
from channels.twitter.ledger import Ledger, Parts
from channels.twitter.sending import Sending
from router.model.clock import SystemClock
from router.model.conversation import Conversation
from router.model.errors import UnknownOutcome
from router.model.event import ReplyWritten
from router.model.ids import MessageId
from router.model.message import OutboundMessage, Receipt
from router.store.connection import Connection
from tests.contract.doors import hosted, services_on
from tests.core import ANA, Core, running_core
from tests.sandbox_process import SandboxProcess
from tests.twitter import ACCOUNT, settings_for_tests
from tests.waiting import eventually

# More by hand: HILO_X_CRASHES=500.
CRASHES = int(os.environ.get("HILO_X_CRASHES", "20"))
CUSTOMERS = ("ana", "bea", "carla", "dora")
IN_PUBLIC = frozenset({"ana", "bea"})
NUMBER = re.compile(r" \((\d+)/(\d+)\)$")
NAMES = re.compile(r"^(@\w+ )+")


class Killed(BaseException):
    """What ends the work on a reply at that very point, as a kill would: nothing that comes after it happens."""


class Death(Enum):
    """Where the process dies over a reply."""

    UNKEPT = "X took a part, and nothing of it was kept"
    UNRECORDED = "all parts are kept, and the reply is not settled"
    UNHEARD = "X took it, its answer was lost, and nobody looked"
    UNSENT = "it was marked as leaving, and X was never asked"


class MortalLedger(Ledger):
    """A ledger whose process dies when the given part of a reply is to be kept."""

    dies_at: ClassVar[dict[MessageId, int]] = {}

    async def keep(self, message: MessageId, parts: Parts) -> None:
        """Keep it, or die."""
        if self.dies_at.get(message) == len(parts):
            del self.dies_at[message]
            raise Killed
        await super().keep(message, parts)


class Mortal:
    """An adapter whose process dies over each reply that it is the first to hand over."""

    def __init__(self, adapter: TwitterAdapter, death: Death, died: set[str], chance: random.Random) -> None:
        self._adapter = adapter
        self._death = death
        self._died = died
        self._chance = chance
        # The same ledger, which dies when it is told.
        adapter._sending._ledger.__class__ = MortalLedger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Hand it over as far as it comes, and die."""
        if message.text in self._died:
            return await self._adapter.send(message)
        self._died.add(message.text)
        if self._death is Death.UNSENT:
            raise Killed
        if self._death is Death.UNKEPT:
            MortalLedger.dies_at[message.id] = self._chance.choice((1, 2)) if len(message.text) > 400 else 1
        try:
            await self._adapter.send(message)
        except UnknownOutcome:
            assert self._death is Death.UNHEARD
        raise Killed


@dataclass
class Talk:
    """Customers on the sandbox's X, and what the company was told to answer them."""

    core: Core
    sandbox: SandboxProcess
    ids: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[str]] = field(default_factory=dict)

    async def begin(self) -> None:
        """Let X grant all that is asked."""
        await self.sandbox.fault(x={"limits": {"*": {"limit": 10_000_000}}})
        for customer in CUSTOMERS:
            self.ids[customer] = str((await self.sandbox.x("users", **{"from": customer}))["id"])
            self.answers[customer] = []

    async def customers_write(self, number: int) -> None:
        """Each writes, in public or in private, and the company has heard it."""
        for customer in CUSTOMERS:
            text = f"pregunta {number} de {customer}"
            if customer in IN_PUBLIC:
                await self.sandbox.tweet(customer, f"@{ACCOUNT} {text}")
            else:
                await self.sandbox.dm(customer, text)
        for customer in CUSTOMERS:
            await eventually(lambda customer=customer: self._has_heard(customer, number), f"{customer} {number}")  # type: ignore[misc]

    async def company_answers(self, number: int, is_long: bool) -> None:
        """An answer to each; a long one is several posts."""
        for customer in CUSTOMERS:
            text = f"Respuesta {number} para {customer}."
            text += f" Le explicamos con detalle qué ha pasado con su pedido {number} y qué haremos." * 6 * is_long
            self.answers[customer].append(text)
            await self.core.does(ReplyWritten(ANA, text), (await self.conversation(customer)).id)

    async def conversation(self, customer: str) -> Conversation:
        """The customer's."""
        found = await self.core.open_of(f"twitter:{self.ids[customer]}")
        assert found is not None
        return found

    async def states(self) -> list[str]:
        """What the timelines tell of the replies."""
        found = []
        for customer in CUSTOMERS:
            entries = await self.core.timeline((await self.conversation(customer)).id)
            found += [entry.detail["state"] for entry in entries if entry.kind == "delivery"]
        return found

    async def read(self) -> dict[str, list[str]]:
        """What each customer has from the company, the parts of a reply put together as they came."""
        posts = await self.sandbox.x("posts")
        messages = [each for each in await self.sandbox.x("messages") if each["by_company"]]
        names = {each["id"]: customer for customer in CUSTOMERS for each in await self._written_by(customer)}
        found: dict[str, list[str]] = {customer: [] for customer in CUSTOMERS}
        for each in posts:
            names[each["id"]] = names[each["in_reply_to"]]
            found[names[each["id"]]].append(each["text"])
        for each in messages:
            found[each["to"]].append(each["text"])
        return {customer: together(texts) for customer, texts in found.items()}

    async def _written_by(self, customer: str) -> list[dict[str, Any]]:
        return list(await self.sandbox.x(f"posts?from={customer}"))

    async def _has_heard(self, customer: str, number: int) -> bool:
        found = await self.core.open_of(f"twitter:{self.ids[customer]}")
        entries = await self.core.timeline(found.id) if found else []
        return any(f"pregunta {number} " in entry.text for entry in entries)


def together(texts: list[str]) -> list[str]:
    """The replies, whose parts come one after the other; a part that comes twice, or out of turn, is seen."""
    replies: list[str] = []
    for text in texts:
        bare, number = NAMES.sub("", text), NUMBER.search(text)
        if number and number[1] != "1":
            replies[-1] += " " + NUMBER.sub("", bare)
        else:
            replies.append(NUMBER.sub("", bare))
    return replies


@pytest.fixture
async def talk(redis_url: str, redis_client: object) -> AsyncIterator[Talk]:
    async with SandboxProcess() as sandbox, running_core(redis_url, clock=SystemClock()) as core:
        talk = Talk(core, sandbox)
        await talk.begin()
        yield talk


@asynccontextmanager
async def process(url: str, sandbox: SandboxProcess) -> AsyncIterator[TwitterAdapter]:
    """A new process' adapter: it knows what is in Redis."""
    connection = Connection(url)
    try:
        yield TwitterAdapter(settings_for_tests(sandbox.x_url), services_on(connection, "twitter"))
    finally:
        await connection.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(60 + CRASHES)
async def test_no_crash_doubles_or_loses_a_reply(talk: Talk, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LOOKS_APART", timedelta(seconds=0.2))
    deaths = await rounds(talk, redis_url, CRASHES // len(CUSTOMERS))
    # then what is known of each reply is told, and each customer has each answer once, in order
    states, read = await talk.states(), await talk.read()
    assert read == talk.answers
    assert set(states) <= {"sent", "unconfirmed"}
    told = f"{sum(deaths.values())} crashes ({', '.join(f'{d.name.lower()} {n}' for d, n in deaths.items())})"
    sys.stdout.write(f"{told}: 0 doubled, 0 lost, {dict(Counter(states))}\n")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_without_a_look_direct_messages_are_doubled(
    talk: Talk, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control arm: who takes every doubt for a no. Of posts X takes no second one, and says so."""

    async def not_found(_: Sending, __: OutboundMessage) -> None:
        return None

    monkeypatch.setattr(Sending, "find", not_found)
    await rounds(talk, redis_url, 3)
    read = await talk.read()
    assert any(read[customer] != talk.answers[customer] for customer in CUSTOMERS if customer not in IN_PUBLIC)


async def rounds(talk: Talk, url: str, count: int) -> Counter[Death]:
    """Each process settles what the one before it left, and dies over what is new; the last one settles all."""
    died, deaths, chance = set[str](), Counter[Death](), random.Random(7)
    for number in range(count):
        death = list(Death)[number % len(Death)]
        async with process(url, talk.sandbox) as adapter, hosted(url, Mortal(adapter, death, died, chance)):
            await talk.customers_write(number)
            await eventually(lambda number=number: all_told(talk, number), f"what became of round {number}")  # type: ignore[misc]
            if death is Death.UNHEARD:
                cut = {"endpoint": "post" if number % 8 < 4 else "dm_send", "cut_after": len(CUSTOMERS)}
                await talk.sandbox.fault(x={"limits": {"*": {"limit": 10_000_000}}, **cut})
            await talk.company_answers(number, is_long=number % 3 == 1)
            await eventually(lambda number=number: all_died(died, number), f"the deaths of round {number}")  # type: ignore[misc]
        await talk.sandbox.fault(x={"limits": {"*": {"limit": 10_000_000}}})
        deaths[death] += len(CUSTOMERS)
    async with process(url, talk.sandbox) as adapter, hosted(url, adapter):
        await eventually(lambda: all_told(talk, count), "what became of each")
    return deaths


async def all_told(talk: Talk, rounds: int) -> bool:
    return len(await talk.states()) == rounds * len(CUSTOMERS)


async def all_died(died: set[str], number: int) -> bool:
    return len(died) == (number + 1) * len(CUSTOMERS)
