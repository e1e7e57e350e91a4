"""What Twilio's words for a call mean here: pure.

A call of ours is two of Twilio's: the one to the agent, and the one to the customer that is dialled from it. The words
are those of its pages "Call resource" (statuses) and "TwiML Voice: Dial" (DialCallStatus).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from router.model.call import CallStatus

RINGING, TALKING, COMPLETED = "ringing", "in-progress", "completed"
UNANSWERED = frozenset({"busy", "no-answer", "failed", "canceled"})
OVER = UNANSWERED | {COMPLETED}
# What exchanges answer for a number that nobody has (RFC 3261 section 21.4: 404, 410, 484, 485, 604).
NOBODYS = frozenset({404, 410, 484, 485, 604})
# After people have talked, an end with one of these was none that somebody wanted (RFC 3261 sections 21.4.9, 21.5).
FELL = frozenset({408, 481, *range(500, 600)})
NO_KEY = "no key was pressed: it may have been a voicemail"
HUNG_UP_AT_ONCE = "the agent hung up before the customer was rung"
HUNG_UP_FIRST = "the agent hung up before the customer had answered"
DRIFT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Became:
    """How far a call has come, with what is told beside it; `machine` is the call in which one talks to nobody."""

    status: CallStatus
    reason: str = ""
    seconds: int | None = None
    machine: str = ""


def of_agent(status: str) -> Became | None:
    """What the call to the agent tells by itself; None for nothing.

    Of one that was answered and is over the call to the customer tells more.
    """
    if status == RINGING:
        return Became(CallStatus.AGENT_RINGING)
    if status == TALKING:
        return Became(CallStatus.AGENT_ANSWERED)
    if status in UNANSWERED:
        return Became(CallStatus.AGENT_AWAY, "" if status == "no-answer" else status)
    return None


def of_customer(status: str, told: Mapping[str, str]) -> Became | None:
    """What the call to the customer tells, with `told` beside it (SipResponseCode, CallDuration); None for nothing."""
    code = _number(told.get("SipResponseCode", ""))
    reason = f"SIP {code}" if code and code != 200 else ""
    match status:
        case "ringing":
            return Became(CallStatus.RINGING)
        case "in-progress" | "answered":
            return Became(CallStatus.TALKING)
        case "completed":
            fell = code in FELL
            return Became(CallStatus.DROPPED if fell else CallStatus.ENDED, reason if fell else "", duration(told))
        case "busy":
            return Became(CallStatus.BUSY)
        case "no-answer":
            return Became(CallStatus.NO_ANSWER)
        case "canceled":
            return Became(CallStatus.NO_ANSWER, HUNG_UP_FIRST)
        case "failed":
            return Became(CallStatus.WRONG_NUMBER if code in NOBODYS else CallStatus.FAILED, reason)
    return None


def is_machine(answered_by: str) -> bool:
    """Whether nobody but a machine took the call (its page "Answering Machine Detection": `AnsweredBy`)."""
    return answered_by.startswith("machine") or answered_by == "fax"


def duration(told: Mapping[str, str]) -> int | None:
    """How long they talked, in seconds, if that is told."""
    for name in ("CallDuration", "DialCallDuration"):
        if (seconds := _number(told.get(name, ""))) is not None:
            return seconds
    return None


def instant(told: Mapping[str, str], now: datetime) -> datetime:
    """When it happened by Twilio's word (`Timestamp`), if that can be; else `now`."""
    try:
        at = parsedate_to_datetime(told.get("Timestamp", ""))
    except (ValueError, TypeError):
        return now
    return at if at.tzinfo and now - DRIFT < at <= now else now


def _number(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None
