"""A brake on what is sent by itself: nobody can make us write to many strangers."""

from collections import deque
from datetime import datetime, timedelta

from router.model.message import OutboundMessage

AUTOMATIC_MAILS = 20
WITHIN = timedelta(minutes=1)


class Brake:
    """Lets at most `AUTOMATIC_MAILS` leave `WITHIN` any minute; what people write, and chats, pass untouched.

    Anybody can write a mail in another's name, and so let us write to that other; in a chat everybody hears only
    themselves. What is kept back is lost: hours later it would help nobody, and what people write must not wait for it.
    """

    def __init__(self) -> None:
        self._sent: deque[datetime] = deque()

    def lets(self, message: OutboundMessage, now: datetime) -> bool:
        """Whether `message` may leave at `now`; if so, it counts."""
        if not message.is_automatic or message.recipient.kind != "email":
            return True
        while self._sent and now - self._sent[0] >= WITHIN:
            self._sent.popleft()
        if len(self._sent) >= AUTOMATIC_MAILS:
            return False
        self._sent.append(now)
        return True
