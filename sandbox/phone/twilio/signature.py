"""X-Twilio-Signature (https://www.twilio.com/docs/usage/security#validating-requests)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping


def signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """HMAC-SHA1 with the auth token over the address in full and the form's fields, sorted, without anything between.

    `url` has its query and no fragment; a GET has its parameters in the query, and no fields.
    """
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
