"""Whose keys they are: X's id of the account, asked once for each new key."""

import hashlib

import structlog

from channels.twitter.client import XClient
from channels.twitter.normalise import Account
from channels.twitter.reading import identifier, line, part
from channels.twitter.settings import TwitterSettings
from router.model.errors import PermanentError, StartError, TemporaryError
from router.store.shelf import Shelf

log = structlog.get_logger()


class OthersKeys(PermanentError):
    """The keys are another account's: nothing is read or written with them."""


class Identity:
    """The account of the configuration, as X knows it."""

    def __init__(self, settings: TwitterSettings, client: XClient, shelf: Shelf) -> None:
        self._settings = settings
        self._client = client
        self._shelf = shelf
        self._known: tuple[str, Account] | None = None

    async def account(self) -> Account:
        """The account. Raises TemporaryError where X can't be asked, OthersKeys if the keys are another's."""
        digest = self._digest()
        if self._known is None or self._known[0] != digest:
            kept = (await self._shelf.get(self._name) or "").split()
            if len(kept) != 2 or kept[0] != digest:
                kept = [digest, await self._asked()]
                await self._shelf.put(self._name, " ".join(kept))
            self._known = digest, Account(kept[1], self._settings.account)
        return self._known[1]

    async def _asked(self) -> str:
        answer = await self._client.api.get_me()
        known, name = identifier(part(answer, "data"), "id"), line(part(answer, "data"), "username")
        if not known:
            raise TemporaryError("X did not say whose keys these are")
        if name.lower() != self._settings.account.lower():
            raise OthersKeys(
                f"the keys are those of @{name}, not of @{self._settings.account}: "
                "give the keys of the account that `channels.twitter.account` names"
            )
        return known

    def _digest(self) -> str:
        try:
            token = self._settings.access_token.reveal()
        except StartError as error:
            raise TemporaryError(str(error)) from error
        return hashlib.sha256(token.encode()).hexdigest()[:16]

    @property
    def _name(self) -> str:
        return f"x:{self._settings.account.lower()}:id"
