"""Handing one mail to the server that answers leave by, and saying truly how far it came."""

import asyncio
import ssl
from collections.abc import Sequence

import aiosmtplib
import structlog

from channels.email.address import domain_of
from channels.email.charsets import one_line
from channels.email.headers import BARE_ADDRESS
from channels.email.settings import SmtpSettings, Tls
from router.model.errors import PermanentError, StartError, TemporaryError, UnknownOutcome

log = structlog.get_logger()

CONNECT_SECONDS = 30.0
# RFC 5321 section 4.2.2: the server closes, whatever it was asked.
SERVICE_CLOSES = 421
# RFC 5321 section 4.5.3.2.6 allows ten minutes for the answer to the mail itself.
DATA_SECONDS = 600.0


async def deliver(
    settings: SmtpSettings, senders: Sequence[str], recipient: str, mail: bytes, copies: Sequence[str] = ()
) -> list[str]:
    """Once the server has taken `mail` for `recipient`, which of `copies` it refused, each with its words.

    Bounces go to the first of `senders` that the server takes. What is refused for a copy does not keep the mail from
    its recipient: sent again for the copy's sake, they would have it twice.

    Raises TemporaryError if it surely did not leave, PermanentError, with the server's words, if it never will, and
    UnknownOutcome if the connection was lost once the mail had been handed over.
    """
    client = await _connected(settings, senders[-1])
    try:
        refused = await _addressed(client, senders, recipient, copies)
        await _handed_over(client, mail)
        await _farewell(client)
        return refused
    finally:
        client.close()


async def _connected(settings: SmtpSettings, sender: str) -> aiosmtplib.SMTP:
    """A connection that is signed in. Trouble with the server or the account is no fault of the mail's: temporary."""
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        username=settings.user,
        password=_password(settings),
        use_tls=settings.tls is Tls.IMPLICIT,
        start_tls=settings.tls is Tls.STARTTLS,
        tls_context=None if settings.tls is Tls.NONE else ssl.create_default_context(),
        # The name of this machine is nobody's business, and asking for it may wait for a name server.
        local_hostname=domain_of(sender),
        timeout=CONNECT_SECONDS,
    )
    try:
        await client.connect()
    except aiosmtplib.SMTPResponseException as error:
        raise TemporaryError(f"the mail server at {_place(settings)} refused us: {_words(error)}") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise TemporaryError(f"the mail server at {_place(settings)} can't be reached: {error}") from error
    return client


async def _addressed(
    client: aiosmtplib.SMTP, senders: Sequence[str], recipient: str, copies: Sequence[str]
) -> list[str]:
    try:
        is_plain = all(address.isascii() for address in (recipient, *copies))
        options, encoding = ([], "ascii") if is_plain else await _international(client)
        await _begun(client, senders, options, encoding)
        await _named(client, recipient, encoding)
        return [words for address in copies if (words := await _refused_copy(client, address, encoding))]
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(error) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise TemporaryError(f"the mail server broke off before it took the mail: {error}") from error


async def _begun(client: aiosmtplib.SMTP, senders: Sequence[str], options: list[str], encoding: str) -> None:
    """Say who sends. A server that lets us send in some names only is told the next one, before anything is refused."""
    *tried, last = dict.fromkeys(senders)
    for sender in tried:
        try:
            await client.mail(sender, options=options, encoding=encoding)
        except aiosmtplib.SMTPSenderRefused as error:
            if error.code < 500:
                raise
            hint = "bounces come to the address itself; channels.email.smtp.bounce_address: false ends this line"
            log.warning("bounce_address_refused", error=_words(error), hint=hint)
        else:
            return
    await client.mail(last, options=options, encoding=encoding)


async def _named(client: aiosmtplib.SMTP, recipient: str, encoding: str) -> None:
    """Say who it is for. What the server says to that is about this recipient: greylisting, a full mailbox."""
    try:
        await client.rcpt(recipient, encoding=encoding)
    except aiosmtplib.SMTPRecipientRefused as error:
        raise _refused(error, is_about_message=error.code != SERVICE_CLOSES) from error


async def _refused_copy(client: aiosmtplib.SMTP, address: str, encoding: str) -> str:
    """What the server says against a copy to `address`; empty if it takes it."""
    try:
        await client.rcpt(address, encoding=encoding)
    except aiosmtplib.SMTPRecipientRefused as error:
        if error.code == SERVICE_CLOSES:
            raise
        return f"{address}: {_words(error)}"
    return ""


async def _international(client: aiosmtplib.SMTP) -> tuple[list[str], str]:
    """How to say addresses beyond ASCII (RFC 6531). Raises PermanentError if the server takes none."""
    await client.ehlo()
    if not client.supports_extension("smtputf8"):
        raise PermanentError("our mail server takes no addresses with letters beyond ASCII before the @")
    return ["SMTPUTF8"], "utf-8"


async def _handed_over(client: aiosmtplib.SMTP, mail: bytes) -> None:
    try:
        await client.data(mail, timeout=DATA_SECONDS)
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(error) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise UnknownOutcome(f"the mail server broke off before it said whether it took the mail: {error}") from error
    except asyncio.CancelledError:
        log.warning("mail_interrupted", hint="the mail was being handed over; whether it left is not known")
        raise


async def _farewell(client: aiosmtplib.SMTP) -> None:
    """Say QUIT. The mail has been taken by now, whatever the answer."""
    try:
        await client.quit()
    except (aiosmtplib.SMTPException, OSError) as error:
        log.debug("mail_server_left_first", error=type(error).__name__)


def _refused(
    error: aiosmtplib.SMTPResponseException, *, is_about_message: bool = False
) -> TemporaryError | PermanentError:
    """What a refusal of this mail means (RFC 5321 section 4.2.1): 5yz is for good, 4yz for now."""
    words = f"the mail server refused the mail: {_words(error)}"
    if 500 <= error.code < 600:
        return PermanentError(words)
    return TemporaryError(words, is_about_message=is_about_message)


def _password(settings: SmtpSettings) -> str | None:
    """The password, read anew; where it has gone a person must act, and the mail waits for it."""
    try:
        return settings.password.reveal() if settings.password else None
    except StartError as error:
        raise TemporaryError(str(error)) from error


def _words(error: aiosmtplib.SMTPResponseException) -> str:
    """What the server said, without the addresses in it: it is logged too."""
    return f"{error.code} {BARE_ADDRESS.sub('(address)', one_line(error.message, 300))}"


def _place(settings: SmtpSettings) -> str:
    return f"{settings.host}:{settings.port}"
