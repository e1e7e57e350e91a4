"""Plays a test that stands beside the rules: its steps as events, and what is so after each."""

from collections.abc import Collection, Iterator
from datetime import datetime

from router.core.context import Context, Policy
from router.model.commitment import CallbackKind
from router.model.conversation import Callback, Conversation
from router.model.customer import Customer
from router.model.decision import OutcomeKind
from router.model.event import Claimed, Command, MessageArrived, ReplyWritten, Resolved, Transferred
from router.model.ids import AgentId, TeamId
from router.model.message import Attachment, Handle, InboundMessage, Standing
from router.model.team import Agent, Team
from router.rehearsal.stage import CUSTOMER, HeardBook, Stage
from rules.cases.case import NONE, OFFER, Act, Case, GivenTo, Happening, Impossible, Passed, Replied, Situation, Written
from rules.engine import RuleBook

HANDLE_KINDS = {"webchat": "chat"}
REFUSALS = {
    "resolved": "the conversation is resolved already",
    "closed": "the conversation is closed; only a message of the customer's begins another",
    "already_yours": "the agent has it already, by a claim or a reply",
    "same_team": "the conversation is that team's already",
    "empty_text": "there is no text in it",
    "stopped": "the guard stops it; `hilo guard` shows what it sees in it",
}


class Rehearsal:
    """A player of cases, by the rules of `book` and for `teams`."""

    def __init__(self, book: RuleBook, teams: Collection[TeamId]) -> None:
        self._book = HeardBook(book)
        self._teams = {name: Team(name, name) for name in teams}
        self._policy = Policy(book.default_team)

    def play(self, case: Case) -> Iterator[Situation]:
        """What is so after each step. Raises Impossible where the story can't go on."""
        context = Context(self._teams, self._policy, loads=case.loads)
        stage = Stage(self._book, context, Customer(CUSTOMER, name=case.customer_name, profile=case.profile), case.at)
        for number, step in enumerate(case.steps):
            _play(stage, step.happening, f"m{number}")
            yield self._situation(stage)

    def _situation(self, stage: Stage) -> Situation:
        now, heard = _conversation(stage), self._book.latest
        assert heard is not None
        seen, verdict = heard
        return Situation(
            team=now.ownership.team,
            state=now.state,
            rule=verdict.rule,
            matched=verdict.matched,
            seen=seen,
            priority=now.priority,
            tags=now.tags,
            facts=now.facts,
            skills=now.skills,
            language=now.spoken or now.language,
            deadlines={deadline.target.kind: deadline.due_at for deadline in now.deadlines},
            missed=frozenset(deadline.target.kind for deadline in now.deadlines if deadline.missed_at),
            acknowledged=stage.sent.get(now.acknowledgement, "") if now.acknowledgement else "",
            callback=_callback(now.callback),
            told_supervisor=now.is_escalated,
        )


def _play(stage: Stage, happening: Happening | None, key: str) -> None:
    """Let `happening` happen, and all that falls due until then."""
    end = stage.now
    match happening:
        case Written():
            stage.hear(MessageArrived(_message(happening, key, stage)), happening.language)
        case _ if stage.latest is None:
            raise Impossible("there is no conversation yet: a story begins with a message")
        case Passed(duration):
            end += duration
        case Replied(text):
            _act(stage, "reply", ReplyWritten(_agent(stage), text))
        case GivenTo(team):
            _act(stage, "transfer", Transferred(_agent(stage), team))
        case Act.CLAIM:
            _act(stage, "claim", Claimed(_agent(stage)))
        case Act.RESOLVE:
            _act(stage, "resolve", Resolved(_agent(stage)))
    stage.pass_until(end)


def _act(stage: Stage, step: str, command: Command) -> None:
    outcome = stage.happen(command, _conversation(stage).id)
    if outcome.kind is not OutcomeKind.DONE:
        why = REFUSALS.get(outcome.reason, f"the router refuses it ({outcome.reason})")
        raise Impossible(f"`{step}` can't be: {why}")


def _message(written: Written, key: str, stage: Stage) -> InboundMessage:
    kind = HANDLE_KINDS.get(written.channel, written.channel)
    return InboundMessage(
        key=key,
        channel=written.channel,
        account="main",
        sender=Handle(kind, "customer"),
        text=written.text,
        sent_at=stage.now,
        author=stage.customer.name,
        subject=written.subject,
        attachments=tuple(Attachment(f"{number}.jpg", "image/jpeg", 1) for number in range(written.attachments)),
        public=written.public,
        standing=_standing(written, stage),
        kind=written.kind,
    )


def _standing(written: Written, stage: Stage) -> Standing | None:
    age, verified = written.sender.age, written.sender.is_verified
    if age is None and verified is None:
        return None
    return Standing(since=None if age is None else stage.now - age, is_verified=verified)


def _conversation(stage: Stage) -> Conversation:
    assert stage.latest is not None
    return stage.latest


def _agent(stage: Stage) -> Agent:
    """An agent of the owning team."""
    team = _conversation(stage).ownership.team
    return Agent(AgentId(f"agent-of-{team}"), f"an agent of {team}", frozenset({team}))


def _callback(callback: Callback | None) -> str | datetime:
    if callback is None:
        return NONE
    return OFFER if callback.kind is CallbackKind.OFFER else callback.due_at or NONE
