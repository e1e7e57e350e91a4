"""Deadlines: when each kind begins, pauses, ends and is missed, on a calendar with nights and weekends."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from router.model.calendar import Calendar
from router.model.commitment import Deadline, DeadlineKind, Target
from router.model.conversation import Conversation, ConversationState
from router.model.decision import ANY_TURN, EntryKind, OutcomeKind, Timer
from router.model.event import (
    Claimed,
    Command,
    NoteAdded,
    Reopened,
    ReplyWritten,
    Resolved,
    Snoozed,
    TimerDue,
    TimerKind,
    Transferred,
)
from router.model.message import DeliveryState
from rules.engine import RuleBook, Then
from tests.core import ANA, BILLING, CARE
from tests.story import DAY, HOUR, MINUTE, OFFICE, Story, asked, targets

PANAMA = ZoneInfo("America/Panama")
FIRST, NEXT, RESOLUTION, UPDATE = DeadlineKind
SLA = targets("office", first_reply=HOUR, next_reply=2 * HOUR, resolution=12 * HOUR, update=5 * HOUR)
BOOK = RuleBook(
    CARE,
    (
        asked("factura", Then(CARE, targets=SLA)),
        asked("urgente", Then(targets=targets("office", first_reply=20 * MINUTE, resolution=4 * HOUR))),
        asked("luego", Then(targets=targets("office", first_reply=3 * HOUR, update=HOUR))),
        asked("gracias", Then(targets=targets("closed", next_reply=HOUR))),
    ),
    calendars={"office": OFFICE, "closed": Calendar("closed")},
)
MON, TUE, WED, THU, FRI, SAT, _, NEXT_MON, NEXT_TUE = range(9)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time of the office's clock, on a day of the week that begins with Monday, 23 November 2026."""
    return datetime(2026, 11, 23, hour, minute, tzinfo=PANAMA) + day * DAY


class Desk:
    """A story that begins with a message at an instant of the office's clock, told in a few words."""

    def __init__(self, begins: datetime, text: str = "mi factura") -> None:
        self.story = Story(BOOK, begins)
        self.name = self.story.hears(text).id

    @property
    def now(self) -> Conversation:
        return self.story.known[self.name]

    @property
    def running(self) -> dict[DeadlineKind, datetime]:
        """What runs, and until when."""
        return {d.target.kind: d.due_at.astimezone(PANAMA) for d in self.now.deadlines if d.missed_at is None}

    @property
    def left(self) -> timedelta | None:
        """What is left of the time for a solution while that does not run."""
        return self.now.paused.left if self.now.paused else None

    @property
    def missed(self) -> set[DeadlineKind]:
        return {d.target.kind for d in self.now.deadlines if d.missed_at}

    @property
    def told(self) -> list[str]:
        """The kinds of the deadlines of which the timeline says that they were missed."""
        return [entry.detail["kind"] for entry in self.story.entries(EntryKind.DEADLINE_MISSED)]

    def until(self, instant: datetime) -> None:
        self.story.passes(instant - self.story.now)

    def writes(self, text: str = "¿hola?") -> None:
        self.story.hears(text)

    def does(self, command: Command) -> None:
        assert self.story.happens(command, self.name).outcome.kind is OutcomeKind.DONE

    def replies(self) -> None:
        self.does(ReplyWritten(ANA, "Lo miro"))


@pytest.mark.parametrize(
    ("begins", "due"),
    [
        (at(MON, 10), {FIRST: at(MON, 11), RESOLUTION: at(TUE, 12), UPDATE: at(MON, 15)}),
        # An evening, a night, a weekend.
        (at(MON, 17, 30), {FIRST: at(TUE, 8, 30), RESOLUTION: at(WED, 9, 30), UPDATE: at(TUE, 12, 30)}),
        (at(TUE, 3), {FIRST: at(TUE, 9), RESOLUTION: at(WED, 10), UPDATE: at(TUE, 13)}),
        (at(FRI, 17, 15), {FIRST: at(NEXT_MON, 8, 15), RESOLUTION: at(NEXT_TUE, 9, 15), UPDATE: at(NEXT_MON, 12, 15)}),
        (at(SAT, 12), {FIRST: at(NEXT_MON, 9), RESOLUTION: at(NEXT_TUE, 10), UPDATE: at(NEXT_MON, 13)}),
    ],
)
def test_what_runs_from_the_first_message(begins: datetime, due: dict[DeadlineKind, datetime]) -> None:
    assert Desk(begins).running == due


def test_a_conversation_without_targets_has_no_deadlines() -> None:
    desk = Desk(at(MON, 10), "Hola")
    desk.writes()
    desk.replies()
    assert (desk.now.deadlines, desk.now.sla, desk.story.timers) == ((), (), [])


def test_a_reply_ends_what_asked_for_one_and_the_next_word_is_owed_from_then_on() -> None:
    desk = Desk(at(MON, 10))
    desk.until(at(MON, 10, 20))
    desk.replies()
    assert desk.running == {UPDATE: at(MON, 15, 20)}
    # and each reply begins that anew
    desk.until(at(MON, 12))
    desk.replies()
    assert desk.running == {UPDATE: at(MON, 17)}
    assert desk.told == []


def test_what_was_promised_is_told_from_what_a_team_aims_at() -> None:
    # given a reply after which the team aims at a next word
    desk = Desk(at(MON, 10))
    desk.replies()
    assert [each.promised for each in desk.now.deadlines if each.target.kind is UPDATE] == [False]
    # when an older version recorded a promise as one, and a rule asks for a word sooner
    promised = Deadline(Target(UPDATE, HOUR), at(MON, 10), at(MON, 16), promised=True)
    others = tuple(each for each in desk.now.deadlines if each.target.kind is not UPDATE)
    timers = {timer for timer in desk.story.waiting if timer.subject == UPDATE}
    desk.story.waiting -= timers
    desk.story.waiting.add(Timer(desk.name, TimerKind.DEADLINE, ANY_TURN, promised.due_at, UPDATE))
    desk.story._asked |= desk.story.waiting
    desk.story.known[desk.name] = replace(desk.now, deadlines=(*others, promised))
    desk.writes("luego")
    # then it is a promise all the same
    assert [each.promised for each in desk.now.deadlines if each.target.kind is UPDATE] == [True]
    # and the next reply keeps it
    desk.replies()
    assert [each.promised for each in desk.now.deadlines if each.target.kind is UPDATE] == [False]


def test_the_next_reply_is_owed_from_the_first_message_that_nobody_answered() -> None:
    desk = Desk(at(MON, 10))
    desk.until(at(MON, 10, 5))
    desk.writes()
    assert desk.running[NEXT] == at(MON, 12, 5)
    # a further one does not put it off, and what is said to colleagues does not end it
    desk.until(at(MON, 10, 30))
    desk.writes()
    desk.does(Claimed(ANA))
    desk.does(NoteAdded(ANA, "mirar"))
    assert desk.running[NEXT] == at(MON, 12, 5)
    desk.replies()
    assert NEXT not in desk.running
    desk.until(at(MON, 17))
    desk.writes()
    assert desk.running[NEXT] == at(TUE, 9)
    assert FIRST not in desk.running


@pytest.mark.parametrize(
    ("instant", "missed"),
    [
        (at(MON, 10, 59), []),
        (at(MON, 11), ["first_reply"]),
        (at(MON, 15), ["first_reply", "update"]),
        (at(TUE, 12), ["first_reply", "update", "resolution"]),
    ],
)
def test_what_passes_is_missed_and_stays_so_until_it_is_met(instant: datetime, missed: list[str]) -> None:
    desk = Desk(at(MON, 10))
    before = desk.now
    desk.until(instant)
    assert desk.told == missed
    assert desk.missed == set(map(DeadlineKind, missed))
    # time alone makes nothing more urgent and makes no agent's view stale
    assert (desk.now.priority, desk.now.story_revision) == (before.priority, before.story_revision)
    entries = desk.story.entries(EntryKind.DEADLINE_MISSED)
    assert all(entry.detail["due_at"] == entry.at.isoformat() for entry in entries)
    # when we reply, then nothing of it is left but a solution that is late
    desk.replies()
    assert desk.missed == set(map(DeadlineKind, missed)) & {RESOLUTION}
    assert desk.told == missed
    desk.does(Resolved(ANA))
    assert (desk.now.deadlines, desk.told) == ((), missed)


def test_who_is_late_is_late_although_the_timer_is_too() -> None:
    """After an outage the reply may come before the timer."""
    desk = Desk(at(MON, 10))
    desk.story.now = at(MON, 11, 30)
    desk.replies()
    assert desk.told == ["first_reply"]
    assert [entry.kind for entry in desk.story.decisions[-1].entries] == ["deadline_missed", "message_out"]
    # and a solution that is late is late when it comes
    desk.story.now = at(TUE, 13)
    desk.writes()
    desk.story.now = at(WED, 18)
    desk.does(Resolved(ANA))
    assert sorted(desk.told) == ["first_reply", "next_reply", "resolution", "update"]
    # then the timers have nothing to add
    desk.until(at(THU, 10))
    assert len(desk.told) == 4


def test_a_timer_of_what_was_met_does_nothing() -> None:
    desk = Desk(at(MON, 10))
    stale = [timer for timer in desk.story.timers if timer.kind is TimerKind.DEADLINE]
    desk.until(at(MON, 10, 20))
    desk.replies()
    desk.until(at(MON, 10, 30))
    for timer in stale:
        due = TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject)
        assert desk.story.happens(due, desk.name).outcome.reason == "stale"
    assert desk.told == []


@pytest.mark.parametrize(
    ("asked_at", "answered_at", "due"),
    [
        (at(MON, 11), at(MON, 13), at(TUE, 14)),
        # Over night only the hours of the office count: one in the evening, two in the morning.
        (at(MON, 17), at(TUE, 10), at(TUE, 15)),
        (at(MON, 19), at(TUE, 5), at(TUE, 12)),
    ],
)
def test_a_solution_waits_while_we_wait(asked_at: datetime, answered_at: datetime, due: datetime) -> None:
    desk = Desk(at(MON, 10))
    desk.until(asked_at)
    desk.replies()
    assert RESOLUTION not in desk.running
    assert desk.left == OFFICE.between(asked_at, at(TUE, 12))
    # when we say more it still waits; when the customer answers, it goes on
    desk.replies()
    desk.until(answered_at)
    desk.writes()
    assert desk.running[RESOLUTION] == due
    desk.until(due)
    assert desk.missed >= {RESOLUTION}


def test_a_solution_that_is_late_does_not_wait() -> None:
    desk = Desk(at(MON, 10))
    desk.until(at(TUE, 13))
    desk.replies()
    assert (desk.missed, desk.now.paused) == ({RESOLUTION}, None)


@pytest.mark.parametrize("way", ["snoozed", "transferred", "lost"])
def test_a_solution_is_owed_again_whoever_ends_the_wait(way: str) -> None:
    desk = Desk(at(MON, 10))
    desk.replies()
    desk.until(at(MON, 12))
    ways: dict[str, Callable[[], object]] = {
        # An agent puts a snoozed one off, not the customer: nothing pauses.
        "snoozed": lambda: desk.does(Snoozed(ANA, at(WED, 10))),
        "transferred": lambda: desk.does(Transferred(ANA, BILLING)),
        "lost": lambda: desk.story.is_reported(desk.story.replies[-1], DeliveryState.FAILED),
    }
    ways[way]()
    assert desk.now.state is not ConversationState.PENDING
    assert desk.running[RESOLUTION] == at(TUE, 14)
    # and what was lost is a reply that is owed once more
    assert (NEXT in desk.running) == (way == "lost")


def test_where_only_the_first_reply_has_a_target_a_lost_reply_is_owed_by_that() -> None:
    # given that a first reply was in time, and is lost an hour later
    desk = Desk(at(MON, 10), "es urgente")
    desk.replies()
    assert FIRST not in desk.running
    desk.until(at(MON, 11))
    desk.story.is_reported(desk.story.replies[-1], DeliveryState.FAILED)
    # then another is due, once, however often that is told
    assert desk.running[FIRST] == at(MON, 11, 20)
    desk.does(Snoozed(ANA, at(WED, 10)))
    desk.until(at(MON, 11, 10))
    desk.story.is_reported(desk.story.replies[-1], DeliveryState.UNCONFIRMED)
    assert desk.running[FIRST] == at(MON, 11, 20)
    desk.replies()
    assert FIRST not in desk.running


@pytest.mark.parametrize("way", ["customer", "agent", "reply", "lost"])
def test_once_resolved_nothing_runs_until_it_is_taken_up_again(way: str) -> None:
    desk = Desk(at(MON, 10))
    desk.replies()
    desk.until(at(MON, 12))
    desk.does(Resolved(ANA))
    assert (desk.now.deadlines, desk.now.paused) == ((), None)
    desk.until(at(TUE, 10))
    ways: dict[str, Callable[[], object]] = {
        "customer": desk.writes,
        "agent": lambda: desk.does(Reopened(ANA)),
        "reply": desk.replies,
        "lost": lambda: desk.story.is_reported(desk.story.replies[-1], DeliveryState.UNCONFIRMED),
    }
    ways[way]()
    if way == "reply":
        desk.writes()
    # then the solution begins anew; a first reply is not owed twice, the next one to who asked
    assert desk.running[RESOLUTION] == at(WED, 12)
    assert desk.running[UPDATE] == at(TUE, 15)
    assert FIRST not in desk.running
    assert (NEXT in desk.running) == (way != "agent")
    assert desk.told == []


@pytest.mark.parametrize("command", [ReplyWritten(ANA, "Lo miro"), Resolved(ANA)])
def test_a_first_reply_is_owed_once_however_quick_we_were(command: Command) -> None:
    desk = Desk(at(MON, 10))
    desk.does(command)
    desk.writes("mi factura")
    assert FIRST not in desk.running


def test_a_conversation_that_was_answered_before_replies_were_noted_owes_no_first_one() -> None:
    desk = Desk(at(MON, 10), "Hola")
    desk.until(at(MON, 11))
    desk.replies()
    desk.story.known[desk.name] = replace(desk.now, replied_at=None)
    desk.until(at(MON, 12))
    desk.writes("mi factura")
    assert set(desk.running) == {NEXT, RESOLUTION, UPDATE}


def test_later_targets_take_the_place_of_those_of_their_kind_but_put_nothing_off() -> None:
    desk = Desk(at(MON, 10))
    desk.until(at(MON, 10, 5))
    desk.writes("es urgente")
    # then they count from where the old ones did, and the others stay
    assert desk.running == {
        FIRST: at(MON, 10, 20),
        NEXT: at(MON, 12, 5),
        RESOLUTION: at(MON, 14),
        UPDATE: at(MON, 15),
    }
    desk.until(at(MON, 10, 10))
    desk.writes("ya luego")
    # and what is due sooner stays so, whatever a later message would have
    assert (desk.running[FIRST], desk.running[UPDATE]) == (at(MON, 10, 20), at(MON, 11))
    desk.writes("mi factura")
    assert (desk.running[FIRST], desk.running[RESOLUTION]) == (at(MON, 10, 20), at(MON, 14))
    # what is late already does not become timely by a later target
    desk.until(at(MON, 11, 30))
    assert desk.missed == {FIRST, UPDATE}
    desk.writes("mi factura")
    assert desk.missed == {FIRST, UPDATE}
    # what begins to run once we replied has the latest target
    desk.replies()
    assert desk.running == {UPDATE: at(MON, 16, 30)}


@pytest.mark.parametrize(("is_reroute", "due"), [(False, at(MON, 10, 20)), (True, at(MON, 13))])
def test_only_a_rule_that_takes_the_conversation_puts_off_what_is_due(is_reroute: bool, due: datetime) -> None:
    desk = Desk(at(MON, 10), "urgente")
    later = Then(BILLING, is_reroute=is_reroute, targets=targets(first_reply=3 * HOUR))
    desk.story.book = RuleBook(CARE, (asked("gracias", later),), calendars={"office": OFFICE})
    desk.until(at(MON, 10, 10))
    desk.writes("gracias")
    assert desk.running[FIRST] == due
    # and then not again
    desk.story.book = BOOK
    desk.writes("luego")
    assert desk.running[FIRST] == due


def test_a_target_that_comes_later_counts_the_time_that_was_spent_waiting() -> None:
    desk = Desk(at(MON, 10))
    desk.replies()
    desk.until(at(MON, 13))
    desk.writes("es urgente")
    # four hours from ten, and three that we waited for the customer; nothing brings the first reply back
    assert (desk.running[RESOLUTION], FIRST in desk.running) == (at(MON, 17), False)


def test_targets_may_come_with_a_later_message() -> None:
    desk = Desk(at(MON, 10), "Hola")
    desk.until(at(MON, 10, 30))
    desk.writes("mi factura")
    assert desk.running == {
        FIRST: at(MON, 11),
        NEXT: at(MON, 12, 30),
        RESOLUTION: at(TUE, 12),
        UPDATE: at(MON, 15),
    }


def test_a_calendar_that_never_opens_counts_day_and_night() -> None:
    desk = Desk(at(MON, 10))
    desk.writes("gracias")
    assert desk.running[NEXT] == at(MON, 11)


def test_a_conversation_goes_on_although_its_calendar_is_gone() -> None:
    desk = Desk(at(FRI, 17))
    desk.story.book = RuleBook(CARE)
    desk.replies()
    assert desk.running[UPDATE] == at(FRI, 22)


def test_deadlines_do_not_leak_from_one_conversation_to_the_next() -> None:
    desk = Desk(at(MON, 10))
    desk.does(Resolved(ANA))
    desk.until(at(MON, 10) + 4 * DAY)
    assert desk.now.is_closed
    desk.writes("Hola")
    later = desk.story.known[desk.story.customers[desk.now.customer].open_conversation or desk.name]
    assert (later.id != desk.name, later.deadlines, later.sla) == (True, (), ())
