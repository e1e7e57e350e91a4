"""Whether Twilio signed a request: X-Twilio-Signature, over the address that we gave it.

The scheme (Twilio's page "Security", "Validating requests"): HMAC-SHA1 with the account's token, in base64, over the
whole address with its query, followed by each parameter of the form, by name, as name and value. A body that is no form
is named by its SHA-256 in the address (`bodySHA256`). The address is the one that is configured: what the request's
own headers say of it (`Host`, `X-Forwarded-*`) anybody can write.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

HEADER = "X-Twilio-Signature"
PORTS = {"https": 443, "http": 80}
_NAME = re.compile("[A-Za-z0-9_.-]{1,64}")

Pairs = Sequence[tuple[str, str]]


def signature_of(token: str, url: str, form: Pairs = ()) -> str:
    """The signature of a request to `url` with that `form`."""
    signed = url + "".join(name + value for name, value in sorted(form))
    digest = hmac.new(token.encode(), signed.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return base64.b64encode(digest.digest()).decode()


def is_signed(token: str, url: str, form: Pairs, given: str) -> bool:
    """Whether `given` is the signature of that form, posted to `url`.

    A parameter that stands there twice is refused: no webhook for calls has such, and names and values are signed
    without anything between them, so that what looks like one parameter may have been two.
    """
    names = [name for name, _ in form]
    if len(set(names)) != len(names) or not all(map(_NAME.fullmatch, names)):
        return False
    return _is_any_of(token, url, form, given)


def is_body_signed(token: str, url: str, body: bytes, given: str) -> bool:
    """Whether `given` is the signature of a request to `url` with a `body` that is no form."""
    named = [value for name, value in parse_qsl(urlsplit(url).query) if name == "bodySHA256"]
    if len(named) != 1:
        return False
    is_named = hmac.compare_digest(named[0].lower().encode(), hashlib.sha256(body).hexdigest().encode())
    return is_named and _is_any_of(token, url, (), given)


def _is_any_of(token: str, url: str, form: Pairs, given: str) -> bool:
    signatures = [signature_of(token, each, form) for each in _written(url)]
    matches = [hmac.compare_digest(each.encode(), given.encode("utf-8", "replace")) for each in signatures]
    return any(matches)


def _written(url: str) -> Iterator[str]:
    """`url` as Twilio may have written it: it leaves ports out for https, and has put in the usual ones."""
    parts = urlsplit(url)
    yield url
    host = parts.netloc.removesuffix(f":{parts.port}") if parts.port else parts.netloc
    other = host if parts.port else f"{host}:{PORTS.get(parts.scheme, 443)}"
    if parts.scheme == "https" or parts.port in (None, PORTS.get(parts.scheme)):
        yield parts._replace(netloc=other).geturl()
