"""What Twilio tells of a call in a request (https://www.twilio.com/docs/voice/twiml#request-parameters)."""

from __future__ import annotations

import math
from datetime import datetime
from email.utils import format_datetime

import phonenumbers

from sandbox.phone.leg import Ending, Leg
from sandbox.phone.twilio.records import Call, Status

API_VERSION = "2010-04-01"
_PLACES = ("City", "State", "Zip")


def rfc2822(moment: datetime) -> str:
    """An instant as Twilio writes it: `Fri, 27 Nov 2026 20:15:00 +0000`."""
    return format_datetime(moment)


def parameters(call: Call, account: str, status: Status | None = None) -> dict[str, str]:
    """What every request about `call` has."""
    told = {
        "CallSid": call.sid,
        "AccountSid": account,
        "From": call.sender,
        "To": call.to,
        "Caller": call.sender,
        "Called": call.to,
        "CallStatus": status or call.status,
        "ApiVersion": API_VERSION,
        "Direction": call.direction,
    }
    if call.parent:
        told["ParentCallSid"] = call.parent
    return told | _places("From", "Caller", call.sender) | _places("To", "Called", call.to)


def progress(call: Call, account: str, status: Status, now: datetime, base_url: str) -> dict[str, str]:
    """What a status callback has (https://www.twilio.com/docs/voice/api/call-resource#statuscallback)."""
    told = parameters(call, account, status)
    told |= {"Timestamp": rfc2822(now), "CallbackSource": "call-progress-events", "SequenceNumber": str(call.sequence)}
    if status.is_final:
        seconds = call.seconds or 0
        told |= {"CallDuration": str(seconds), "Duration": str(math.ceil(seconds / 60))}
        if call.leg is not None and call.direction != "inbound":
            told["SipResponseCode"] = str(_sip(call.leg))
        if call.answered_by:
            told["AnsweredBy"] = call.answered_by
        told |= recorded(call, account, base_url)
    return told


def recorded(call: Call, account: str, base_url: str) -> dict[str, str]:
    """Where the recording of `call` is, if it was recorded."""
    if not call.recording:
        return {}
    url = f"{base_url}/{API_VERSION}/Accounts/{account}/Recordings/{call.recording}"
    return {"RecordingUrl": url, "RecordingSid": call.recording, "RecordingDuration": str(call.recorded_seconds or 0)}


def _sip(leg: Leg) -> int:
    """A line that fell answered no more (408); every other call that was answered ended well."""
    if leg.ending is None or (leg.answered_at is not None and leg.ending is not Ending.DROPPED):
        return 200
    return leg.ending.sip


def _places(first: str, second: str, number: str) -> dict[str, str]:
    """The country of a number; towns are known of North American ones only, and left empty."""
    try:
        country = phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return {}
    told = {f"{side}{place}": "" for side in (first, second) for place in _PLACES}
    return told | {f"{first}Country": country, f"{second}Country": country}
