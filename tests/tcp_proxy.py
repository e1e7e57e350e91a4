"""A line between a client and a server that a test can break: cut, silent, cut after so many bytes, or altered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Passes on what both sides say.

    `is_silent` swallows everything; `cut_after` breaks each line after that many bytes from the server;
    `altered` says what becomes of each piece from the server.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.connections = 0
        self.is_silent = False
        self.cut_after: int | None = None
        self.altered: Callable[[bytes], bytes] = bytes

    def cut(self) -> None:
        """Break all lines, without a word to either side."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until either side has left."""
        self.connections += 1
        ours = {writer}
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
            ours.add(back)
            self._writers |= ours
            await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer, is_answer=True))
        except OSError:
            # One of them left, or the test had the line cut: it is over for both.
            for each in ours:
                each.transport.abort()
        finally:
            self._writers -= ours

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_answer: bool = False
    ) -> None:
        passed = 0
        while data := await reader.read(65536):
            if self.is_silent:
                continue
            passed += len(data)
            writer.write(self.altered(data) if is_answer else data)
            with suppress(ConnectionError):
                await writer.drain()
            if is_answer and self.cut_after is not None and passed > self.cut_after:
                raise ConnectionResetError
        raise ConnectionResetError


@asynccontextmanager
async def running_proxy(port: int) -> AsyncIterator[Proxy]:
    """A proxy before the server at `port`."""
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.connected, "127.0.0.1", 0)
    proxy.port = int(server.sockets[0].getsockname()[1])
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
