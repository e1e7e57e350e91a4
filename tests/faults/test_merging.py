"""Two customers become one and two again, on a real server: nothing is lost, nothing twice, all in its order.

The runner of errands dies at each of its steps, and what makes it safe is taken away to see the damage.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec.structs import replace as struct
from redis.asyncio import Redis

from router.model.conversation import Conversation, Doubt
from router.model.decision import MovingState, OutcomeKind
from router.model.event import (
    AddressGiven,
    CallbackSet,
    Claimed,
    CodeAsked,
    Command,
    Linked,
    ReplyWritten,
    Resolved,
    Snoozed,
    Unlinked,
)
from router.model.ids import PARTITIONS, AgentId, CustomerId, customer_id
from router.model.message import Handle, Proof
from router.model.team import Agent
from router.model.timeline import EntryKind
from router.store import inbox as door
from router.store import keys
from router.store.audit.audit import Audit
from router.store.connection import Connection
from router.store.moved import Moved, Way, way_of
from tests.clock import MONDAY
from tests.core import ANA, CARE, TEAMS, Core, running_core
from tests.stepper import Stepper, stepper
from tests.waiting import eventually

MINUTE = timedelta(minutes=1)
ADA, MAIL, ON_X = "chat:ada", "email:ada@example.org", "twitter:4711"
SITE_ID = "site:4711"
CARE_AGENT = Agent(AgentId("caro"), "Caro", frozenset({CARE}))
WORK: list[Command] = [
    Claimed(ANA),
    ReplyWritten(ANA, "Buenas"),
    Snoozed(ANA, MONDAY + timedelta(days=2)),
    Resolved(ANA),
    CallbackSet(ANA, Handle("phone", "+50761234567"), MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=10)),
]
# More than there are from the link to the end of its undo.
ERRANDS = 14


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url) as core:
        yield core


@pytest.fixture
async def steps(redis_url: str, redis_client: Redis) -> AsyncIterator[Stepper]:
    async with stepper(redis_url) as steps:
        yield steps


async def test_two_open_conversations_become_one_and_two_again(core: Core) -> None:
    # given a chat, and later a mail, of one person
    chat = await core.says("Hola", ADA)
    await core.clock.advance(MINUTE)
    mail = await core.says("Mi factura", MAIL, channel="email")
    await core.clock.advance(MINUTE)
    await core.says("¿Hay alguien?", ADA)
    # when an agent links them
    one = await _merged(core, chat, mail)
    # then the elder stays, with both stories in the order of their instants
    assert one.id == chat.id
    assert await _texts(core, one) == ["Hola", "Mi factura", "¿Hay alguien?"]
    assert one.messages == 3
    assert {str(target.handle) for target in one.targets} == {ADA, MAIL}
    assert await _audited(core.connection) == []
    # and what comes from either is in it
    assert (await core.says("Y otra cosa", MAIL, channel="email")).id == one.id
    # and an agent who has the other one open is told where it is
    outcome = await core.does(ReplyWritten(ANA, "Hola"), mail.id)
    assert (outcome.reason, outcome.conversation) == ("merged", one.id)
    # when it was a mistake, then each has what was theirs, and what came since
    await _parted(core, chat, mail.customer)
    assert (again := await core.open_of(MAIL)) is not None
    assert again.id == mail.id
    assert await _texts(core, mail) == ["Mi factura", "Y otra cosa"]
    assert await _texts(core, chat) == ["Hola", "¿Hay alguien?"]
    assert (await core.says("Sigo", MAIL, channel="email")).id == mail.id
    assert (await core.says("Yo también", ADA)).id == chat.id
    assert await _audited(core.connection) == []


@pytest.mark.parametrize("mine", [*WORK, None])
@pytest.mark.parametrize("theirs", [*WORK, None])
async def test_an_undo_leaves_both_as_they_were(steps: Stepper, mine: Command | None, theirs: Command | None) -> None:
    # given two customers, each with a conversation in some state, or with none that is open
    await _given(steps)
    for sender, command in ((ADA, mine), (MAIL, theirs)):
        name = await steps.open_of(sender)
        assert name
        await steps.does(command or Resolved(ANA), name)
        await steps.settles()
        if command is None:
            await steps.closes(name)
    before = [await _known(steps, sender) for sender in (ADA, MAIL)]
    chat = await steps.open_of(ADA)
    if chat is None:
        await steps.writes(ADA)
        await steps.settles()
        before, chat = [await _known(steps, sender) for sender in (ADA, MAIL)], await steps.open_of(ADA)
    assert chat
    # when they become one and two again, and nothing happens meanwhile
    await steps.does(Linked(ANA, _handle(MAIL)), chat)
    await steps.settles()
    (one,) = {await steps.customer_of(ADA), await steps.customer_of(MAIL)}
    open_one = await steps.open_of(ADA)
    assert one
    assert open_one
    (part,) = (await steps.records.customers([one]))[0].parts  # type: ignore[union-attr]
    await steps.does(Unlinked(ANA, part.customer), open_one)
    await steps.settles()
    # then all is as it was
    assert [await _known(steps, sender) for sender in (ADA, MAIL)] == before
    assert await _audited(steps.connection) == []


async def test_where_the_joined_conversation_is_over_its_story_stays_told_as_one(steps: Stepper) -> None:
    await _given(steps)
    chat, whose = await steps.open_of(ADA), await steps.bound_to(MAIL)
    assert chat
    await steps.does(Linked(ANA, _handle(MAIL)), chat)
    await steps.settles()
    await steps.does(Resolved(ANA), chat)
    await steps.settles()
    await steps.closes(chat)
    # when both write anew and are parted then
    for sender in (ADA, MAIL, ADA):
        await steps.writes(sender, "email" if sender == MAIL else "webchat", author=sender)
        await steps.settles()
    both = await steps.open_of(ADA)
    assert both
    assert both == await steps.open_of(MAIL) != chat
    await steps.does(CodeAsked(ANA, _handle("email:eva@example.org"), "123456"), both)
    await steps.settles()
    await steps.does(Unlinked(ANA, whose), both)
    await steps.settles()
    # then each has what is open of theirs, and the closed one is told whole
    assert await _heard(steps, ADA) == [message.key for message in steps.taken[ADA][-2:]]
    assert await _heard(steps, MAIL) == [message.key for message in steps.taken[MAIL][-1:]]
    told = [entry for entry in await steps.timeline(chat) if entry.kind is EntryKind.MESSAGE_IN]
    assert len(told) == 3
    # and what is open of the one tells nothing of the other
    mail, other = [await _open(steps, sender) for sender in (MAIL, ADA)]
    assert (mail.customer_name, other.customer_name) == (MAIL, ADA)
    assert mail.challenge is None
    assert await _audited(steps.connection) == []


async def test_a_typed_address_of_somebody_else_is_a_suggestion_for_agents_alone(core: Core) -> None:
    # given somebody with an open case, and a visitor who types their address
    mail = await core.says("Mi factura", MAIL, channel="email")
    chat = await core.says("Hola", ADA)
    await core.inbox.accept(AddressGiven(_handle(MAIL), _handle(ADA)), "a1")

    async def suggested() -> Conversation | None:
        found = await core.now(chat.id)
        return found if found.suggestions else None

    # then the team has a hint, and the two stay two
    (hint,) = (await eventually(suggested, "a suggestion")).suggestions
    assert (hint.handle, hint.conversation, hint.team) == (_handle(MAIL), mail.id, "care")
    assert (await core.now(mail.id)).customer != chat.customer
    assert await _texts(core, mail) == ["Mi factura"]
    # and an agent who is no supervisor may say that they are one, since it is suggested; of nobody else
    await core.does(Linked(CARE_AGENT, _handle(MAIL)), chat.id)

    async def one() -> bool:
        return (await core.now(mail.id)).part_of is not None or (await core.now(chat.id)).part_of is not None

    await eventually(one, "they are one")
    assert await _audited(core.connection) == []


async def test_an_address_from_which_nothing_came_is_taken_back_alone(core: Core) -> None:
    # given a visitor who has proved an address by a code, and nobody who ever wrote from there
    chat = await core.says("Hola", ADA)
    await core.does(CodeAsked(ANA, _handle(MAIL), "123456"), chat.id)
    await core.says("123456", ADA)

    async def links() -> list[str]:
        (customer,) = await core.records.customers([chat.customer])
        return [str(link.handle) for link in customer.links] if customer else []

    async def proved() -> bool:
        return MAIL in await links()

    await eventually(proved, "the code counts")
    # when it turns out to be somebody else's
    await core.does(Unlinked(ANA, handle=_handle(MAIL)), chat.id)

    async def taken_back() -> bool:
        return EntryKind.UNLINKED in [entry.kind for entry in await core.timeline(chat.id)]

    await eventually(taken_back, "they are two")
    # then nobody has a conversation in which nobody said anything, and the story is all there
    assert MAIL not in await links()
    assert await core.open_of(MAIL) is None
    assert len(await core.records.queue(CARE)) == 1
    assert EntryKind.CODE in [entry.kind for entry in await core.timeline(chat.id)]
    assert await _audited(core.connection) == []


@pytest.mark.parametrize("dies_at", range(ERRANDS))
async def test_the_runner_may_die_at_each_of_its_steps(steps: Stepper, dies_at: int) -> None:
    await _given(steps)
    # when the runner dies once it has done its errand and before that is noted, wherever that is
    chat, whose = await steps.open_of(ADA), await steps.bound_to(MAIL)
    assert chat
    await steps.does(Linked(ANA, _handle(MAIL)), chat)
    count = await _settles(steps, dies_at)
    assert len(await _heard(steps, ADA)) == 3
    await steps.writes(MAIL, "email")
    await steps.does(Unlinked(ANA, whose), chat)
    await _settles(steps, dies_at - count)
    # then each has what is theirs, once and in its order
    for sender in (ADA, MAIL):
        assert await _heard(steps, sender) == [message.key for message in steps.taken[sender]]
    assert await _audited(steps.connection) == []


@pytest.mark.parametrize("is_held", [True, False])
async def test_nothing_overtakes_what_was_taken_before_the_merge(
    steps: Stepper, monkeypatch: pytest.MonkeyPatch, is_held: bool
) -> None:
    """The control arm does not wait while somebody becomes part of another."""
    if not is_held:
        monkeypatch.setattr(door, "way_of", _hasty)
    # given a mail that waits in its customer's stream behind the freeze
    mine, theirs = await _given(steps)
    chat = await steps.open_of(ADA)
    assert chat
    await steps.does(Linked(ANA, _handle(MAIL)), chat)
    await _until(steps, theirs, "became_part")
    await steps.writes(MAIL, "email")
    await steps.works(theirs)
    # when another one comes before the first has been passed on, and is decided where it comes to
    await steps.writes(MAIL, "email")
    while await steps.works(mine):
        continue
    await steps.settles()
    # then they are there in their order
    told = await _heard(steps, MAIL)
    assert (told == [message.key for message in steps.taken[MAIL]]) is is_held
    assert sorted(told) == sorted(message.key for message in steps.taken[MAIL])


@pytest.mark.parametrize("is_known", [True, False])
async def test_what_a_source_brings_again_after_an_undo_is_known(
    steps: Stepper, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    """The control arm does not look where the customer was part of another when it came first."""
    if not is_known:
        monkeypatch.setattr(Moved, "has_seen", _forgetful)
    # given what came before a merge, while it lasted, and after it was undone
    await _given(steps)
    chat, whose = await steps.open_of(ADA), await steps.bound_to(MAIL)
    assert chat
    await steps.does(Linked(ANA, _handle(MAIL)), chat)
    await steps.settles()
    await steps.writes(MAIL, "email")
    for number in range(2):
        await steps.repeats(MAIL, number)
    assert steps.doubled == []
    await steps.does(Unlinked(ANA, whose), chat)
    await steps.settles()
    await steps.writes(MAIL, "email")
    # when the source brings all of it once more, then none of it is taken twice
    for number in range(3):
        await steps.repeats(MAIL, number)
    assert (steps.doubled == []) is is_known


async def test_what_the_part_s_messages_proved_goes_with_it(steps: Stepper) -> None:
    # given a mailbox that an agent took for the visitor's, and whose owner then tells the site's word of who they are
    await _given(steps)
    chat, whose, visitor = await steps.open_of(ADA), await steps.bound_to(MAIL), await steps.bound_to(ADA)
    assert chat
    await steps.does(Linked(ANA, _handle(MAIL)), chat)
    await steps.settles()
    await steps.writes(MAIL, "email", author="Eva", proof=Proof.SIGNED, proved=(_handle(SITE_ID), _handle(MAIL)))
    await steps.settles()
    assert await steps.customer_of(SITE_ID) == visitor
    # when it was a mistake, then whoever comes with that word is the mailbox's owner, and the visitor is not
    await steps.does(Unlinked(ANA, whose), chat)
    await steps.settles()
    assert await steps.customer_of(SITE_ID) == whose
    mine, theirs = await steps.records.customers([visitor or CustomerId(""), whose or CustomerId("")])
    assert mine is not None
    assert theirs is not None
    assert ({str(link.handle) for link in mine.links}, mine.name) == ({ADA}, "")
    assert {str(link.handle) for link in theirs.links} == {MAIL, SITE_ID}
    await steps.writes(SITE_ID)
    await steps.settles()
    assert await steps.open_of(SITE_ID) == await steps.open_of(MAIL) != chat
    assert await _audited(steps.connection) == []


async def test_an_answer_to_what_was_sent_while_they_were_one_suggests_nothing(steps: Stepper) -> None:
    # given two who were one by mistake
    await _given(steps)
    chat, whose = await steps.open_of(ADA), await steps.bound_to(MAIL)
    assert chat
    await steps.does(Linked(ANA, _handle(MAIL)), chat)
    await steps.settles()
    await steps.does(Unlinked(ANA, whose), chat)
    await steps.settles()
    # when one of them answers what was sent from their joined conversation, and somebody else does
    for sender in (MAIL, "email:eva@example.org"):
        await steps.writes(sender, "email", suggested=chat)
        await steps.writes(sender, "email", conversation=chat)
        await steps.settles()
    # then only of the other one it looks as if they were the same
    assert (await _open(steps, MAIL)).suggestions == ()
    assert [each.conversation for each in (await _open(steps, "email:eva@example.org")).suggestions] == [chat]
    # and what they type makes it nobody's to link again but a supervisor's
    await steps.inbox.accept(AddressGiven(_handle(MAIL), _handle(ADA)), "a1")
    await steps.settles()
    (hint,) = (await _open(steps, ADA)).suggestions
    assert (hint.customer, hint.doubt) == (whose, Doubt.SUPERVISOR)
    assert await _audited(steps.connection) == []


async def test_who_is_part_of_a_part_comes_back_with_all_that_came(steps: Stepper) -> None:
    # given a mailbox that is part of a chat's visitor, who is part of somebody on X
    await steps.writes(ON_X, "twitter")
    await steps.settles()
    await _given(steps)
    chat, x = await steps.open_of(ADA), await steps.open_of(ON_X)
    assert chat
    assert x
    await steps.does(Linked(ANA, _handle(MAIL)), chat)
    await steps.settles()
    await steps.does(Linked(ANA, _handle(ADA)), x)
    await steps.settles()
    assert len({await steps.customer_of(each) for each in (ADA, MAIL, ON_X)}) == 1
    # when they write then, and are parted again, the later one first
    await steps.writes(MAIL, "email")
    await steps.settles()
    whose = [await steps.bound_to(each) for each in (MAIL, ADA)]
    await steps.does(Unlinked(ANA, whose[0]), x)
    await steps.settles()
    assert await steps.customer_of(MAIL) == await steps.customer_of(ON_X)
    await steps.does(Unlinked(ANA, whose[1]), x)
    await steps.settles()
    await steps.does(Unlinked(ANA, whose[0]), await steps.open_of(ADA) or chat)
    await steps.settles()
    # then each has their own, and what the source brings again is known wherever it was taken
    for sender in (ADA, MAIL, ON_X):
        told = await steps.timeline(await steps.open_of(sender) or chat)
        heard = [entry.message for entry in told if entry.kind is EntryKind.MESSAGE_IN]
        assert heard == [message.key for message in steps.taken[sender]]
        for number in range(len(heard)):
            await steps.repeats(sender, number)
    assert steps.doubled == []
    assert await _audited(steps.connection) == []


@pytest.mark.parametrize("has_begun", [True, False])
async def test_a_wish_about_who_is_leaving_is_about_them(steps: Stepper, has_begun: bool) -> None:
    """By their conversation, looked for when they have begun to leave, or by their handle, right before that."""
    # given a mailbox that is part of a chat's visitor, and somebody on X
    await steps.connection.commands.set(keys.handle(_handle(ON_X)), customer_id("3"))
    host, theirs = await _given(steps)
    await steps.writes(ON_X, "twitter")
    await steps.settles()
    chat, x, mail = [await steps.open_of(each) for each in (ADA, ON_X, MAIL)]
    whose = await steps.bound_to(MAIL)
    assert chat
    assert x
    third = int(x[2:4])
    assert len({host, theirs, third}) == 3
    await steps.does(Linked(ANA, _handle(MAIL)), chat)
    await steps.settles()
    # when it leaves, its host's server is away, and the mailbox is found to be who is on X
    await steps.does(Unlinked(ANA, whose), chat)
    await steps.does(Linked(ANA, conversation=mail) if has_begun else Linked(ANA, _handle(MAIL)), x)
    if has_begun:
        await _until_told(steps, host, theirs, "parting")
    while others := [each for each in await steps.busy() if each[0] != host]:
        for number, stream in others:
            await (steps.works(number) if stream == keys.INBOUND else steps.runs(number))
    await steps.settles()
    # then these two are one, and the visitor is somebody else
    assert await steps.customer_of(MAIL) == await steps.customer_of(ON_X) != await steps.customer_of(ADA)
    assert await _heard(steps, ADA) == [message.key for message in steps.taken[ADA]]
    assert await _audited(steps.connection) == []


async def test_who_waits_for_somebody_who_was_erased_does_not_for_ever(steps: Stepper) -> None:
    # given a mailbox whose customer is erased when they have been asked already whether they are the chat's visitor
    mine, theirs = await _given(steps)
    chat, visitor = await steps.open_of(ADA), await steps.bound_to(ADA)
    assert chat
    first, second = sorted([(visitor or "", mine), (await steps.bound_to(MAIL) or "", theirs)])
    sender, gone = (ADA, MAIL) if first[0] == visitor else (MAIL, ADA)
    await steps.does(Linked(ANA, _handle(MAIL)), chat)
    await _until(steps, second[1], "merge")
    for suffix in (keys.INBOUND, keys.customer(CustomerId(second[0]))):
        await steps.connection.commands.delete(keys.key(second[1], suffix))
    await steps.connection.commands.delete(keys.handle(_handle(gone)))
    await steps.settles()
    (waits,) = await steps.records.customers([CustomerId(first[0])])
    assert waits is not None
    assert waits.busy_with == second[0]
    # when who waits for them writes some minutes later
    await steps.clock.advance(timedelta(minutes=11))
    await steps.writes(sender, "email" if sender == MAIL else "webchat")
    await steps.settles()
    # then they wait no longer
    (free,) = await steps.records.customers([CustomerId(first[0])])
    assert free is not None
    assert free.busy_with is None


async def test_what_left_with_one_does_not_come_back_with_the_undo_of_another(steps: Stepper) -> None:
    # given a visitor, with whom one is somebody on X who gave an address, and then a third one
    given, others = _handle("email:xavier@example.org"), ("twitter:1077", "chat:yolanda")
    for sender in (ADA, *others):
        await steps.writes(sender)
        await steps.settles()
    await steps.inbox.accept(AddressGiven(given, _handle(others[0])), "a1")
    await steps.settles()
    chat, whose = await steps.open_of(ADA), [await steps.bound_to(each) for each in others]
    assert chat
    had = []
    for other in others:
        await steps.does(Linked(ANA, _handle(other)), chat)
        await steps.settles()
        (one,) = await steps.records.conversations([chat])
        had.append(one and one.address)
    # (what was said in one chat is not for another, so it is left out for as long as they are three)
    assert had == [given, None]
    # when they are parted in the order in which they came
    for name in whose:
        await steps.does(Unlinked(ANA, name), chat)
        await steps.settles()
    # then no answer to the visitor goes where the first of them said
    (one,) = await steps.records.conversations([chat])
    assert one is not None
    assert one.address is None
    assert await _audited(steps.connection) == []


async def _open(steps: Stepper, sender: str) -> Conversation:
    """The open conversation of the sender."""
    name = await steps.open_of(sender)
    found = await steps.records.conversation(name) if name else None
    assert found is not None
    return found


async def _known(steps: Stepper, sender: str) -> tuple[object, ...]:
    """All that is known of the sender and their open conversation, but for what every change changes."""
    name, conversation = await steps.customer_of(sender), await steps.open_of(sender)
    assert name
    (customer,) = await steps.records.customers([name])
    (found,) = await steps.records.conversations([conversation]) if conversation else (None,)
    told = [entry for entry in await steps.timeline(conversation) if conversation] if conversation else []
    return (
        struct(customer, revision=0, left=(), part_ofs=(), told_in=(), looked_up_at=None) if customer else None,
        struct(found, revision=0, updated_at=MONDAY, turn=0, story_revision=0) if found else None,
        [entry for entry in told if entry.kind not in (EntryKind.LINKED, EntryKind.UNLINKED, EntryKind.REOPENED)],
    )


async def _given(steps: Stepper) -> tuple[int, int]:
    """A chat with an open conversation, and a mail with a younger one; in which partitions they are."""
    for sender, seed in ((ADA, "2"), (MAIL, "1")):
        await steps.connection.commands.set(keys.handle(_handle(sender)), customer_id(seed))
    await steps.writes(ADA)
    await steps.settles()
    await steps.writes(MAIL, "email")
    await steps.writes(ADA)
    await steps.settles()
    mine, theirs = (int(customer_id(seed)[2:4]) for seed in "21")
    assert mine != theirs
    return mine, theirs


async def _settles(steps: Stepper, dies_at: int) -> int:
    """All steps, the runner dying at one of its errands; how many errands there were."""
    count = 0
    while busy := await steps.busy():
        for partition, stream in busy:
            if stream == keys.INBOUND:
                await steps.works(partition)
            else:
                await steps.runs(partition, dies=count == dies_at)
                count += 1
    return count


async def _until(steps: Stepper, partition: int, kind: str) -> None:
    """All steps until the next event of the partition is of that kind."""
    while True:
        waiting = await steps.next_of(partition, keys.INBOUND)
        if waiting and waiting[0][1][b"kind"] == kind.encode():
            return
        busy = await steps.busy()
        assert busy
        for number, stream in busy:
            await (steps.works(number) if stream == keys.INBOUND else steps.runs(number))


async def _until_told(steps: Stepper, host: int, part: int, kind: str) -> None:
    """The steps of one partition alone, until it has told another one an event of that kind."""
    while await steps.works(host) or await steps.runs(host):
        waiting = await steps.next_of(part, keys.INBOUND)
        if waiting and waiting[0][1][b"kind"] == kind.encode():
            await steps.works(part)
            return
    raise AssertionError(f"nothing of the kind {kind} was told")


async def _heard(steps: Stepper, sender: str) -> list[str]:
    """The keys of the sender's messages in their open conversation, and of those of nobody else."""
    name = await steps.open_of(sender)
    told = await steps.timeline(name) if name else []
    arrived = [entry for entry in told if entry.kind is EntryKind.MESSAGE_IN]
    if len({await steps.customer_of(ADA), await steps.customer_of(MAIL)}) == 1:
        return [entry.message for entry in arrived if sender == ADA or entry.detail["handle"] == sender]
    assert {entry.detail["handle"] for entry in arrived} == {sender}
    return [entry.message for entry in arrived]


def _hasty(raw: bytes) -> Way:
    way = way_of(raw)
    return replace(way, state=MovingState.DONE) if way.state is MovingState.MOVING else way


async def _forgetful(*_: object) -> bool:
    return False


async def _merged(core: Core, chat: Conversation, mail: Conversation) -> Conversation:
    """The one conversation, once an agent has said that the mailbox is the chat's visitor's."""
    outcome = await core.does(Linked(ANA, _handle(MAIL)), chat.id)
    assert outcome.kind is OutcomeKind.DONE

    async def one() -> Conversation | None:
        found = await core.open_of(MAIL)
        return found if found and found.id != mail.id else None

    found = await eventually(one, "they are one")
    await eventually(lambda: _is_over(core, mail.customer), "all of it is there")
    return await core.now(found.id)


async def _is_over(core: Core, customer: CustomerId) -> bool:
    raw = await core.connection.commands.get(keys.key(int(customer[2:4]), keys.moved(customer)))
    return raw is not None and way_of(raw).state is MovingState.DONE


async def _parted(core: Core, chat: Conversation, customer: CustomerId) -> None:
    outcome = await core.does(Unlinked(ANA, customer), chat.id)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.DONE, "")

    async def two() -> bool:
        found = await core.records.customer(customer)
        return found is not None and found.part_of is None

    await eventually(two, "they are two")


async def _audited(connection: Connection) -> list[str]:
    report = await Audit(connection, PARTITIONS, TEAMS, pause=0.05).run()
    return [f"{each.kind} {each.subject}: {each.text}" for each in report.findings]


async def _texts(core: Core, conversation: Conversation) -> list[str]:
    return [entry.text for entry in await core.timeline(conversation.id) if entry.text]


def _handle(text: str) -> Handle:
    kind, _, address = text.partition(":")
    return Handle(kind, address)
