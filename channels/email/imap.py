"""The IMAP side of one mailbox (RFC 3501, RFC 2177). Every call blocks, within a time limit: one thread makes them."""

import logging
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from channels.email.own_thread import Wake
from channels.email.settings import ImapSettings, Tls
from router.model.errors import TemporaryError

# At its lower levels it logs what it sends and receives: mails, and so personal data.
logging.getLogger("imapclient").setLevel(logging.WARNING)

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
# One answer line may have a million bytes for imaplib; so many UIDs fit into it, however large they are.
UIDS_AT_ONCE = 20_000


class SignInRefused(TemporaryError):
    """The server does not take user and password, now at least."""


@dataclass(frozen=True, slots=True)
class Glance:
    """The mailbox' UIDVALIDITY, and the UID that its next mail will have."""

    validity: int
    next_uid: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A mail's size in bytes and when the server took it, each None where the server does not say."""

    size: int | None
    received_at: datetime | None


class ImapSession:
    """One connection to a mailbox. All methods raise TemporaryError once it is of no use any more."""

    def __init__(self, settings: ImapSettings) -> None:
        self._settings = settings
        self._client: Any = None
        self._exists = 0

    def open(self) -> None:
        """Connect and sign in. Raises SignInRefused, and StartError if the password is not where it should be."""
        password = self._settings.password.reveal()
        with self._told():
            self._client = _connected(self._settings)
            try:
                _signed_in(self._client, self._settings.user, password)
            except LoginError as error:
                raise SignInRefused(f"{self._place} does not let {self._settings.user} in: {error}") from error

    def look(self) -> Glance:
        """Select the mailbox anew: what it says then is true, all that it says in between are hints."""
        with self._told():
            told = self._client.select_folder(self._settings.mailbox)
            self._exists = int(told.get(b"EXISTS", 0))
            return Glance(int(told.get(b"UIDVALIDITY", 0)), int(told.get(b"UIDNEXT", 0)))

    def uids(self, after: int, next_uid: int) -> list[int]:
        """The UIDs of the mails behind `after`, oldest first; `next_uid` is what `look` said of the end.

        It stops at the first window that holds any, if that is not the last one: the rest comes next time.
        """
        with self._told():
            while after + UIDS_AT_ONCE < next_uid:
                found = self._search(f"{after + 1}:{after + UIDS_AT_ONCE}", after)
                if found:
                    return found
                after += UIDS_AT_ONCE
            return self._search(f"{after + 1}:*", after)

    def summaries(self, uids: Sequence[int]) -> dict[int, Summary]:
        """What is known of each mail without reading it; those that are gone are missing."""
        with self._told():
            found = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        return {uid: Summary(data.get(b"RFC822.SIZE"), _utc(data.get(b"INTERNALDATE"))) for uid, data in found.items()}

    def mail(self, uid: int) -> bytes | None:
        """The whole mail, which stays unread as far as others see; None if it is gone."""
        return self._fetched(uid, "BODY.PEEK[]", b"BODY[]")

    def head(self, uid: int, limit: int) -> bytes | None:
        """The mail's headers, at most `limit` bytes of them; None if it is gone."""
        return self._fetched(uid, f"BODY.PEEK[HEADER]<0.{limit}>", b"BODY[HEADER]<0>")

    def flag(self, uids: Sequence[int], flag: bytes) -> None:
        """Set `flag` on the mails, for the people who look into the mailbox; Hilo never reads it."""
        with self._told():
            self._client.add_flags(uids, [flag], silent=True)

    def wait(self, seconds: float, wake: Wake) -> None:
        """Return when the mailbox may have changed, when `wake` was set, or after `seconds`."""
        with self._told():
            if self._client.has_more_than(self._exists):
                return
            if not self._client.has_capability("IDLE"):
                wake.wait(seconds)
                return
            self._client.idle()
            if not self._client.idle_check():
                wake.wait(seconds, self._client.socket())
            self._client.idle_done()

    def abort(self) -> None:
        """Cut the connection, so that the call under way in the thread ends; any thread may call this."""
        if self._client is not None:
            with suppress(OSError):
                self._client.socket().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection up."""
        if self._client is not None:
            with suppress(OSError, IMAPClientError):
                self._client.shutdown()

    @property
    def _place(self) -> str:
        return f"the mailbox {self._settings.mailbox} at {self._settings.host}:{self._settings.port}"

    def _search(self, window: str, after: int) -> list[int]:
        # `n:*` names the last mail even where its UID is below n (RFC 3501 section 6.4.8).
        return sorted(uid for uid in self._client.search(["UID", window]) if uid > after)

    def _fetched(self, uid: int, item: str, key: bytes) -> bytes | None:
        """What the server answers for `item`. Raises TemporaryError if it names the mail, and hands nothing out."""
        with self._told():
            found = self._client.fetch([uid], [item])
        if uid not in found:
            return None
        content = found[uid].get(key)
        if not isinstance(content, bytes):
            raise TemporaryError(f"{self._place} does not hand out the mail with the UID {uid}")
        return content

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in one way that the connection is of no use, whatever the library raised."""
        try:
            yield
        except (IMAPClientError, OSError, ValueError) as error:
            raise TemporaryError(f"{self._place}: {error or type(error).__name__}") from error


class _Client(IMAPClient):  # type: ignore[misc]
    """Looks into its buffer even when the socket is silent: news may have come along with the answer to IDLE."""

    def has_more_than(self, count: int) -> bool:
        """Whether the server has told, along with any answer, of more mails than `count`.

        A mail that comes between SELECT and SEARCH is not in the answer to SEARCH, which tells of it beside
        (RFC 3501 section 7.3.1); IDLE does not tell of it again.
        """
        told = self._imap.untagged_responses.get("EXISTS") or [b"0"]
        return int(told[-1]) > count

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> bool:
        return True


def _connected(settings: ImapSettings) -> _Client:
    context = None if settings.tls is Tls.NONE else ssl.create_default_context()
    client = _Client(
        settings.host,
        port=settings.port,
        ssl=settings.tls is Tls.IMPLICIT,
        ssl_context=context if settings.tls is Tls.IMPLICIT else None,
        timeout=SocketTimeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
    )
    client.normalise_times = False
    if settings.tls is Tls.STARTTLS:
        client.starttls(context)
    return client


def _signed_in(client: _Client, user: str, password: str) -> None:
    if (user + password).isascii():
        client.login(user, password)
    else:
        # LOGIN carries ASCII only.
        client.plain_login(user, password)


def _utc(instant: datetime | None) -> datetime | None:
    return instant.astimezone(UTC) if instant else None
