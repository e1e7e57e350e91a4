"""Who asks: OAuth 1.0a in the user's context (RFC 5849), as the company's account signs its requests."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from aiohttp import web
from oauthlib.common import Request
from oauthlib.oauth1.rfc5849 import signature

# tweepy signs for the real host; whoever talks to the sandbox changes scheme and host after that.
_HOSTS = ("https://api.twitter.com", "https://api.x.com")
_SKEW_SECONDS = 300
_NONCES = 20_000


@dataclass(frozen=True, slots=True)
class Keys:
    """The four keys of an app and the account that it acts for."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str
    access_token_secret: str = field(repr=False)


class Signatures:
    """Checks them, and remembers the nonces: X takes no request twice."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._nonces: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def is_from_company(self, request: web.Request) -> bool:
        """Whether `request` is signed by the company's account, now, and for the first time."""
        headers = {"Authorization": request.headers.get("Authorization", "")}
        body = await request.text() if request.content_type == "application/x-www-form-urlencoded" else ""
        try:
            parameters = signature.collect_parameters(
                request.rel_url.raw_query_string, body, headers, exclude_oauth_signature=False
            )
        except ValueError:
            return False
        given = dict(parameters)
        if not self._are_ours(given) or not any(self._is_signed(request, host, parameters) for host in _HOSTS):
            return False
        return self._is_new(given)

    def _are_ours(self, given: dict[str, str]) -> bool:
        wanted = {
            "oauth_consumer_key": self._keys.consumer_key,
            "oauth_token": self._keys.access_token,
            "oauth_signature_method": "HMAC-SHA1",
        }
        return all(given.get(name) == value for name, value in wanted.items())

    def _is_signed(self, request: web.Request, host: str, parameters: list[tuple[str, str]]) -> bool:
        signed = Request(host + request.rel_url.raw_path, request.method)
        signed.params = [(name, value) for name, value in parameters if name != "oauth_signature"]
        signed.signature = dict(parameters).get("oauth_signature", "")
        return bool(signature.verify_hmac_sha1(signed, self._keys.consumer_secret, self._keys.access_token_secret))

    def _is_new(self, given: dict[str, str]) -> bool:
        stamp, nonce = given.get("oauth_timestamp", ""), given.get("oauth_nonce", "")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > _SKEW_SECONDS or (stamp, nonce) in self._nonces:
            return False
        self._nonces[stamp, nonce] = None
        if len(self._nonces) > _NONCES:
            self._nonces.popitem(last=False)
        return True
