"""What is proved joins by itself, from the channel's door to the one conversation: the site's word, a mail's, a code's.

Everybody here is somebody new, so that all stories share one running town.
"""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from router.model.conversation import Conversation
from router.model.customer import Evidence, LinkKind
from router.model.event import Transferred
from router.model.ids import PARTITIONS
from router.model.message import SITE, Handle
from router.store.audit.audit import Audit
from tests.core import ANA, BILLING, CARE, TEAMS
from tests.strangers import Town, mail_handle, running_town, site_token, somebody

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(redis_url: str) -> AsyncIterator[Town]:
    async with running_town(redis_url) as running:
        yield running


async def at_billing(town: Town, conversation: Conversation) -> Conversation:
    """The conversation once an agent has given it to another team."""
    assert await town.does(Transferred(ANA, BILLING, "es una factura"), conversation) == ""
    return await town.core.now(conversation.id)


async def assert_one(town: Town, whole: Conversation, owner: str, *texts: str) -> None:
    """All of `texts` is in it, in that order; it is `owner`'s, and the only open one of whoever wrote there."""
    whole = await town.core.now(whole.id)
    written = [entry.text for entry in await town.core.timeline(whole.id) if entry.kind.value == "message_in"]
    assert written == list(texts)
    assert (str(whole.ownership.team), whole.is_queued, whole.part_of) == (owner, True, None)
    for target in whole.targets:
        found = await town.owner(target.handle)
        assert found is not None
        assert (found.id, found.open_conversation) == (whole.customer, whole.id)
    report = await Audit(town.core.connection, PARTITIONS, TEAMS, pause=0.05).run()
    assert [f"{each.kind} {each.subject}: {each.text}" for each in report.findings] == []


async def evidence(town: Town, conversation: Conversation, handle: Handle | str) -> tuple[LinkKind, Evidence | None]:
    """How it is known that the conversation's customer has the handle."""
    link = await town.link(conversation, handle)
    assert link is not None
    return link.kind, link.evidence


async def test_a_second_browser_of_the_same_sub_is_the_same_customer_in_the_same_conversation(town: Town) -> None:
    first, hers = await town.chats("Desde la computadora", identity=site_token("twice"))
    hers = await at_billing(town, hers)
    second, same = await town.chats("Desde el teléfono", identity=site_token("twice"))
    assert same.id == hers.id
    assert (await town.of(hers)).parts == ()
    assert await evidence(town, hers, Handle(SITE, "twice")) == (LinkKind.VERIFIED, Evidence.SITE)
    await assert_one(town, hers, BILLING, "Desde la computadora", "Desde el teléfono")
    # and an answer goes to where they wrote last
    assert (await town.replies(hers, "Le respondo")).address == second.visitor
    await second.line("Le respondo")
    assert "Le respondo" not in first.texts


async def test_who_wrote_at_a_second_browser_before_signing_in_joins_when_they_do(town: Town) -> None:
    _, hers = await town.chats("Primero, con mi nombre", identity=site_token("later"))
    hers = await at_billing(town, hers)
    page, apart = await town.chats("Segundo, sin decir quién soy")
    assert apart.id != hers.id
    signed = await town.page(page.token, identity=site_token("later"))
    assert (await town.says(signed, "Tercero, soy yo")).id == hers.id
    texts = ("Primero, con mi nombre", "Segundo, sin decir quién soy", "Tercero, soy yo")
    await assert_one(town, hers, BILLING, *texts)


async def test_a_signed_visitor_joins_the_open_conversation_of_their_proved_mailbox(town: Town) -> None:
    # given an open conversation of a mailbox, proved by its domain, that an agent gave to another team
    ana = somebody()
    hers = await town.mails(f"Mi factura {ana}", ana, signed_by="example.org")
    hers = await at_billing(town, hers)
    # when the site says in the chat that the mailbox is this visitor's
    page, joined = await town.chats(f"Soy yo {ana[:6]}", identity=site_token(f"mail-{ana}", ana))
    # then it is one conversation, the elder's and its owner's, and no agent was asked
    assert joined.id == hers.id
    assert [part.evidence for part in (await town.of(hers)).parts] == [Evidence.SITE]
    assert await town.suggested(hers) == []
    await assert_one(town, hers, BILLING, f"Mi factura {ana}", f"Soy yo {ana[:6]}")
    # and what comes by either is in it, and answered there
    await town.mails(f"¿Y bien? {ana}", ana, signed_by="example.org")
    assert await town.replies(hers, f"Ya está {ana[:6]}") == mail_handle(ana)
    assert (await town.says(page, f"Gracias {ana[:6]}")).id == hers.id
    assert (await town.replies(hers, f"De nada {ana[:6]}")).kind == "chat"


async def test_a_mail_of_whom_the_site_has_signed_comes_into_their_chats_conversation(town: Town) -> None:
    ana = somebody()
    _, hers = await town.chats(f"Hola, {ana[:6]}", identity=site_token(f"chat-{ana}", ana))
    assert await evidence(town, hers, ana) == (LinkKind.VERIFIED, Evidence.SITE)
    # whether it is proved or not: the site has said whose the mailbox is, and the mail tells how it is known
    for text, domain, proof in ((f"Sigo por correo {ana}", "example.org", "dkim"), (f"Sin firma {ana}", "", "none")):
        assert (await town.mails(text, ana, signed_by=domain)).id == hers.id
        assert await town.proof(hers, text) == proof
    await assert_one(town, hers, CARE, f"Hola, {ana[:6]}", f"Sigo por correo {ana}", f"Sin firma {ana}")


async def test_what_is_not_proved_yet_is_a_suggestion_and_joins_once_it_is(town: Town) -> None:
    # given a mailbox of which only a mail came that anybody may have written, with another's number in it
    ana = somebody()
    hers = await town.mails(f"Mi RUT es 11.111.111-1 {ana}", ana)
    page, theirs = await town.chats(f"Mi RUT es 12.345.678-5 {ana[:6]}", identity=site_token(f"not-yet-{ana}", ana))
    assert theirs.id != hers.id
    assert await town.suggested(theirs) == [(f"email:{ana}", "")]
    # when one comes that is proved to be theirs, and they write on
    await town.mails(f"Ahora sí {ana}", ana, signed_by="example.org")
    # then they are one: what somebody only claimed tells nobody apart
    assert (await town.says(page, f"Soy yo {ana[:6]}")).id == hers.id
    assert await town.suggested(hers) == []


def code_in(mail: str) -> str:
    found = re.search(r"[0-9]{6}", mail)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_code_read_in_the_mailbox_and_written_in_the_chat_joins_both(town: Town, is_known: bool) -> None:
    # given a visitor who only typed an address, whether it is known to be somebody's or not
    ana = somebody()
    told: list[str] = []
    hers = None
    if is_known:
        told.append(f"Mi factura {ana}")
        hers = await at_billing(town, await town.mails(told[0], ana, signed_by="example.org"))
    page, theirs = await town.chats(f"Soy Ana, mi correo es {ana}")
    assert hers is None or theirs.id != hers.id
    # when an agent has a code sent there, and the visitor writes what they read
    assert await town.asks(theirs, ana, "161803") == ""
    (mail,) = await town.got(ana, "161803")
    assert "factura" not in mail
    whole = await town.says(page, f"es {code_in(mail)}")
    # then the mailbox is theirs by that code, and all is the elder conversation's
    assert whole.id == (hers or theirs).id
    assert await evidence(town, whole, ana) == (LinkKind.VERIFIED, Evidence.DKIM if is_known else Evidence.CODE)
    assert [part.evidence for part in (await town.of(whole)).parts] == ([Evidence.CODE] if is_known else [])
    assert await town.suggested(whole) == []
    told += [f"Soy Ana, mi correo es {ana}", f"es {code_in(mail)}"]
    await assert_one(town, whole, BILLING if is_known else CARE, *told)
    # and what comes from the mailbox is in it
    assert (await town.mails(f"Gracias {ana}", ana, signed_by="example.org")).id == whole.id
