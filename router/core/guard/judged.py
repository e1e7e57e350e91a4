"""What becomes of a reply for what the guard saw in it: it leaves, or it is stopped with the ways out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from router.core.guard.read import seen
from router.core.guard.ways import invited, ways_out
from router.core.step import Step
from router.model.decision import Became, Decision, Guarded, Outcome, OutcomeKind
from router.model.event import ReplyWritten
from router.model.finding import Despite, Finding, FindingKind
from router.model.message import OutboundMessage
from router.model.team import Agent, Role

# What stops a reply: exposures until they are cleared or gone, supervisors pass the next two, everybody the last.
FOR_SUPERVISORS = (FindingKind.DEFLECTION, FindingKind.REPEAT)
STOPS = (FindingKind.EXPOSURE, *FOR_SUPERVISORS, FindingKind.EMPTY)


@dataclass(frozen=True, slots=True)
class Judged:
    """A reply that was read: `refused` where it is stopped, else what its timeline entry tells (`detail`).

    `empty` is what names no date in one whose author promises one all the same.
    """

    refused: Decision | None
    detail: dict[str, str]
    promises: tuple[Finding, ...] = ()
    empty: tuple[Finding, ...] = ()
    guarded: tuple[Guarded, ...] = ()


def judged(message: OutboundMessage, agent: Agent, reply: ReplyWritten | None, step: Step) -> Judged:
    """What becomes of `message`, which `agent` wrote as `reply`, or sends once more where that is None."""
    found = seen(message, reply, step)
    is_dated = reply is not None and reply.promise is not None
    empty = tuple(each for each in found if each.kind is FindingKind.EMPTY) if is_dated else ()
    stops = [each for each in found if each.kind in STOPS and each not in empty]
    promises = tuple(each for each in found if each.kind is FindingKind.PROMISE)
    despite = reply.despite if reply else None
    told = _promised(promises, reply)
    if not stops:
        return Judged(None, told, promises, empty)
    is_invitation = invited(message, stops, step)
    if reason := _why_stopped(stops, despite, agent, is_invitation=is_invitation):
        return Judged(_stopped(reason, found, message, step), {})
    told |= _recorded(stops, despite or Despite(), is_invitation=is_invitation)
    return Judged(None, told, promises, empty, tuple(_counted(stops, Became.OVERRIDDEN, step)))


def noted(message: OutboundMessage, step: Step) -> dict[str, str]:
    """What the timeline keeps of `message`, which leaves by itself: where it sends the customer all the same."""
    found = [each for each in seen(message, None, step) if each.kind is FindingKind.DEFLECTION]
    return _recorded(found, Despite(), is_invitation=False) if found else {}


def _why_stopped(stops: Iterable[Finding], despite: Despite | None, agent: Agent, *, is_invitation: bool) -> str:
    """The refusal's code, empty where it may leave."""
    kinds = {each.kind for each in stops}
    if despite is None or FindingKind.EXPOSURE in kinds:
        return "stopped"
    if not kinds.intersection(FOR_SUPERVISORS):
        return ""
    if agent.role is not Role.SUPERVISOR and not is_invitation:
        return "supervisors_right"
    return "" if despite.reason.strip() else "reason_needed"


def _stopped(reason: str, found: tuple[Finding, ...], message: OutboundMessage, step: Step) -> Decision:
    """It does not leave. Who tries again with a reason that does not do was stopped, and counted, before."""
    outcome = Outcome(OutcomeKind.REFUSED, reason=reason, found=found, offers=ways_out(message, found, step))
    stops = (each for each in found if each.kind in STOPS)
    return Decision(outcome, guarded=tuple(_counted(stops, Became.STOPPED, step)) if reason == "stopped" else ())


def _counted(stops: Iterable[Finding], became: Became, step: Step) -> Iterator[Guarded]:
    """Each kind once, however often it is in the text."""
    for kind in dict.fromkeys(each.kind for each in stops):
        yield Guarded(step.conversation.ownership.team, kind, became)


def _recorded(stops: Iterable[Finding], despite: Despite, *, is_invitation: bool) -> dict[str, str]:
    """What the timeline keeps of what was passed: a line for each finding, and the reason."""
    lines = "\n".join(f"{each.kind} {_line(each.phrase)}" for each in stops)
    reason = despite.reason.strip()
    return {"despite": lines} | ({"invitation" if is_invitation else "despite_reason": reason} if reason else {})


def _promised(promises: Iterable[Finding], reply: ReplyWritten | None) -> dict[str, str]:
    """What was promised, a line each (by when, `-` where that is not told, and the words), and what is recorded."""
    lines = [f"{_when(each)} {_line(each.phrase)}" for each in promises]
    told = {"promised": "\n".join(lines)} if lines else {}
    return told | ({"promise": reply.promise.isoformat()} if reply and reply.promise else {})


def _when(promise: Finding) -> str:
    """The instant that the words name; the policy's is none of theirs."""
    return promise.due_at.isoformat() if promise.due_at and not promise.vague else "-"


def _line(phrase: str) -> str:
    return " ".join(phrase.split())
