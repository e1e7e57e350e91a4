"""Waking a thread that waits on a socket."""

import select
import socket


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
