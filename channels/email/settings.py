"""The email channel's slice of the configuration."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from channels.brake import Limits
from channels.email.address import ascii_domain, mail_handle
from router.model.secret import SecretField
from router.model.units import (
    Duration,
    Endpoint,
    Listen,
    MailAddress,
    Port,
    Size,
    Slice,
    Switch,
    Text,
    mistake,
)


class Tls(StrEnum):
    """How a connection is encrypted: not at all, after asking for it, or from its first byte."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class ListenerProtocol(StrEnum):
    """What a mail server speaks to Hilo's listener (RFC 2033, RFC 5321)."""

    LMTP = "lmtp"
    SMTP = "smtp"


IMAP_PORTS = {Tls.NONE: 143, Tls.STARTTLS: 143, Tls.IMPLICIT: 993}
LONGEST_LOOK_UP = timedelta(seconds=30)
SUBMISSION_PORTS = {Tls.NONE: 25, Tls.STARTTLS: 587, Tls.IMPLICIT: 465}


def _colleague(value: str) -> str:
    """The address or domain `value`, as addresses are compared."""
    handle = mail_handle(value) if "@" in value else None
    domain = ascii_domain(value) if "@" not in value and "." in value else ""
    if handle is None and not domain:
        raise mistake(f"`{value[:80]}` is neither a mail address nor a domain", "for example `example.org`")
    return handle.address.lower() if handle else domain


def _short(value: timedelta) -> timedelta:
    """`value`, as long as all mails behind the one can wait for it."""
    if value > LONGEST_LOOK_UP:
        raise mistake("the DNS may take 30s at most for a mail, since those behind it wait", "for example `3s`")
    return value


Colleague = Annotated[Text, AfterValidator(_colleague)]


def _imap_port(read: Mapping[str, Any]) -> int:
    return IMAP_PORTS[read.get("tls", Tls.IMPLICIT)]


def _submission_port(read: Mapping[str, Any]) -> int:
    return SUBMISSION_PORTS[read.get("tls", Tls.STARTTLS)]


class ImapSettings(Slice):
    """A mailbox that Hilo reads; `poll` is how often it looks where the server can't tell of new mail (IDLE).

    Without a `port` it is the usual one for its `tls` (RFC 8314 section 3).
    """

    host: Text
    tls: Tls = Tls.IMPLICIT
    port: Port = Field(default_factory=_imap_port)
    user: Text
    password: SecretField
    mailbox: Text = "INBOX"
    poll: Duration = timedelta(seconds=60)


class LmtpSettings(Slice):
    """Where a mail server delivers to Hilo; `sender_per_hour` is how many mails it takes of one sender."""

    listen: Listen = Endpoint("127.0.0.1", 8424)
    protocol: ListenerProtocol = ListenerProtocol.LMTP
    sender_per_hour: Annotated[int, Field(ge=1, le=1_000_000)] = 120


class SmtpSettings(Slice):
    """The server that answers leave by; without a `user` nobody signs in to it. The `port` is as for IMAP.

    `send_per_minute` is how many mails it takes from us; without it, as many as there are. Where `plus_addresses`
    reach us, each mail has an envelope sender of its own (`care+b.…@`) for what comes back, unless it is not to have a
    `bounce_address`.
    """

    host: Text
    tls: Tls = Tls.STARTTLS
    port: Port = Field(default_factory=_submission_port)
    user: Text | None = None
    password: SecretField | None = None
    send_per_minute: Annotated[int, Field(ge=1, le=100_000)] | None = None
    bounce_address: Switch = True

    @model_validator(mode="after")
    def _user_with_password(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise mistake("`user` and `password` go together", "give both, or neither")
        return self


class VerifySettings(Slice):
    """How it is told whether a mail is its sender's: `server` is how our own mail server names itself in its findings.

    `nameserver` is asked for keys instead of the system's, all of one mail's `within` that time.
    """

    server: Text | None = None
    nameserver: Listen | None = None
    within: Annotated[Duration, AfterValidator(_short)] = timedelta(seconds=3)


class EmailSettings(Slice):
    """One mailbox's channel: `address` is what customers write to, `max_size` the bytes of the largest mail taken.

    `plus_addresses` says that mail to `care+anything@…` reaches it too, so that answers may carry such an address;
    `colleagues` are addresses and domains whose forwarded mails are their first senders'.
    `automatic` is how many mails nobody wrote may leave.
    """

    address: MailAddress
    name: Text | None = None
    imap: ImapSettings | None = None
    lmtp: LmtpSettings | None = None
    smtp: SmtpSettings
    max_size: Annotated[Size, Field(le=2**30)] = 25_000_000
    plus_addresses: Switch = False
    colleagues: tuple[Colleague, ...] = ()
    verify: VerifySettings = VerifySettings()
    automatic: Limits = Limits()

    @model_validator(mode="after")
    def _way_in(self) -> Self:
        if self.imap is None and self.lmtp is None:
            raise mistake("no mail can come in: neither `imap` nor `lmtp` is given", "give `imap` to read a mailbox")
        return self
