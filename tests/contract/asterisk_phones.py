"""The suite's exchange as Asterisk speaks for it: the sandbox's, in the test's own process and on its clock."""

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, ClassVar

import aiohttp
from aiohttp import web

from channels.phone.asterisk.settings import AsteriskSettings
from channels.phone.settings import PhoneSettings, ProviderName
from router.model.message import Handle
from router.model.secret import Secret
from router.model.units import Endpoint
from sandbox.phone.ari.api import Ari
from sandbox.phone.ari.faults import AriFaults
from tests.contract.phones import COMPANY, Phones
from tests.ports import free_ports

USER, PASSWORD = "hilo", "made in the test"


class AsteriskPhones(Phones):
    """Rings by ARI's requests, and hears events over its socket."""

    finds_exactly: ClassVar[bool] = True
    goes_on_alone: ClassVar[bool] = False

    async def open(self, stack: AsyncExitStack) -> None:
        """Serve ARI on a port of the test's."""
        self._port = free_ports(1)[0]
        self.ari = Ari(self.exchange, USER, PASSWORD)
        self.ari.serve(COMPANY)
        stack.push_async_callback(self.ari.close)
        app = web.Application()
        self.ari.add_to(app)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    @property
    def settings(self) -> PhoneSettings:
        """The sandbox's Asterisk, whose dialplan listens for machines."""
        asterisk = AsteriskSettings(
            url=self.url,
            user=USER,
            password=Secret.of(PASSWORD),
            numbers="PJSIP/{number}@trunk",
            caller_id=COMPANY,
            screen="hilo-screen",
        )
        listen = Endpoint("127.0.0.1", self._port)
        return PhoneSettings(provider=ProviderName.ASTERISK, listen=listen, asterisk=asterisk, region="PA")

    def break_with(self, **faults: Any) -> None:
        """Faults of the events: of what is lost a few only, as no end can be asked for that nobody heard."""
        self.ari.faults = AriFaults(
            double_events=faults.get("double_next", 0) > 0,
            reverse=faults.get("reverse", 0),
            late_seconds=faults.get("delay_seconds", 0),
            lose_events=min(faults.get("lose_next", 0), 5),
        )

    def away(self, seconds: float) -> None:
        """Neither asked nor telling."""
        self.ari.break_with(AriFaults(away=True))
        self.ari.switch.start(self._back(seconds))

    def loses_the_answer(self) -> None:
        """The call is begun, and the connection cut."""
        self.ari.faults = AriFaults(cut_after=1, operation="POST /channels")

    def refuses_the_next(self) -> None:
        """503, as while Asterisk starts."""
        self.ari.faults = AriFaults(refuse_next=1, operation="POST /channels", status=503)

    def unlists(self, seconds: float) -> None:
        """There is no list: a channel is asked for by its id."""

    async def others_ring(self, phone: Handle) -> None:
        """A program of the company's own does."""
        query = {"endpoint": f"PJSIP/{phone.address}@trunk", "app": "another", "callerId": COMPANY}
        headers = {"Authorization": aiohttp.encode_basic_auth(USER, PASSWORD)}
        url = f"{self.url}/ari/channels"
        async with aiohttp.ClientSession(headers=headers) as session, session.post(url, params=query) as response:
            assert response.status == 200

    async def _back(self, seconds: float) -> None:
        await self.clock.sleep(timedelta(seconds=seconds))
        self.ari.faults = AriFaults()
