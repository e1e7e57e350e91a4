"""How far a call has come by what is reported of it: in any order, some of it twice, and none takes a call back."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from router.model.call import UNANSWERED, Call, CallDirection, CallReport, CallStatus
from router.model.policy import CallPolicy

TALKED = (CallStatus.TALKING, CallStatus.ENDED, CallStatus.DROPPED)
# What can't be so once they have talked: what is meant instead.
SAID_OF_WHO_TALKED = {
    CallStatus.BUSY: CallStatus.ENDED,
    CallStatus.NO_ANSWER: CallStatus.ENDED,
    CallStatus.AGENT_AWAY: CallStatus.ENDED,
    CallStatus.FAILED: CallStatus.DROPPED,
}
LONGEST_REASON = 200


def advanced(call: Call, report: CallReport, now: datetime, policy: CallPolicy) -> Call | None:
    """`call` after `report`; None where it says nothing new.

    The later step wins, and the first end, but for one: that the line fell is more than that the call is over. What
    was in doubt is whatever is said of it at last.
    """
    status = meant(call, report)
    if not _takes(call, status, now):
        return _more(call, report)
    told = replace(
        _more(call, report) or call,
        status=status,
        at=now,
        agent=report.agent or call.agent,
        agent_name=report.agent_name or call.agent_name,
        reason=report.reason[:LONGEST_REASON],
    )
    return _over(told, report, now, policy) if status.is_over else _on_the_way(told, report, now, policy)


def meant(call: Call, report: CallReport) -> CallStatus:
    """The status that `report` stands for, after what is known of `call`.

    An incoming call that ended, and that nobody had taken, was not answered: only one with an agent has been.
    """
    status = report.status
    if _is_missed(call) and status is CallStatus.TALKING:
        return CallStatus.ENDED
    if call.answered_at:
        return SAID_OF_WHO_TALKED.get(status, status)
    is_untaken = call.direction is CallDirection.IN and report.agent is None and not report.seconds
    return CallStatus.NO_ANSWER if is_untaken and status in (CallStatus.ENDED, CallStatus.DROPPED) else status


def watched(call: Call, now: datetime, policy: CallPolicy) -> datetime:
    """Until when something has to be heard of `call`: people who talk, dial by hand or wait in a line take longer."""
    is_long = call.status is CallStatus.TALKING or call.device is None
    return now + (policy.longest if is_long else policy.silent)


def has_talked(call: Call) -> bool:
    """Whether the customer and an agent have talked in it."""
    return call.status in TALKED


def _takes(call: Call, status: CallStatus, now: datetime) -> bool:
    """Whether `call` becomes `status`."""
    if call.status is CallStatus.IN_DOUBT:
        return status is not CallStatus.IN_DOUBT
    if not call.status.is_over:
        return status.rank > call.status.rank
    if call.status is CallStatus.ENDED and status is CallStatus.DROPPED:
        return not call.disposition and (call.grace_until is None or now <= call.grace_until)
    # Somebody had taken the call that seemed to be missed: what says so came last.
    return _is_missed(call) and status in TALKED


def _is_missed(call: Call) -> bool:
    """Whether `call` is one of the customer's that nobody took, as it seems."""
    return call.direction is CallDirection.IN and call.answered_at is None and call.status in UNANSWERED


def _more(call: Call, report: CallReport) -> Call | None:
    """`call` with the facts that `report` adds; None if there are none."""
    more = replace(
        call,
        reference=call.reference or report.reference,
        recording=call.recording or report.recording,
        seconds=report.seconds if call.seconds is None else call.seconds,
    )
    return more if more != call else None


def _on_the_way(call: Call, report: CallReport, now: datetime, policy: CallPolicy) -> Call:
    is_talking = call.status is CallStatus.TALKING
    answered_at = call.answered_at or (min(report.at, now) if is_talking else None)
    return replace(call, answered_at=answered_at, watched_until=watched(call, now, policy))


def _over(call: Call, report: CallReport, now: datetime, policy: CallPolicy) -> Call:
    """`call` at its end; one in which nobody talked needs no wrap-up."""
    if call.status is CallStatus.IN_DOUBT:
        return replace(call, watched_until=None)
    ended_at = min(report.at, now)
    call = replace(call, ended_at=ended_at, watched_until=None)
    if not has_talked(call):
        return replace(call, wrapped_at=now)
    passed = int((ended_at - call.answered_at).total_seconds()) if call.answered_at else None
    seconds = call.seconds if call.seconds is not None or passed is None else max(passed, 0)
    # That they talked may be known from the end alone.
    answered_at = call.answered_at or ended_at - timedelta(seconds=seconds or 0)
    return replace(call, answered_at=answered_at, seconds=seconds, grace_until=now + policy.grace)
