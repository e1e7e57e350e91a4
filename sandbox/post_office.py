"""Where mail is delivered and found again: every address there is has mailboxes, made when they are first needed."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

from pymap.parsing.message import AppendMessage

from sandbox.mail_store import MailStore
from sandbox.mailboxes import INBOX, Mailboxes


def mailbox_address(address: str) -> str:
    """The address whose mailbox takes mail for `address`: lower case, without a subaddress (RFC 5233).

    `Care+c-07@Hilo.example` is read by `care@hilo.example`.
    """
    local, at, domain = address.strip().strip("<>").lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" if at else domain


class PostOffice:
    """All mailboxes of the sandbox; arrivals are counted for each address, so that a page can wait for the next."""

    def __init__(self, store: MailStore) -> None:
        self._store = store
        self._open: dict[str, Mailboxes] = {}
        self._opening = asyncio.Lock()
        self._arrivals: Counter[str] = Counter()
        self._arrived = asyncio.Condition()

    async def mailboxes(self, address: str) -> Mailboxes:
        """The mailboxes of `address`, the same object for all its sessions."""
        owner = mailbox_address(address)
        async with self._opening:
            if owner not in self._open:
                self._open[owner] = await Mailboxes.of(self._store, owner)
            return self._open[owner]

    async def deliver(self, address: str, raw: bytes) -> None:
        """Put a mail into the INBOX of `address`; it is on disk when this returns."""
        inbox = await (await self.mailboxes(address)).get_mailbox(INBOX)
        watched = inbox.selected_set.any_selected
        message = await inbox.append(AppendMessage(raw, datetime.now(UTC)), recent=watched is None)
        if watched is not None:
            watched.session_flags.add_recent(message.uid)
        async with self._arrived:
            self._arrivals[mailbox_address(address)] += 1
            self._arrived.notify_all()

    async def renumber(self, address: str) -> int:
        """The new UIDVALIDITY of the INBOX of `address`, as after a server's index was rebuilt."""
        return await (await self.mailboxes(address)).renumber_inbox()

    def arrivals(self, address: str) -> int:
        """How many mails have come for `address` since the start."""
        return self._arrivals[mailbox_address(address)]

    async def wait_for_arrival(self, address: str, seen: int) -> int:
        """The number of arrivals for `address`, once it is no longer `seen`."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self.arrivals(address) != seen)
        return self.arrivals(address)
