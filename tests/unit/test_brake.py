"""The brake: how many automatic mails leave, to whom and in all, and what it never holds back."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from channels.brake import AUTOMATIC_MAILS, DOMAIN_WITHIN, MAILBOX_WITHIN, TO_A_DOMAIN, WITHIN, Brake
from router.model.ids import MessageId
from router.model.message import Handle, OutboundMessage
from tests.clock import MONDAY
from tests.email_channel import reply

SECOND = timedelta(seconds=1)


def automatic(name: str, recipient: str) -> OutboundMessage:
    """An automatic mail of that name."""
    return replace(reply(), id=MessageId(name), recipient=Handle("email", recipient), is_automatic=True)


def lets(brake: Brake, recipient: str, now: datetime = MONDAY) -> bool:
    """Whether a new automatic mail may leave to `recipient` at `now`."""
    return not brake.refusal(automatic(f"{recipient} {now}", recipient), now)


def test_so_many_leave_within_any_minute() -> None:
    brake = Brake()
    # given one mail a second, for three minutes, each to somebody else
    left = [second for second in range(180) if lets(brake, f"ana@{second}.example", MONDAY + second * SECOND)]
    # then each minute has as many as it may, and none more, wherever it begins
    assert len(left) == 3 * AUTOMATIC_MAILS
    minute = WITHIN // SECOND
    assert max(sum(start <= second < start + minute for second in left) for start in range(180)) == AUTOMATIC_MAILS
    assert brake.refusal(automatic("b", "ana@b.example"), MONDAY + 130 * SECOND) == "too many automatic mails at once"


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
def test_a_mailbox_gets_one_a_day_however_it_is_written(other: str) -> None:
    brake = Brake()
    assert lets(brake, "victim+1@example.org")
    # then not another one within a day, and what was refused does not put off the next
    assert "this mailbox" in brake.refusal(automatic("b", other), MONDAY + SECOND)
    assert not lets(brake, other, MONDAY + MAILBOX_WITHIN - SECOND)
    assert lets(brake, other, MONDAY + MAILBOX_WITHIN)


def test_a_flood_in_one_name_takes_one_place_from_all_others() -> None:
    brake = Brake()
    assert sum(lets(brake, f"victim+{number}@example.org") for number in range(500)) == 1
    assert all(lets(brake, f"ana@{number}.example") for number in range(AUTOMATIC_MAILS - 1))


def test_a_domain_gets_so_many_an_hour() -> None:
    brake = Brake()
    # given a mail every ten seconds, each to another mailbox of one domain, for two hours
    times = [MONDAY + 10 * number * SECOND for number in range(720)]
    left = [now for number, now in enumerate(times) if lets(brake, f"ana{number}@example.org", now)]
    # then each hour has as many as it may, and other domains are not in it
    assert [now - MONDAY < DOMAIN_WITHIN for now in left] == [True] * TO_A_DOMAIN + [False] * TO_A_DOMAIN
    assert "this domain" in brake.refusal(automatic("b", "eva@example.org"), times[-1])
    assert lets(brake, "eva@example.net", times[-1])


def test_a_mail_that_is_tried_again_counts_once() -> None:
    brake = Brake()
    again = automatic("a", "ana@example.org")
    assert not any(brake.refusal(again, MONDAY) for _ in range(3 * AUTOMATIC_MAILS))
    left = [lets(brake, f"ana@{number}.example") for number in range(AUTOMATIC_MAILS)]
    assert left == [True] * (AUTOMATIC_MAILS - 1) + [False]
    # and goes on where everything is taken
    assert brake.refusal(again, MONDAY) == ""


def test_what_people_write_and_chats_pass() -> None:
    brake = Brake()
    others = (reply(), replace(automatic("a", "ada"), recipient=Handle("chat", "ada")))
    assert not any(brake.refusal(other, MONDAY) for other in others for _ in range(3 * AUTOMATIC_MAILS))
    # and take no place of a mail's
    left = [lets(brake, f"{number}@example.org") for number in range(AUTOMATIC_MAILS + 1)]
    assert left == [True] * AUTOMATIC_MAILS + [False]
