"""The telephone exchange as the sandbox runs it: lines, the providers that speak for them, and who plays the phones."""

from __future__ import annotations

from aiohttp import web

from sandbox.phone.ari.api import Ari
from sandbox.phone.clock import RunningClock
from sandbox.phone.exchange import Exchange
from sandbox.phone.play import Play
from sandbox.phone.twilio.service import Twilio
from sandbox.phone.twilio.store import CallStore
from sandbox.settings import Settings


class PhoneService:
    """All parts, put together."""

    def __init__(self, settings: Settings, store: CallStore) -> None:
        self.exchange = Exchange(RunningClock(settings.phone_speed))
        token = settings.phone_auth_token or settings.password
        self.twilio = Twilio(self.exchange, store, settings.phone_number, settings.phone_account_sid, token)
        self.twilio.voice_url = settings.phone_voice_url or ""
        self.twilio.status_url = settings.phone_status_url or ""
        # Asterisk's own number: one company has one exchange, and tries the other one beside it.
        self.ari = Ari(self.exchange, "hilo", settings.password)
        self.ari.serve(settings.ari_number)
        self.play = Play(self.exchange, self.twilio)

    def app(self) -> web.Application:
        """The application that serves the providers: ARI below `/ari`, everything else is Twilio's."""
        app = self.twilio.api.app()
        self.ari.add_to(app)
        return app

    async def close(self) -> None:
        """Stop what is under way."""
        await self.ari.close()
        await self.twilio.close()
        await self.exchange.close()
