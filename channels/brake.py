"""A brake on what is sent by itself: nobody can make us write to many strangers, or to one of them often."""

from datetime import datetime, timedelta

from router.model.message import Handle, OutboundMessage
from router.store.tally import Tally, Window

AUTOMATIC_MAILS = 20
WITHIN = timedelta(minutes=1)
TO_A_MAILBOX = 1
MAILBOX_WITHIN = timedelta(hours=24)
TO_A_DOMAIN = 30
DOMAIN_WITHIN = timedelta(hours=1)
FULL_MAILBOX = "this mailbox got an automatic mail within the last day"
FULL_DOMAIN = "too many automatic mails to this domain within an hour"
FULL = "too many automatic mails at once"
HELD_BACK = frozenset({FULL_MAILBOX, FULL_DOMAIN, FULL})
"""Why a mail did not leave: no provider has failed, and nobody has to do anything."""


class Brake:
    """Lets automatic mails leave: one a day to a mailbox, 30 an hour to a domain, 20 a minute in all.

    Anybody can write a mail in another's name, and so let us write to that other; in a chat everybody hears only
    themselves. What people write, and chats, pass untouched. What is kept back is lost: hours later it would help
    nobody, and what people write must not wait for it. Only what leaves counts.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    async def refusal(self, message: OutboundMessage, now: datetime) -> str:
        """Why `message` may not leave at `now`; empty if it may, and then it counts, however often it is tried."""
        if not message.is_automatic or message.recipient.kind != "email":
            return ""
        mailbox, domain = _mailbox(message.recipient)
        to_mailbox = Window(f"mailbox {mailbox}", TO_A_MAILBOX, MAILBOX_WITHIN)
        to_domain = Window(f"domain {domain}", TO_A_DOMAIN, DOMAIN_WITHIN)
        reasons = {
            to_mailbox: FULL_MAILBOX,
            to_domain: FULL_DOMAIN,
            Window("all", AUTOMATIC_MAILS, WITHIN): FULL,
        }
        full = await self._tally.count(message.id, list(reasons), now)
        return reasons[full] if full else ""


def _mailbox(handle: Handle) -> tuple[str, str]:
    """The mailbox behind an address, and its domain: case, a `+tag` and dots before the `@` mostly lead to the same."""
    local, _, domain = handle.address.casefold().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}", domain
