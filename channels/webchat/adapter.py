"""The web chat keeps the contract: pages speak to it on sockets, and the visitors' transcripts are its provider."""

from collections.abc import AsyncIterator

import structlog
from redis.exceptions import RedisError

from channels.contract import Arrival
from channels.services import Services
from channels.webchat import lines
from channels.webchat.board import Board
from channels.webchat.dialogue import AGAIN_SECONDS, Dialogue, arrival_name
from channels.webchat.followers import Followers
from channels.webchat.frames import Accepted, AddressKept, CallKept, Refused, RefusedFor
from channels.webchat.inlet import Inlet
from channels.webchat.normalise import KIND, WEBCHAT
from channels.webchat.room import Room
from channels.webchat.server import ChatServer
from channels.webchat.settings import WebchatSettings
from router.model.clock import from_milliseconds
from router.model.errors import HiloError, PermanentError, StoreClosed, UnknownOutcome
from router.model.event import AddressGiven, CallWanted, DeliveryReported, MessageArrived
from router.model.message import DeliveryState, OutboundMessage, Receipt

log = structlog.get_logger()


class WebchatAdapter:
    """One chat, embedded by any number of pages."""

    name = WEBCHAT
    # The transcript is ours, and takes what we write.
    send_limit = None

    def __init__(self, settings: WebchatSettings, services: Services) -> None:
        self._services = services
        self._inlet = Inlet()
        self._room = Room()
        self._board = Board(services, self._room.tell)
        dialogue = Dialogue(settings, services, self._inlet, self._room, self._board)
        self._server = ChatServer(settings, dialogue)
        self._followers = Followers(services, self._room, self._board, dialogue)

    @property
    def url(self) -> str:
        """Where visitors reach the chat; known for sure once it is started."""
        return self._server.url

    @property
    def pages(self) -> int:
        """How many pages are here."""
        return len(self._room)

    async def start(self) -> None:
        """Listen and follow. Raises StartError with what to do (a port in use)."""
        await self._server.start()
        self._followers.start()

    async def stop(self) -> None:
        """Close; pages keep what was not accepted and come again."""
        await self._server.stop()
        await self._followers.stop()

    def receive(self) -> AsyncIterator[Arrival]:
        """Yield what pages sent, oldest first, until cancelled."""
        return self._inlet.arrivals()

    async def settle(self, arrival: Arrival) -> None:
        """Write `arrival` into the visitor's transcript and tell their pages.

        Where the transcript can't be written the page hears nothing, sends again, and comes here again.
        """
        try:
            await self._settle(arrival)
        except (RedisError, OSError) as error:
            log.warning("not_settled", key=arrival.key, error=type(error).__name__, hint="the page sends it again")
            self._put_off(arrival)
        finally:
            self._inlet.done(_name_of(arrival))

    async def refuse(self, arrival: Arrival, error: HiloError) -> None:
        """Tell the page to send `arrival` again later, or that it never will be taken."""
        self._inlet.done(_name_of(arrival))
        if isinstance(error, PermanentError) and isinstance(arrival.body, MessageArrived):
            refused = Refused(arrival.key, RefusedFor.UNACCEPTABLE, detail=str(error))
            self._room.tell(arrival.body.message.sender.address, refused)
        else:
            self._put_off(arrival, RefusedFor.BUSY if isinstance(error, StoreClosed) else RefusedFor.LATER)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Append `message` to its visitor's transcript: it waits there for as long as they may return.

        Raises PermanentError for a handle that is no visitor's, UnknownOutcome where the store went away.
        """
        if message.recipient.kind != KIND:
            raise PermanentError(f"the web chat can't reach {message.recipient.kind} addresses")
        transcripts = self._services.transcripts
        try:
            position = await transcripts.append(message.recipient.address, message.id, lines.team_line(message))
        except (RedisError, OSError) as error:
            raise UnknownOutcome("the store went away while the message was written") from error
        return _sent(message, position)

    async def find(self, message: OutboundMessage) -> Receipt | None:
        """Whether the transcript holds `message`; None also where nobody can tell: appending it again is harmless."""
        try:
            position = await self._services.transcripts.position_of(message.recipient.address, message.id)
        except (RedisError, OSError):
            return None
        return _sent(message, position) if position else None

    async def _settle(self, arrival: Arrival) -> None:
        transcripts = self._services.transcripts
        match arrival.body:
            case MessageArrived(message):
                visitor, line = message.sender.address, lines.visitor_line_id(message.key, message.text)
                position = await transcripts.append(visitor, line, lines.visitor_line(message))
                self._room.tell(visitor, Accepted(message.key, position))
            case AddressGiven(source=source):
                self._room.tell(source.address, AddressKept(kept=True))
            case CallWanted(source=source):
                self._room.tell(source.address, CallKept(kept=True))
            case DeliveryReported(receipt):
                mark = lines.mark_id(receipt.message)
                reader = self._inlet.visitor_of(mark)
                if reader:
                    await transcripts.append(reader, mark, lines.delivered_mark(receipt.message))

    def _put_off(self, arrival: Arrival, reason: RefusedFor = RefusedFor.LATER) -> None:
        """Tell the page to try again; a receipt is offered again by itself."""
        match arrival.body:
            case MessageArrived(message):
                refused = Refused(message.key, reason, AGAIN_SECONDS)
                self._room.tell(message.sender.address, refused)
            case AddressGiven(source=source):
                self._room.tell(source.address, AddressKept(kept=False))
            case CallWanted(source=source):
                self._room.tell(source.address, CallKept(kept=False, reason="later"))


def _sent(message: OutboundMessage, position: str) -> Receipt:
    at = from_milliseconds(lines.instant_of(position))
    return Receipt(message.id, message.conversation, DeliveryState.SENT, at, reference=position)


def _name_of(arrival: Arrival) -> str:
    """What `arrival` is called while it is under way."""
    return arrival_name(arrival.body.message) if isinstance(arrival.body, MessageArrived) else arrival.key
