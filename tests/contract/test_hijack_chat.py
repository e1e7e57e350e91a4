"""Whoever comes to the chat, to X or to the desk as somebody else gets nothing of theirs; each attempt made once.

Everybody here is somebody new, so that all stories share one running town.
"""

import secrets
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from aiohttp import web

from channels.twitter.normalise import Account, Included, message_read, post_read
from channels.webchat.client import Line
from channels.webchat.frames import Hello
from channels.webchat.visitor import new_token
from router.core.codes import MOST_CODES, MOST_TRIES
from router.model.conversation import Conversation, Doubt
from router.model.customer import LinkKind
from router.model.event import CodeAsked, Linked, Unlinked
from router.model.message import SITE, Handle, InboundMessage
from tests.core import ANA, BETO
from tests.desk import CARLA, running_desk
from tests.strangers import Town, mail_handle, running_town, site_token, somebody
from tests.webchat import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANSWER = "Su saldo es 4711 con 41"
CODE, OTHER_CODE = "271828", "314159"
US = Account("4400000001", "HiloCare")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(redis_url: str) -> AsyncIterator[Town]:
    async with running_town(redis_url) as running:
        yield running


def chat_handle(page: Page) -> Handle:
    return Handle("chat", page.visitor)


async def ana_signs_in(town: Town, sub: str, email: str = "") -> tuple[Page, Conversation]:
    """Ana in the chat by the site's word, with her story, and an answer in it."""
    page, hers = await town.chats(f"Mi saldo, soy {sub}", identity=site_token(sub, email))
    await town.replies(hers, ANSWER)
    await page.line(ANSWER)
    return page, await town.core.now(hers.id)


async def assert_nobody(town: Town, page: Page, hers: Conversation) -> None:
    """The page's visitor was shown nothing, is somebody new, and what they write is a conversation of theirs."""
    assert page.texts == []
    theirs = await town.says(page, f"¿Qué se sabe de mí? {page.visitor[:8]}")
    assert theirs.customer != hers.customer
    assert ANSWER not in page.texts
    assert (await town.of(theirs)).parts == (await town.of(hers)).parts == ()


async def test_stolen_chat_token_is_worth_nothing_once_the_site_has_signed(town: Town) -> None:
    page, hers = await ana_signs_in(town, "stolen-1")
    for identity in ("", site_token("stolen-2", somebody("evil"))):
        thief = await town.page(page.token, identity=identity)
        assert thief.token != page.token
        await assert_nobody(town, thief, hers)


async def test_stolen_chat_token_never_signed_is_the_chat_and_nothing_else_of_hers(town: Town) -> None:
    # given Ana in the chat without the site's word, whom an agent knows to be who wrote by mail
    ana = somebody()
    page, hers = await town.chats(f"Hola desde el chat {ana}")
    await town.mails(f"Contrato 4711 {ana}", ana, signed_by="example.org")
    assert await town.does(Linked(ANA, mail_handle(ana)), hers) == ""
    # when her browser's token is carried off: it is a bearer's, as the channel's README says
    thief = await town.page(page.token)
    # then it shows what was said through it, and nothing that came or went by mail
    assert thief.texts == [f"Hola desde el chat {ana}"]
    # and what is written with it is told to be proved by nothing
    text = f"¿Cuál es mi contrato? {ana}"
    assert (await town.says(thief, text)).customer == (await town.of(hers)).id
    assert await town.proof(hers, text) == "none"
    assert not any("4711" in text for text in thief.texts)


def _forged(handle: str) -> list[str]:
    """Tokens that nobody was given: guessed, made of what is known of a visitor, and sealed by another secret."""
    made = new_token(b"another secret, of 32 bytes or so", datetime.now(UTC))
    body = new_token(b"x" * 32, datetime.now(UTC)).partition(".")[0]
    guessed = f"{secrets.token_urlsafe(24)[:32]}.{secrets.token_urlsafe(17)[:22]}"
    return [guessed, made, f"{body}.{'A' * 22}", handle, f"chat:{handle}", "' OR 1=1 --", "", "*"]


async def test_guessed_or_forged_visitor_token_is_a_new_visitor(town: Town) -> None:
    page, hers = await ana_signs_in(town, "guessed")
    for token in _forged(page.visitor):
        guess = await town.page(token)
        assert (guess.token != token, guess.texts, guess.welcome["is_signed"]) == (True, [], False)
        await guess.leave()
    await assert_nobody(town, await town.page(), hers)


@pytest.mark.parametrize("email", ["", "ana-fixed@example.org"])
async def test_session_fixation_leaves_no_page_and_no_address_of_the_enemys_behind(town: Town, email: str) -> None:
    # given a token that the enemy has planted in Ana's browser, and where answers are to go if the page is left
    evil, sub = somebody("evil"), "fixed" + email.partition("@")[0]
    planted, hers = await town.chats(f"Hola {sub}")
    await planted.send(type="address", email=evil)
    await planted.next("address")
    await town.quiet()
    # when she signs in with it
    page = await town.page(planted.token, identity=site_token(sub, email))
    await town.says(page, f"Mi saldo, soy {sub}")
    # then the enemy is out, and their token is nobody's
    await planted.closed()
    assert f"Mi saldo, soy {sub}" not in planted.texts
    assert (await town.page(planted.token)).texts == []
    # and the answer that she does not wait for goes to her, or nowhere
    await page.leave()
    await town.replies(hers, ANSWER + sub)
    if email:
        await town.got(email, ANSWER + sub)
    assert (await town.core.now(hers.id)).address == (mail_handle(email) if email else None)
    assert await town.link(hers, evil) is None
    assert await town.got(evil) == []


async def test_a_page_that_comes_while_she_signs_in_is_out_as_well(town: Town) -> None:
    # given a page with her token that was let in a moment before she signed in
    page, _ = await town.chats("Hola, un momento")
    dialogue = town.chat.adapter._server._dialogue
    hello = Hello(token=page.token)
    admitted = await dialogue.admit(hello)
    assert admitted.visitor == page.visitor
    await town.page(page.token, identity=site_token("a-moment"))
    # when it would be welcomed, then it is too late
    with pytest.raises(ConnectionResetError):
        await dialogue.welcome(Line(web.WebSocketResponse(), None, ""), hello, admitted)


async def test_typed_email_of_another_is_a_suggestion_for_agents_and_shows_nothing(town: Town) -> None:
    ana = somebody()
    hers = await town.mails(f"Contrato 4711 {ana}", ana, signed_by="example.org")
    # when somebody types her address, as words and where the page asks for one
    page, theirs = await town.chats(f"Soy Ana, mi correo es {ana}", name="Ana")
    await page.send(type="address", email=ana)
    await page.next("address")
    await town.quiet()
    # then agents are told, and the two stay two
    assert (f"email:{ana}", "") in await town.suggested(theirs)
    link = await town.link(theirs, ana)
    assert link is not None
    assert link.kind is LinkKind.CLAIMED
    assert (await town.owner(ana)) == await town.of(hers)
    assert (await town.of(theirs)).parts == ()
    assert not any("4711" in text for text in page.texts)
    # and what they do not wait for reaches her, who learns that somebody wrote, and answers where her own story is
    await page.leave()
    await town.replies(theirs, f"No puedo decirle nada, {ana[:5]}")
    letter = await town.letter(ana, "No puedo decirle nada")
    headers = f"In-Reply-To: {letter['Message-ID']}\r\n"
    assert (await town.mails(f"No fui yo {ana}", ana, signed_by="example.org", headers=headers)).id == hers.id


async def test_whom_we_wrote_to_by_a_typed_address_is_not_proved_to_be_the_visitor(town: Town) -> None:
    # given somebody in the chat who types the address of Ana, whom we do not know yet, and leaves
    ana = somebody()
    page, theirs = await town.chats("¿Me escriben?")
    await page.send(type="address", email=ana)
    await page.next("address")
    await page.leave()
    await town.replies(theirs, f"Aquí estamos {ana}")
    letter = await town.letter(ana, f"Aquí estamos {ana}")
    # when she answers, then what she says is read there, and nothing of it is the visitor's
    text = f"No los conozco, mi correo es {ana} y mi RUT 12.345.678-5"
    answered = await town.mails(text, ana, signed_by="example.org", headers=f"In-Reply-To: {letter['Message-ID']}\r\n")
    assert answered.id == theirs.id
    link = await town.link(theirs, ana)
    assert link is not None
    assert link.kind is LinkKind.CLAIMED
    facts = [fact for fact in (await town.of(theirs)).facts if fact.kind == "identity"]
    assert facts
    assert all(fact.is_claimed for fact in facts)
    # and nothing that she writes is shown in the chat
    assert not any(text in line for line in (await town.page(page.token)).texts)
    assert (await town.mails(f"Quiero un plan {ana}", ana, signed_by="example.org")).customer != theirs.customer


async def test_typed_name_and_id_number_of_another_are_never_the_victims(town: Town) -> None:
    ana = somebody()
    number = "RUT 12.345.678-5"
    hers = await town.mails(f"Soy Ana Ruiz, {number}, vivo en la calle 4711 {ana}", ana, signed_by="example.org")
    page, theirs = await town.chats(f"Soy Ana Ruiz, mi {number}. ¿Dónde vivo? {ana[:6]}", name="Ana Ruiz")
    assert theirs.customer != hers.customer
    assert (await town.of(theirs)).parts == (await town.of(hers)).parts == ()
    assert not any("4711" in text for text in [*page.texts, *(await town.texts(theirs))])
    assert {fact.source for fact in (await town.of(theirs)).facts}.isdisjoint(
        entry.message for entry in await town.core.timeline(hers.id) if entry.message
    )


OTHERS_WORD: dict[str, Callable[[str, str], str]] = {
    "expired": lambda sub, email: site_token(sub, email, ends_in=-120),
    "signed with another secret": lambda sub, email: site_token(
        sub, email, secret="a guess, long enough for the library"
    ),
    "made for another service": lambda sub, email: site_token(sub, email, aud="shop"),
    "alg none": lambda sub, email: ".".join(("eyJhbGciOiJub25lIn0", site_token(sub, email).split(".")[1], "")),
    "without its seal": lambda sub, email: site_token(sub, email).rpartition(".")[0] + ".",
    "another's claims under one's own seal": lambda sub, email: ".".join(
        (*site_token(sub, email).split(".")[:2], site_token("mine").split(".")[2])
    ),
    "with a blank behind the id": lambda sub, email: site_token(f"{sub} ", email),
    "with what can't be seen in the id": lambda sub, email: site_token(f"{sub}\u202e", email),
    "with what has no width in the id": lambda sub, email: site_token(f"{sub[:2]}\u200b{sub[2:]}", email),
}


@pytest.mark.parametrize("how", OTHERS_WORD)
async def test_no_other_word_about_her_than_the_sites_of_now_is_taken(town: Town, how: str) -> None:
    ana, sub = somebody(), f"word-{how}"
    _, hers = await ana_signs_in(town, sub, ana)
    page = await town.page(identity=OTHERS_WORD[how](sub, ana))
    assert page.welcome["is_signed"] is False
    await assert_nobody(town, page, hers)


async def test_signed_identity_replayed_from_another_browser_is_nobodys(town: Town) -> None:
    ana = somebody()
    seen = site_token("replayed", ana)
    _, hers = await town.chats("Mi saldo, por favor, ahora", identity=seen)
    page = await town.page(identity=seen)
    assert page.welcome["is_signed"] is False
    await assert_nobody(town, page, hers)


async def test_her_email_under_another_sub_joins_nothing_where_she_has_a_sub(town: Town) -> None:
    # given Ana, whom the site knows, and somebody whom it knows as another with the same mailbox: family, or an insider
    ana = somebody()
    _, hers = await ana_signs_in(town, "hers-1", ana)
    page, theirs = await town.chats("Mi saldo, familia", identity=site_token("theirs-1", ana))
    # then they stay two, and agents see why
    assert theirs.customer != hers.customer
    assert await town.suggested(theirs) == [(f"email:{ana}", Doubt.OTHER_IDENTITY)]
    assert ANSWER not in page.texts
    # and what comes from the mailbox stays with whom it was first proved to be
    assert (await town.mails(f"Y mi contrato {ana}", ana, signed_by="example.org")).id == hers.id


async def test_two_who_told_different_id_numbers_are_not_merged_by_the_sites_word(town: Town) -> None:
    # given who wrote by mail with one number, and whom the site signs with the same mailbox and another number
    ana = somebody()
    hers = await town.mails(f"Mi RUT es 12.345.678-5 {ana}", ana, signed_by="example.org")
    page, theirs = await town.chats("Mi RUT es 11.111.111-1")
    again = await town.page(page.token, identity=site_token("another-number", ana))
    await town.says(again, "Y esto es lo mío")
    # then agents decide
    assert (await town.suggested(theirs)) == [(f"email:{ana}", Doubt.OTHER_IDENTITY)]
    assert (await town.of(theirs)).id != (await town.of(hers)).id


async def test_code_guessed_is_over_after_some_tries_however_many_are_sent_and_wherever(town: Town) -> None:
    # given three conversations of the enemy's in which agents had codes sent to Ana's address, as often as may be
    ana = somebody()
    await town.mails(f"Contrato 4711 {ana}", ana, signed_by="example.org")
    tries = 0
    for number in range(2):
        page, theirs = await town.chats(f"Soy yo, intento {number} {ana[:6]}")
        for sent in range(MOST_CODES):
            assert await town.asks(theirs, ana, f"90000{sent}") == ""
            for guess in range(MOST_TRIES):
                await town.says(page, f"{guess:06d} {number} {sent}")
                tries += 1
            # when they have tried as often as may be, then the right one comes too late
            await town.says(page, f"90000{sent}")
        assert await town.asks(theirs, ana, CODE) == "too_many_codes"
        states = [entry.detail["state"] for entry in await town.core.timeline(theirs.id) if entry.kind == "code"]
        assert states.count("failed") == MOST_CODES
        assert await town.link(theirs, ana) is None
        assert (await town.of(theirs)).parts == ()
    # each code takes an agent's act, and no more tries than these among a million
    assert tries == 2 * MOST_CODES * MOST_TRIES
    assert len(await town.got(ana, "90000")) == 2 * MOST_CODES


async def test_code_of_another_conversation_code_reused_and_code_for_another_handle_prove_nothing(town: Town) -> None:
    ana, evil = somebody(), somebody("evil")
    await town.mails(f"Contrato 4711 {ana}", ana, signed_by="example.org")
    await town.mails(f"Hola {evil}", evil, signed_by="example.org")
    page, mine = await town.chats(f"Uno {ana[:6]}")
    other, theirs = await town.chats(f"Dos {ana[:6]}")
    # given a code that the enemy was sent to their own address in one conversation, and one to Ana's in another
    assert await town.asks(mine, evil, CODE) == await town.asks(theirs, ana, OTHER_CODE) == ""
    # when they write it in the other, then it is a wrong one there
    await town.says(other, CODE)
    assert await town.link(theirs, ana) is None
    # when they have used it where it belongs, and once more for another address, then it is used up
    await town.says(page, f"{CODE} ")
    assert (await town.of(mine)).id == (await town.owner(evil)).id  # type: ignore[union-attr]
    await town.says(page, f"{CODE} de nuevo")
    await town.says(other, f"{CODE} de nuevo, aquí")
    assert (await town.of(mine)).id != (await town.owner(ana)).id  # type: ignore[union-attr]
    assert (await town.of(theirs)).id != (await town.owner(ana)).id  # type: ignore[union-attr]


def x_user(number: str, name: str, username: str) -> Included:
    return Included(users={number: {"id": number, "name": name, "username": username}})


def post(number: str, author: str, text: str, included: Included, **more: object) -> InboundMessage:
    """A post that mentions us, as the channel reads it."""
    shown = {"id": number, "author_id": author, "text": f"@HiloCare {text}", **more}
    found = post_read(shown, included, US, datetime.now(UTC))
    assert isinstance(found, InboundMessage)
    return found


async def test_name_and_at_name_on_x_as_anothers_are_but_names(town: Town) -> None:
    ana = await town.posts(post("1900000000000000001", "501", "contrato 4711", x_user("501", "Ana", "ana_r")))
    # when somebody takes her name, and the @name that she had, or writes it into their name
    for number, (name, username) in enumerate((("Ana", "ana_r"), ("Ana (@ana_r)", "evil"), ("501", "501"))):
        text = f"soy Ana de nuevo {number}"
        message = post(f"190000000000000001{number}", f"60{number}", text, x_user(f"60{number}", name, username))
        theirs = await town.posts(message)
        # then X's own number of them is who they are
        assert theirs.customer != ana.customer
        assert (await town.replies(theirs, f"Hola {number}", public=False)).address == f"60{number}"


async def test_her_post_quoted_or_answered_by_another_is_not_hers(town: Town) -> None:
    hers = await town.posts(post("1900000000000000101", "701", "mi saldo, por favor", x_user("701", "Eva", "eva")))
    included = Included(
        users={"701": {"id": "701", "username": "eva"}, "702": {"id": "702", "username": "evil"}},
        posts={"1900000000000000101": {"id": "1900000000000000101", "author_id": "701", "text": "mi saldo"}},
    )
    for number, kind in enumerate(("quoted", "replied_to")):
        more = {
            "conversation_id": "1900000000000000101",
            "referenced_tweets": [{"type": kind, "id": "1900000000000000101"}],
        }
        theirs = await town.posts(post(f"190000000000000011{number}", "702", f"y el saldo {kind}", included, **more))
        assert theirs.customer != hers.customer
        assert await town.replies(theirs, f"Dígame {kind}") == Handle("twitter", "702")
    assert [target.handle.address for target in (await town.core.now(hers.id)).targets] == ["701"]


async def test_code_written_in_public_proves_nothing(town: Town) -> None:
    # given somebody on X who has written in private too, and a code that they are to write there
    ana = somebody()
    user = x_user("801", "Evil", "evil")
    event = {"id": "1900000000000000201", "sender_id": "801", "text": "soy Ana", "event_type": "MessageCreate"}
    direct = message_read(event, user, US, datetime.now(UTC))
    assert isinstance(direct, InboundMessage)
    theirs = await town.posts(direct)
    assert await town.asks(theirs, ana, CODE) == ""
    # when it stands where everybody reads it, then it counts for nothing
    await town.posts(post("1900000000000000202", "801", CODE, user))
    assert await town.link(theirs, ana) is None
    # and where somebody has written in public alone no code is sent at all
    public = await town.posts(post("1900000000000000203", "802", "soy Ana en público", x_user("802", "E", "e")))
    assert await town.asks(public, ana, CODE) == "nowhere_to_write_a_code"


async def test_an_agent_links_nobody_whom_nothing_suggests_by_guessing_a_handle(town: Town) -> None:
    ana, named = somebody(), somebody("named")
    hers = await town.mails(f"Contrato 4711 {ana}", ana, signed_by="example.org")
    other = await town.mails(f"Otra cosa {named}", named, signed_by="example.org")
    _, theirs = await town.chats(f"Hola, mi correo es {named}")
    assert (f"email:{named}", "") in await town.suggested(theirs)
    # when an agent of another team, and one of the same, name a handle, or a conversation, that nothing suggests
    assert await town.does(Linked(BETO, mail_handle(ana)), theirs) == "not_your_team"
    assert await town.does(CodeAsked(BETO, mail_handle(ana), CODE), theirs) == "not_your_team"
    assert await town.does(Linked(CARLA, None, hers.id), theirs) == "needs_supervisor"
    assert await town.does(Linked(CARLA, mail_handle(ana)), theirs) == ""
    # then it is a suggestion for a supervisor, and they are two
    assert (f"email:{ana}", Doubt.SUPERVISOR) in await town.suggested(theirs)
    assert await town.does(Linked(CARLA, mail_handle(ana)), theirs) == "needs_supervisor"
    # and what is suggested beside it lends it nothing
    second = somebody("second")
    await town.mails(f"Contrato 4712 {second}", second, signed_by="example.org")
    await town.does(Linked(CARLA, mail_handle(second), other.id), theirs)
    assert (await town.of(theirs)).parts == ()
    assert (await town.owner(second)).id != (await town.of(theirs)).id  # type: ignore[union-attr]


async def test_a_script_of_one_conversation_takes_nothing_of_another_customers(town: Town, redis_url: str) -> None:
    ana = somebody()
    hers = await town.mails(f"Contrato 4711 {ana}", ana, signed_by="example.org")
    _, theirs = await town.chats("Hola, soy otro")
    async with running_desk(redis_url) as office:
        carla, beto = await office.script(CARLA), await office.script(BETO)
        # when a script names the other customer, and their handle, where they have no part
        for name, value in (("customer", str(hers.customer)), ("handle", f"email:{ana}")):
            answer = await carla.post(f"/api/conversations/{theirs.id}/unlink", {name: value})
            assert (answer.status, answer.code) == (422, "not_linked")
        answer = await carla.post(f"/api/conversations/{theirs.id}/link", {"conversation": hers.id})
        assert (answer.status, answer.code) == (403, "needs_supervisor")
        # and when one of another team reads or links
        assert (await beto.get(f"/api/conversations/{hers.id}")).status in (403, 404)
        assert (await beto.post(f"/api/conversations/{hers.id}/link", {"handle": f"email:{ana}"})).status == 403
    await town.quiet()
    assert (await town.of(hers)).id == hers.customer
    assert (await town.of(theirs)).parts == ()


@pytest.mark.parametrize("is_ana_first", [True, False])
async def test_undo_after_a_wrong_link_leaves_nothing_of_one_with_the_other(town: Town, is_ana_first: bool) -> None:
    # given Ana and the enemy, whom an agent takes for one
    ana, evil = somebody(), somebody("evil")
    sub = f"undone-{is_ana_first}"
    page: Page | None = None
    if is_ana_first:
        page, hers = await ana_signs_in(town, sub, ana)
    bad, theirs = await town.chats(f"Hola {sub}")
    if page is None:
        page, hers = await ana_signs_in(town, sub, ana)
    assert await town.does(Linked(ANA, chat_handle(bad)), hers) == ""
    joined = await town.where(f"Hola {sub}")
    # when the enemy goes on, and says where answers should go, then they are shown only what is said to them
    await town.says(bad, f"Sigo {sub}")
    await bad.send(type="address", email=evil)
    await bad.next("address")
    await town.quiet()
    assert set(bad.texts) == {f"Hola {sub}", f"Sigo {sub}"}
    # and what she does not fetch goes nowhere by their word
    assert (await town.core.now(joined.id)).address in (None, mail_handle(ana))
    # and when it is undone
    whole = await town.of(joined)
    part = next(each.customer for each in whole.parts)
    assert await town.does(Unlinked(ANA, part), joined) == ""
    hers, theirs = await town.where(f"Mi saldo, soy {sub}"), await town.where(f"Sigo {sub}")
    # then each has their own story and handles, and no answer to her goes where the enemy said
    assert hers.customer != theirs.customer
    assert not {f"Hola {sub}", f"Sigo {sub}", evil} & set(await town.texts(hers))
    assert not {f"Mi saldo, soy {sub}", ANSWER} & set(await town.texts(theirs))
    assert {link.handle for link in (await town.of(hers)).links} == {
        chat_handle(page),
        Handle(SITE, sub),
        mail_handle(ana),
    }
    assert mail_handle(ana) not in {link.handle for link in (await town.of(theirs)).links}
    await page.leave()
    assert await town.replies(hers, f"{ANSWER}, {sub}") == chat_handle(page)
    await town.got(ana, f"{ANSWER}, {sub}")
    assert await town.got(evil) == []
    assert f"{ANSWER}, {sub}" not in (await town.page(bad.token)).texts


async def test_a_visitor_who_is_part_of_another_keeps_writing_and_reads_only_their_own_chat(town: Town) -> None:
    # given a visitor who became part of who wrote by mail, by an agent's word
    ana = somebody()
    hers = await town.mails(f"Contrato 4711 {ana}", ana, signed_by="example.org")
    page, theirs = await town.chats(f"Hola, parte de {ana[:6]}")
    assert await town.does(Linked(ANA, mail_handle(ana)), theirs) == ""
    # when they write on, then it is in the one conversation, and its story is nowhere in their chat
    assert (await town.says(page, f"¿Y bien? {ana[:6]}")).id == hers.id
    await town.replies(hers, f"Por aquí {ana[:6]}")
    await page.line(f"Por aquí {ana[:6]}")
    back = await town.page(page.token)
    assert back.texts == [f"Hola, parte de {ana[:6]}", f"¿Y bien? {ana[:6]}", f"Por aquí {ana[:6]}"]


async def test_two_browsers_of_one_sub_show_each_its_own_chat(town: Town) -> None:
    # given one customer at two browsers, one of them perhaps at a place that others use
    first, hers = await ana_signs_in(town, "two-browsers")
    second, same = await town.chats("Desde el otro", identity=site_token("two-browsers"))
    assert (same.id, same.customer) == (hers.id, hers.customer)
    # then what was said at the one is not shown at the other
    assert (await town.page(second.token, identity=site_token("two-browsers"))).texts == ["Desde el otro"]
    back = await town.page(first.token, identity=site_token("two-browsers"))
    assert back.texts == ["Mi saldo, soy two-browsers", ANSWER]
