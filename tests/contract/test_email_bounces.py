"""A reply that comes back: its conversation hears of it, from a real server's report to the address of its own."""

from collections.abc import AsyncIterator

import pytest

from router.model.conversation import Conversation, ConversationState
from router.model.event import ReplyWritten
from tests.core import ANA, Core
from tests.email_channel import CARE_ADDRESS, running_email, settings_for_tests
from tests.sandbox_process import SandboxProcess
from tests.waiting import eventually

CUSTOMER = "ana@example.org"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxProcess]:
    async with SandboxProcess() as running:
        yield running


@pytest.mark.parametrize("has_bounce_address", [True, False])
async def test_a_reply_that_comes_back_gives_its_conversation_back_to_the_team(
    sandbox: SandboxProcess, redis_url: str, redis_client: object, has_bounce_address: bool
) -> None:
    mailbox = (sandbox.imap_port, CARE_ADDRESS, "sandbox")
    settings = settings_for_tests(imap=mailbox, smtp_port=sandbox.smtp_port, plus_addresses=has_bounce_address)
    async with running_email(redis_url, settings) as (core, _):
        # given a customer whose mailbox is closed once they have written
        await sandbox.write(CUSTOMER, "¿Dónde está mi pedido?", subject="Pedido 41", name="Ana")
        conversation = await eventually(lambda: core.open_of(f"email:{CUSTOMER}"), "the conversation")
        assert conversation is not None
        # when the team answers, and the mail is first late, then comes back
        await sandbox.fault(smtp={"bounce": {CUSTOMER: "4.4.1"}})
        await core.does(ReplyWritten(ANA, "Llega mañana."), conversation.id)
        late = await eventually(lambda: reported(core, conversation, 2), "the word that it is late")
        assert late[1][0] == "sent"
        assert late[1][1].startswith("delayed: 450 4.4.1")
        assert (await core.now(conversation.id)).state is ConversationState.PENDING
        await sandbox.fault(smtp={"bounce": {CUSTOMER: "5.1.1"}})
        await core.does(ReplyWritten(ANA, "Llega mañana a las 10."), conversation.id)
        told = await eventually(lambda: reported(core, conversation, 4), "the word that it failed")
        # then the team is told why, and it is their turn again, in the same conversation
        assert told[3][0] == "failed"
        assert told[3][1].startswith("550 5.1.1")
        assert (await core.now(conversation.id)).state is ConversationState.OPEN


async def reported(core: Core, conversation: Conversation, count: int) -> list[tuple[str, str]]:
    """What was told of the replies, once it was told so often."""
    entries = [entry.detail for entry in await core.timeline(conversation.id) if entry.kind == "delivery"]
    return [(each["state"], each.get("reason", "")) for each in entries] if len(entries) >= count else []
