"""A brake on what is sent by itself: nobody can make us write to many strangers, or to one of them often."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from router.model.message import Handle, OutboundMessage
from router.model.units import Slice
from router.store import keys
from router.store.shelf import Shelf
from router.store.tally import Tally, Window

WITHIN = timedelta(minutes=1)
MAILBOX_WITHIN = timedelta(hours=24)
DOMAIN_WITHIN = timedelta(hours=1)
# A mailbox may be made again, or emptied.
UNREACHABLE_FOR = timedelta(days=30)
FULL_MAILBOX = "this mailbox got an automatic mail within the last day"
FULL_DOMAIN = "too many automatic mails to this domain within an hour"
FULL = "too many automatic mails at once"
GONE = "an earlier mail to this address came back as undeliverable"
HELD_BACK = frozenset({FULL_MAILBOX, FULL_DOMAIN, FULL, GONE})
"""Why a mail did not leave: no provider has failed, and nobody has to do anything."""


class Limits(Slice):
    """How many mails that nobody wrote may leave: a day to one mailbox, an hour to one domain, a minute in all.

    The first is small in any case: two machines that write to each other stop after as many turns.
    """

    mailbox_per_day: Annotated[int, Field(ge=1, le=10)] = 1
    domain_per_hour: Annotated[int, Field(ge=1, le=10_000)] = 30
    per_minute: Annotated[int, Field(ge=1, le=10_000)] = 20


class Unreachable:
    """The mailboxes from which a mail came back for good, for a month."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def note(self, handle: Handle) -> None:
        """No mail reaches `handle`."""
        await self._shelf.put(_gone(handle), "1", UNREACHABLE_FOR)

    async def has(self, handle: Handle) -> bool:
        """Whether a mail to `handle` came back lately."""
        return await self._shelf.get(_gone(handle)) is not None


class Brake:
    """Lets automatic mails leave, as many as `limits` say, and none to where a mail came back from for good.

    Anybody can write a mail in another's name, and so let us write to that other; in a chat everybody hears only
    themselves. What people write, and chats, pass untouched. What is kept back is lost: hours later it would help
    nobody, and what people write must not wait for it. Only what leaves counts.
    """

    def __init__(self, tally: Tally, unreachable: Unreachable, limits: Limits | None = None) -> None:
        """Without `limits` they are the usual ones."""
        self._tally = tally
        self._unreachable = unreachable
        self._limits = limits or Limits()

    async def refusal(self, message: OutboundMessage, now: datetime) -> str:
        """Why `message` may not leave at `now`; empty if it may, and then it counts, however often it is tried."""
        if not message.is_automatic or message.recipient.kind != "email":
            return ""
        if await self._unreachable.has(message.recipient):
            return GONE
        mailbox, domain = _mailbox(message.recipient)
        limits = self._limits
        reasons = {
            Window(f"mailbox {mailbox}", limits.mailbox_per_day, MAILBOX_WITHIN): FULL_MAILBOX,
            Window(f"domain {domain}", limits.domain_per_hour, DOMAIN_WITHIN): FULL_DOMAIN,
            Window("all", limits.per_minute, WITHIN): FULL,
        }
        full = await self._tally.count(message.id, list(reasons), now)
        return reasons[full] if full else ""


def _gone(handle: Handle) -> str:
    """Where it stands that no mail reaches `handle`: that very address, since a tag may lead to another mailbox."""
    return f"unreachable:{keys.digest(handle.address.casefold())}"


def _mailbox(handle: Handle) -> tuple[str, str]:
    """The mailbox behind an address, and its domain: case, a `+tag` and dots before the `@` mostly lead to the same."""
    local, _, domain = handle.address.casefold().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}", domain
