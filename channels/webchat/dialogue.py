"""What is done with each frame of a page: who it is, what they said, what they saw."""

import asyncio
import math

import structlog
from redis.exceptions import RedisError

from channels.buckets import Buckets
from channels.contract import Arrival
from channels.services import Services
from channels.webchat import lines
from channels.webchat.admission import Admission, Admitted
from channels.webchat.board import Board
from channels.webchat.calling import Calling, Full
from channels.webchat.client import STORE_SECONDS, Client, Line, parts
from channels.webchat.frames import (
    Accepted,
    AddressKept,
    AddressLeft,
    BadFrame,
    CallAsked,
    CallKept,
    CallTimesAsked,
    Complaint,
    Fetched,
    FromPage,
    Hello,
    Lines,
    Ping,
    Pong,
    Refused,
    RefusedFor,
    Said,
    VisitorTyping,
    Welcome,
    frame_bytes,
    read_frame,
)
from channels.webchat.inlet import Inlet
from channels.webchat.normalise import Unusable, delivered, handle_of, inbound, mail_handle
from channels.webchat.room import Room
from channels.webchat.settings import WebchatSettings
from channels.webchat.signed import as_signed
from router.model.event import AddressGiven, DeliveryReported, MessageArrived
from router.model.ids import TeamId
from router.model.message import InboundMessage
from router.store import keys
from router.store.live import Live, LiveKind
from router.store.transcript import is_position

log = structlog.get_logger()

AGAIN_SECONDS = 2.0
ONE_ADDRESS = 10
"""How many visitors' messages one network address may send."""


class Dialogue:
    """Answers pages; what is to be kept goes through the inlet to the host."""

    def __init__(self, settings: WebchatSettings, services: Services, inlet: Inlet, room: Room, board: Board) -> None:
        self._settings = settings
        self._services = services
        self._inlet = inlet
        self._room = room
        self._board = board
        self._admission = Admission(settings, services)
        self._calling = Calling(services)
        self._limit = frame_bytes(settings.max_length)
        # Twenty seconds' worth at once: what was kept while the line was down goes out without a pause.
        a_second, at_once = settings.per_minute / 60, max(5, settings.per_minute // 3)
        self._messages = Buckets(a_second, at_once)
        self._of_address = Buckets(ONE_ADDRESS * a_second, ONE_ADDRESS * at_once)

    def read(self, data: str) -> FromPage:
        """The frame in `data`. Raises BadFrame."""
        return read_frame(data, self._limit)

    async def admit(self, hello: Hello) -> Admitted:
        """Who says `hello`. Raises redis' errors."""
        admitted = await self._admission.admit(hello)
        if admitted.is_first_signed:
            # Whoever is here by the token alone is not known to be the one whom the site has signed.
            for client in self._room.clients_of(admitted.visitor):
                client.line.cut()
        return admitted

    def pages_of(self, visitor: str) -> int:
        """How many pages of `visitor` are here."""
        return len(self._room.clients_of(visitor))

    async def welcome(self, line: Line, hello: Hello, admitted: Admitted) -> Client:
        """The page, here from now on, with all that it does not have yet.

        Raises redis' errors, and ConnectionError where the page is cut off.
        """
        client = Client(line, admitted.visitor, hello, self._services.transcripts, admitted.signed)
        self._room.join(client)
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await self._cut_if_late(line, admitted)
                status = await self._board.sit(client.visitor)
                first, *rest = list(parts(await client.catch_up())) or [[]]
            offers = "email" in self._services.answers_by
            length, is_signed = self._settings.max_length, admitted.signed is not None
            offers_call = self._calling.is_on
            await client.put(Welcome(first, status, length, offers, admitted.token, is_signed, offers_call))
            for part in rest:
                client.tell(Lines(part))
            if admitted.complaint:
                client.tell(admitted.complaint)
        except BaseException:
            self._gone(client)
            raise
        # What came while the welcome was written is looked for once more.
        client.nudge()
        await self._tell_live(client.visitor, LiveKind.PRESENT)
        return client

    async def _cut_if_late(self, line: Line, admitted: Admitted) -> None:
        """Cut whom the token alone let in, if its visitor signed in since, and nobody saw them here yet."""
        if admitted.signed or admitted.token or not await self._admission.is_signed(admitted.visitor):
            return
        line.cut()
        raise ConnectionResetError("the visitor has signed in at the site meanwhile")

    async def farewell(self, client: Client) -> None:
        """The page is gone."""
        conversation = self._board.conversation_of(client.visitor)
        if self._gone(client) and conversation:
            await self._say_live(Live(LiveKind.AWAY, conversation, is_customer=True))

    async def hear(self, client: Client, data: str) -> None:
        """Do what the frame in `data` asks for, or say why not."""
        try:
            frame = self.read(data)
        except BadFrame as error:
            client.tell(error.complaint)
            return
        match frame:
            case Said():
                await self._said(client, frame)
            case Fetched(position):
                self._fetched(client, position)
            case AddressLeft():
                self._address_left(client, frame)
            case CallTimesAsked():
                await self._call_times(client, frame)
            case CallAsked():
                await self._call(client, frame)
            case VisitorTyping():
                if client.may_tell_typing(asyncio.get_running_loop().time()):
                    await self._tell_live(client.visitor, LiveKind.TYPING)
            case Ping():
                client.tell(Pong())
            case Hello():
                client.tell(Complaint("said_hello", "`hello` comes once, first: this page is known already"))

    def report(self, client: Client) -> None:
        """Offer the receipts of what is in front of the visitor and not known to be reported."""
        for message, conversation in client.reportable():
            name = lines.mark_id(message)
            if self._inlet.is_under_way(name):
                continue
            receipt = delivered(message, conversation, self._services.clock.now())
            if not self._inlet.offer(name, client.visitor, Arrival(name, DeliveryReported(receipt))):
                return

    async def _said(self, client: Client, said: Said) -> None:
        try:
            now = self._services.clock.now()
            message = inbound(said, client.visitor, client.hello, now, self._settings.max_length)
        except Unusable as error:
            client.tell(Complaint(error.code, error.detail, said.key[:64]))
            return
        if client.signed:
            message = as_signed(message, client.signed)
        name = arrival_name(message)
        if self._inlet.is_under_way(name):
            return
        try:
            async with asyncio.timeout(STORE_SECONDS):
                known = await self._services.transcripts.position_of(
                    client.visitor, lines.visitor_line_id(said.key, message.text)
                )
        except (RedisError, OSError):
            client.tell(Refused(said.key, RefusedFor.LATER, AGAIN_SECONDS))
            return
        if known:
            client.tell(Accepted(said.key, known))
        elif wait := self._wait(client):
            client.tell(Refused(said.key, RefusedFor.SLOW, math.ceil(wait * 10) / 10))
        elif not self._inlet.offer(name, client.visitor, Arrival(said.key, MessageArrived(message))):
            client.tell(Refused(said.key, RefusedFor.LATER, AGAIN_SECONDS))

    def _fetched(self, client: Client, position: str) -> None:
        if not is_position(position):
            client.tell(Complaint("bad_position", "that is no position of a line: send one that a line came with"))
            return
        client.fetched(position)
        self.report(client)

    def _address_left(self, client: Client, left: AddressLeft) -> None:
        try:
            address = mail_handle(left)
        except Unusable as error:
            client.tell(Complaint(error.code, error.detail))
            return
        given = AddressGiven(address, handle_of(client.visitor))
        # Another conversation is another matter: the same address may be given for it again.
        key = keys.digest("address", client.visitor, str(address), self._board.conversation_of(client.visitor) or "")
        if self._wait(client) or not self._inlet.offer(key, client.visitor, Arrival(key, given)):
            client.tell(AddressKept(kept=False))

    async def _call_times(self, client: Client, asked: CallTimesAsked) -> None:
        if self._wait(client):
            client.tell(CallKept(kept=False, reason="later"))
            return
        try:
            async with asyncio.timeout(STORE_SECONDS):
                client.tell(await self._calling.times(asked, self._team(client)))
        except Unusable as error:
            client.tell(Complaint(error.code, error.detail))
        except (RedisError, OSError):
            client.tell(CallKept(kept=False, reason="later"))

    async def _call(self, client: Client, asked: CallAsked) -> None:
        name = keys.digest("call", client.visitor, asked.key)
        if self._inlet.is_under_way(name):
            return
        try:
            async with asyncio.timeout(STORE_SECONDS):
                wanted = await self._calling.wanted(asked, client.visitor, self._team(client))
        except Unusable as error:
            client.tell(Complaint(error.code, error.detail))
        except Full:
            client.tell(CallKept(kept=False, reason="full"))
        except (RedisError, OSError):
            client.tell(CallKept(kept=False, reason="later"))
        else:
            if self._wait(client) or not self._inlet.offer(name, client.visitor, Arrival(name, wanted)):
                client.tell(CallKept(kept=False, reason="later"))

    def _team(self, client: Client) -> TeamId:
        """Who would call: the team that has the visitor's conversation, else the one that gets what no rule decides."""
        team = self._board.team_of(client.visitor) or self._services.default_team
        return team or next(iter(self._services.teams))

    def _wait(self, client: Client) -> float:
        """The seconds until this visitor may send again; 0 counts one."""
        now = asyncio.get_running_loop().time()
        wait = self._messages.wait(client.visitor, now)
        return wait or (self._of_address.wait(client.line.address, now) if client.line.address else 0.0)

    async def _tell_live(self, visitor: str, kind: LiveKind) -> None:
        if conversation := self._board.conversation_of(visitor):
            await self._say_live(Live(kind, conversation, is_customer=True))

    async def _say_live(self, live: Live) -> None:
        try:
            await self._services.live.tell(live)
        except (RedisError, OSError) as error:
            log.debug("live_not_told", error=str(error))

    def _gone(self, client: Client) -> bool:
        """Take `client` off; whether it was its visitor's last page."""
        is_last = self._room.leave(client)
        if is_last:
            self._board.leave(client.visitor)
        return is_last


def arrival_name(message: InboundMessage) -> str:
    """What `message` is called while it is under way; another visitor's same key is another message."""
    return keys.digest("message", str(message.sender), message.key, message.text)
