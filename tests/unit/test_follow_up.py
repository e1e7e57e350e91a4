"""Resolved is what the customer confirms: one question, and what each answer makes of the conversation."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from router.core.care.follow_up import WHAT
from router.model.conversation import Conversation, ConversationState
from router.model.decision import Decision, EntryKind
from router.model.event import (
    Claimed,
    MessageArrived,
    PromiseMade,
    PromiseSettled,
    Reopened,
    ReplyWritten,
    Resolved,
    Transferred,
)
from router.model.message import Attachment, DeliveryState, Handle, MessageKind, OutboundMessage
from router.model.policy import CallPolicy, CarePolicy
from router.model.promise import FollowUp, PromiseKind, PromiseState
from rules.engine import RuleBook, Then
from tests.core import ANA, BILLING, CARE, written
from tests.story import ADA, BOB, DAY, HOUR, SALES, Story, asked

SHIPPED = CarePolicy()
PANAMA = CallPolicy(zone="America/Panama")
START = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("America/Panama"))
RULES = (
    asked("factura", Then(BILLING, is_reroute=True)),
    asked("internet", Then(SALES, is_reroute=True)),
)


def book(care: CarePolicy = SHIPPED) -> RuleBook:
    return RuleBook(CARE, RULES, calls=PANAMA, care=care)


class Case:
    """A conversation at Billing that was answered and resolved at ten in the morning, Panama's time."""

    def __init__(self, care: CarePolicy = SHIPPED, sender: Handle = ADA, text: str = "Mi factura está mal") -> None:
        self.story = Story(book(care), START)
        self.sender = sender
        self.name = self.story.hears(text, sender).id
        self.story.happens(ReplyWritten(ANA, "Ya quedó."), self.name)
        self.story.happens(Resolved(ANA), self.name)

    @property
    def now(self) -> Conversation:
        return self.story.known[self.name]

    @property
    def asked(self) -> list[OutboundMessage]:
        return [message for message in self.story.replies if message.is_automatic]

    @property
    def counted(self) -> Counter[str]:
        tallies = [tally for decision in self.story.decisions for tally in decision.tallies]
        return Counter(tally.became for tally in tallies if tally.what == WHAT)

    def is_asked(self) -> "Case":
        self.story.passes(25 * HOUR)
        assert self.asked
        return self

    def hears(self, text: str) -> Decision:
        self.story.hears(text, self.sender)
        return self.story.decisions[-1]


def test_the_customer_is_asked_once_a_day_later_in_the_team_s_name() -> None:
    # given what was resolved on Monday at ten
    case = Case()
    assert case.now.follow_up == FollowUp(START + DAY)
    # when a day has passed, then the customer gets one question where they wrote, in their language
    case.story.passes(DAY)
    (question,) = case.asked
    assert (question.recipient, question.language) == (ADA, "es")
    assert "Facturación" in question.text
    assert "sí" in question.text
    assert "1 al 5" in question.text
    # and the conversation is resolved as we think, not as they said
    assert case.now.state is ConversationState.RESOLVED
    assert case.now.follow_up == FollowUp(START + DAY, asked_at=START + DAY, message=question.id)
    # and nobody asks again before it closes
    case.story.passes(3 * DAY)
    assert len(case.asked) == 1
    assert case.now.is_closed
    assert case.counted == {"asked": 1}


def test_it_is_asked_in_english_too() -> None:
    case = Case(text="My invoice is wrong, please could you have a look at it? (factura)").is_asked()
    assert case.asked[0].language == "en"
    assert "yes or no" in case.asked[0].text
    assert len(case.asked[0].text) < 280


@pytest.mark.parametrize(
    ("text", "works", "score", "counted"),
    [
        ("sí, gracias", True, None, ["works"]),
        ("Ya funciona, 5/5", True, 5, ["works", "score_5"]),
        ("gracias", True, None, ["works"]),
        ("👍", True, None, ["works"]),
        ("un 4", None, 4, ["score_4"]),
        ("yes", True, None, ["works"]),
    ],
)
def test_what_confirms_it_does_not_reopen_it(
    text: str, works: bool | None, score: int | None, counted: list[str]
) -> None:
    # given a customer who was asked; when they say that it works, give a score, or thank us
    case = Case().is_asked()
    before = case.now
    case.hears(text)
    # then it stays resolved, is told and counted, and closes when it would have
    after = case.now
    assert (after.state, after.closes_at) == (ConversationState.RESOLVED, before.closes_at)
    assert after.follow_up
    assert (after.follow_up.works, after.follow_up.score) == (works, score)
    assert case.counted == Counter(["asked", *counted])
    assert [entry.text for entry in case.story.entries(EntryKind.MESSAGE_IN)][-1] == text
    assert case.story.entries(EntryKind.REOPENED) == []
    case.story.passes(3 * DAY)
    assert case.now.is_closed


def test_the_score_may_come_later_and_counts_once() -> None:
    case = Case().is_asked()
    for text in ("sí", "5", "4", "gracias!"):
        case.hears(text)
    assert case.now.state is ConversationState.RESOLVED
    assert case.now.follow_up
    assert (case.now.follow_up.works, case.now.follow_up.score) == (True, 4)
    assert case.counted == {"asked": 1, "works": 1, "score_5": 1}


@pytest.mark.parametrize(
    "text", ["no", "sigue igual, sin internet", "sí pero ahora no tengo internet", "still not working"]
)
def test_what_does_not_work_reopens_with_the_same_owner(text: str) -> None:
    # given Billing solved it, and rules that give who writes `internet` to Sales
    case = Case().is_asked()
    # when the customer says that it does not work
    case.hears(text)
    # then it is open again, at Billing
    assert case.now.state is ConversationState.OPEN
    assert case.now.ownership.team == BILLING
    assert case.now.waiting_since == case.story.now
    assert case.now.follow_up
    assert case.now.follow_up.works is False
    assert case.counted == {"asked": 1, "reopened": 1}
    # and a later message may be moved by rules again
    case.hears("quiero cambiar mi plan de internet")
    assert case.now.ownership.team == SALES


def test_all_else_reopens_it_as_any_message_does() -> None:
    case = Case().is_asked()
    case.hears("tengo otra pregunta sobre el plan de internet")
    assert (case.now.state, case.now.ownership.team) == (ConversationState.OPEN, SALES)
    assert case.counted == {"asked": 1}


def test_before_anybody_asked_only_what_says_it_by_itself_counts() -> None:
    # thanks right after the resolution keep it resolved, and the question is still asked
    case = Case()
    case.hears("Muchas gracias")
    assert case.now.state is ConversationState.RESOLVED
    assert case.is_asked().counted == {"asked": 1}
    # "it works" confirms it, and nobody asks what was said already
    case = Case()
    case.hears("ya funciona, gracias")
    case.story.passes(2 * DAY)
    assert (case.counted, case.asked) == ({"works": 1}, [])
    # "sí", "5" and "no" answer something else
    for text in ("sí", "5", "no"):
        case = Case()
        case.hears(text)
        assert case.now.state is ConversationState.OPEN
        assert case.now.follow_up is None


def test_resolved_again_it_is_asked_again() -> None:
    case = Case().is_asked()
    case.hears("no")
    case.story.happens(Resolved(ANA), case.name)
    case.is_asked()
    case.hears("ahora sí funciona")
    assert case.counted == {"asked": 2, "reopened": 1, "works": 1}


def test_nobody_is_asked_what_a_visit_is_still_to_mend() -> None:
    # given a technician who comes in two days, though it is resolved for the desk today
    story = Story(book(), START)
    name = story.hears("No hay señal").id
    window = START + 2 * DAY - 4 * HOUR
    story.happens(PromiseMade(ANA, PromiseKind.VISIT, START + 2 * DAY, "técnico", window), name)
    story.happens(Resolved(ANA), name)
    story.passes(2 * DAY)
    promise = story.known[name].promises[0].id
    story.happens(PromiseSettled(ANA, promise, PromiseState.KEPT), name)
    # then the question waits for a day after that
    story.passes(DAY - timedelta(minutes=1))
    assert not any("1 al 5" in message.text for message in story.replies)
    story.passes(timedelta(minutes=1))
    assert "1 al 5" in story.replies[-1].text


def test_what_an_agent_takes_up_again_is_not_asked() -> None:
    case = Case()
    case.story.happens(Reopened(ANA), case.name)
    assert case.now.follow_up is None
    case.story.passes(2 * DAY)
    assert case.asked == []


def test_nobody_is_asked_by_night() -> None:
    # given what was resolved at half past ten in the evening
    story = Story(book(), START + timedelta(hours=12, minutes=30))
    name = story.hears("Mi factura está mal").id
    story.happens(Resolved(ANA), name)
    # then the question waits for eight in the morning of the day after
    story.passes(timedelta(hours=33, minutes=29))
    assert story.replies == []
    story.passes(timedelta(minutes=1))
    assert [message.is_automatic for message in story.replies] == [True]
    assert story.now.astimezone(START.tzinfo).hour == 8
    # and a timer that comes late, at night, waits for the next morning as well
    story = Story(book(), START)
    name = story.hears("Mi factura está mal").id
    story.happens(Resolved(ANA), name)
    timer = next(timer for timer in story.timers if timer.kind == WHAT)
    story.timers.remove(timer)
    story.now = START + timedelta(hours=36)
    assert story.falls_due(timer).outbound == ()
    story.passes(10 * HOUR)
    assert len(story.replies) == 1


@pytest.mark.parametrize("kind", [MessageKind.AUTO_REPLY, MessageKind.BOUNCE, MessageKind.LIST])
def test_no_machine_is_asked(kind: MessageKind) -> None:
    story = Story(book(), START)
    name = story.hears("Mi factura está mal", BOB, kind=kind).id
    story.happens(Resolved(ANA), name)
    assert story.known[name].follow_up is None


def test_who_only_rang_us_is_not_asked() -> None:
    story = Story(book(), START)
    name = story.hears("Mi factura está mal").id
    phone = replace(story.known[name].targets[0], handle=Handle("phone", "+50761234567"))
    story.known[name] = replace(story.known[name], targets=(phone,))
    story.happens(Resolved(ANA), name)
    assert story.known[name].follow_up is None


@pytest.mark.parametrize("after", [None, timedelta(hours=72), timedelta(days=9)])
def test_without_a_time_before_it_closes_nobody_is_asked(after: timedelta | None) -> None:
    case = Case(CarePolicy(follow_up_after=after))
    case.story.passes(10 * DAY)
    assert case.asked == []


def test_after_an_outage_nobody_is_asked_what_they_can_t_answer_any_more() -> None:
    # given a timer that comes when the conversation should have closed
    case = Case()
    timer = next(timer for timer in case.story.timers if timer.kind == WHAT)
    case.story.timers.remove(timer)
    case.story.now = START + 4 * DAY
    assert case.story.falls_due(timer).outbound == ()
    case.story.passes(DAY)
    assert (case.asked, case.now.is_closed) == ([], True)


def test_a_machine_s_answer_to_the_question_is_no_answer() -> None:
    case = Case(sender=BOB).is_asked()
    case.story.hears("no, estoy de vacaciones", BOB, is_automatic=True, kind=MessageKind.AUTO_REPLY)
    assert case.now.state is ConversationState.RESOLVED
    assert case.counted == {"asked": 1}


def test_a_file_along_with_thanks_is_looked_at_by_a_person() -> None:
    case = Case().is_asked()
    message = written("gracias", "chat:ada", "with-file", case.story.now)
    photo = Attachment("foto.jpg", "image/jpeg", 9)
    case.story.happens(MessageArrived(replace(message, attachments=(photo,))))
    assert case.now.state is ConversationState.OPEN


def test_a_question_that_does_not_arrive_gives_nothing_back() -> None:
    case = Case(sender=BOB).is_asked()
    case.story.is_reported(case.asked[0], DeliveryState.FAILED)
    assert case.now.state is ConversationState.RESOLVED
    assert case.now.unreached == ()


def test_who_wrote_in_public_alone_is_asked_there_and_who_wrote_in_private_too_in_private() -> None:
    for has_private, is_public in ((False, True), (True, False)):
        case = Case()
        public = replace(case.now.targets[0], public=True)
        private = replace(public, public=False, at=START - HOUR)
        targets = (public, private) if has_private else (public,)
        case.story.known[case.name] = replace(case.now, targets=targets)
        case.is_asked()
        assert case.asked[0].public is is_public


def test_the_owner_of_record_stays_until_the_customer_has_answered() -> None:
    # given what is resolved, and a supervisor and another team who help
    case = Case().is_asked()
    for command in (Transferred(ANA, SALES, "que lo vea Ventas"), Claimed(ANA)):
        assert case.story.happens(command, case.name).outcome.reason == "resolved"
    # when the supervisor writes, and the customer says that it does not work
    case.story.happens(ReplyWritten(ANA, "Soy la supervisora: ¿todo en orden?"), case.name)
    assert case.now.ownership.team == BILLING
    case.story.happens(Resolved(ANA), case.name)
    case.is_asked()
    case.hears("sigue igual")
    assert case.now.ownership.team == BILLING


def test_a_team_that_is_gone_meanwhile_still_leaves_an_owner() -> None:
    case = Case().is_asked()
    del case.story.teams[BILLING]
    case.hears("no")
    assert case.now.ownership.team == CARE


def test_what_was_asked_by_then_is_told() -> None:
    case = Case().is_asked()
    case.hears("no, 2/5")
    states: list[tuple[str, str | None]] = [
        (entry.detail["state"], entry.detail.get("score")) for entry in case.story.entries(EntryKind.FOLLOW_UP)
    ]
    assert states == [("asked", None), ("reopened", "2")]
    assert case.counted == {"asked": 1, "reopened": 1, "score_2": 1}


def test_thanks_for_what_a_team_did_that_is_gone_find_it_another_owner() -> None:
    # given what a team has resolved that ops have removed since
    story = Story()
    name = story.hears("Mi factura está mal").id
    story.happens(Resolved(ANA), name)
    del story.teams[BILLING]
    # when its customer writes, be it only thanks, then somebody owns it who is there
    assert story.hears("gracias").ownership.team in story.teams
