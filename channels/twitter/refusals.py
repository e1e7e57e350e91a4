"""Why X does not take a reply, in a sentence that an agent can act on; what X itself says is in the log."""

from channels.twitter.answer import Refused
from router.model.errors import PermanentError, TemporaryError
from router.model.message import TAKES_NO_DIRECT_MESSAGES

GONE = "the post that this answers is deleted, or hidden from us"
NO_DIRECT_MESSAGES = TAKES_NO_DIRECT_MESSAGES
NOT_ALLOWED = "X does not let us answer this post: its author has limited who may"
TOO_LONG = "X counts this text as too long: shorten it"
SAID_ALREADY = "X takes the same words only once within hours: say it in other words"
NOWHERE = "there is no post to answer: the customer has to write to us first"

_SAID = (
    ("deleted or not visible", GONE),
    ("too long", TOO_LONG),
    ("dm one or more participants", NO_DIRECT_MESSAGES),
    ("send messages to this user", NO_DIRECT_MESSAGES),
    ("not following you", NO_DIRECT_MESSAGES),
    ("who can reply", NOT_ALLOWED),
    ("reply to this conversation", NOT_ALLOWED),
    ("has not mentioned", NOT_ALLOWED),
    ("not been mentioned", NOT_ALLOWED),
)
# What the keys or the plan may not do is nothing of this reply: it waits for a person who changes that.
_OURS = frozenset({"oauth1-permissions", "client-forbidden", "unsupported-authentication", "usage-capped"})


def is_repetition(error: Refused) -> bool:
    """Whether X says that the account has posted the same before: it may be this very reply."""
    return "duplicate" in str(error).lower()


def failure(error: Refused) -> PermanentError | TemporaryError:
    """What becomes of a reply that X refuses: it waits if the account is what is wrong, else it comes back."""
    if error.problem in _OURS:
        return TemporaryError(str(error))
    said = str(error).lower()
    sentence = next((sentence for words, sentence in _SAID if words in said), str(error))
    return PermanentError(sentence)


def partly(error: PermanentError, posted: int, count: int) -> PermanentError:
    """`error` of a reply of which the first parts have left: whoever writes again must know that."""
    return PermanentError(f"{posted} of {count} parts have left, the rest has not: {error}") if posted else error
