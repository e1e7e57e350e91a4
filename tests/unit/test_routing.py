"""What rules see of a message, what they give to its conversation, and what is kept of that."""

import dataclasses
from datetime import datetime

import pytest
from msgspec.structs import replace

from router.model.commitment import CallbackKind, CallbackWish
from router.model.conversation import ConversationState
from router.model.customer import Profile
from router.model.decision import EntryKind, TimelineEntry
from router.model.event import CallbackSet, Claimed, Command, MessageArrived, ReplyWritten, Resolved
from router.model.message import Attachment, Handle, Standing
from router.model.team import Priority
from router.store import wire
from rules.asking import contacts_field
from rules.conditions import All, AtLeast, Is
from rules.engine import Rule, RuleBook, Then, Verdict
from rules.facts import Before, Facts, Sender, TeamLoad
from tests.clock import MONDAY
from tests.core import ANA, BILLING, CARE, written
from tests.story import ADA, BOB, CUSTOMERS, DAY, HOUR, MINUTE, OFFICE, SALES, Story, asked

SPANISH = "Llevo tres días sin teléfono y nadie me contesta, por favor"
ENGLISH = "I have been without a phone for three days and nobody answers me"


class Watched(RuleBook):
    """A book that remembers what it was asked, and what it answered."""

    def __init__(self, *rules: Rule) -> None:
        super().__init__(CARE, rules, calendars={"office": OFFICE})
        self.seen: list[Facts] = []
        self.given: list[Verdict] = []

    def route(self, facts: Facts) -> Verdict:
        verdict = super().route(facts)
        if not self.seen or self.seen[-1] != facts:
            self.seen.append(facts)
            self.given.append(verdict)
        return verdict


def routed(story: Story) -> list[TimelineEntry]:
    return story.entries(EntryKind.ROUTED)


def test_rules_see_what_the_channel_says_of_who_wrote() -> None:
    # given a post of an account that is three days old
    book = Watched(asked("bot", Then(tags=("bot",))))
    story = Story(book)
    standing = Standing(followers=4, since=MONDAY - 3 * DAY, is_verified=False)
    story.happens(MessageArrived(replace(written("bot", str(ADA), "k", MONDAY), standing=standing)))
    assert book.seen[0].sender == Sender(3 * DAY, False)
    assert book.seen[0].customer.followers == 4
    # and what the directory knows counts before what the channel says
    customer = story.customers[CUSTOMERS[ADA]]
    story.customers[CUSTOMERS[ADA]] = replace(customer, profile=Profile(followers=9_000))
    story.happens(MessageArrived(replace(written("bot", str(ADA), "l", MONDAY), standing=standing)))
    assert book.seen[-1].customer.followers == 9_000
    # and of a channel that says nothing nothing is known
    story.hears("hola")
    assert book.seen[-1].sender == Sender()


def test_rules_see_the_message_and_what_lies_around_it() -> None:
    book = Watched(asked("vip", Then(tags=("vip",))))
    story = Story(book)
    story.loads = {CARE: TeamLoad(3, 1)}
    profile = Profile("gold", followers=12, attributes={"plan": "fibra"})
    story.customers[CUSTOMERS[ADA]] = replace(story.customers[CUSTOMERS[ADA]], profile=profile)
    # given a customer who writes, is not answered for a while, writes on, and comes back a day after it was resolved
    files = (Attachment("a.png", "image/png", 9), Attachment("b.png", "image/png", 9))
    message = replace(written(SPANISH, str(ADA), "k", MONDAY), subject="vip", public=True, attachments=files)
    name = story.happens(MessageArrived(message)).outcome.conversation
    story.passes(10 * MINUTE)
    story.hears("vip")
    story.happens(ReplyWritten(ANA, "Hola"), name)
    story.hears("gracias")
    story.happens(Resolved(ANA), name)
    story.passes(DAY)
    story.hears("otra vez")
    # then the rules were asked with all of that
    first, second, _, third = book.seen
    assert first == Facts(
        channel=message.channel,
        text=SPANISH,
        subject="vip",
        language="es",
        public=True,
        attachments=2,
        now=MONDAY,
        customer=profile,
        conversation=Before(),
        contacts=(MONDAY,),
        teams=story.loads,
    )
    tags, wait = ("vip",), 10 * MINUTE
    assert second.conversation == Before(False, False, CARE, tags, messages=2, waiting=wait)
    assert (second.now, second.contacts, second.attachments, second.language) == (
        MONDAY + wait,
        (MONDAY,),
        0,
        "unknown",
    )
    assert third.conversation == Before(False, True, CARE, tags, messages=5)
    assert third.contacts == (MONDAY, story.now)


@pytest.mark.parametrize(
    ("texts", "page", "language"),
    [
        ([SPANISH], "", "es"),
        ([SPANISH], "en", "es"),
        (["ok"], "en", "en"),
        (["ok"], "", ""),
        ([SPANISH, "ok"], "en", "es"),
        ([SPANISH, ENGLISH], "", "en"),
        (["ok", SPANISH, "ok"], "pt", "es"),
    ],
)
def test_the_language_is_the_latest_that_is_known(texts: list[str], page: str, language: str) -> None:
    story = Story(Watched())
    for text in texts:
        message = replace(written(text, str(ADA), f"k{len(story.decisions)}", MONDAY), language=page)
        after = story.happens(MessageArrived(message)).conversation
    assert after
    assert after.language == story.customers[after.customer].language == language


def test_a_rule_gives_a_new_conversation_all_that_it_has() -> None:
    then = Then(
        BILLING, priority=Priority.LOW, tags=("b", "a"), facts={"matter": "apn"}, skills=("fiber", "calm"), spoken="en"
    )
    after = Story(Watched(asked("factura", then))).hears("mi factura")
    assert (after.ownership.team, after.ownership.reason) == (BILLING, "factura")
    assert (after.priority, after.tags, after.facts) == (Priority.LOW, ("a", "b"), {"matter": "apn"})
    assert (after.skills, after.spoken) == (("fiber", "calm"), "en")


def test_later_messages_add_and_never_make_less_of_it() -> None:
    first = Then(BILLING, priority=Priority.HIGH, tags=("a",), facts={"x": "1", "y": "1"}, skills=("s",), spoken="en")
    second = Then(SALES, priority=Priority.LOW, tags=("b",), facts={"y": "2"}, skills=("t", "s"))
    story = Story(Watched(asked("factura", first), asked("comprar", second)))
    story.hears("mi factura")
    after = story.hears("comprar")
    assert (after.ownership.team, after.priority, after.tags) == (BILLING, Priority.HIGH, ("a", "b"))
    assert (after.facts, after.skills, after.spoken) == ({"x": "1", "y": "2"}, ("s", "t"), "en")
    # and what adds nothing leaves no word of routing
    count = len(routed(story))
    story.hears("comprar")
    assert len(routed(story)) == count == 2


@pytest.mark.parametrize("state", ["new", "open", "pending", "resolved"])
def test_a_rule_may_take_a_conversation_that_another_team_owns(state: str) -> None:
    leaving = dataclasses.replace(asked("baja", Then(SALES, is_reroute=True)), description="Quiere irse")
    story = Story(Watched(leaving, asked("factura", Then(BILLING))))
    before = story.hears("mi factura")
    commands: dict[str, tuple[Command, ...]] = {
        "new": (),
        "open": (Claimed(ANA),),
        "pending": (ReplyWritten(ANA, "Hola"),),
        "resolved": (Claimed(ANA), Resolved(ANA)),
    }
    for command in commands[state]:
        story.happens(command, before.id)
    before = story.known[before.id]
    story.passes(MINUTE)
    after = story.hears("baja")
    # then it is that team's, nobody is at work on it, and the timeline says why
    assert (after.ownership.team, after.ownership.since, after.ownership.reason) == (SALES, story.now, "Quiere irse")
    assert (after.assignee, after.turn > before.turn) == (None, True)
    assert after.state is (ConversationState.NEW if state == "new" else ConversationState.OPEN)
    (moved,) = story.entries(EntryKind.TRANSFERRED)
    assert moved.text == "Quiere irse"
    assert moved.detail == {"from": "billing", "to": "sales", "rule": "baja"}
    assert routed(story)[-1].detail["rule"] == "baja"
    # and only once
    story.hears("baja")
    assert len(story.entries(EntryKind.TRANSFERRED)) == 1


def test_a_rule_takes_nothing_to_a_team_that_is_gone() -> None:
    story = Story(Watched(asked("baja", Then(SALES, is_reroute=True)), asked("factura", Then(BILLING))))
    story.hears("mi factura")
    del story.teams[SALES]
    assert story.hears("baja").ownership.team == BILLING
    # where its own is gone as well, the default team has it
    del story.teams[BILLING]
    assert story.hears("baja").ownership.team == CARE


def test_a_reopened_conversation_may_be_moved_by_a_rule_that_asks_for_it() -> None:
    again = Rule("again", Is("conversation.reopened", "true"), Then(SALES, is_reroute=True))
    story = Story(Watched(again, asked("factura", Then(BILLING))))
    name = story.hears("mi factura").id
    assert story.hears("mi factura").ownership.team == BILLING
    story.happens(Resolved(ANA), name)
    assert story.hears("mi factura").ownership.team == SALES
    kinds = [entry.kind for entry in story.decisions[-1].entries]
    assert kinds == ["message_in", "reopened", "transferred", "routed"]


def test_what_rules_saw_is_kept_so_that_they_can_be_asked_again() -> None:
    often = All((AtLeast(contacts_field(3 * DAY), 2), Is("conversation.owner", "care")))
    book = Watched(Rule("often", often, Then(tags=("often",))), asked("factura", Then(tags=("money",))))
    story = Story(book)
    story.loads = {CARE: TeamLoad(waiting=4), BILLING: TeamLoad()}
    story.hears("SECRET")
    story.passes(5 * HOUR)
    story.hears("SECRET mi factura", BOB)
    story.hears("SECRET mi factura")
    # when the facts of each decision are read back, with the text of the message
    assert len(routed(story)) == 3
    for entry, seen, verdict in zip(routed(story), tuple(book.seen), tuple(book.given), strict=True):
        kept = entry.detail["facts"]
        assert "SECRET" not in kept
        facts = replace(wire.decode(Facts, kept), text=seen.text, subject=seen.subject)
        assert (facts, book.route(facts)) == (seen, verdict)
        assert (entry.detail["matched"], entry.detail["version"]) == (", ".join(verdict.matched), "none")
    assert routed(story)[-1].detail["matched"] == "often, factura"
    # and what is as usual takes no room
    assert routed(story)[0].detail["facts"] == (
        '{"channel":"webchat","now":"2026-11-23T09:00:00Z","contacts":["2026-11-23T09:00:00Z"],'
        '"teams":{"billing":{},"care":{"waiting":4}}}'
    )


OFFER = CallbackWish(CallbackKind.OFFER)
OWED, SOONER = (CallbackWish(CallbackKind.SCHEDULE, within, "office") for within in (HOUR, 30 * MINUTE))
OPENS = MONDAY + 4 * HOUR


@pytest.mark.parametrize(
    ("wishes", "found", "told"),
    [
        ([OFFER], (CallbackKind.OFFER, MONDAY, None), ["offer"]),
        ([OWED], (CallbackKind.SCHEDULE, MONDAY, OPENS + HOUR), ["schedule"]),
        ([OFFER, OFFER], (CallbackKind.OFFER, MONDAY, None), ["offer"]),
        ([OFFER, OWED], (CallbackKind.SCHEDULE, MONDAY + HOUR, OPENS + HOUR), ["offer", "schedule"]),
        ([OWED, OFFER], (CallbackKind.SCHEDULE, MONDAY, OPENS + HOUR), ["schedule"]),
        ([OWED, OWED], (CallbackKind.SCHEDULE, MONDAY, OPENS + HOUR), ["schedule"]),
        ([OWED, SOONER], (CallbackKind.SCHEDULE, MONDAY, OPENS + HOUR / 2), ["schedule", "schedule"]),
    ],
)
def test_calls_that_are_offered_or_owed(
    wishes: list[CallbackWish], found: tuple[CallbackKind, datetime, datetime | None], told: list[str]
) -> None:
    story = Story(Watched(*(asked(f"w{number}", Then(callback=wish)) for number, wish in enumerate(wishes))))
    for number, _ in enumerate(wishes):
        story.now = MONDAY + number * HOUR
        after = story.hears(f"w{number}")
    entries = story.entries(EntryKind.CALLBACK)
    assert after.callback
    assert (after.callback.kind, after.callback.asked_at, after.callback.due_at) == found
    assert [entry.detail["kind"] for entry in entries] == told
    assert entries[-1].detail.get("due_at") == (found[2].isoformat() if found[2] else None)
    # when it is resolved, then an offer is over and what is owed is not
    story.happens(Resolved(ANA), after.id)
    assert story.known[after.id].callback == (after.callback if found[2] else None)


def test_what_was_agreed_with_the_customer_no_rule_changes() -> None:
    # given a call that an agent and the customer agreed on for tomorrow
    story = Story(Watched(asked("llamada", Then(callback=CallbackWish(CallbackKind.SCHEDULE, HOUR)))))
    name = story.hears("Hola").id
    at = MONDAY + DAY + 6 * HOUR
    story.happens(CallbackSet(ANA, Handle("phone", "+50761234567"), at, at + HOUR), name)
    agreed = story.known[name].callback
    # when the customer speaks of it, then it stays so
    assert story.hears("¿la llamada es mañana?").callback == agreed


@pytest.mark.parametrize(("wish", "is_closed"), [(OFFER, True), (OWED, False)])
def test_a_conversation_with_a_call_owed_does_not_close(wish: CallbackWish, is_closed: bool) -> None:
    story = Story(Watched(asked("llamada", Then(callback=wish))))
    name = story.hears("llamada").id
    story.happens(Resolved(ANA), name)
    story.passes(4 * DAY)
    assert story.known[name].is_closed is is_closed
    told = [entry.detail["state"] for entry in story.entries(EntryKind.CALLBACK)]
    assert ("still_owed" in told) is not is_closed
