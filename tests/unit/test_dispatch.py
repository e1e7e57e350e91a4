"""Who is asked to make which call, and which call comes first."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from router.core.dispatch.standing import AtWork, at_work, away, ready, urgency
from router.core.dispatch.who import ANEW_AFTER, OnShift, chosen
from router.model.call import Call, CallbackReason, CallDirection, CallOffer, CallStatus
from router.model.commitment import CallbackKind
from router.model.conversation import Callback, Conversation, ConversationState
from router.model.ids import AgentId, CallbackId, ConversationId, CustomerId, MessageId, TeamId
from router.model.message import Handle
from router.model.policy import CallPolicy
from router.model.team import Agent, Ownership, PhoneAgent, Priority, Role
from tests.clock import MONDAY

CARE, SALES = TeamId("care"), TeamId("sales")
POLICY = CallPolicy()
MINUTE = timedelta(minutes=1)
NUMBER = Handle("phone", "+50761234567")
ORDER = MessageId("o-07-1")


def agent(name: str, idle: int = 0, *, team: TeamId = CARE, role: Role = Role.AGENT, **told: Any) -> PhoneAgent:
    """An agent who has had no call for `idle` minutes."""
    known = Agent(AgentId(name), name.title(), frozenset({team}), role, **told)
    return PhoneAgent(known, MONDAY - idle * MINUTE, MONDAY + MINUTE)


def owed(**told: Any) -> Callback:
    """A call that is owed, and may be made now."""
    fields: dict[str, Any] = {
        "due_at": MONDAY + 60 * MINUTE,
        "id": CallbackId("k-07-1"),
        "number": NUMBER,
        "ready_at": MONDAY,
        **told,
    }
    return Callback(CallbackKind.SCHEDULE, MONDAY, **fields)


def of_ana(**told: Any) -> Callback:
    """One that is wanted of Ana."""
    return owed(wanted=AgentId("ana"), **told)


def talk(callback: Callback | None = None, **told: Any) -> Conversation:
    """A conversation of Care's."""
    fields: dict[str, Any] = {
        "updated_at": MONDAY - 60 * MINUTE,
        "language": "es",
        "callback": callback or owed(),
        **told,
    }
    return Conversation(
        ConversationId("c-07-1"),
        CustomerId("u-07-1"),
        ConversationState.OPEN,
        Ownership(CARE, MONDAY, "default"),
        MONDAY,
        **fields,
    )


def asked(conversation: Conversation, *agents: PhoneAgent, busy: str = "", now: datetime = MONDAY) -> str | None:
    """The name of who is asked."""
    assert conversation.callback is not None
    shift = OnShift(agents, frozenset(AgentId(name) for name in busy.split()))
    found = chosen(conversation.callback, conversation, shift, POLICY, now)
    return found.agent.id if found else None


ANA, BETO, CARLA = agent("ana", 1), agent("beto", 2), agent("carla", 3)
ENGLISH, FIBER = agent("emma", 1, languages=("en",)), agent("fito", 1, skills=("fiber",))
SPANISH, ENGLISH_FIBER = agent("sara", 9, languages=("es",)), agent("flor", 9, languages=("en",), skills=("fiber",))
SAM = agent("sam", 9, team=SALES)
BOSS = agent("boss", 90, role=Role.SUPERVISOR)
LONG_READY = owed(ready_at=MONDAY - 7 * MINUTE)
ALL_DECLINED = owed(declined=(AgentId("ana"), AgentId("beto")))


@pytest.mark.parametrize(
    ("story", "conversation", "agents", "busy", "expected"),
    [
        ("nobody takes calls", talk(), (), "", None),
        ("longest idle first", talk(), (ANA, CARLA, BETO), "", "carla"),
        ("then the next", talk(), (ANA, CARLA, BETO), "carla", "beto"),
        ("nobody is free", talk(), (ANA, BETO), "ana beto", None),
        ("another team's are not asked", talk(), (SAM,), "", None),
        ("whom it is wanted of", talk(of_ana()), (ANA, BETO, CARLA), "", "ana"),
        ("who has the case", talk(assignee=AgentId("beto")), (ANA, BETO, CARLA), "", "beto"),
        ("wanted before assignee", talk(of_ana(), assignee=AgentId("beto")), (ANA, BETO), "", "ana"),
        ("who is wanted is away", talk(owed(wanted=AgentId("zoe"))), (ANA, BETO), "", "beto"),
        ("who is wanted is busy: wait", talk(of_ana()), (ANA, BETO), "ana", None),
        ("but not for long", talk(of_ana(ready_at=MONDAY - 7 * MINUTE)), (ANA, BETO), "ana", "beto"),
        ("nor past the time", talk(of_ana(due_at=MONDAY + MINUTE)), (ANA, BETO), "ana", "beto"),
        ("nor where it is late", talk(of_ana(broken_at=MONDAY)), (ANA, BETO), "ana", "beto"),
        ("who is wanted declined", talk(of_ana(declined=(AgentId("ana"),))), (ANA, BETO), "", "beto"),
        ("one of another team now", talk(owed(wanted=AgentId("sam"))), (SAM,), "", None),
        ("who speaks it", talk(language="en"), (SPANISH, ENGLISH), "", "emma"),
        ("as a country has it", talk(language="en"), (SPANISH, agent("emma", 9, languages=("en-GB",))), "", "emma"),
        ("who names no language speaks it", talk(language="en"), (ANA, ENGLISH, CARLA), "", "carla"),
        ("the language before the skill", talk(skills=("fiber",)), (ENGLISH_FIBER, ANA), "", "ana"),
        ("who has the skill", talk(skills=("fiber",)), (CARLA, FIBER), "", "fito"),
        ("a skill is waited for", talk(skills=("fiber",)), (CARLA, FIBER), "fito", None),
        ("but not for long", talk(LONG_READY, skills=("fiber",)), (CARLA, FIBER), "fito", "carla"),
        ("nobody has the skill", talk(skills=("tv",)), (CARLA, FIBER), "", "carla"),
        ("who declined is not asked", talk(owed(declined=(AgentId("carla"),))), (ANA, CARLA), "", "ana"),
        ("those left are busy", talk(owed(declined=(AgentId("carla"),))), (ANA, CARLA), "ana", None),
        ("all declined: anew", talk(ALL_DECLINED), (ANA, BETO), "", "beto"),
        ("a moment later", talk(ALL_DECLINED, updated_at=MONDAY - ANEW_AFTER / 2), (ANA, BETO), "", None),
        ("supervisors are not asked", talk(), (BOSS, ANA), "", "ana"),
        ("nor while the team is busy", talk(), (BOSS, ANA), "ana", None),
        ("but where there is nobody else", talk(), (BOSS, SAM), "", "boss"),
        ("one's own supervisor first", talk(), (agent("zed", 99, team=SALES, role=Role.SUPERVISOR), BOSS), "", "boss"),
        ("a supervisor who has the case", talk(assignee=AgentId("boss")), (BOSS, ANA), "", "boss"),
    ],
)  # fmt: skip
def test_who_is_asked(
    story: str, conversation: Conversation, agents: tuple[PhoneAgent, ...], busy: str, expected: str | None
) -> None:
    assert asked(conversation, *agents, busy=busy) == expected, story


NAMES = st.sampled_from([AgentId(name) for name in "abcdef"])
AGENTS = st.lists(
    st.builds(
        agent,
        NAMES,
        st.integers(0, 9),
        team=st.sampled_from([CARE, SALES]),
        role=st.sampled_from([Role.AGENT, Role.AGENT, Role.SUPERVISOR]),
        languages=st.sampled_from([(), ("es",), ("en",), ("es", "en")]),
        skills=st.sampled_from([(), ("fiber",), ("fiber", "tv")]),
    ),
    unique_by=lambda each: each.agent.id,
)
TALKS = st.builds(
    talk,
    st.builds(
        owed,
        wanted=st.none() | NAMES,
        declined=st.lists(NAMES, max_size=4).map(tuple),
        due_at=st.none() | st.integers(-5, 90).map(lambda minutes: MONDAY + minutes * MINUTE),
        ready_at=st.integers(-20, 0).map(lambda minutes: MONDAY + minutes * MINUTE),
    ),
    assignee=st.none() | NAMES,
    language=st.sampled_from(["", "es", "en", "pt"]),
    skills=st.sampled_from([(), ("fiber",), ("tv",)]),
)


@given(TALKS, AGENTS, st.frozensets(NAMES), st.randoms())
def test_who_is_asked_is_free_and_may_and_nobody_waits_for_ever(
    conversation: Conversation, agents: list[PhoneAgent], busy: frozenset[AgentId], chance: Any
) -> None:
    callback = conversation.callback
    assert callback is not None
    shift = OnShift(tuple(agents), busy)
    found = chosen(callback, conversation, shift, POLICY, MONDAY)
    may = [each for each in agents if each.agent.is_allowed(CARE)]
    if found:
        assert found in agents
        assert shift.is_free(found)
        assert found in may
        # who declined is asked again only where all of those who would be asked have
        assert found.agent.id not in callback.declined or all(
            each.agent.id in callback.declined
            for each in may
            if each.agent.role is found.agent.role and CARE in each.agent.teams
        )
    # whoever tells the agents in whatever order is answered alike
    chance.shuffle(agents)
    assert chosen(callback, conversation, OnShift(tuple(agents), busy), POLICY, MONDAY) == found
    # and once all of the team are free, somebody is asked at once
    assert bool(chosen(callback, conversation, OnShift(tuple(agents)), POLICY, MONDAY)) == bool(may)
    # as is, however long the right one stays busy, whoever is free once the call has waited as long as it may
    later = MONDAY + POLICY.handling
    members = [each for each in may if each.agent.role is not Role.SUPERVISOR]
    if any(shift.is_free(each) and each.agent.id not in callback.declined for each in members):
        assert chosen(callback, conversation, shift, POLICY, later)


def test_what_comes_first() -> None:
    def late(minutes: int, name: str, **told: Any) -> Conversation:
        named = replace(owed(due_at=MONDAY + minutes * MINUTE, **told), id=CallbackId(f"k-{name}"))
        return replace(talk(named), id=ConversationId(name))

    # given one of each kind, in the order in which they are to be made
    expected = [
        late(-9, "passed"),
        late(30, "broken", broken_at=MONDAY - MINUTE),
        late(90, "dropped", reason=CallbackReason.DROPPED),
        late(10, "soon"),
        replace(late(20, "urgent"), priority=Priority.URGENT),
        late(20, "normal"),
        replace(talk(owed(due_at=None)), id=ConversationId("whenever")),
    ]
    found = sorted(Random(7).sample(expected, len(expected)), key=lambda each: urgency(each, MONDAY))
    assert [each.id for each in found] == [each.id for each in expected]


CALL = Call(ORDER, CallDirection.OUT, CallStatus.TALKING, MONDAY, NUMBER, agent=AgentId("ana"))
OFFER = CallOffer(AgentId("beto"), MONDAY + MINUTE)


@pytest.mark.parametrize(
    ("story", "conversation", "is_ready"),
    [
        ("owed", talk(), True),
        ("no call is owed", replace(talk(), callback=None), False),
        ("only offered to the customer", talk(replace(owed(), kind=CallbackKind.OFFER)), False),
        ("no number yet", talk(owed(number=None)), False),
        ("not yet", talk(owed(ready_at=MONDAY + MINUTE)), False),
        ("its window begins later", talk(owed(ready_at=None, from_at=MONDAY + MINUTE)), False),
        ("somebody is asked", talk(owed(offer=OFFER)), False),
        ("under way", talk(owed(order=ORDER)), False),
        ("in doubt", talk(owed(is_in_doubt=True)), False),
        ("they are on the phone with us", talk(call=CALL), False),
        ("an earlier call is over", talk(call=replace(CALL, status=CallStatus.NO_ANSWER)), True),
        ("part of another", talk(part_of=CustomerId("u-07-2")), False),
        ("closed", replace(talk(), state=ConversationState.CLOSED), False),
    ],
)
def test_whether_somebody_can_be_asked(story: str, conversation: Conversation, is_ready: bool) -> None:
    assert (ready(conversation, MONDAY) is not None) is is_ready, story


def test_who_is_at_work() -> None:
    k = CallbackId("k-07-1")
    offered = AtWork(ConversationId("c-07-1"), k, OFFER.until)
    # who is asked, who calls, and who has still to wrap up; not who has
    assert at_work(talk(owed(offer=OFFER))) == {AgentId("beto"): offered}
    calling = replace(CALL, callback=k)
    assert at_work(talk(owed(order=ORDER), call=calling)) == {AgentId("ana"): AtWork(ConversationId("c-07-1"), k)}
    ended = replace(calling, status=CallStatus.ENDED)
    assert at_work(replace(talk(), callback=None, call=ended)) == {AgentId("ana"): AtWork(ConversationId("c-07-1"), k)}
    assert at_work(talk(call=replace(ended, wrapped_at=MONDAY))) == {}
    assert at_work(talk()) == {}


def test_whose_phone_was_not_answered() -> None:
    unanswered = replace(CALL, status=CallStatus.AGENT_AWAY, at=MONDAY)
    assert away(talk(call=unanswered)) == (MONDAY, AgentId("ana"))
    assert away(talk(call=replace(unanswered, ended_at=MONDAY + MINUTE))) == (MONDAY + MINUTE, AgentId("ana"))
    # only the latest call tells, and only of who was rung
    assert away(talk(call=replace(CALL, status=CallStatus.BUSY))) is None
    assert away(talk(call=replace(unanswered, agent=None))) is None
    assert away(talk()) is None
