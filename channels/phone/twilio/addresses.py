"""Where Twilio calls us back: each address names what it is about, and is signed with all that it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from channels.phone.server import ROOT
from router.model.ids import ConversationId, MessageId

HERE = "/twilio"
# Behind an address it says that a request that failed comes again, five times within 15 seconds: by itself Twilio tries
# once more, and only where it found nobody (its page "Webhooks: Connection Overrides"). It is not signed.
AGAIN = "#rc=5&rp=all"


@dataclass(frozen=True, slots=True)
class About:
    """The order that a request is about, and its conversation."""

    order: MessageId
    conversation: ConversationId

    @property
    def query(self) -> Mapping[str, str]:
        """How an address says it."""
        return {"o": self.order, "c": self.conversation}


class Addresses:
    """The addresses below the `public_url`."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    def of(self, name: str, query: Mapping[str, str], *, again: bool = True) -> str:
        """The address of `name`, with what it is about."""
        asked = f"?{urlencode(query)}" if query else ""
        return f"{self._public_url}{ROOT}{HERE}{name}{asked}{AGAIN if again else ''}"

    def called(self, path_and_query: str) -> str:
        """The address that was called, as Twilio knows it, whatever host and port the request names."""
        return f"{self._public_url}{path_and_query}"
