"""Our own Message-IDs: stable for a message, and signed, so that who answers one proves to take part."""

import hashlib
import hmac
import re
from collections.abc import Iterable

from channels.email.address import domain_of, mail_handle
from channels.email.tokens import Tokens
from router.model.ids import ConversationId, MessageId
from router.model.message import Handle, OutboundMessage, folded

OURS = re.compile(
    r"<(o-\d\d-[0-9a-z]{1,40})\.(c-\d\d-[0-9a-z]{1,40})\.([0-9a-f]{32})@([^<>\s@]{1,253})>", re.IGNORECASE
)


# 40 of the 128 bits: whoever wanted another address with the same ones would have to send us 10^12 mails.
HOLDER_LENGTH = 10


class MessageIds:
    """Makes and knows the Message-IDs of the mails that leave from `address`; `secret` is the installation's own.

    `tokens` are what its addresses carry.
    """

    def __init__(self, secret: bytes, address: str) -> None:
        self._secret = secret
        self._domain = domain_of(address)
        self.tokens = Tokens(secret)

    def of(self, message: OutboundMessage) -> str:
        """The Message-ID of `message`: the same at every attempt (`<o-07-x.c-07-y.SIGNATURE@domain>`)."""
        signature = self._signature(message.conversation, message.recipient)
        return f"<{message.id}.{message.conversation}.{signature}@{self._domain}>"

    def conversation_of(self, identifiers: Iterable[str], sender: Handle) -> ConversationId | None:
        """The conversation that the latest of `identifiers` belongs to that we wrote to this very `sender`, or None.

        Only who got our mail knows its signature: a guessed id, or one that somebody else was sent, opens nothing.
        """
        proved = None
        for identifier in identifiers:
            found = self._ours(identifier)
            if found is None:
                continue
            conversation = ConversationId(found[2].lower())
            if hmac.compare_digest(found[3].lower(), self._signature(conversation, sender)):
                proved = conversation
        return proved

    def named_in(self, identifiers: Iterable[str]) -> ConversationId | None:
        """The conversation of the latest of `identifiers` that is ours, whomever we gave it to, or None."""
        named = None
        for identifier in identifiers:
            found = self._ours(identifier)
            if found is None:
                continue
            conversation, holder = ConversationId(found[2].lower()), found[3][:HOLDER_LENGTH].lower()
            if hmac.compare_digest(found[3].lower(), self._signed(conversation, holder)):
                named = conversation
        return named

    def sent_as(
        self, identifiers: Iterable[str], recipients: Iterable[Handle]
    ) -> tuple[MessageId, ConversationId, Handle] | None:
        """The first of `identifiers` that is ours for one of `recipients`: message, conversation, and who that is.

        The signature is over conversation and recipient: who was never written to can't name any reply of ours.
        """
        known = list(recipients)
        for identifier in identifiers:
            found = self._ours(identifier)
            if found is None:
                continue
            conversation = ConversationId(found[2].lower())
            for recipient in known:
                if hmac.compare_digest(found[3].lower(), self._signature(conversation, recipient)):
                    return MessageId(found[1].lower()), conversation, recipient
        return None

    def looks_ours(self, identifiers: Iterable[str]) -> bool:
        """Whether one of `identifiers` has the form of ours; anybody can write one that has."""
        return any(self._ours(identifier) for identifier in identifiers)

    def boundary(self, identifier: str) -> str:
        """What parts the mail of that Message-ID, the same at every attempt; no text can hold it but by chance."""
        return f"=_{self._digest('boundary', identifier)}"

    def _ours(self, identifier: str) -> re.Match[str] | None:
        found = OURS.fullmatch(identifier)
        return found if found and found[4].lower() == self._domain else None

    def _signature(self, conversation: ConversationId, recipient: Handle) -> str:
        # However the address is written, it is the same person's.
        address = folded((mail_handle(recipient.address) or recipient).address)
        return self._signed(conversation, self._digest("holder", conversation, recipient.kind, address))

    def _signed(self, conversation: ConversationId, holder: str) -> str:
        """Whom it was given to, in few digits, and behind them what makes it ours: so that both can be told apart."""
        told = holder[:HOLDER_LENGTH]
        return told + self._digest("message-id", conversation, told)[HOLDER_LENGTH:]

    def _digest(self, *parts: str) -> str:
        """32 hexadecimal digits; each part carries its length, so that no two lists of parts look the same."""
        text = "".join(f"{len(part)}:{part}" for part in ("email", *parts))
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:32]
