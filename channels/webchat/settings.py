"""The web chat's slice of the configuration."""

import ipaddress
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from router.model.secret import SecretField
from router.model.units import Duration, Endpoint, Listen, Slice, WebAddress, Whole, mistake, web_address


def _origin(value: str) -> str:
    """`value` as browsers send it in `Origin` (RFC 6454 section 6.2): scheme, host and port, nothing behind."""
    if value == "*":
        raise mistake("`*` would let any page embed the chat", "name each: `https://www.example.org`")
    parts = urlsplit(web_address(value))
    if parts.path or parts.query or parts.fragment or parts.username:
        raise mistake("an origin ends behind the host and the port", f"for example `{parts.scheme}://{parts.hostname}`")
    return f"{parts.scheme}://{parts.netloc}".lower()


def _network(value: str) -> str:
    """`value` if it is an address or a network (`10.0.0.0/8`) of proxies."""
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise mistake(f"`{value[:60]}` is no address of a proxy", "`10.0.0.7` or `10.0.0.0/8`") from None


class IdentitySettings(Slice):
    """What the company's site signs its visitors with: one secret, or two while one is being replaced."""

    secret: SecretField
    former_secret: SecretField | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets, read anew."""
        return tuple(each.reveal() for each in (self.secret, self.former_secret) if each)


class WebchatSettings(Slice):
    """Where the chat is served and who may embed it.

    `origins` are the pages that may (without it Hilo's own and the sandbox's, filled in when all is assembled),
    `max_length` the characters of one message, `per_minute` the messages of one visitor, `answer_by_email_after` how
    long a visitor must be gone before the answer goes by mail too, `sockets_per_address` the pages that may be open
    from one network address, and `proxies` whose word (`X-Forwarded-For`) counts for what that address is; a proxy on
    this machine is believed always. With an `identity` the site may say who its visitors are.
    """

    listen: Listen = Endpoint("127.0.0.1", 8421)
    public_url: WebAddress | None = None
    origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()
    max_length: Annotated[Whole, Field(ge=1, le=100_000)] = 4000
    answer_by_email_after: Duration = timedelta(minutes=2)
    per_minute: Annotated[Whole, Field(ge=1, le=10_000)] = 30
    sockets_per_address: Annotated[Whole, Field(ge=1, le=100_000)] = 200
    proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    identity: IdentitySettings | None = None

    @property
    def url(self) -> str:
        """Where visitors reach the chat."""
        return self.public_url or f"http://{self.listen}"
