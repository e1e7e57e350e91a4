"""Two customers become one and two again, on a real server: nothing is lost, nothing twice, all in its order."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from router.model.conversation import Conversation
from router.model.decision import OutcomeKind
from router.model.event import Linked, ReplyWritten, Unlinked
from router.model.ids import PARTITIONS, CustomerId
from router.model.message import Handle
from router.store.audit.audit import Audit
from tests.core import ANA, TEAMS, Core, running_core
from tests.waiting import eventually

MINUTE = timedelta(minutes=1)
ADA, MAIL = "chat:ada", "email:ada@example.org"


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url) as core:
        yield core


def handle(text: str) -> Handle:
    kind, _, address = text.partition(":")
    return Handle(kind, address)


async def audited(core: Core) -> list[str]:
    report = await Audit(core.connection, PARTITIONS, TEAMS, pause=0.05).run()
    return [f"{each.kind} {each.subject}: {each.text}" for each in report.findings]


async def texts(core: Core, conversation: Conversation) -> list[str]:
    return [entry.text for entry in await core.timeline(conversation.id) if entry.text]


async def merged(core: Core, chat: Conversation, mail: Conversation) -> Conversation:
    """The one conversation, once an agent has said that the mailbox is the chat's visitor's."""
    outcome = await core.does(Linked(ANA, handle(MAIL)), chat.id)
    assert outcome.kind is OutcomeKind.DONE

    async def one() -> Conversation | None:
        found = await core.open_of(MAIL)
        return found if found and found.id != mail.id else None

    return await eventually(one, "they are one")


async def parted(core: Core, chat: Conversation, customer: CustomerId) -> None:
    outcome = await core.does(Unlinked(ANA, customer), chat.id)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.DONE, "")

    async def two() -> bool:
        found = await core.records.customer(customer)
        return found is not None and found.part_of is None

    await eventually(two, "they are two")


async def test_two_open_conversations_become_one_and_two_again(core: Core) -> None:
    # given a chat, and later a mail, of one person
    chat = await core.says("Hola", ADA)
    await core.clock.advance(MINUTE)
    mail = await core.says("Mi factura", MAIL, channel="email")
    await core.clock.advance(MINUTE)
    await core.says("¿Hay alguien?", ADA)
    # when an agent links them
    one = await merged(core, chat, mail)
    # then the elder stays, with both stories in the order of their instants
    assert one.id == chat.id
    assert await texts(core, one) == ["Hola", "Mi factura", "¿Hay alguien?"]
    assert one.messages == 3
    assert {str(target.handle) for target in one.targets} == {ADA, MAIL}
    assert await audited(core) == []
    # and what comes from either is in it
    assert (await core.says("Y otra cosa", MAIL, channel="email")).id == one.id
    # and an agent who has the other one open is told where it is
    outcome = await core.does(ReplyWritten(ANA, "Hola"), mail.id)
    assert (outcome.reason, outcome.conversation) == ("merged", one.id)
    # when it was a mistake, then each has what was theirs, and what came since
    await parted(core, chat, mail.customer)
    assert await audited(core) == []
    assert (again := await core.open_of(MAIL)) is not None
    assert again.id == mail.id
    assert await texts(core, mail) == ["Mi factura", "Y otra cosa"]
    assert await texts(core, chat) == ["Hola", "¿Hay alguien?"]
    assert (await core.says("Sigo", MAIL, channel="email")).id == mail.id
    assert (await core.says("Yo también", ADA)).id == chat.id
    assert await audited(core) == []
