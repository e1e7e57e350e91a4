"""Whether a call that was ordered is still to be made: people decide on while an order is on its way."""

from router.model.call import CallStatus
from router.model.ids import ConversationId, MessageId
from router.store.records import Records

# Each step of it goes from one conversation into another that it became part of.
MOST_STEPS = 10


class Wanted:
    """Looks at the conversations that orders are of; raises redis' errors."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def may_begin(self, order: MessageId, conversation: ConversationId) -> bool:
        """Whether nobody has said, nor has to say, what became of the call: what is in doubt rings nobody by itself."""
        status = await self._status(order, conversation)
        return status is None or not status.is_over

    async def may_go_on(self, order: MessageId, conversation: ConversationId) -> bool:
        """Whether the customer may be rung, now that the agent is there: no call came instead, and it is not over."""
        status = await self._status(order, conversation)
        return status in (None, CallStatus.IN_DOUBT) or not status.is_over

    async def _status(self, order: MessageId, name: ConversationId) -> CallStatus | None:
        """How far the call has come as its conversation knows, failed where that has another; None if it has none."""
        for _ in range(MOST_STEPS):
            conversation = await self._records.conversation(name)
            if conversation is None:
                return None
            if conversation.joined is None:
                call = conversation.call
                if call is None:
                    return None
                return call.status if call.id == order else CallStatus.FAILED
            name = conversation.joined
        return None
