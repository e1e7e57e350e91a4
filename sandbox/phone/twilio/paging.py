"""`GET Calls.json`: which calls are asked for, and a page of them.

https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.phone.lines import number_of
from sandbox.phone.twilio.problems import invalid
from sandbox.phone.twilio.records import Call
from sandbox.phone.twilio.render import calls_path, shown_call

_MOST = 1000
_DAY = timedelta(days=1)
_FORMATS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S")


def chosen(calls: Sequence[Call], query: Mapping[str, str]) -> list[Call]:
    """The calls that `query` asks for, the newest first. Raises Refused where a date can't be read."""
    return [call for call in reversed(calls) if _fits(call, query)]


def page(calls: Sequence[Call], query: Mapping[str, str], account: str) -> dict[str, Any]:
    """One page of `calls`, with where the next and the one before are. Raises Refused."""
    size = min(max(_whole(query, "PageSize", 50), 1), _MOST)
    number, token = _whole(query, "Page", 0), query.get("PageToken", "")
    begin = _begin(calls, token) if token else number * size
    shown = list(calls[begin : begin + size])
    has_next = begin + size < len(calls)
    return {
        "calls": [shown_call(call, account) for call in shown],
        "first_page_uri": _uri(query, account, size, 0),
        "next_page_uri": _uri(query, account, size, number + 1, f"PA{shown[-1].sid}") if has_next else None,
        "previous_page_uri": _uri(query, account, size, number - 1) if number else None,
        "page": number,
        "page_size": size,
        "start": begin,
        "end": begin + max(len(shown) - 1, 0),
        "uri": _uri(query, account, size, number, token),
    }


def _fits(call: Call, query: Mapping[str, str]) -> bool:
    to, sender = query.get("To"), query.get("From")
    plain = (
        (to is None or number_of(call.to) == number_of(to)),
        (sender is None or number_of(call.sender) == number_of(sender)),
        call.status == query.get("Status", call.status),
        call.parent == query.get("ParentCallSid", call.parent),
        _is_within(call.started_at, query, "StartTime"),
        _is_within(call.ended_at, query, "EndTime"),
    )
    return all(plain)


def _is_within(moment: datetime | None, query: Mapping[str, str], name: str) -> bool:
    """Whether `moment` is on the day, before, or on or after it; what has no instant fits where none is asked."""
    tests = []
    for suffix in ("", "<", ">"):
        if text := query.get(name + suffix):
            wanted, is_day = _date(text)
            if moment is None:
                return False
            tests.append(_passes(moment, wanted, suffix, is_day=is_day))
    return all(tests)


def _passes(moment: datetime, wanted: datetime, suffix: str, *, is_day: bool) -> bool:
    if suffix == "<":
        return moment < wanted
    if suffix == ">":
        return moment >= wanted
    return wanted <= moment < wanted + (_DAY if is_day else timedelta(seconds=1))


def _date(text: str) -> tuple[datetime, bool]:
    for pattern in _FORMATS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC), pattern == _FORMATS[0]
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(20001, f"Invalid date: {text}") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), False


def _begin(calls: Sequence[Call], token: str) -> int:
    """Behind the call that the page before ended with, so that new calls shift nothing."""
    for index, call in enumerate(calls):
        if token == f"PA{call.sid}":
            return index + 1
    raise invalid(20001, "Invalid PageToken")


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise invalid(20001, f"Invalid {name}: {text}")
    return int(text)


def _uri(query: Mapping[str, str], account: str, size: int, number: int, token: str = "") -> str:
    asked = {name: value for name, value in query.items() if name not in ("PageSize", "Page", "PageToken")}
    asked |= {"PageSize": str(size), "Page": str(number)} | ({"PageToken": token} if token else {})
    return f"{calls_path(account)}.json?{urlencode(asked)}"
