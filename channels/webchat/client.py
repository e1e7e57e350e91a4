"""One page of a visitor's on its socket: what goes out to it passes one writer, which alone waits for slow readers."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import structlog
from aiohttp import web
from redis.exceptions import RedisError

from channels.buckets import Bucket
from channels.webchat import lines
from channels.webchat.frames import Hello, Lines, ShownLine, ToPage, written
from channels.webchat.signed import Signed
from router.model.ids import ConversationId, MessageId
from router.store.transcript import Transcripts, is_position

log = structlog.get_logger()

SEND_SECONDS = 5.0
# A page that hears nothing for ten seconds takes its line for dead.
STORE_SECONDS = 4.0
WAITING_FRAMES = 64
LINES_AT_ONCE = 50
FRAMES_PER_SECOND = 10.0
FRAMES_AT_ONCE = 60
TYPING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Line:
    """The open line to a page: its socket, what carries it, and the network address at its end (nothing: unknown)."""

    socket: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    address: str

    def cut(self) -> None:
        """Cut it without a word."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class Client:
    """A visitor's page. Others call `tell` and `nudge`, which never wait; `write` runs for as long as the socket."""

    def __init__(
        self, line: Line, visitor: str, hello: Hello, transcripts: Transcripts, signed: Signed | None = None
    ) -> None:
        self.line = line
        self.visitor = visitor
        self.hello = hello
        self.signed = signed
        self._transcripts = transcripts
        self._position = ""
        self._fetched = (0, 0)
        # What the team wrote and nobody has reported as delivered: where it stands, and its conversation.
        self._unreported: dict[MessageId, tuple[tuple[int, int], ConversationId]] = {}
        self._outgoing: deque[ToPage] = deque()
        self._is_behind = False
        self._wake = asyncio.Event()
        self._frames = Bucket(FRAMES_PER_SECOND, FRAMES_AT_ONCE)
        self._typed_at = 0.0

    def tell(self, frame: ToPage) -> None:
        """Send `frame` when the page takes it; a page that takes none is left behind and closed."""
        if len(self._outgoing) >= WAITING_FRAMES:
            self.line.cut()
            return
        self._outgoing.append(frame)
        self._wake.set()

    def nudge(self) -> None:
        """The transcript may have grown."""
        self._is_behind = True
        self._wake.set()

    def is_flooding(self, now: float) -> bool:
        """Whether the page sends more frames than a person could cause; counts one."""
        return self._frames.wait(now) > 0

    def may_tell_typing(self, now: float) -> bool:
        """Whether it is time to tell again that the visitor is writing."""
        if now - self._typed_at < TYPING_SECONDS:
            return False
        self._typed_at = now
        return True

    async def catch_up(self) -> list[ShownLine]:
        """The lines that the page does not have, all of the transcript being noted. Raises redis' errors."""
        after = self.hello.after
        whole = lines.read(await self._transcripts.after(self.visitor))
        self._note(whole)
        if whole:
            self._position = whole[-1][0]
        since = lines.order(after) if is_position(after) else (0, 0)
        return _for_page(line for line in whole if lines.order(line[0]) > since)

    def fetched(self, position: str) -> None:
        """All lines up to `position` are in front of the visitor."""
        self._fetched = max(self._fetched, lines.order(position))

    def reportable(self) -> Iterator[tuple[MessageId, ConversationId]]:
        """What the team wrote that is in front of the visitor and is not yet known to be reported."""
        for message, (place, conversation) in list(self._unreported.items()):
            if place <= self._fetched:
                yield message, conversation

    async def write(self) -> None:
        """Write what there is to write, until cancelled or until the page does not take it."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._outgoing:
                    await self.put(self._outgoing.popleft())
                if self._is_behind:
                    self._is_behind = False
                    await self._push()
        except (TimeoutError, ConnectionError):
            self.line.cut()

    async def put(self, frame: ToPage) -> None:
        """Write `frame` now. Raises TimeoutError, ConnectionError."""
        async with asyncio.timeout(SEND_SECONDS):
            await self.line.socket.send_str(written(frame))

    async def _push(self) -> None:
        try:
            # What the page is told in between waits behind this.
            async with asyncio.timeout(STORE_SECONDS):
                fresh = lines.read(await self._transcripts.after(self.visitor, self._position))
        except (RedisError, OSError) as error:
            # Whoever watches the store nudges again once it is back.
            log.debug("transcript_not_read", error=str(error))
            return
        if not fresh:
            return
        self._note(fresh)
        for part in parts(_for_page(fresh)):
            await self.put(Lines(part))
        self._position = fresh[-1][0]

    def _note(self, fresh: Iterable[tuple[str, lines.Payload]]) -> None:
        for position, payload in fresh:
            match payload:
                case lines.TeamLine(id=identifier, conversation=conversation):
                    self._unreported[identifier] = (lines.order(position), conversation)
                case lines.DeliveredMark(id=identifier):
                    self._unreported.pop(identifier, None)


def parts(shown: list[ShownLine]) -> Iterator[list[ShownLine]]:
    """`shown` in frames of a size that a phone takes well."""
    for start in range(0, len(shown), LINES_AT_ONCE):
        yield shown[start : start + LINES_AT_ONCE]


def _for_page(fresh: Iterable[tuple[str, lines.Payload]]) -> list[ShownLine]:
    return [line for position, payload in fresh if (line := lines.shown(position, payload))]
