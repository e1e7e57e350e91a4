"""Ladders: what happens while nobody of the team acts, step by step, and never once somebody has."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from router.model.commitment import Ladder, LadderStep
from router.model.conversation import Conversation, ConversationState, RunningLadder
from router.model.decision import EntryKind
from router.model.event import (
    Claimed,
    Command,
    NoteAdded,
    Released,
    ReplyWritten,
    Resolved,
    Snoozed,
    TimerDue,
    Transferred,
)
from router.model.ids import ConversationId, TeamId
from router.model.team import Priority
from router.removed_teams import HILO
from rules.engine import RuleBook, Then
from tests.clock import MONDAY
from tests.core import ANA, BILLING, CARE
from tests.story import HOUR, MINUTE, OFFICE, SALES, Story, asked

STEPS = (
    LadderStep(15 * MINUTE, raises=True),
    LadderStep(30 * MINUTE, tell_supervisor=True, tags=("late",)),
    LadderStep(HOUR, team=CARE),
)
LADDER = EntryKind.LADDER


def book(steps: Sequence[LadderStep] = STEPS, calendar: str = "always", team: TeamId = BILLING) -> RuleBook:
    """Rules with a ladder for whoever writes of an invoice, and another one for who leaves."""
    other = Ladder("baja", (LadderStep(10 * MINUTE, priority=Priority.URGENT),))
    return RuleBook(
        CARE,
        (
            asked("baja", Then(SALES, is_reroute=True, ladder=other)),
            asked("luego", Then(SALES, is_reroute=True)),
            asked("factura", Then(team, ladder=Ladder("factura", tuple(steps), calendar))),
        ),
        calendars={"office": OFFICE},
    )


def now(story: Story) -> Conversation:
    (conversation,) = story.known.values()
    return conversation


def test_while_nobody_acts_it_goes_up_step_by_step() -> None:
    # given an invoice that nobody looks at
    story = Story(book())
    story.hears("mi factura")
    # then after each step's time exactly that step has happened
    story.passes(15 * MINUTE)
    assert (now(story).priority, now(story).tags, now(story).is_escalated) == (Priority.HIGH, (), False)
    story.passes(14 * MINUTE)
    assert len(story.entries(LADDER)) == 1
    story.passes(MINUTE)
    assert (now(story).priority, now(story).tags, now(story).is_escalated) == (Priority.HIGH, ("late",), True)
    before = now(story)
    story.passes(30 * MINUTE)
    after = now(story)
    assert (after.ownership.team, after.ownership.since, after.assignee) == (CARE, story.now, None)
    assert (after.state, after.waiting_since) == (ConversationState.NEW, MONDAY)
    # and the timeline tells each of them
    assert [entry.detail for entry in story.entries(LADDER)] == [
        {"rule": "factura", "step": "1", "after": "900", "priority": "high"},
        {"rule": "factura", "step": "2", "after": "1800", "tags": "late", "told": "supervisor"},
        {"rule": "factura", "step": "3", "after": "3600", "team": "care"},
    ]
    assert [entry.detail for entry in story.entries(EntryKind.ESCALATED)] == [{"rule": "factura"}]
    (moved,) = story.entries(EntryKind.TRANSFERRED)
    assert moved.detail == {"from": "billing", "to": "care", "rule": "factura"}
    assert moved.text == after.ownership.reason == "nobody acted in time: step 3 of the ladder of factura"
    # only another owner makes an agent's view stale
    assert (before.story_revision, after.story_revision) == (1, after.revision)


@pytest.mark.parametrize(
    "command",
    [
        Claimed(ANA),
        ReplyWritten(ANA, "Lo miro"),
        Snoozed(ANA, MONDAY + 10 * HOUR),
        Transferred(ANA, CARE),
        Resolved(ANA),
    ],
    ids=lambda command: type(command).__name__,
)
@pytest.mark.parametrize("after", [timedelta(), 20 * MINUTE])
def test_once_somebody_acted_no_step_is_taken(command: Command, after: timedelta) -> None:
    story = Story(book())
    name = story.hears("mi factura").id
    story.passes(after)
    taken = len(story.entries(LADDER))
    story.happens(command, name)
    assert now(story).ladder is None
    story.passes(2 * HOUR)
    assert len(story.entries(LADDER)) == taken == (1 if after else 0)


@pytest.mark.parametrize("command", [NoteAdded(ANA, "mirar"), Released(ANA), ReplyWritten(ANA, " ")])
def test_what_does_nothing_for_the_customer_stops_nothing(command: Command) -> None:
    story = Story(book())
    name = story.hears("mi factura").id
    story.happens(command, name)
    story.passes(HOUR)
    assert len(story.entries(LADDER)) == 3


def test_who_goes_back_and_forth_between_two_teams_topics_is_told_of_all_the_same() -> None:
    # given two rules that take a conversation from each other, and a customer who always has the other's topic
    steps = (LadderStep(15 * MINUTE, raises=True), LadderStep(HOUR, tell_supervisor=True))
    topics = {"factura": BILLING, "baja": SALES}
    rules = [asked(word, Then(team, is_reroute=True, ladder=Ladder(word, steps))) for word, team in topics.items()]
    story = Story(RuleBook(CARE, rules))
    for number in range(12):
        story.hears(("factura", "baja")[number % 2])
        story.passes(10 * MINUTE)
    # then each team has its time from when it was first asked, and each step is taken once, while that team has it
    assert [(entry.detail["rule"], entry.detail["step"], entry.at - MONDAY) for entry in story.entries(LADDER)] == [
        ("factura", "1", 20 * MINUTE),
        ("baja", "1", 30 * MINUTE),
        ("factura", "2", HOUR),
        ("baja", "2", 70 * MINUTE),
    ]
    # and once somebody has acted it begins anew
    story.happens(Claimed(ANA), now(story).id)
    story.hears("factura")
    first = story.now + steps[0].after
    assert now(story).ladder == RunningLadder("factura", steps, "always", story.now, now(story).revision, due_at=first)


def test_a_team_that_is_gone_has_not_acted() -> None:
    story = Story(book())
    name = story.hears("mi factura").id
    story.happens(Transferred(HILO, SALES), name)
    assert now(story).ownership.team == SALES
    story.passes(HOUR)
    assert now(story).is_escalated
    assert now(story).ownership.team == CARE


def test_writing_on_does_not_begin_it_again() -> None:
    story = Story(book())
    name = story.hears("mi factura").id
    for _ in range(6):
        story.passes(10 * MINUTE)
        story.hears("mi factura otra vez")
    assert [entry.detail["step"] for entry in story.entries(LADDER)] == ["1", "2", "3"]
    # nor when it has come to its end
    story.passes(3 * HOUR)
    story.hears("mi factura")
    story.passes(3 * HOUR)
    assert len(story.entries(LADDER)) == 3
    # but what the customer writes once they were answered does
    story.happens(ReplyWritten(ANA, "Lo miro"), name)
    story.passes(HOUR)
    story.hears("mi factura")
    story.passes(15 * MINUTE)
    assert [entry.detail["step"] for entry in story.entries(LADDER)] == ["1", "2", "3", "1"]


def test_a_timer_of_an_earlier_ladder_does_nothing_to_a_later_one() -> None:
    # given a ladder that was stopped, and another that was begun
    story = Story(book())
    name = story.hears("mi factura").id
    (old,) = story.timers
    story.happens(Claimed(ANA), name)
    story.passes(5 * MINUTE)
    story.hears("¿y mi factura?")
    # when the timers of both fall due, then the first does nothing, and no timer does anything twice
    (_, new) = story.timers
    for timer, reason in ((old, "stale"), (new, ""), (new, "stale")):
        story.now = max(story.now, timer.due_at)
        due = TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject)
        assert story.happens(due, name).outcome.reason == reason
    (step,) = story.entries(LADDER)
    assert step.at == MONDAY + 20 * MINUTE


def test_what_fell_due_in_an_outage_happens_in_its_order() -> None:
    story = Story(book())
    story.hears("mi factura")
    story.now += 10 * HOUR
    story.passes(timedelta())
    assert [entry.detail["step"] for entry in story.entries(LADDER)] == ["1", "2", "3"]


def test_its_time_counts_on_its_calendar() -> None:
    # MONDAY is 4:00 in the office's time zone, which opens at 8:00
    story = Story(book(calendar="office"))
    story.hears("mi factura")
    story.passes(5 * HOUR)
    begin = MONDAY + 4 * HOUR
    assert [entry.at for entry in story.entries(LADDER)] == [begin + step.after for step in STEPS]


@pytest.mark.parametrize(
    ("step", "priority"),
    [
        (LadderStep(HOUR, raises=True), Priority.URGENT),
        (LadderStep(HOUR, priority=Priority.URGENT), Priority.URGENT),
        (LadderStep(HOUR, priority=Priority.LOW), Priority.HIGH),
        (LadderStep(HOUR, tags=("late",)), Priority.HIGH),
    ],
)
def test_a_step_makes_nothing_less_urgent(step: LadderStep, priority: Priority) -> None:
    story = Story(book([LadderStep(MINUTE, raises=True), step, replace(step, after=2 * HOUR)]))
    story.hears("mi factura")
    story.passes(HOUR)
    assert now(story).priority is priority
    story.passes(HOUR)
    assert now(story).priority is priority
    assert now(story).tags == step.tags


@pytest.mark.parametrize(("team", "why"), [(SALES, "the team 'sales' is gone"), (BILLING, "it is that team's already")])
def test_a_team_that_can_not_take_it_is_left_out(team: TeamId, why: str) -> None:
    story = Story(book([LadderStep(HOUR, raises=True, team=team)]))
    del story.teams[SALES]
    story.hears("mi factura")
    story.passes(HOUR)
    assert (now(story).ownership.team, now(story).priority) == (BILLING, Priority.HIGH)
    (entry,) = story.entries(LADDER)
    assert (entry.detail["team"], entry.detail["skipped"]) == (team, why)


@pytest.mark.parametrize(("word", "steps"), [("baja", ["baja"]), ("luego", [])])
def test_who_is_taken_to_another_team_climbs_no_ladder_of_the_former(word: str, steps: list[str]) -> None:
    story = Story(book())
    story.hears("mi factura")
    story.passes(10 * MINUTE)
    story.hears(word)
    assert now(story).ownership.team == SALES
    story.passes(2 * HOUR)
    assert [entry.detail["rule"] for entry in story.entries(LADDER)] == steps


def test_a_supervisor_is_told_until_it_is_resolved() -> None:
    story = Story(book())
    name: ConversationId = story.hears("mi factura").id
    story.passes(30 * MINUTE)
    for command in (ReplyWritten(ANA, "Lo miro"), Transferred(ANA, CARE)):
        story.happens(command, name)
        assert now(story).is_escalated
    story.happens(Resolved(ANA), name)
    story.hears("gracias")
    assert not now(story).is_escalated
