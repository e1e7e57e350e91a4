"""The way back of what a mail server says: from a delivery report to the reply of ours that it is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from channels.email.address import mail_handle
from channels.email.bounces import Action, Report
from channels.email.headers import BARE_ADDRESS
from channels.email.message_ids import MessageIds
from channels.email.tokens import Purpose
from router.model.ids import ConversationId, MessageId
from router.model.message import DeliveryState, Handle, OutboundMessage, Receipt

STATES = {
    Action.FAILED: DeliveryState.FAILED,
    Action.DELIVERED: DeliveryState.DELIVERED,
}
"""What a report makes of a reply. All else leaves it as it is: sent, and under way somewhere."""


@dataclass(frozen=True, slots=True)
class Bounced:
    """What a report says of one reply of ours; `unreachable` is who will never get a mail, where that is proved."""

    receipt: Receipt
    unreachable: Handle | None = None


class Bounces:
    """Makes the addresses that reports go to, and knows the replies that they are about, for one account."""

    def __init__(self, address: str, ids: MessageIds) -> None:
        self._address = address
        self._ids = ids

    def address(self, message: OutboundMessage) -> str:
        """Where reports about `message` go: our address with a token; without, where the token would not fit."""
        names = message.id, message.conversation
        return self._ids.tokens.address(self._address, Purpose.BOUNCE, message.recipient, *names)

    def told(self, report: Report, at: datetime, handed_to: Iterable[str] = ()) -> Bounced | None:
        """What `report`, which came for the addresses `handed_to`, says of a reply of ours; None if it proves none.

        Its address tells which, or the Message-ID of the mail that came back. Both are signed: who was
        never written to can't report any reply as failed.
        """
        recipients = [handle for each in report.recipients if (handle := mail_handle(each))]
        by_id = self._ids.sent_as(report.identifiers, recipients)
        found = self._by_address((*handed_to, *report.addressed_to)) or (by_id and by_id[:2])
        if not found:
            return None
        message, conversation = found
        state = DeliveryState.SENT if report.copied else STATES.get(report.action, DeliveryState.SENT)
        receipt = Receipt(message, conversation, state, at, reason=_reason(report))
        if report.copied:
            return Bounced(receipt)
        is_known = by_id is not None and by_id[0] == message
        return Bounced(receipt, by_id[2] if by_id and is_known and report.is_permanent else None)

    def _by_address(self, addresses: Iterable[str]) -> tuple[MessageId, ConversationId] | None:
        for address in addresses:
            token = self._ids.tokens.in_address(Purpose.BOUNCE, address, self._address)
            if token and len(token.identifiers) == 2:
                message, conversation = token.identifiers
                return MessageId(message), ConversationId(conversation)
        return None


def _reason(report: Report) -> str:
    """The server's words with the status, and without the addresses in them: a copy may have gone on to others."""
    words = BARE_ADDRESS.sub("(address)", report.words)
    said = words if not report.status or report.status in words else f"{report.status} {words}".strip()
    if report.copied:
        return f"{', '.join(report.copied)}: {said}"
    return said if report.action in (Action.FAILED, Action.DELIVERED) else f"{report.action}: {said}"
