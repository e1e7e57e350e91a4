"""Who a visitor is, in the company's own word: a signed token that its site puts on the page of who is signed in there.

It is a JSON Web Token (RFC 7519) under HS256 with a secret that the site and Hilo share. Its bearer may be anybody who
saw the page, so it is good for an hour at most, and for the one visitor who brought it first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from msgspec.structs import replace

from channels.webchat.normalise import Unusable, clean
from router.model.message import SITE, Handle, InboundMessage, Proof
from router.model.units import MAIL_ADDRESS
from router.store import keys

ALGORITHM = "HS256"
AUDIENCE = "hilo"
LONGEST_LIFE = timedelta(hours=1)
# The site's clock and ours.
LEEWAY_SECONDS = 60
LONGEST_TOKEN = 4096
LONGEST_SUBJECT = 200
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Signed:
    """Who the site says that a visitor is: its own id of them, what else it knows, and the `token` that says so.

    `token` is a digest. `expires_at` is when its first bringer must have come.
    """

    subject: str
    token: str
    expires_at: datetime
    email: str = ""
    name: str = ""

    @property
    def handles(self) -> tuple[Handle, ...]:
        """What is theirs by the site's word, its own id first."""
        mail = (Handle("email", self.email),) if self.email else ()
        return Handle(SITE, self.subject), *mail


def signed(token: str, secrets: tuple[str, ...], now: datetime) -> Signed:
    """Who `token` is about, by whichever of `secrets` signed it (two, while one is being replaced).

    Raises Unusable `bad_identity`, saying to the site's developers what to mend. A token that was good once and whose
    time is over is told by `expires_at` alone: its bringer may go on with it.
    """
    if len(token) > LONGEST_TOKEN:
        raise _bad(f"the token has more than {LONGEST_TOKEN} characters: put less into it")
    claims = _claims(token, secrets)
    subject, expires = claims.get("sub"), claims.get("exp")
    if claims.get("aud") != AUDIENCE:
        raise _bad(f'`aud` is not "{AUDIENCE}": a token that was made for another service says nothing here')
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not _is_plain(subject):
        raise _bad(
            f"`sub` is your own id of the customer, a text of 1 to {LONGEST_SUBJECT} characters that can be seen"
        )
    if not isinstance(expires, int | float) or isinstance(expires, bool):
        raise _bad("`exp` is not there: the token has to end, within an hour")
    issued = claims.get("iat", now.timestamp())
    life = LONGEST_LIFE.total_seconds() + LEEWAY_SECONDS
    if not isinstance(issued, int | float) or expires - issued > life or expires - now.timestamp() > life:
        raise _bad("the token lives for more than an hour: make a new one with each page")
    return Signed(
        subject,
        keys.digest("identity", token),
        datetime.fromtimestamp(expires, tz=now.tzinfo),
        _email(claims.get("email")),
        " ".join(clean(str(claims.get("name") or "")).split())[:LONGEST_NAME],
    )


def is_over(known: Signed, now: datetime) -> bool:
    """Whether nobody may come with it for the first time any more."""
    return (now - known.expires_at).total_seconds() > LEEWAY_SECONDS


def as_signed(message: InboundMessage, known: Signed) -> InboundMessage:
    """`message` as written by who the site says that its sender is."""
    return replace(message, proof=Proof.SIGNED, proved=known.handles, author=known.name or message.author)


def _claims(token: str, secrets: tuple[str, ...]) -> dict[str, object]:
    for secret in secrets:
        try:
            return dict(jwt.decode(token, OctKey.import_key(secret), algorithms=[ALGORITHM]).claims)
        except (JoseError, ValueError):
            # Another secret may fit; what none fits is told below, without the library's own words about the token.
            continue
    raise _bad(f"no secret of ours signed it under {ALGORITHM}: sign it with the one in channels.webchat.identity")


def _is_plain(subject: str) -> bool:
    """Whether it is taken as it stands: without what can't be seen, two of the site's ids would be one here."""
    return subject.isprintable() and clean(subject).strip() == subject


def _email(value: object) -> str:
    if value in (None, ""):
        return ""
    local, _, domain = str(value).strip().rpartition("@")
    address = f"{local}@{domain.lower()}"
    if not MAIL_ADDRESS.fullmatch(address):
        raise _bad("`email` is no mail address: leave it out where there is none")
    return address


def _bad(detail: str) -> Unusable:
    return Unusable("bad_identity", detail)
