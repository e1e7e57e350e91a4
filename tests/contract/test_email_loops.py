"""Two machines that write to each other stop after a few turns, whatever their mails look like."""

import email
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default

import pytest
from redis.asyncio import Redis

from channels.brake import Brake, Limits, Unreachable
from channels.email.compose import Letterhead, compose
from channels.email.message_ids import MessageIds
from channels.email.normalise import Account, normalise
from router.core.context import Context
from router.core.decide import decide
from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.event import Event, MessageArrived
from router.model.ids import CustomerId, EventId, customer_id
from router.model.message import Handle
from router.store.connection import Connection
from router.store.shelf import Shelf
from router.store.tally import Tally
from rules.engine import Rule, RuleBook, Then
from tests.clock import MONDAY
from tests.core import CARE, POLICY, TEAMS
from tests.story import HEARD

ALL = RuleBook(CARE, (Rule("all", then=Then(acknowledge=HEARD)),))
SECONDS = timedelta(seconds=2)
TURNS = 200
"""How many would be a loop."""

FEW = 3
Hidden = Callable[[bytes, int], bytes]


class House:
    """A Hilo whose rules acknowledge each message, with a brake of its own that counts in a real store."""

    def __init__(self, address: str, connection: Connection, limits: Limits | None = None) -> None:
        ids = MessageIds(f"the secret of {address}".encode(), address)
        self.address = address
        self._account = Account(address, ids)
        self._letterhead = Letterhead(address, "", ids)
        shelf, tally = Shelf(connection, address), Tally(connection, address)
        self._brake = Brake(tally, Unreachable(shelf), limits)
        self._customers: dict[Handle, Customer] = {}
        self._known: dict[CustomerId, Conversation] = {}
        self._events = 0

    async def hears(self, raw: bytes, now: datetime) -> list[bytes]:
        """What it sends by itself to who wrote `raw`."""
        mail = normalise(raw, self._account, now)
        if mail.is_own:
            return []
        sender = mail.message.sender
        customer = self._customers.get(sender) or Customer(customer_id(str(sender)))
        self._events += 1
        event = Event(EventId(f"{self._events}-0"), 7, now, MessageArrived(mail.message), customer.id)
        before = self._known.get(customer.id)
        decision = decide(before, event, Context(TEAMS, POLICY, customer), ALL, now)
        assert decision.conversation is not None
        self._known[customer.id] = decision.conversation
        self._customers[sender] = decision.customer or customer
        left = [each for each in decision.outbound if not await self._brake.refusal(each, now)]
        return [compose(each, self._letterhead) for each in left]


@pytest.fixture
async def connection(redis_url: str, redis_client: Redis) -> AsyncIterator[Connection]:
    opened = Connection(redis_url)
    yield opened
    await opened.close()


def as_it_is(raw: bytes, turn: int) -> bytes:
    return raw


def hidden(raw: bytes, turn: int) -> bytes:
    """The mail as one that a person might have written: no mark of a machine, no thread, other words each time."""
    return _anew(raw, turn, str(email.message_from_bytes(raw)["From"]))


def hidden_with_a_tag(raw: bytes, turn: int) -> bytes:
    """The same, from another form of the address each time."""
    address = email.message_from_bytes(raw, policy=default)["From"].addresses[0].addr_spec
    name, _, domain = address.partition("@")
    dotted = f"{name[: turn % 3 + 1]}.{name[turn % 3 + 1 :]}"
    return _anew(raw, turn, f"{dotted}+{turn}@{domain}")


def _anew(raw: bytes, turn: int, sender: str) -> bytes:
    sent = email.message_from_bytes(raw, policy=default)
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, str(sent["To"])
    mail["Subject"], mail["Message-ID"] = f"Asunto {turn * 7919}", f"<{turn * 104729}@machine.example>"
    mail.set_content(f"Texto número {turn * 15485863}, siempre otro.")
    return mail.as_bytes()


async def turns(one: House, other: House, hide: Hidden, shown_to_one: Hidden) -> int:
    """How many mails leave by themselves after a first one from the `other`'s address, two seconds between each two."""
    first = EmailMessage()
    first["From"], first["To"], first["Subject"] = other.address, one.address, "Hola"
    first.set_content("Hola")
    waiting, now, count = [(one, first.as_bytes())], MONDAY, 0
    while waiting and count < TURNS:
        house, raw = waiting.pop(0)
        now += SECONDS
        writer, hiding = (other, hide) if house is one else (one, shown_to_one)
        for sent in await house.hears(raw, now):
            count += 1
            waiting.append((writer, hiding(sent, count)))
    return count


@pytest.mark.parametrize("hide", [as_it_is, hidden, hidden_with_a_tag])
@pytest.mark.parametrize("other_hides", [as_it_is, hidden, hidden_with_a_tag])
async def test_two_hilos_that_acknowledge_each_message_stop(
    connection: Connection, hide: Hidden, other_hides: Hidden
) -> None:
    one, other = House("care@one.example", connection), House("care@other.example", connection)
    assert 1 <= await turns(one, other, hide, other_hides) <= FEW


async def test_a_responder_that_hides_what_it_is_stops_us_however_it_answers(connection: Connection) -> None:
    # given a machine that answers all that it gets within seconds, as if a person did, under a new form of its address
    house, answered = House("care@one.example", connection), 0
    raw, now = b"From: shop@machine.example\r\nTo: care@one.example\r\nSubject: Hola\r\n\r\nHola", MONDAY
    for turn in range(TURNS):
        now += SECONDS
        answered += len(await house.hears(raw, now))
        raw = _anew(raw, turn, f"s.hop+{turn}@machine.example")
    # then it had one answer, however often it wrote, and a mailbox that is allowed more has so many
    assert answered == 1
    generous, count = House("care@two.example", connection, Limits(mailbox_per_day=5)), 0
    for turn in range(TURNS):
        now += SECONDS
        count += len(await generous.hears(_anew(raw, turn, f"shop+{turn}@machine.example"), now))
    assert count == 5


async def test_a_machine_of_ever_new_names_has_so_many_an_hour(connection: Connection) -> None:
    house, now = House("care@one.example", connection), MONDAY
    raw = b"From: x@machine.example\r\nTo: care@one.example\r\n\r\nHola"
    left = [await house.hears(_anew(raw, n, f"name{n}@machine.example"), now + n * SECONDS) for n in range(TURNS)]
    assert sum(map(len, left)) == Limits().domain_per_hour


async def test_our_own_mail_that_comes_back_is_not_answered(connection: Connection) -> None:
    # given an acknowledgement, and a mailbox that sends on to us what it gets
    house = House("care@one.example", connection)
    (sent,) = await house.hears(b"From: ana@example.org\r\nTo: care@one.example\r\n\r\nHola", MONDAY)
    # then it is not answered as it is, from the one who sends it on, or with a Message-ID of theirs
    from_another = sent.replace(b"From: ", b"From: eva@list.example\r\nX-From: ")
    renamed = from_another.replace(b"Message-ID: <", b"Message-ID: <x").replace(b"Auto-Submitted", b"X-Was")
    for raw in (sent, from_another, renamed):
        assert await house.hears(raw, MONDAY + SECONDS) == []
    # and it would be without any mark of ours
    unmarked = renamed.replace(b"X-Loop", b"X-Was-Loop")
    assert len(await house.hears(unmarked, MONDAY + timedelta(minutes=1))) == 1
