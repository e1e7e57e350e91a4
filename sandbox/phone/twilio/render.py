"""Calls as Twilio's API shows them (https://www.twilio.com/docs/voice/api/call-resource#call-properties)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sandbox.phone.twilio.parameters import API_VERSION, rfc2822
from sandbox.phone.twilio.records import Call, Status

_SUBRESOURCES = {
    "notifications": "Notifications",
    "recordings": "Recordings",
    "payments": "Payments",
    "events": "Events",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}


def calls_path(account: str) -> str:
    """Where an account's calls are."""
    return f"/{API_VERSION}/Accounts/{account}/Calls"


def shown_call(call: Call, account: str, *, is_new: bool = False) -> dict[str, Any]:
    """A call; the answer that makes one has no dates yet."""
    path = f"{calls_path(account)}/{call.sid}"
    return {
        "sid": call.sid,
        "account_sid": account,
        "parent_call_sid": call.parent,
        "to": call.to,
        "to_formatted": _formatted(call.to),
        "from": call.sender,
        "from_formatted": _formatted(call.sender),
        "phone_number_sid": None,
        "status": Status.QUEUED if is_new else call.status,
        "start_time": None if is_new else _instant(call.started_at),
        "end_time": _instant(call.ended_at),
        "duration": None if call.seconds is None else str(call.seconds),
        "price": None,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by,
        "api_version": API_VERSION,
        "annotation": None,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "date_created": None if is_new else _instant(call.created_at),
        "date_updated": None if is_new else _instant(call.updated_at or call.created_at),
        "uri": f"{path}.json",
        "subresource_uris": {name: f"{path}/{part}.json" for name, part in _SUBRESOURCES.items()},
    }


def _instant(moment: datetime | None) -> str | None:
    return rfc2822(moment) if moment else None


def _formatted(number: str) -> str:
    """North American numbers as they are written there, all others as they are."""
    parts = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", number)
    return f"({parts[1]}) {parts[2]}-{parts[3]}" if parts else number
