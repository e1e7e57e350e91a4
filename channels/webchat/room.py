"""Who is here: the pages of each visitor on this process' sockets."""

from collections.abc import Iterator

from channels.webchat.client import Client
from channels.webchat.frames import ToPage


class Room:
    """All visitors' pages."""

    def __init__(self) -> None:
        self._clients: dict[str, set[Client]] = {}

    def join(self, client: Client) -> None:
        """`client` is here."""
        self._clients.setdefault(client.visitor, set()).add(client)

    def leave(self, client: Client) -> bool:
        """`client` is gone; whether it was its visitor's last page."""
        clients = self._clients.get(client.visitor, set())
        clients.discard(client)
        if clients:
            return False
        self._clients.pop(client.visitor, None)
        return True

    def tell(self, visitor: str, frame: ToPage) -> None:
        """Send `frame` to all pages of `visitor`."""
        for client in self._clients.get(visitor, ()):
            client.tell(frame)

    def nudge(self, visitor: str) -> None:
        """The transcript of `visitor` has grown."""
        for client in self._clients.get(visitor, ()):
            client.nudge()

    def clients_of(self, visitor: str) -> list[Client]:
        """The pages of `visitor`."""
        return list(self._clients.get(visitor, ()))

    def visitors(self) -> list[str]:
        """All visitors who are here."""
        return list(self._clients)

    def __iter__(self) -> Iterator[Client]:
        return iter([client for clients in self._clients.values() for client in clients])

    def __len__(self) -> int:
        return sum(len(clients) for clients in self._clients.values())
