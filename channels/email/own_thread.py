"""A thread of one's own for calls that block, and a way to wake it while it waits on a socket."""

import asyncio
import select
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Wake:
    """`set` ends the `wait` that is under way in another thread, or else the next one."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def set(self) -> None:
        """End the wait. Any thread may call this, any number of times."""
        try:
            self._writer.send(b"!")
        except BlockingIOError:
            # So many have called that the next wait will end in any case.
            return

    def wait(self, seconds: float, other: socket.socket | None = None) -> None:
        """Return when `set` was called, when `other` has something to read, or after `seconds`."""
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        if other is not None:
            poll.register(other, select.POLLIN)
        poll.poll(seconds * 1000)
        try:
            while self._reader.recv(4096):
                pass
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give the sockets back."""
        self._reader.close()
        self._writer.close()


class OwnThread:
    """`with OwnThread() as thread:` makes one call at a time, in order; whoever leaves does not wait for it to end."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self.wake = Wake()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wake.set()
        self.later(self.wake.close)
        self._executor.shutdown(wait=False)

    async def call(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """What `function` returns. If the caller is cancelled, the call goes on: end it by other means."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: function(*arguments, **named))

    def later(self, function: Callable[[], Any]) -> None:
        """Have `function` called once the thread is free."""
        self._executor.submit(function)
