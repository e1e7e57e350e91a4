"""A brake on what is sent by itself: nobody can make us write to many strangers, or to one of them often."""

from collections import Counter, deque
from datetime import datetime, timedelta

from router.model.message import Handle, OutboundMessage

AUTOMATIC_MAILS = 20
WITHIN = timedelta(minutes=1)
TO_A_MAILBOX = 1
MAILBOX_WITHIN = timedelta(hours=24)
TO_A_DOMAIN = 30
DOMAIN_WITHIN = timedelta(hours=1)


class Brake:
    """Lets automatic mails leave: one a day to a mailbox, 30 an hour to a domain, 20 a minute in all.

    Anybody can write a mail in another's name, and so let us write to that other; in a chat everybody hears only
    themselves. What people write, and chats, pass untouched. What is kept back is lost: hours later it would help
    nobody, and what people write must not wait for it. Only what leaves counts, so the limit of the minute bounds what
    is remembered: 28,800 mails. A new process begins with nothing.
    """

    def __init__(self) -> None:
        self._messages = _Window(1, MAILBOX_WITHIN)
        self._mailboxes = _Window(TO_A_MAILBOX, MAILBOX_WITHIN)
        self._domains = _Window(TO_A_DOMAIN, DOMAIN_WITHIN)
        self._all = _Window(AUTOMATIC_MAILS, WITHIN)

    def refusal(self, message: OutboundMessage, now: datetime) -> str:
        """Why `message` may not leave at `now`; empty if it may, and then it counts, however often it is tried."""
        if not message.is_automatic or message.recipient.kind != "email":
            return ""
        mailbox, domain = _mailbox(message.recipient)
        if self._messages.is_full(message.id, now):
            return ""
        if self._mailboxes.is_full(mailbox, now):
            return "this mailbox got an automatic mail within the last day"
        if self._domains.is_full(domain, now):
            return "too many automatic mails to this domain within an hour"
        if self._all.is_full("", now):
            return "too many automatic mails at once"
        counted = (self._messages, message.id), (self._mailboxes, mailbox), (self._domains, domain), (self._all, "")
        for window, name in counted:
            window.count(name, now)
        return ""


class _Window:
    """Counts what happened under each name within a time; the names of before are forgotten."""

    def __init__(self, most: int, within: timedelta) -> None:
        self._most = most
        self._within = within
        self._counted: deque[tuple[datetime, str]] = deque()
        self._times: Counter[str] = Counter()

    def is_full(self, name: str, now: datetime) -> bool:
        """Whether it happened under `name` as often as it may."""
        while self._counted and now - self._counted[0][0] >= self._within:
            _, forgotten = self._counted.popleft()
            self._times[forgotten] -= 1
            if not self._times[forgotten]:
                del self._times[forgotten]
        return self._times[name] >= self._most

    def count(self, name: str, now: datetime) -> None:
        """It happened under `name`."""
        self._counted.append((now, name))
        self._times[name] += 1


def _mailbox(handle: Handle) -> tuple[str, str]:
    """The mailbox behind an address, and its domain: case, a `+tag` and dots before the `@` mostly lead to the same."""
    local, _, domain = handle.address.casefold().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}", domain
