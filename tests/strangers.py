"""Chat, mail and core together on one Redis, for stories about who is who: what each wrote, and what reaches whom."""

import asyncio
import itertools
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from channels.email.adapter import EmailAdapter
from router.model.clock import SystemClock
from router.model.conversation import Conversation
from router.model.customer import Customer, Link
from router.model.event import CodeAsked, Command, ReplyWritten
from router.model.ids import ConversationId
from router.model.message import Handle, InboundMessage
from tests.core import ANA, POLICY, Core, running_core
from tests.dkim_signer import Signer
from tests.email_channel import CARE_ADDRESS, listening, open_email
from tests.name_server import NameServer, running_name_server
from tests.redis_servers import client_of
from tests.sandbox_here import SandboxHere
from tests.sandbox_mail import in_thread, mailbox
from tests.sandbox_process import SandboxProcess
from tests.waiting import eventually
from tests.webchat import Chat, Page, open_chat
from tests.webchat import settings_for_tests as chat_settings

SECRET = "the site's and Hilo's, 32 letters+"
OURS = "mx.hilo.example"
# Both of free mail, and the enemy's own domain.
SIGNERS = {domain: Signer(domain) for domain in ("example.org", "evil.example")}
# Who leaves a chat is written to at once, so that what goes astray is seen.
AT_ONCE = replace(POLICY, answer_elsewhere_after=timedelta(milliseconds=300))
_numbers = itertools.count(1)


def somebody(name: str = "ana") -> str:
    """A mail address that nobody else in these stories has."""
    return f"{name}{next(_numbers)}@example.org"


def mail_handle(address: str) -> Handle:
    return Handle("email", address)


def site_token(subject: str, email: str = "", *, secret: str = SECRET, ends_in: float = 600, **claims: object) -> str:
    """What the company's site puts on the page of whom it knows as `subject`."""
    ends = SystemClock().now().timestamp() + ends_in
    known = {"sub": subject, "aud": "hilo", "exp": ends, **({"email": email} if email else {}), **claims}
    return jwt.encode({"alg": "HS256"}, known, OctKey.import_key(secret), ["HS256"])


@dataclass
class Town:
    """All that runs, and short ways to write there as anybody, and to look what reached whom."""

    core: Core
    chat: Chat
    mail: EmailAdapter
    names: NameServer
    sandbox: SandboxProcess
    pages: list[Page] = field(default_factory=list)

    async def page(self, token: str = "", *, identity: str = "", name: str = "") -> Page:
        """A page that has been welcomed."""
        page = await self.chat.page(token, identity=identity, name=name)
        self.pages.append(page)
        return page

    async def chats(self, text: str, *, identity: str = "", name: str = "") -> tuple[Page, Conversation]:
        """A new visitor's page, and the conversation that `text` came to."""
        page = await self.page(identity=identity, name=name)
        return page, await self.says(page, text)

    async def says(self, page: Page, text: str) -> Conversation:
        """The conversation that what the page's visitor writes came to."""
        assert (await page.says_and_waits(text))["type"] == "accepted"
        return await self.where(text)

    async def mails(
        self,
        text: str,
        sender: str,
        *,
        signed_by: str = "",
        to: str = CARE_ADDRESS,
        headers: str = "",
        above: str = "",
        subject: str = "Asunto",
        message_id: str = "",
    ) -> Conversation:
        """The conversation that a mail came to; `signed_by` is the domain that signs it, `above` stands over that."""
        message_id = message_id or f"<{next(_numbers)}@example.org>"
        head = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\n{headers}"
        raw = f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
        raw = SIGNERS[signed_by].sign(raw) if signed_by else raw
        await asyncio.to_thread(self._deliver, above.encode() + raw, to)
        return await self.where(text)

    async def posts(self, message: InboundMessage) -> Conversation:
        """The conversation that a post or a direct message came to, as the channel reads it."""
        await self.core.accept(message)
        return await self.where(message.text)

    async def where(self, text: str) -> Conversation:
        """The open conversation in whose story a message begins with the first line of `text`."""
        first = text.partition("\n")[0]

        async def look() -> Conversation | None:
            for team in ("care", "billing"):
                for each in await self.core.records.queue(team):  # type: ignore[arg-type]
                    if any(entry.text.startswith(first) for entry in await self.core.timeline(each.id)):
                        return await self.core.now(each.id)
            return None

        await eventually(look, f"{text!r} in a story")
        await self.quiet()
        found = await look()
        assert found is not None
        return found

    async def quiet(self) -> None:
        """Return once nothing is under way any more: no event, and nothing that one customer owes another."""
        calm = 0
        async with asyncio.timeout(15):
            while calm < 2:
                calm = calm + 1 if await self.core.is_quiet() else 0

    async def does(self, command: Command, conversation: Conversation) -> str:
        """Why the agent's command was refused; nothing where it was done, and all that follows from it."""
        outcome = await self.core.does(command, conversation.id)
        await self.quiet()
        return outcome.reason

    async def replies(self, conversation: Conversation, text: str, **more: object) -> Handle:
        """To whom the agent's reply goes."""
        assert await self.does(ReplyWritten(ANA, text, **more), conversation) == ""  # type: ignore[arg-type]
        told = [entry for entry in await self.core.timeline(conversation.id) if entry.text == text]
        kind, _, address = told[0].detail["handle"].partition(":")
        return Handle(kind, address)

    async def asks(self, conversation: Conversation, address: str, code: str) -> str:
        """Why no code was sent to `address`; nothing where it was."""
        return await self.does(CodeAsked(ANA, mail_handle(address), code), conversation)

    async def owner(self, handle: Handle | str) -> Customer | None:
        """The customer whose the handle is, as they are known now."""
        handle = mail_handle(handle) if isinstance(handle, str) else handle
        name = await self.core.records.customer_of(handle)
        found = await self.core.records.customer(name) if name else None
        return await self.core.records.customer(found.part_of) if found and found.part_of else found

    async def of(self, conversation: Conversation) -> Customer:
        """Whose conversation it is by now."""
        found = await self.core.records.customer((await self.core.now(conversation.id)).customer)
        found = await self.core.records.customer(found.part_of) if found and found.part_of else found
        assert found is not None
        return found

    async def link(self, conversation: Conversation, handle: Handle | str) -> Link | None:
        """How the conversation's customer is known to have `handle`; None if nothing says so."""
        handle = mail_handle(handle) if isinstance(handle, str) else handle
        return next((each for each in (await self.of(conversation)).links if each.handle == handle), None)

    async def texts(self, conversation: Conversation | ConversationId) -> list[str]:
        """What was written, and told, in it."""
        name = conversation if isinstance(conversation, str) else conversation.id
        return [entry.text for entry in await self.core.timeline(name) if entry.text]

    async def proof(self, conversation: Conversation, text: str) -> str:
        """What the agent sees beside `text`: how it is known who wrote it."""
        (entry,) = [each for each in await self.core.timeline(conversation.id) if each.text == text]
        return entry.detail["proof"]

    async def suggested(self, conversation: Conversation) -> list[tuple[str, str]]:
        """Who agents are told may be the same: by what, and what speaks against it."""
        found = (await self.core.now(conversation.id)).suggestions
        return [(str(each.handle or each.conversation), str(each.doubt or "")) for each in found]

    async def got(self, address: str, *texts: str) -> list[str]:
        """The bodies of all mails to `address`, once each of `texts` is in one."""

        async def look() -> list[str] | None:
            bodies = [_body(raw) for raw in await in_thread(lambda: self._inbox(address))]
            return bodies if all(any(text in body for body in bodies) for text in texts) else None

        return await eventually(look, f"{texts} in the mailbox of {address}") if texts else (await look() or [])

    async def letter(self, address: str, text: str) -> EmailMessage:
        """The mail to `address` with `text` in it."""
        await self.got(address, text)
        (raw,) = [raw for raw in await in_thread(lambda: self._inbox(address)) if text in _body(raw)]
        return _read(raw)

    def _deliver(self, raw: bytes, to: str) -> None:
        assert self.mail.listener is not None
        with smtplib.LMTP("127.0.0.1", self.mail.listener.endpoint.port, timeout=20) as lmtp:
            lmtp.sendmail("somebody@example.org", to, raw)

    def _inbox(self, address: str) -> list[bytes]:
        with mailbox(self.sandbox, address) as imap:
            uids = imap.search()
            found = imap.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
        return [bytes(found[uid][b"BODY[]"]) for uid in uids]


@asynccontextmanager
async def running_town(url: str) -> AsyncIterator[Town]:
    """A town on the Redis at `url`, which is emptied first."""
    client = client_of(url)
    await client.flushall()
    await client.aclose()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAT_SECRET", SECRET)
        chosen = chat_settings(identity={"secret": {"env": "CHAT_SECRET"}}, per_minute=6000)
        async with (
            SandboxHere() as sandbox,
            running_name_server() as names,
            running_core(url, clock=SystemClock(), policy=AT_ONCE) as core,
            open_chat(core, url, chosen) as chat,
        ):
            names.texts |= {signer.name: [signer.record] for signer in SIGNERS.values()}
            verify = {"nameserver": names.endpoint, "within": "2s", "server": OURS}
            mail = listening(
                smtp_port=sandbox.smtp_port, plus_addresses=True, verify=verify, colleagues=("example.com",)
            )
            async with open_email(url, mail) as adapter:
                yield Town(core, chat, adapter, names, sandbox)


def _read(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def _body(raw: bytes) -> str:
    body = _read(raw).get_body(("plain",))
    return str(body.get_content()) if body else ""
