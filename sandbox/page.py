"""The page `/sandbox` and the JSON API behind it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiosmtplib
import jinja2
from aiohttp import web
from imapclient.exceptions import IMAPClientError

from sandbox.faults import FaultRequest, Faults
from sandbox.guard import guard, problem, security_headers
from sandbox.imap import ImapServer
from sandbox.mail_client import MailClient, NewMail, UnusableMail
from sandbox.mailboxes import INBOX
from sandbox.phone.service import PhoneService
from sandbox.post_office import PostOffice
from sandbox.requests import body_of
from sandbox.settings import Settings
from sandbox.site import Site
from sandbox.x.service import XService

_PAGES = Path(__file__).parent / "pages"
_TEMPLATES = Path(__file__).parent / "templates"
_KEEP_ALIVE_SECONDS = 15


class Page:
    """The routes, and what they need."""

    def __init__(
        self,
        settings: Settings,
        office: PostOffice,
        imap: ImapServer,
        faults: Faults,
        client: MailClient,
        x: XService,
        phone: PhoneService,
    ) -> None:
        self._settings = settings
        self._office = office
        self._imap = imap
        self._faults = faults
        self._client = client
        self._x = x
        self._phone = phone
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
        )

    def app(self) -> web.Application:
        """The application that serves all of it."""
        app = web.Application(middlewares=[guard], client_max_size=self._settings.max_mail_bytes)
        app.add_routes(
            [
                web.get("/", self._to_page),
                web.get("/sandbox", self._page),
                web.get("/sandbox/mail", self._read_mail),
                web.post("/sandbox/mail", self._send_mail),
                web.get("/sandbox/mail/live", self._live),
                web.get("/sandbox/faults", self._show_faults),
                web.post("/sandbox/faults", self._set_faults),
                *self._x.play.routes(),
                *self._phone.play.routes(),
                *Site(self._settings, self._templates).routes(),
                web.static("/sandbox/pages", _PAGES),
            ]
        )
        return app

    async def _to_page(self, request: web.Request) -> web.Response:
        raise web.HTTPFound("/sandbox")

    async def _page(self, request: web.Request) -> web.Response:
        text = self._templates.get_template("index.html").render(settings=self._settings)
        return web.Response(text=text, content_type="text/html", headers=security_headers(self._settings))

    async def _read_mail(self, request: web.Request) -> web.Response:
        address = request.query.get("address", "")
        if "@" not in address:
            return problem(422, "No address", "Ask with ?address=ana@example.org.")
        try:
            mails = await self._client.read(address, request.query.get("mailbox", INBOX))
        except (IMAPClientError, OSError) as error:
            return problem(502, "The mail server did not answer", f"IMAP said: {error}. Try again.")
        return web.json_response(mails, headers={"Cache-Control": "no-store"})

    async def _send_mail(self, request: web.Request) -> web.Response:
        try:
            message_id = await self._client.send(await body_of(request, NewMail))
        except UnusableMail as error:
            return problem(422, "Unusable mail", str(error))
        except (aiosmtplib.SMTPException, OSError) as error:
            return _refused_mail(error)
        return web.json_response({"message_id": message_id})

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: one `arrivals` at once and one for each mail that comes; what came is read by IMAP."""
        address = request.query.get("address", "")
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        seen = self._office.arrivals(address)
        await stream.write(f"event: arrivals\ndata: {seen}\n\n".encode())
        while True:
            try:
                async with asyncio.timeout(_KEEP_ALIVE_SECONDS):
                    seen = await self._office.wait_for_arrival(address, seen)
                await stream.write(f"event: arrivals\ndata: {seen}\n\n".encode())
            except TimeoutError:
                await stream.write(b": still here\n\n")

    async def _show_faults(self, request: web.Request) -> web.Response:
        return web.json_response(self._faults_in_force())

    async def _set_faults(self, request: web.Request) -> web.Response:
        wanted = await body_of(request, FaultRequest)
        if wanted.smtp is not None:
            self._faults.smtp = wanted.smtp
        if wanted.x is not None:
            self._x.api.faults = wanted.x
        if wanted.phone is not None:
            self._phone.twilio.break_with(wanted.phone)
        if wanted.ari is not None:
            self._phone.ari.break_with(wanted.ari)
        answer = self._faults_in_force()
        if wanted.imap is not None:
            self._faults.refuse_logins = wanted.imap.refuse_logins
            if renumbered := wanted.imap.new_uidvalidity:
                address = self._settings.care_address if renumbered is True else renumbered
                answer["uidvalidity"] = await self._office.renumber(address)
            if wanted.imap.drop_connections or renumbered:
                self._imap.drop_connections()
            answer["imap"] = {"refuse_logins": self._faults.refuse_logins}
        return web.json_response(answer)

    def _faults_in_force(self) -> dict[str, object]:
        x, smtp = self._x.api.faults.model_dump(), self._faults.smtp.model_dump()
        phone = self._phone.twilio.api.faults.model_dump()
        imap, ari = {"refuse_logins": self._faults.refuse_logins}, self._phone.ari.faults.model_dump()
        return {"smtp": smtp, "imap": imap, "x": x, "phone": phone, "ari": ari}


def _refused_mail(error: Exception) -> web.Response:
    """What SMTP answered, in its own words; `code` is its reply code, or null if there was none."""
    first = error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error
    if isinstance(first, aiosmtplib.SMTPResponseException):
        return problem(502, "Refused", f"SMTP answered {first.code} {first.message}.", code=first.code)
    return problem(502, "The mail server did not answer", f"SMTP: {error}.", code=None)
