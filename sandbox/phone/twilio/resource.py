"""The Calls resource: made, fetched, changed, listed (https://www.twilio.com/docs/voice/api/call-resource)."""

from __future__ import annotations

from typing import Any, cast

from aiohttp import web
from multidict import MultiMapping

from sandbox.phone.clock import seconds
from sandbox.phone.twilio.calls import Calls
from sandbox.phone.twilio.paging import chosen, page
from sandbox.phone.twilio.problems import invalid, not_found
from sandbox.phone.twilio.records import Call, Status
from sandbox.phone.twilio.render import shown_call
from sandbox.phone.twilio.script import Scripts
from sandbox.phone.twilio.waiting import reached
from sandbox.phone.twilio.wishes import NewCall, change_of, new_call


class CallResource:
    """The handlers. Each raises Refused."""

    def __init__(self, calls: Calls, scripts: Scripts) -> None:
        self._calls = calls
        self._scripts = scripts

    async def create(self, request: web.Request) -> web.Response:
        """Ring somebody; what follows is done when they answer."""
        wanted = new_call(await _form(request), self._calls.own_number)
        call = self._calls.dial(wanted.sender, wanted.to, wanted.timeout, wanted.hook, recorded=wanted.is_recorded)
        self._calls.spawn(self._begin(call, wanted))
        return web.json_response(shown_call(call, self._calls.account, is_new=True), status=201)

    async def fetch(self, request: web.Request) -> web.Response:
        """One call."""
        return web.json_response(shown_call(self._asked(request), self._calls.account))

    async def update(self, request: web.Request) -> web.Response:
        """Hang up, stop ringing, or have the call do something else."""
        call = self._asked(request)
        change = change_of(await _form(request))
        if call.status.is_final:
            raise invalid(21220, "Call is not in-progress. Cannot redirect.")
        if change.instructions:
            if call.status is not Status.IN_PROGRESS or call.parent:
                raise invalid(21220, "Call is not in-progress. Cannot redirect.")
            self._scripts.start(call, change.instructions)
        elif change.status == "completed" or call.status is not Status.IN_PROGRESS:
            self._calls.end(call, cancels=True)
        return web.json_response(shown_call(call, self._calls.account))

    async def delete(self, request: web.Request) -> web.Response:
        """Forget a call that is over."""
        call = self._asked(request)
        if not call.status.is_final:
            raise invalid(20009, "Cannot delete this resource before it is complete")
        self._calls.delete(call)
        return web.Response(status=204)

    async def list(self, request: web.Request, unlisted_seconds: float) -> web.Response:
        """Calls, the newest first."""
        newest = self._calls.exchange.clock.now() - seconds(unlisted_seconds)
        known = [call for call in self._calls.all() if call.created_at <= newest]
        found = page(chosen(known, request.query), request.query, self._calls.account)
        return web.json_response(found)

    async def events(self, request: web.Request, after_seconds: float) -> web.Response:
        """The requests made for a call, once it has been over for so long.

        https://www.twilio.com/docs/voice/api/call-event-resource
        """
        call = self._asked(request)
        is_known = call.ended_at and self._calls.exchange.clock.now() >= call.ended_at + seconds(after_seconds)
        events = call.events if is_known else []
        body: dict[str, Any] = {"events": events, "page": 0, "page_size": 50, "next_page_uri": None}
        return web.json_response(body | {"uri": str(request.rel_url)})

    async def _begin(self, call: Call, wanted: NewCall) -> None:
        """Once somebody has answered: who it was, if that was asked, and then what the call is for."""
        if not await reached(call.line):
            return
        detection = wanted.detection
        if detection and not detection.is_asynchronous:
            self._calls.detected(call, detection)
        self._scripts.start(call, wanted.instructions)
        if detection and detection.is_asynchronous:
            self._calls.detected(call, detection)

    def _asked(self, request: web.Request) -> Call:
        call = self._calls.get(request.match_info["sid"])
        if call is None:
            raise not_found(request.path)
        return call


async def _form(request: web.Request) -> MultiMapping[str]:
    """The form. Twilio's API takes no JSON."""
    if request.content_type != "application/x-www-form-urlencoded":
        return request.query
    return cast("MultiMapping[str]", await request.post())
