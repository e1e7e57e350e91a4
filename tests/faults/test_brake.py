"""The brake: how many automatic mails leave, to whom and in all, and what it never holds back."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from channels.brake import DOMAIN_WITHIN, MAILBOX_WITHIN, WITHIN, Brake, Limits, Unreachable
from router.model.ids import MessageId
from router.model.message import Handle, OutboundMessage
from router.store.connection import Connection
from router.store.shelf import Shelf
from router.store.tally import Tally
from tests.clock import MONDAY
from tests.email_channel import reply

SECOND = timedelta(seconds=1)
AUTOMATIC_MAILS, TO_A_DOMAIN = Limits().per_minute, Limits().domain_per_hour


@pytest.fixture
async def connection(redis_url: str, redis_client: Redis) -> AsyncIterator[Connection]:
    opened = Connection(redis_url)
    yield opened
    await opened.close()


@pytest.fixture
def brake(connection: Connection) -> Brake:
    return braking(connection)


def braking(connection: Connection, channel: str = "email", limits: Limits | None = None) -> Brake:
    return Brake(Tally(connection, channel), Unreachable(Shelf(connection, channel)), limits)


def automatic(name: str, recipient: str) -> OutboundMessage:
    """An automatic mail of that name."""
    return replace(reply(), id=MessageId(name), recipient=Handle("email", recipient), is_automatic=True)


async def lets(brake: Brake, recipient: str, now: datetime = MONDAY) -> bool:
    """Whether a new automatic mail may leave to `recipient` at `now`."""
    return not await brake.refusal(automatic(f"{recipient} {now}", recipient), now)


async def test_so_many_leave_within_any_minute(brake: Brake) -> None:
    # given one mail a second, for three minutes, each to somebody else
    left = [second for second in range(180) if await lets(brake, f"ana@{second}.example", MONDAY + second * SECOND)]
    # then each minute has as many as it may, and none more, wherever it begins
    assert len(left) == 3 * AUTOMATIC_MAILS
    minute = WITHIN // SECOND
    assert max(sum(start <= second < start + minute for second in left) for start in range(180)) == AUTOMATIC_MAILS
    assert (
        await brake.refusal(automatic("b", "ana@b.example"), MONDAY + 130 * SECOND)
        == "too many automatic mails at once"
    )


@pytest.mark.parametrize(
    "other",
    [
        "victim@example.org",
        "victim+2@example.org",
        "v.ictim@example.org",
        "VICTIM@Example.ORG",
        "V.ictim+a+b@example.org",
    ],
)
async def test_a_mailbox_gets_one_a_day_however_it_is_written(brake: Brake, other: str) -> None:
    assert await lets(brake, "victim+1@example.org")
    # then not another one within a day, and what was refused does not put off the next
    assert "this mailbox" in await brake.refusal(automatic("b", other), MONDAY + SECOND)
    assert not await lets(brake, other, MONDAY + MAILBOX_WITHIN - SECOND)
    assert await lets(brake, other, MONDAY + MAILBOX_WITHIN)


async def test_a_flood_in_one_name_takes_one_place_from_all_others(brake: Brake) -> None:
    assert sum([await lets(brake, f"victim+{number}@example.org") for number in range(500)]) == 1
    assert all([await lets(brake, f"ana@{number}.example") for number in range(AUTOMATIC_MAILS - 1)])


async def test_a_domain_gets_so_many_an_hour(brake: Brake) -> None:
    # given a mail every ten seconds, each to another mailbox of one domain, for two hours
    times = [MONDAY + 10 * number * SECOND for number in range(720)]
    left = [now for number, now in enumerate(times) if await lets(brake, f"ana{number}@example.org", now)]
    # then each hour has as many as it may, and other domains are not in it
    assert [now - MONDAY < DOMAIN_WITHIN for now in left] == [True] * TO_A_DOMAIN + [False] * TO_A_DOMAIN
    assert "this domain" in await brake.refusal(automatic("b", "eva@example.org"), times[-1])
    assert await lets(brake, "eva@example.net", times[-1])


async def test_a_mail_that_is_tried_again_counts_once(brake: Brake) -> None:
    again = automatic("a", "ana@example.org")
    assert not any([await brake.refusal(again, MONDAY) for _ in range(3 * AUTOMATIC_MAILS)])
    left = [await lets(brake, f"ana@{number}.example") for number in range(AUTOMATIC_MAILS)]
    assert left == [True] * (AUTOMATIC_MAILS - 1) + [False]
    # and goes on where everything is taken
    assert await brake.refusal(again, MONDAY) == ""


async def test_a_new_process_forgets_nothing(brake: Brake, connection: Connection) -> None:
    assert await lets(brake, "victim@example.org")
    # given another process, which sends for the same channel from now on; one of another channel counts for itself
    other, elsewhere = (braking(connection, channel) for channel in ("email", "letters"))
    assert not await lets(other, "victim@example.org", MONDAY + SECOND)
    assert await lets(elsewhere, "victim@example.org", MONDAY + SECOND)


async def test_what_people_write_and_chats_pass(brake: Brake) -> None:
    others = (reply(), replace(automatic("a", "ada"), recipient=Handle("chat", "ada")))
    assert not any([await brake.refusal(other, MONDAY) for other in others for _ in range(3 * AUTOMATIC_MAILS)])
    # and take no place of a mail's
    left = [await lets(brake, f"{number}@example.org") for number in range(AUTOMATIC_MAILS + 1)]
    assert left == [True] * AUTOMATIC_MAILS + [False]


async def test_limits_are_settings(connection: Connection) -> None:
    # given twice as much to a mailbox, less to a domain and in all
    limits = Limits(mailbox_per_day=2, domain_per_hour=3, per_minute=4)
    brake = braking(connection, limits=limits)
    left = [await lets(brake, "ana@example.org", MONDAY + number * SECOND) for number in range(3)]
    assert left == [True, True, False]
    assert [await lets(brake, f"{number}@example.org") for number in range(2)] == [True, False]
    assert [await lets(brake, f"ana@{number}.example") for number in range(2)] == [True, False]


async def test_nothing_automatic_goes_where_a_mail_came_back_from(brake: Brake, connection: Connection) -> None:
    # given a mailbox from which a mail came back for good
    await Unreachable(Shelf(connection, "email")).note(Handle("email", "Gone@example.org"))
    # then nothing automatic goes there, and it takes no place; what people write does
    gone = Handle("email", "gone@example.org")
    assert "came back" in await brake.refusal(automatic("a", gone.address), MONDAY)
    assert await brake.refusal(replace(reply(), recipient=gone), MONDAY) == ""
    assert await lets(brake, "go.ne@example.org")
