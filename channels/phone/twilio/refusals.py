"""Why Twilio does not do what it was asked, in a sentence that a person can act on.

The codes are those of Twilio's page "Error and warning dictionary".
"""

import json
from collections.abc import Mapping

from router.model.errors import HiloError, PermanentError, TemporaryError, UnknownOutcome

# What the account may not do is nothing of this call: it waits for a person who changes that.
KEYS = frozenset({20003, 20004, 20005, 20008, 20403})
TOO_MUCH = 20429
_SAID = {
    21201: "no phone was named to be rung",
    21202: "the agent's phone has a number that can't be rung from here",
    21203: "calls to the country of the agent's phone are not allowed: allow them in Twilio's console",
    21205: "Twilio can't call us back: is channels.phone.twilio.public_url right?",
    21210: "the number that customers see is not this account's: set channels.phone.twilio.number to one that is",
    21211: "the agent's phone is no number that can be rung: is `phone` of that user right?",
    21212: "the number that customers see is not valid: is channels.phone.twilio.number right?",
    21214: "the agent's phone can't be reached: is `phone` of that user right?",
    21215: "calls to the country of the agent's phone are not allowed: allow them in Twilio's console",
    21216: "Twilio makes no calls to the agent's phone",
    21217: "the agent's phone is no number that can be rung: is `phone` of that user right?",
    21219: "a trial account rings numbers only that are verified in Twilio's console",
}


def failure(status: int, headers: Mapping[str, str], body: bytes, *, is_write: bool) -> HiloError:
    """What an answer that is no success means for what was asked."""
    code, said = _told(body)
    words = f"Twilio answered {status}{f' ({code})' if code else ''}: {said or 'without a word'}"
    if status == 429 or code == TOO_MUCH:
        # Such requests are not processed, as the page on error 20429 says.
        return TemporaryError(words, _seconds(headers.get("Retry-After", "")) or 1.0)
    if status == 401 or code in KEYS:
        return TemporaryError(f"Twilio does not take our keys, or not for this: {words}")
    if status >= 500:
        if is_write:
            return UnknownOutcome(words)
        return TemporaryError(words, _seconds(headers.get("Retry-After", "")))
    return PermanentError(_SAID.get(code, words))


def _told(body: bytes) -> tuple[int, str]:
    """The code and the words of an error, as far as they are there."""
    try:
        found = json.loads(body)
    except ValueError:
        return 0, ""
    if not isinstance(found, dict):
        return 0, ""
    code, said = found.get("code"), found.get("message")
    return (code if isinstance(code, int) else 0), (said[:200] if isinstance(said, str) else "")


def _seconds(written: str) -> float | None:
    return min(float(written), 3600.0) if written.isascii() and written.isdigit() else None
