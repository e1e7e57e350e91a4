"""Any links, merges and undos among any messages, each step at any time and the runner dying at any: all stays true.

No message is in a conversation of somebody whose it is not, each is there once and in its order, whoever is one has one
open conversation, and nothing is left undone.
"""

import asyncio
import os
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.model.event import (
    Claimed,
    Command,
    Linked,
    Reopened,
    ReplyWritten,
    Resolved,
    Snoozed,
    Transferred,
    Unlinked,
)
from router.model.ids import PARTITIONS, CustomerId, customer_id
from router.model.message import Handle
from router.model.timeline import EntryKind
from router.store import keys
from router.store.audit.audit import Audit
from tests.core import ANA, BILLING, TEAMS
from tests.redis_servers import client_of
from tests.stepper import Stepper, stepper

EXAMPLES = int(os.environ.get("HILO_MERGES", "25"))
SENDERS = 4
KINDS = (
    *("writes", "writes", "writes", "writes", "repeats", "repeats", "links", "links", "unlinks", "unlinks"),
    *("acts", "acts"),
    *("some", "some", "some", "dies", "settles"),
)
MESSAGES = (EntryKind.MESSAGE_IN, EntryKind.MESSAGE_OUT)
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, SENDERS - 1), st.integers(0, 7)), min_size=10, max_size=40
)


@given(steps=STEPS, seed=st.integers(0, 1000))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_whoever_becomes_one_or_two_every_message_stays_where_it_belongs(
    steps: list[tuple[str, int, int]], seed: int, redis_url: str
) -> None:
    asyncio.run(_played(redis_url, steps, seed))


async def _played(url: str, steps: list[tuple[str, int, int]], seed: int) -> None:
    senders = [f"chat:{number}" for number in range(SENDERS)]
    client = client_of(url)
    await client.flushall()
    for number, sender in enumerate(senders):
        # In which partitions they are is the seed's choice.
        await client.set(keys.handle(Handle(*sender.split(":"))), customer_id(f"{seed} {number}"))
    await client.aclose()
    async with stepper(url) as core:
        for sender in senders[1:]:
            await core.writes(sender)
        await core.settles()
        await _step(core, senders, "links", 1, 2)
        for kind, who, number in steps:
            await _step(core, senders, kind, who, number)
        await core.settles()
        await _check(core, senders)
        report = await Audit(core.connection, PARTITIONS, TEAMS, pause=0.0).run()
        assert [str(finding) for finding in report.findings] == []


async def _step(core: Stepper, senders: list[str], kind: str, who: int, number: int) -> None:
    sender, other = senders[who], senders[number % len(senders)]
    match kind:
        case "writes":
            await core.writes(sender)
        case "repeats":
            await core.repeats(sender, number)
        case "links" if name := await core.open_of(sender):
            await core.does(Linked(ANA, Handle(*other.split(":"))), name)
        case "unlinks":
            await _unlinked(core, [*senders[who:], *senders[:who]], number)
        case "some" | "dies":
            for step in range(number + 1):
                if busy := await core.busy():
                    partition, stream = busy[(who * 8 + number + step) % len(busy)]
                    if stream == keys.INBOUND:
                        await core.works(partition)
                    else:
                        await core.runs(partition, dies=kind == "dies" and step == number)
        case "acts" if name := await core.open_of(sender):
            await core.does(_acts(core)[number], name)
        case "settles":
            await core.settles()


async def _unlinked(core: Stepper, senders: list[str], number: int) -> None:
    """An agent parts who became part of the first of the senders of whom somebody did, else a handle of theirs."""
    for sender in senders:
        name, known = await core.open_of(sender), await core.customer_of(sender)
        record = await core.records.customer(known) if known else None
        if name and record and record.parts:
            await core.does(Unlinked(ANA, record.parts[number % len(record.parts)].customer), name)
            return
    if name := await core.open_of(senders[0]):
        await core.does(Unlinked(ANA, handle=Handle(*senders[number % len(senders)].split(":"))), name)


def _acts(core: Stepper) -> list[Command]:
    """What an agent may do with a conversation; it leaves its queue, changes it, or waits for a timer."""
    later = core.clock.now() + timedelta(days=1)
    work: list[Command] = [Claimed(ANA), Resolved(ANA), Snoozed(ANA, later), Transferred(ANA, BILLING), Reopened(ANA)]
    return [*work, *(ReplyWritten(ANA, f"Buenas {number}") for number in range(3))]


async def _check(core: Stepper, senders: list[str]) -> None:
    assert core.doubled == []
    replies: set[str] = set()
    for sender in senders:
        sent = [message.key for message in core.taken[sender]]
        if not sent:
            continue
        # It is in the one open conversation of who they are now, all of it, once and in its order.
        name = await core.open_of(sender)
        assert name is not None, f"{sender} has no open conversation"
        story = await core.timeline(name)
        told = [entry for entry in story if entry.kind is EntryKind.MESSAGE_IN]
        assert [entry.message for entry in told if entry.detail["handle"] == sender] == sent
        # And nothing of anybody else's.
        replies |= {entry.message for entry in story if entry.kind is EntryKind.MESSAGE_OUT}
        whose = {entry.detail["handle"] for entry in story if "handle" in entry.detail and entry.kind in MESSAGES}
        assert {await core.customer_of(each) for each in whose} == {await core.customer_of(sender)}
        customer = await core.records.customer(await core.customer_of(sender) or CustomerId(""))
        assert customer is not None
        assert (customer.busy_with, customer.wishes) == (None, ())
    # What agents wrote is told as well, each once: nothing of it has left here.
    names = [keys.key(partition, keys.outbound("webchat")) for partition in range(PARTITIONS)]
    assert len(replies) == sum([await core.connection.commands.xlen(name) for name in names])
