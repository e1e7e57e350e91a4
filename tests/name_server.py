"""A name server on loopback that serves the keys of a test, and fails as the test says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from router.model.units import Endpoint


class Fault(StrEnum):
    """How the server fails."""

    SILENT = "silent"
    SERVFAIL = "servfail"
    OF_ANOTHER = "of another question"
    GARBAGE = "garbage"
    HUGE = "huge"


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """Answers for the `texts` under each name, or NXDOMAIN; `asked` are the names that it was asked for."""

    texts: dict[str, list[bytes]] = field(default_factory=dict)
    fault: Fault | None = None
    asked: list[str] = field(default_factory=list)
    transport: asyncio.DatagramTransport | None = None

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        assert self.transport is not None
        host, port = self.transport.get_extra_info("sockname")
        return Endpoint(host, port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        assert self.transport is not None
        if answer := self._answer(data):
            self.transport.sendto(answer, address)

    def _answer(self, data: bytes) -> bytes:
        query = dns.message.from_wire(data)
        name = query.question[0].name
        self.asked.append(name.to_text(omit_final_dot=True).lower())
        if self.fault is Fault.SILENT:
            return b""
        if self.fault is Fault.GARBAGE:
            return data[:2] + b"\xff" * 40
        response = dns.message.make_response(query)
        texts = self.texts.get(self.asked[-1], [])
        if self.fault is Fault.SERVFAIL or not texts:
            response.set_rcode(dns.rcode.SERVFAIL if self.fault else dns.rcode.NXDOMAIN)
            return response.to_wire()
        if self.fault is Fault.OF_ANOTHER:
            response.id ^= 1
        if self.fault is Fault.HUGE:
            # Cut, and whoever asks again by TCP finds nobody.
            response.flags |= dns.flags.TC
            return response.to_wire()
        response.answer.append(dns.rrset.from_text_list(name, 60, "IN", "TXT", [_quoted(text) for text in texts]))
        return response.to_wire()


@asynccontextmanager
async def running_name_server() -> AsyncIterator[NameServer]:
    """A name server on a free port."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        transport.close()


def _quoted(text: bytes) -> str:
    """The text as a zone's file has it: strings of at most 255 characters."""
    return " ".join(f'"{text[start : start + 200].decode()}"' for start in range(0, len(text), 200))
