"""The suite's exchange as Twilio speaks for it: the sandbox's, in the test's own process and on its clock."""

from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import aiohttp
from aiohttp import web
from pydantic import TypeAdapter

from channels.phone.settings import PhoneSettings, ProviderName, TwilioSettings
from router.model.message import Handle
from router.model.secret import Secret
from router.model.units import Endpoint
from sandbox.phone.twilio.faults import CallbackFaults, TwilioFaults
from sandbox.phone.twilio.service import Twilio
from sandbox.phone.twilio.store import CallStore
from tests.contract.phones import COMPANY, Phones
from tests.ports import free_ports

ACCOUNT, TOKEN = "AC" + "0" * 31 + "7", "the account's token"


class TwilioPhones(Phones):
    """Rings by Twilio's REST API, and is told by its webhooks."""

    wants: ClassVar[dict[str, Any]] = {}

    async def open(self, stack: AsyncExitStack) -> None:
        """Serve Twilio's API on a port of the test's."""
        self._port = free_ports(1)[0]
        folder = stack.enter_context(TemporaryDirectory(prefix="hilo-phone-"))
        store = CallStore(Path(folder) / "phone.db")
        stack.callback(store.close)
        self.twilio = Twilio(self.exchange, store, COMPANY, ACCOUNT, TOKEN)
        stack.push_async_callback(self.twilio.close)
        self.breaks_api()
        self._stop = AsyncExitStack()
        stack.push_async_callback(self._stop.aclose)
        runner = web.AppRunner(self.twilio.api.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.api = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self.twilio.calls.base_url = self.api
        self.twilio.voice_url = f"{self.public_url}/channels/phone/twilio/incoming"
        self.twilio.status_url = f"{self.public_url}/channels/phone/twilio/incoming/over"

    @property
    def public_url(self) -> str:
        """Where Twilio calls us."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def settings(self) -> PhoneSettings:
        """One account at the sandbox's Twilio."""
        twilio = TwilioSettings(
            account_sid=ACCOUNT,
            auth_token=Secret.of(TOKEN),
            number=COMPANY,
            public_url=self.public_url,
            base_url=self.api,
            **self.wants,
        )
        listen = Endpoint("127.0.0.1", self._port)
        return PhoneSettings(provider=ProviderName.TWILIO, listen=listen, twilio=twilio)

    def break_with(self, **faults: Any) -> None:
        """Faults of the webhooks."""
        self.breaks_api(webhook=TypeAdapter(CallbackFaults).validate_python(faults))

    def breaks_api(self, **faults: Any) -> None:
        """Faults of the API. Requests for a call are shown at once; Twilio promises them 15 minutes after its end."""
        self.twilio.break_with(TypeAdapter(TwilioFaults).validate_python({"events_seconds": 0, **faults}))

    def unlists(self, seconds: float) -> None:
        """What is told is lost besides."""
        self.breaks_api(unlisted_seconds=seconds, webhook={"lose_next": 50})

    def away(self, seconds: float) -> None:
        """Neither asked nor telling."""
        self.breaks_api(away_seconds=seconds)

    def loses_the_answer(self) -> None:
        """The call is made, and the connection cut."""
        self.breaks_api(cut_after=1, endpoint="create")

    def refuses_the_next(self) -> None:
        """429, with a wait."""
        self.breaks_api(refuse_next=1, endpoint="create", status=429, retry_after=2)

    async def others_ring(self, phone: Handle) -> None:
        """A program of the company's own does, and has its TwiML somewhere else."""
        form = {
            "To": phone.address,
            "From": COMPANY,
            "Url": f"http://127.0.0.1:{self._port}/another/program",
            "Timeout": "600",
        }
        auth = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
        url = f"{self.api}/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
        async with aiohttp.ClientSession(headers=auth) as session, session.post(url, data=form) as response:
            assert response.status == 201
