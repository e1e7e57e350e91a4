"""Mailboxes as the IMAP server sees them: pymap's, with every change written to the mail store.

pymap's own Maildir backend was tried and left: an arrival woke IDLE after 2 s only, and CRLF came back as LF. Its
in-memory backend wakes at once and keeps the bytes; what it lacks, a memory across restarts, is added here.
This is the only file that touches pymap's private names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pymap.backend.dict.mailbox import MailboxData, MailboxSet, Message
from pymap.concurrent import Event
from pymap.exceptions import NotSupportedError
from pymap.flags import FlagOp
from pymap.interfaces.message import CachedMessage
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import ObjectId
from pymap.parsing.specials.flag import Flag
from pymap.selected import SelectedMailbox

from sandbox.mail_store import MailboxRow, MailRow, MailStore

INBOX = "INBOX"
SENT = "Sent"


class Mailbox(MailboxData):
    """One mailbox, in memory and in the store. `await load()` before use."""

    def __init__(self, store: MailStore, row: MailboxRow, content_cache: Any, thread_cache: Any) -> None:
        super().__init__(content_cache, thread_cache)
        self._store = store
        self.row = row
        self._mailbox_id = ObjectId(b"F%d-%d" % (row.id, row.uid_validity))
        self._uid_validity = row.uid_validity
        self._max_uid = 0

    async def load(self) -> None:
        """Take over what the store holds, each mail under its own UID."""
        for mail in self._store.mails(self.row.id):
            self._max_uid = mail.uid - 1
            await super().append(AppendMessage(mail.raw, mail.arrived_at, _flags_from(mail.flags)))
        self._max_uid = self.row.last_uid

    async def append(self, append_msg: AppendMessage, *, recent: bool = False) -> Message:
        """Add a mail; it is on disk when this returns."""
        arrived_at = append_msg.when or datetime.now(UTC)
        raw = bytes(append_msg.literal)
        message = await super().append(AppendMessage(raw, arrived_at, append_msg.flag_set), recent=recent)
        self._store.keep(self.row.id, MailRow(message.uid, _flags_text(message.permanent_flags), arrived_at, raw))
        return message

    async def copy(self, uid: int, destination: MailboxData, *, recent: bool = False) -> int | None:
        """Copy a mail; its new UID, or None if it is gone."""
        assert isinstance(destination, Mailbox)
        new_uid = await super().copy(uid, destination, recent=recent)
        if new_uid is not None:
            self._store.copy(self.row.id, uid, destination.row.id, new_uid)
        return new_uid

    async def move(self, uid: int, destination: MailboxData, *, recent: bool = False) -> int | None:
        """Move a mail; its new UID, or None if it is gone."""
        assert isinstance(destination, Mailbox)
        new_uid = await super().move(uid, destination, recent=recent)
        if new_uid is not None:
            self._store.move(self.row.id, uid, destination.row.id, new_uid)
        return new_uid

    async def update(self, uid: int, cached_msg: CachedMessage, flag_set: frozenset[Flag], mode: FlagOp) -> Message:
        """Change the flags of a mail."""
        message = await super().update(uid, cached_msg, flag_set, mode)
        if not message.expunged:
            self._store.set_flags(self.row.id, uid, _flags_text(message.permanent_flags))
        return message

    async def delete(self, uids: Iterable[int]) -> None:
        """Remove mails for good."""
        gone = list(uids)
        await super().delete(gone)
        self._store.remove(self.row.id, gone)

    async def update_selected(self, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
        """Bring a session up to date; with `wait_on`, wait for a change first.

        pymap waits even when the change came between the session's last command and its IDLE, and would tell of it
        only at the next one. A real server tells at once.
        """
        if selected.mod_sequence is not None and self._mod_sequences.highest > selected.mod_sequence:
            wait_on = None
        return await super().update_selected(selected, wait_on=wait_on)


class Mailboxes(MailboxSet):
    """All mailboxes of one address, loaded from the store by `await Mailboxes.of(...)`."""

    _set: dict[str, MailboxData]

    def __init__(self, store: MailStore, address: str) -> None:
        super().__init__()
        self._store = store
        self._address = address

    @classmethod
    async def of(cls, store: MailStore, address: str) -> Mailboxes:
        """The mailboxes of `address`; INBOX and Sent are made the first time, as a provider does."""
        mailboxes = cls(store, address)
        await mailboxes.load()
        return mailboxes

    async def load(self) -> None:
        """Take over what the store holds, in place of what was known before."""
        rows = {row.name: row for row in self._store.mailboxes(self._address)}
        for name in {INBOX, SENT} - rows.keys():
            rows[name] = self._store.create(self._address, name)
        loaded = {name: await self._open(row) for name, row in rows.items()}
        self._inbox = loaded.pop(INBOX)
        self._set = {**loaded}
        self._subscribed = dict.fromkeys(loaded, True)

    async def add_mailbox(self, name: str) -> ObjectId:
        """Make a mailbox; its object ID. Raises ValueError if there is one of this name."""
        if name in self._set:
            raise ValueError(name)
        mailbox = await self._open(self._store.create(self._address, name))
        self._set[name] = mailbox
        return mailbox.mailbox_id

    async def delete_mailbox(self, name: str) -> None:
        """Remove a mailbox with its mail. Raises KeyError if there is none of this name."""
        mailbox = self._set[name]
        assert isinstance(mailbox, Mailbox)
        await super().delete_mailbox(name)
        self._store.drop(mailbox.row.id)

    async def rename_mailbox(self, before: str, after: str) -> None:
        """Rename a mailbox and those below it; INBOX can't be."""
        if before.upper() == INBOX:
            raise NotSupportedError("INBOX keeps its name.")
        await super().rename_mailbox(before, after)
        for name, mailbox in self._set.items():
            assert isinstance(mailbox, Mailbox)
            self._store.rename(mailbox.row.id, name)

    async def renumber_inbox(self) -> int:
        """The new UIDVALIDITY of INBOX, whose mails have new UIDs. Sessions that had it open must be dropped."""
        assert isinstance(self._inbox, Mailbox)
        validity = self._store.renumber(self._inbox.row.id)
        await self.load()
        return validity

    async def _open(self, row: MailboxRow) -> Mailbox:
        mailbox = Mailbox(self._store, row, self._content_cache, self._thread_cache)
        await mailbox.load()
        return mailbox


def _flags_text(flags: Iterable[Flag]) -> str:
    return " ".join(sorted(bytes(flag).decode("ascii") for flag in flags))


def _flags_from(text: str) -> frozenset[Flag]:
    return frozenset(Flag(flag.encode("ascii")) for flag in text.split())
