"""The Twitter channel: X's posts and direct messages in, by looking again and again; answers out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from msgspec.structs import replace

from channels.contract import Arrival
from channels.files import Files
from channels.services import Services
from channels.twitter.away import Away, pause_after
from channels.twitter.client import XClient
from channels.twitter.feeds import feeds_of
from channels.twitter.hints import hints_of
from channels.twitter.identity import Identity
from channels.twitter.ledger import Ledger
from channels.twitter.limits import Limits
from channels.twitter.memory import Memory
from channels.twitter.normalise import Account, Left
from channels.twitter.polling import Poller
from channels.twitter.sending import Sending
from channels.twitter.settings import CHANNEL, TwitterSettings
from channels.twitter.sweep import Item, gone
from channels.twitter.webhook import Webhook
from router.model.errors import HiloError, TemporaryError
from router.model.event import MessageArrived, MessageWithdrawn
from router.model.message import OutboundMessage, Receipt
from router.store.pace import SendLimit
from router.store.posted import Posted

log = structlog.get_logger()

# X waits no longer for the answer to an event.
SAFE_WITHIN = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class XArrival(Arrival):
    """An arrival that knows what of X's it is."""

    item: Item


class TwitterAdapter:
    """Keeps the contract of a channel for one account on X."""

    name = CHANNEL

    def __init__(self, settings: TwitterSettings, services: Services) -> None:
        self._settings = settings
        self._clock = services.clock
        connection = services.shelf.connection
        limits = Limits(connection, CHANNEL, settings.account, settings.budget, services.clock)
        self._client = XClient(settings, limits)
        self._identity = Identity(settings, self._client, services.shelf)
        files, ledger = Files(services.attachments), Ledger(Posted(connection, CHANNEL))
        self._sending = Sending(self._client, self._identity, files, ledger, services.clock)
        self._memory = Memory(services.shelf, CHANNEL, settings.account)
        self._away = Away()
        self._poller = Poller(settings.poll, self._memory, self._away, services.clock)
        self._account: Account | None = None
        self._webhook = Webhook(settings, settings.webhook, self._told) if settings.webhook else None

    async def start(self) -> None:
        """Listen for X's events, where that is set. Raises StartError if the port can't be had.

        X out of reach is no reason not to start: it is asked until it answers.
        """
        if self._webhook:
            await self._webhook.start()

    async def stop(self) -> None:
        """Close the port and all connections."""
        if self._webhook:
            await self._webhook.stop()
        await self._client.close()

    async def receive(self) -> AsyncIterator[Arrival]:
        """Yield what is new on X, oldest first, until cancelled.

        Raises TemporaryError if the store is away at the beginning, PermanentError if the keys are another account's.
        """
        account = self._account = await self._known_account()
        async for item in self._poller.items(feeds_of(self._client, self._settings, account, self._identity)):
            assert not isinstance(item.message, Left)
            if isinstance(item.message, MessageWithdrawn):
                yield XArrival(f"withdrawn-{item.id}", item.message, item)
                continue
            edited = await self._memory.settled(item.taken, map(int, item.versions))
            message = replace(item.message, edits=str(max(edited)) if edited else "")
            yield XArrival(message.key, MessageArrived(message), item)

    async def settle(self, arrival: Arrival) -> None:
        """Keep that it is safe; X itself is told nothing."""
        assert isinstance(arrival, XArrival)
        await self._poller.settle(arrival.item)

    async def refuse(self, arrival: Arrival, error: HiloError) -> None:
        """Hand it out again after a pause; after a PermanentError it is left on X, and the log says so."""
        assert isinstance(arrival, XArrival)
        await self._poller.refuse(arrival.item, error)

    @property
    def send_limit(self) -> SendLimit | None:
        """None: X's limits are known from its answers, and are kept call by call."""
        return None

    async def send(self, message: OutboundMessage) -> Receipt:
        """Post it in the customer's thread, or write it to them, in as many parts as it needs."""
        return await self._sending.send(message)

    async def find(self, message: OutboundMessage) -> Receipt | None:
        """What our own posts, or our direct messages to the customer, tell of it."""
        return await self._sending.find(message)

    @property
    def webhook(self) -> Webhook | None:
        """Where X delivers its events, if that is set."""
        return self._webhook

    async def _known_account(self) -> Account:
        failures = 0
        while True:
            try:
                account = await self._identity.account()
            except TemporaryError as error:
                failures += 1
                self._away.failed("account", error)
                await self._clock.sleep(pause_after(failures, error))
            else:
                self._away.answered("account")
                return account

    async def _told(self, body: bytes) -> bool:
        """A webhook's event: look at once. What no look tells, that a post is gone, is safe before X hears so."""
        hints = hints_of(body, self._account.id if self._account else "")
        self._poller.hint(hints.feeds)
        try:
            async with asyncio.timeout(SAFE_WITHIN):
                for post, author in hints.withdrawn:
                    await self._poller.withdraw(gone(post, author))
        except TimeoutError:
            return False
        return True
