"""Twilio as the sandbox runs it, put together on the exchange."""

from __future__ import annotations

from sandbox.phone.clock import seconds
from sandbox.phone.exchange import Exchange
from sandbox.phone.leg import Leg
from sandbox.phone.twilio.api import Api
from sandbox.phone.twilio.calls import Calls
from sandbox.phone.twilio.faults import TwilioFaults
from sandbox.phone.twilio.hooks import Hooks
from sandbox.phone.twilio.records import Hook
from sandbox.phone.twilio.resource import CallResource
from sandbox.phone.twilio.script import Scripts
from sandbox.phone.twilio.store import CallStore
from sandbox.phone.twilio.wishes import Instructions


class Twilio:
    """One account with one number. `voice_url` is asked what to do with a call that comes in."""

    def __init__(self, exchange: Exchange, store: CallStore, number: str, account: str, token: str) -> None:
        self._exchange = exchange
        self._away_until = exchange.clock.now()
        self.hooks = Hooks(token, exchange.clock, lambda: self.api.faults.webhook, self._is_away)
        self.calls = Calls(exchange, store, self.hooks, account, number)
        self._scripts = Scripts(self.calls)
        self.api = Api(CallResource(self.calls, self._scripts), account, token, self._is_away)
        self.number = number
        self.voice_url = ""
        self.status_url = ""
        exchange.serve(number, self._incoming)

    async def close(self) -> None:
        """Stop driving calls and telling of them."""
        await self.calls.close()
        await self.hooks.close()

    def break_with(self, faults: TwilioFaults) -> None:
        """Put `faults` in force, in the place of those before."""
        self.api.faults = faults
        self._away_until = self._exchange.clock.now() + seconds(faults.away_seconds)

    def _is_away(self) -> bool:
        return self._exchange.clock.now() < self._away_until

    def _incoming(self, leg: Leg) -> None:
        """Ask the voice URL; a number without one refuses, as an unconfigured number at Twilio does not ring."""
        call = self.calls.incoming(leg, Hook(self.status_url) if self.status_url else None)
        if self.voice_url:
            self._scripts.start(call, Instructions(url=self.voice_url))
        else:
            self.calls.alert(call, 11100, "The number has no voice URL (phone_voice_url)")
            self.calls.reject(call, is_busy=False)
