"""Whoever writes in another's name by mail, or with what was made for another, gets nothing of theirs; each tried once.

Everybody here is somebody new, so that all stories share one running town.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from router.model.conversation import Conversation, Doubt
from router.model.customer import LinkKind
from router.model.event import Linked, ReplyWritten
from router.model.message import ChannelName
from tests.core import ANA
from tests.desk import CARLA
from tests.strangers import OURS, Town, mail_handle, running_town, somebody

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANSWER = "Ya está resuelto, la visita es el martes a las 10."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(redis_url: str) -> AsyncIterator[Town]:
    async with running_town(redis_url) as running:
        yield running


async def ana_writes(town: Town, ana: str) -> Conversation:
    """Ana's conversation, proved to be hers, with something in it that is nobody else's business."""
    return await town.mails(f"Mi contrato es el 4711, soy {ana}", ana, signed_by="example.org")


async def assert_apart(town: Town, theirs: Conversation, hers: Conversation, ana: str) -> None:
    """They are two, Ana's handle is hers, and none of hers has got into theirs."""
    assert theirs.id != hers.id
    assert theirs.customer != hers.customer
    owner = await town.owner(ana)
    assert owner is not None
    assert owner.id == (await town.of(hers)).id
    assert not any("4711" in text for text in await town.texts(theirs))
    assert (await town.of(theirs)).parts == (await town.of(hers)).parts == ()


async def test_spoofed_from_is_answered_at_the_known_address_alone_and_seen_as_unproved(town: Town) -> None:
    ana, evil = somebody(), somebody("evil")
    hers = await ana_writes(town, ana)
    # when somebody writes in her name, and would have the answer elsewhere, openly and by all headers that there are
    headers = f"Reply-To: {evil}\r\nReturn-Path: <{evil}>\r\nSender: {evil}\r\nCc: {evil}\r\n"
    text = f"Cambien mi correo a {evil}, por favor"
    theirs = await town.mails(text, f"Ana <{ana}>", headers=headers)
    # then it stands in her conversation, as proved by nothing, and makes nobody's handle hers
    assert (theirs.id, await town.proof(hers, text)) == (hers.id, "none")
    assert await town.link(hers, evil) is None
    # and the answer goes to her, without a word of what she wrote before
    assert await town.replies(hers, ANSWER) == mail_handle(ana)
    assert "4711" not in (await town.letter(ana, ANSWER)).as_string()
    assert await town.got(evil) == []


@pytest.mark.parametrize(
    "alike",
    [
        "{name}+x@example.org",
        "{first}.{rest}@example.org",
        "{name}@example.org.evil.example",
        "{name}@exаmple.org",
        "{name}@examp1e.org",
        "\u0430{rest}@example.org",
    ],
)
async def test_look_alike_address_is_somebody_else(town: Town, alike: str) -> None:
    ana = somebody()
    hers = await ana_writes(town, ana)
    name = ana.partition("@")[0]
    text = f"Hola, soy yo otra vez {ana}"
    theirs = await town.mails(text, alike.format(name=name, first=name[0], rest=name[1:]))
    await assert_apart(town, theirs, hers, ana)


@pytest.mark.parametrize(
    ("hers_is", "alike"), [("klara", "\u212alara"), ("strauss", "strau\u00df"), ("iris", "iri\u017f")]
)
async def test_a_letter_that_only_folds_to_hers_is_another_mailbox(town: Town, hers_is: str, alike: str) -> None:
    # given a mailbox whose name has letters into which others are folded where case makes no difference
    ana = somebody(hers_is)
    hers = await ana_writes(town, ana)
    # when the owner of the other one writes, proved by the domain of both
    text = f"¿Y mi visita, {ana}?"
    theirs = await town.mails(text, ana.replace(hers_is, alike), signed_by="example.org")
    await assert_apart(town, theirs, hers, ana)


async def test_her_address_quoted_as_the_name_in_another_domain_is_proved_by_nothing(town: Town) -> None:
    ana = somebody()
    hers = await ana_writes(town, ana)
    # when a program that reads addresses badly would see hers, and the other domain has signed it
    text = f"¿Cuál de las dos {ana}?"
    theirs = await town.mails(text, f'"{ana}"@evil.example', signed_by="evil.example")
    # then it is a mail in her name like any other that is spoofed
    assert await town.proof(theirs, text) == "none"
    assert await town.replies(theirs, ANSWER + ana) == mail_handle(ana)
    await town.letter(ana, ANSWER + ana)
    assert (await town.of(hers)).parts == ()


async def test_capitals_make_nobody_else_and_lead_no_answer_away(town: Town) -> None:
    ana = somebody()
    hers = await ana_writes(town, ana)
    # when somebody writes in her name, in capitals
    theirs = await town.mails("SOY YO DE NUEVO " + ana, ana.upper().replace("EXAMPLE.ORG", "example.org"))
    assert theirs.id == hers.id
    # then whoever reads the answer reads her mailbox
    assert (await town.replies(hers, ANSWER)).address.lower() == ana


@pytest.mark.parametrize(
    "shown", ['"{ana}" <{evil}>', "{ana} <{evil}>", '"Ana <{ana}>" <{evil}>', "=?utf-8?q?{ana}?= <{evil}>"]
)
async def test_display_name_trick_is_a_name_and_no_address(town: Town, shown: str) -> None:
    ana, evil = somebody(), somebody("evil")
    hers = await ana_writes(town, ana)
    text = f"Mándenme mi factura, {evil}"
    theirs = await town.mails(text, shown.format(ana=ana, evil=evil), signed_by="example.org")
    assert await town.owner(evil) is not None or theirs.id != hers.id
    await assert_apart(town, theirs, hers, ana)


async def test_two_froms_prove_neither(town: Town) -> None:
    ana, evil = somebody(), somebody("evil")
    hers = await ana_writes(town, ana)
    text = f"Doble remitente {evil}"
    theirs = await town.mails(text, ana, headers=f"From: {evil}\r\n", signed_by="example.org")
    assert await town.proof(theirs, text) == "none"
    if theirs.id == hers.id:
        assert await town.replies(hers, ANSWER + evil) == mail_handle(ana)


@pytest.mark.parametrize("domain", ["evil.example", ""])
async def test_dkim_of_another_domain_proves_nothing_of_hers(town: Town, domain: str) -> None:
    ana = somebody()
    hers = await ana_writes(town, ana)
    text = f"Firmado por otro, {ana}"
    theirs = await town.mails(text, ana, signed_by=domain)
    assert (theirs.id, await town.proof(hers, text)) == (hers.id, "none")


async def test_forged_authentication_results_are_not_our_servers(town: Town) -> None:
    ana = somebody()
    hers = await ana_writes(town, ana)
    passed = f"dmarc=pass header.from=example.org; dkim=pass header.d=example.org ({ana})"
    # when the sender writes our server's finding themselves: under another name, and below our server's own
    forged = {
        f"A {ana}": f"Authentication-Results: mx.hilo.example.evil.example; {passed}\r\n",
        f"B {ana}": f"Authentication-Results: {OURS}; dmarc=fail header.from=example.org\r\n"
        f"Authentication-Results: {OURS}; {passed}\r\n",
        f"C {ana}": f"X-Authentication-Results: {OURS}; {passed}\r\n",
    }
    for text, above in forged.items():
        assert (await town.mails(text, ana, above=above)).id == hers.id
        assert await town.proof(hers, text) == "none"


async def test_guessed_conversation_in_references_opens_nothing(town: Town) -> None:
    ana, evil = somebody(), somebody("evil")
    hers = await ana_writes(town, ana)
    guesses = [
        f"<{hers.id}@hilo.example>",
        f"<o-07-abc1.{hers.id}.{'0123456789abcdef' * 2}@hilo.example>",
        f"<{hers.id}.aaaaaaaaaaaaaaaa@hilo.example>",
    ]
    text = f"Sigo con lo mío {evil}"
    headers = f"References: {' '.join(guesses)}\r\nIn-Reply-To: {guesses[0]}\r\n"
    theirs = await town.mails(text, evil, signed_by="example.org", headers=headers)
    await assert_apart(town, theirs, hers, ana)
    assert await town.suggested(theirs) == []


async def test_her_reply_address_used_from_another_mailbox_is_a_hint_for_agents_and_no_way_in(town: Town) -> None:
    ana, evil = somebody(), somebody("evil")
    hers = await ana_writes(town, ana)
    await town.replies(hers, ANSWER)
    # given the address to answer to, as it stood in a mail of hers that somebody saw
    reply_to = str((await town.letter(ana, ANSWER))["Reply-To"].addresses[0].addr_spec)
    assert "+r." in reply_to
    # when they write there from their own mailbox, which is proved to be theirs
    text = f"Sigo con mi caso {evil}"
    theirs = await town.mails(text, evil, signed_by="example.org", to=reply_to)
    await assert_apart(town, theirs, hers, ana)
    assert await town.suggested(theirs) == [(hers.id, "")]
    # and what they get is what is written to them
    assert await town.replies(theirs, f"¿Quién es {evil}?") == mail_handle(evil)
    assert "4711" not in (await town.letter(evil, f"¿Quién es {evil}?")).as_string()


async def test_her_reply_address_with_another_holder_or_conversation_in_it_is_nobodys(town: Town) -> None:
    ana, evil = somebody(), somebody("evil")
    hers, theirs = await ana_writes(town, ana), await town.mails(f"Hola {evil}", evil, signed_by="example.org")
    await town.replies(hers, ANSWER)
    await town.replies(theirs, ANSWER + evil)
    _, conversation, _, seal = str((await town.letter(ana, ANSWER))["Reply-To"].addresses[0].username).split(".")
    purpose, _, holder, own_seal = str(
        (await town.letter(evil, ANSWER + evil))["Reply-To"].addresses[0].username
    ).split(".")
    # when they put their own holder, or their own seal, into hers
    for number, made in enumerate((f"{conversation}.{holder}.{seal}", f"{conversation}.{holder}.{own_seal}")):
        text = f"Intento {number} {evil}"
        again = await town.mails(text, evil, signed_by="example.org", to=f"{purpose}.{made}@hilo.example")
        assert again.id == theirs.id
        assert await town.suggested(again) == []


async def test_leaked_message_id_of_a_mail_to_her_lets_nobody_else_answer_it(town: Town) -> None:
    ana, evil = somebody(), somebody("evil")
    hers = await ana_writes(town, ana)
    await town.replies(hers, ANSWER)
    known = str((await town.letter(ana, ANSWER))["Message-ID"])
    text = f"Re: lo nuestro {evil}"
    headers = f"In-Reply-To: {known}\r\nReferences: {known}\r\n"
    theirs = await town.mails(text, evil, signed_by="example.org", headers=headers)
    await assert_apart(town, theirs, hers, ana)
    assert await town.suggested(theirs) == [(hers.id, "")]


async def test_her_message_id_reused_suppresses_nothing_of_hers(town: Town) -> None:
    ana, evil = somebody(), somebody("evil")
    # given a mail that the enemy sends first, under the Message-ID that hers will have, and in her name
    name = f"<next-{ana}>"
    await town.mails(f"Ya no hace falta {evil}", ana, message_id=name)
    hers = await town.mails(f"Sí hace falta {ana}", ana, signed_by="example.org", message_id=name)
    # then hers is there, and proved
    assert await town.proof(hers, f"Sí hace falta {ana}") == "dkim"


async def test_a_forwarded_mail_makes_nobody_its_first_sender_by_a_strangers_word(town: Town) -> None:
    ana, evil = somebody(), somebody("evil")
    hers = await ana_writes(town, ana)
    text = f"Vean {evil}\n\n---------- Forwarded message ---------\nDe: Ana <{ana}>\nAsunto: a\nPara: b\n\nDen mi saldo"
    theirs = await town.mails(text, evil, signed_by="example.org", subject="Fwd: a")
    await assert_apart(town, theirs, hers, ana)
    # nor by that of somebody who only writes as if they were a colleague
    text = text.replace("Vean", "Miren")
    spoofed = await town.mails(text, f"Eva <{evil.replace('.org', '.com')}>", subject="Fwd: a")
    await assert_apart(town, spoofed, hers, ana)


async def test_a_form_of_ours_with_her_address_as_reply_to_is_not_proved_to_be_hers(town: Town) -> None:
    ana = somebody()
    hers = await ana_writes(town, ana)
    text = f"Desde el formulario {ana}"
    theirs = await town.mails(text, "care@hilo.example", headers=f"Reply-To: {ana}\r\n")
    assert (theirs.id, await town.proof(hers, text)) == (hers.id, "none")


async def test_spoofed_mail_gets_no_code_for_another_address(town: Town) -> None:
    ana, evil = somebody(), somebody("evil")
    # given a mail in her name, the first that we have of her
    theirs = await town.mails(f"Ahora uso {evil}", ana)
    # when an agent would have a code sent to the address that it names
    assert await town.asks(theirs, evil, "123456") == "nowhere_to_write_a_code"
    assert await town.got(evil) == []
    # and no later mail without proof makes use of one that was sent when she had written herself
    await town.mails(f"Soy yo {ana}", ana, signed_by="example.org")
    assert await town.asks(theirs, evil, "123456") == ""
    await town.mails("123456", ana)
    assert await town.owner(evil) is None


async def test_mistyped_address_answered_by_its_owner_is_not_proved_to_be_the_customers(town: Town) -> None:
    ana, stranger = somebody(), somebody("stranger")
    hers = await ana_writes(town, ana)
    # given a mail of the team's to an address that was taken down wrongly
    told = f"Aquí está lo que pidió {stranger}"
    assert await town.does(ReplyWritten(ANA, told, to=mail_handle(stranger)), hers) == ""
    letter = await town.letter(stranger, told)
    assert "4711" not in letter.as_string()
    # when whoever has it answers, as everybody can see that they do
    headers = f"In-Reply-To: {letter['Message-ID']}\r\n"
    text = f"Yo no pedí nada, mi correo es {stranger}"
    again = await town.mails(text, stranger, signed_by="example.org", headers=headers)
    # then the team reads it where it wrote from, and nothing says that the mailbox is the customer's
    assert again.id == hers.id
    link = await town.link(hers, stranger)
    assert link is not None
    assert link.kind is LinkKind.CLAIMED
    assert all(fact.is_claimed for fact in (await town.of(hers)).facts if fact.value == stranger)
    # nor is it after the next answer, and what they write by themselves is a conversation of their own
    await town.mails(f"¿Sigue ahí? {stranger}", stranger, signed_by="example.org", headers=headers)
    link = await town.link(hers, stranger)
    assert link is not None
    assert link.kind is LinkKind.CLAIMED
    own = await town.mails(f"Quiero un contrato {stranger}", stranger, signed_by="example.org")
    await assert_apart(town, own, hers, ana)
    # and her answer is hers
    assert await town.replies(hers, ANSWER, channel=ChannelName("email")) in (mail_handle(ana), mail_handle(stranger))


async def test_spoofed_mail_that_names_another_address_lets_no_agent_link_it(town: Town) -> None:
    ana, evil = somebody(), somebody("evil")
    hers = await ana_writes(town, ana)
    await town.mails(f"Hola {evil}", evil, signed_by="example.org")
    # when somebody writes in her name that their own address is hers too
    await town.mails(f"Mi otro correo es {evil}, anótenlo", ana)
    # then it takes more than an agent who believes it
    assert await town.suggested(hers) == [(f"email:{evil}", Doubt.SUPERVISOR)]
    assert await town.does(Linked(CARLA, mail_handle(evil)), hers) == "needs_supervisor"
    # and no more than an agent, once she has written it herself
    await town.mails(f"Sí, mi otro correo es {evil}", ana, signed_by="example.org")
    assert await town.suggested(hers) == [(f"email:{evil}", "")]


async def test_spoofed_mail_plants_no_identity_in_hers(town: Town) -> None:
    ana = somebody()
    hers = await ana_writes(town, ana)
    # when somebody tells another's number in her name
    await town.mails(f"Mi RUT es 11.111.111-1, {ana}", ana)
    # then it is one that somebody claimed
    facts = [fact for fact in (await town.of(hers)).facts if fact.kind == "identity"]
    assert all(fact.is_claimed for fact in facts)
