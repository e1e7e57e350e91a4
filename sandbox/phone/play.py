"""`/sandbox/phone/…`: what tests and the page use to play the phones of customers and agents."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.guard import problem
from sandbox.live import Live
from sandbox.phone.asking import Act, Company, Default, NewLine, Ringing
from sandbox.phone.exchange import Exchange
from sandbox.phone.leg import Leg
from sandbox.phone.lines import Line
from sandbox.phone.twilio.service import Twilio
from sandbox.requests import body_of


class Play:
    """The handlers."""

    def __init__(self, exchange: Exchange, twilio: Twilio) -> None:
        self._exchange = exchange
        self._twilio = twilio
        self._live = Live()
        exchange.listeners.append(self._live.wake)

    def routes(self) -> list[web.RouteDef]:
        """The routes, to be put on the page's application."""
        return [
            web.get("/sandbox/phone", self._state),
            web.get("/sandbox/phone/live", self._live.stream),
            web.post("/sandbox/phone/lines", self._behave),
            web.post("/sandbox/phone/default", self._default),
            web.post("/sandbox/phone/company", self._company),
            web.post("/sandbox/phone/ring", self._ring),
            web.post("/sandbox/phone/act", self._act),
        ]

    async def _state(self, request: web.Request) -> web.Response:
        """Everything: the company, the lines, the calls (the oldest first), and what Twilio's debugger would say."""
        hooks = self._twilio.hooks
        state = {
            "company": self._shown_company(),
            "lines": [_shown_line(line) for line in self._exchange.lines.values()],
            "legs": [_shown_leg(leg) for leg in self._exchange.legs.values()],
            "alerts": self._twilio.calls.alerts,
            "webhooks": {"delivered": hooks.delivered, "failed": hooks.failed},
        }
        return web.json_response(state, headers={"Cache-Control": "no-store"})

    async def _behave(self, request: web.Request) -> web.Response:
        wanted = await body_of(request, NewLine)
        line = self._exchange.line(wanted.number)
        line.name = line.name if wanted.name is None else wanted.name
        if wanted.plan is not None:
            self._exchange.behave(line.number, *(one.behaviour() for one in wanted.plan))
        return web.json_response(_shown_line(line))

    async def _default(self, request: web.Request) -> web.Response:
        self._exchange.default = (await body_of(request, Default)).behaviour.behaviour()
        return web.json_response({})

    async def _company(self, request: web.Request) -> web.Response:
        wanted = await body_of(request, Company)
        if wanted.voice_url is not None:
            self._twilio.voice_url = wanted.voice_url
        if wanted.status_url is not None:
            self._twilio.status_url = wanted.status_url
        return web.json_response(self._shown_company())

    async def _ring(self, request: web.Request) -> web.Response:
        wanted = await body_of(request, Ringing)
        if any(not leg.is_over for leg in self._exchange.live_legs(wanted.sender)):
            return problem(409, "The phone is in use", "Hang up first.")
        leg = self._exchange.ring(wanted.sender, wanted.to or self._twilio.number)
        return web.json_response(_shown_leg(leg))

    async def _act(self, request: web.Request) -> web.Response:
        act = await body_of(request, Act)
        leg = self._meant(act)
        if leg is None:
            return problem(409, "No call", "The phone is in no call now, so there is nothing to do that with.")
        exchange = self._exchange
        match act.does:
            case "answer" | "machine":
                exchange.pick_up(leg, is_machine=act.does == "machine")
            case "reject" | "hang_up":
                exchange.put_down(leg)
            case "drop":
                exchange.drop(leg)
            case "press":
                exchange.press(leg, act.digits)
        return web.json_response(_shown_leg(leg))

    def _meant(self, act: Act) -> Leg | None:
        if act.leg is not None:
            leg = self._exchange.legs.get(act.leg)
            return leg if leg and not leg.is_over else None
        live = self._exchange.live_legs(act.number or "")
        return live[0] if live else None

    def _shown_company(self) -> dict[str, Any]:
        twilio = self._twilio
        numbers = {"number": twilio.number, "numbers": self._exchange.served}
        return numbers | {"voice_url": twilio.voice_url, "status_url": twilio.status_url}


def _shown_line(line: Line) -> dict[str, Any]:
    plan = [
        {
            "does": one.does,
            "after": one.after,
            "hang_up_after": one.hang_up_after,
            "drop_after": one.drop_after,
            "digits": one.digits,
        }
        for one in line.plan
    ]
    return {"number": line.number, "name": line.name, "plan": plan}


def _shown_leg(leg: Leg) -> dict[str, Any]:
    return {
        "id": leg.id,
        "phone": leg.phone,
        "direction": leg.direction,
        "from": leg.caller,
        "to": leg.callee,
        "state": leg.state,
        "ending": leg.ending,
        "is_machine": leg.is_machine,
        "with": leg.partner.phone if leg.partner else None,
        "began_at": leg.began_at.isoformat(),
        "answered_at": leg.answered_at and leg.answered_at.isoformat(),
        "ended_at": leg.ended_at and leg.ended_at.isoformat(),
        "heard": leg.heard,
    }
