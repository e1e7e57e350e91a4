"""A company at Twilio, as the sandbox's exchange meets it: it answers with TwiML, and writes down what it is told."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from tests.sandbox_process import SandboxProcess

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "sandbox"
NUMBER = "+5078000000"


@dataclass(frozen=True, slots=True)
class Told:
    """One request of Twilio's."""

    path: str
    fields: dict[str, str]
    is_signed: bool
    headers: dict[str, str]


def signed(url: str, body: str, token: str = TOKEN) -> str:
    """The signature by the documentation, written anew for the tests: sorted names and values behind the address."""
    pairs = sorted(parse_qsl(body, keep_blank_values=True))
    text = url + "".join(f"{name}{value}" for name, value in pairs)
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


@dataclass
class Company:
    """`twiml` by path; a path without one is answered 204 and written down. `status` is given instead if it is set."""

    base: str = ""
    twiml: dict[str, str] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    status: int = 0
    delay: float = 0

    async def take(self, request: web.Request) -> web.Response:
        body = await request.text()
        url = f"http://{request.host}{request.raw_path}"
        signature = request.headers.get("X-Twilio-Signature", "")
        fields = dict(parse_qsl(body if request.method == "POST" else request.query_string, keep_blank_values=True))
        is_signed = signature == signed(url, body)
        self.told.append(Told(request.path.removeprefix("/"), fields, is_signed, dict(request.headers)))
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.status:
            return web.Response(status=self.status)
        twiml = self.twiml.get(request.path.removeprefix("/"))
        if twiml is None:
            return web.Response(status=204)
        return web.Response(text=f"<Response>{twiml}</Response>", content_type="text/xml")

    def of(self, path: str) -> list[dict[str, str]]:
        """What was told to `path`, in the order in which it came."""
        return [one.fields for one in self.told if one.path == path]

    async def hears(self, path: str, status: str = "", count: int = 1, seconds: float = 10) -> dict[str, str]:
        """The `count`-th that was told to `path`, of that CallStatus if one is given. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                told = [one for one in self.of(path) if not status or one.get("CallStatus") == status]
                if len(told) >= count:
                    return told[count - 1]
                await asyncio.sleep(0.01)


@asynccontextmanager
async def company() -> AsyncIterator[Company]:
    """Listens on loopback."""
    one, app = Company(), web.Application()
    app.router.add_route("*", "/{path:.*}", one.take)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield one
    finally:
        await runner.cleanup()


class Rest:
    """The REST API, as a client of Twilio's calls it."""

    def __init__(self, sandbox: SandboxProcess, session: aiohttp.ClientSession) -> None:
        self.base = f"{sandbox.phone_url}/2010-04-01/Accounts/{ACCOUNT}"
        self.session = session
        self.auth = aiohttp.encode_basic_auth(ACCOUNT, TOKEN)
        self.timeout = aiohttp.ClientTimeout(total=5)

    async def ask(self, method: str, path: str, form: Any = None, **how: Any) -> tuple[int, dict[str, Any]]:
        """The status and the JSON."""
        headers = {"Authorization": how.pop("auth", self.auth)}
        how = {"headers": headers, "timeout": self.timeout, "data": form, **how}
        async with self.session.request(method, self.base + path, **how) as response:
            return response.status, await response.json() if response.status != 204 else {}

    async def call(self, to: str, **form: Any) -> str:
        """Ring `to`; the SID. `events` are the StatusCallbackEvents."""
        pairs = [("To", to), ("From", NUMBER), *(("StatusCallbackEvent", one) for one in form.pop("events", ()))]
        status, call = await self.ask("POST", "/Calls.json", [*pairs, *form.items()])
        assert status == 201, call
        return str(call["sid"])

    async def becomes(self, sid: str, wanted: Callable[[dict[str, Any]], bool] | str, seconds: float = 10) -> Any:
        """The call once it has that status, or is as `wanted`. Raises TimeoutError."""
        is_so = wanted if callable(wanted) else lambda call: call["status"] == wanted
        async with asyncio.timeout(seconds):
            while True:
                _, call = await self.ask("GET", f"/Calls/{sid}.json")
                if is_so(call):
                    return call
                await asyncio.sleep(0.02)
