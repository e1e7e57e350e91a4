"""The IMAP server: pymap's, on the mailboxes of the post office."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NoReturn, cast

from proxyprotocol.sock import SocketInfo
from pymap.backend.dict.mailbox import Message
from pymap.backend.session import BaseSession
from pymap.config import BackendCapability, IMAPConfig
from pymap.exceptions import AuthorizationFailure, InvalidAuth, NotAllowedError, TemporaryFailure
from pymap.imap import IMAPServer
from pymap.interfaces.login import IdentityInterface, LoginInterface
from pymap.token import AllTokens
from pymap.user import UserMetadata
from pysasl.creds.server import ServerCredentials
from pysasl.hashing import Cleartext
from pysasl.identity import ClearIdentity

from sandbox.faults import Faults
from sandbox.mailboxes import Mailboxes
from sandbox.post_office import PostOffice
from sandbox.settings import Settings


class ImapServer:
    """Serves every address' mailboxes to whoever has the sandbox's password."""

    def __init__(self, settings: Settings, office: PostOffice, faults: Faults) -> None:
        config = _Config(settings)
        config.apply_context()
        self._settings = settings
        self._serve = IMAPServer(_Login(config, settings.password, office, faults), config)
        self._connections: set[StreamWriter] = set()

    async def start(self) -> asyncio.Server:
        """The running server. Raises OSError if the port is taken."""
        return await asyncio.start_server(self._connected, self._settings.host, self._settings.imap_port)

    def drop_connections(self) -> None:
        """Cut all connections at once, as a server that crashes (the clients see a reset)."""
        for writer in list(self._connections):
            writer.transport.abort()

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._connections.add(writer)
        try:
            await self._serve(reader, cast(StreamWriter, _WholeAnswers(writer)), SocketInfo.get(writer, None))
        finally:
            self._connections.discard(writer)
            writer.close()


class _WholeAnswers:
    """A writer that holds back what it is given until `drain`.

    pymap writes an answer in pieces, each of which would leave in a packet of its own. Real servers send whole lines,
    and IMAPClient takes half a line within IDLE for a broken connection.
    """

    def __init__(self, writer: StreamWriter) -> None:
        self._writer = writer
        self._held = bytearray()

    def write(self, data: bytes) -> None:
        self._held += data

    async def drain(self) -> None:
        self._writer.write(bytes(self._held))
        self._held.clear()
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()


class _Config(IMAPConfig):
    """pymap's settings: no TLS, as loopback needs none, and the size limit of SMTP."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=settings.host,
            port=settings.imap_port,
            tls_enabled=False,
            hash_context=Cleartext(),
            max_append_len=settings.max_mail_bytes,
        )

    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=True, object_id=True, multi_append=True)

    @property
    def greeting(self) -> bytes:
        return b"Hilo sandbox is ready"


class _Session(BaseSession[Message]):
    """One signed-in connection."""

    def __init__(self, owner: str, config: _Config, mailboxes: Mailboxes) -> None:
        super().__init__(owner)
        self._config = config
        self._mailboxes = mailboxes

    @property
    def config(self) -> IMAPConfig:
        return self._config

    @property
    def mailbox_set(self) -> Mailboxes:
        return self._mailboxes


class _Login(LoginInterface):
    """Any name may sign in with the sandbox's password."""

    def __init__(self, config: _Config, password: str, office: PostOffice, faults: Faults) -> None:
        self._config = config
        self._password = password
        self._office = office
        self._faults = faults

    @property
    def tokens(self) -> AllTokens:
        return AllTokens(self._config)

    async def authenticate(self, credentials: ServerCredentials) -> IdentityInterface:
        if self._faults.refuse_logins:
            self._faults.refuse_logins -= 1
            raise TemporaryFailure("The sandbox refuses this for now, as asked.")
        if not credentials.authcid or not credentials.verify(ClearIdentity(credentials.authcid, self._password)):
            raise InvalidAuth()
        return _Identity(credentials.authcid, self._config, self._office)

    async def authorize(self, authenticated: IdentityInterface, authzid: str) -> IdentityInterface:
        if authenticated.name != authzid:
            raise AuthorizationFailure()
        return authenticated


class _Identity(IdentityInterface):
    """Who has signed in. Accounts are not managed over IMAP, so all else is refused."""

    def __init__(self, name: str, config: _Config, office: PostOffice) -> None:
        self._name = name
        self._config = config
        self._office = office

    @property
    def name(self) -> str:
        return self._name

    @property
    def roles(self) -> frozenset[str]:
        return frozenset()

    @asynccontextmanager
    async def new_session(self) -> AsyncIterator[_Session]:
        yield _Session(self._name, self._config, await self._office.mailboxes(self._name))

    async def new_token(self, *, expiration: datetime | None = None) -> None:
        return None

    async def get(self) -> UserMetadata:
        return UserMetadata(self._config, self._name)

    async def set(self, metadata: UserMetadata) -> NoReturn:
        raise NotAllowedError("The sandbox's accounts can't be changed.")

    async def delete(self) -> NoReturn:
        raise NotAllowedError("The sandbox's accounts can't be changed.")
