"""The brake: how many automatic mails leave in a minute, and what it never holds back."""

from dataclasses import replace
from datetime import timedelta

from channels.brake import AUTOMATIC_MAILS, WITHIN, Brake
from router.model.message import Handle
from tests.clock import MONDAY
from tests.email_channel import reply

AUTOMATIC = replace(reply(), is_automatic=True)
SECOND = timedelta(seconds=1)


def test_so_many_leave_within_any_minute() -> None:
    brake = Brake()
    # given one mail a second, for three minutes
    left = [second for second in range(180) if brake.lets(AUTOMATIC, MONDAY + second * SECOND)]
    # then each minute has as many as it may, and none more, wherever it begins
    assert len(left) == 3 * AUTOMATIC_MAILS
    minute = WITHIN // SECOND
    assert max(sum(start <= second < start + minute for second in left) for start in range(180)) == AUTOMATIC_MAILS


def test_what_people_write_and_chats_pass() -> None:
    brake = Brake()
    others = (reply(), replace(AUTOMATIC, recipient=Handle("chat", "ada")))
    assert all(brake.lets(other, MONDAY) for other in others for _ in range(3 * AUTOMATIC_MAILS))
    # and take no place of a mail's
    assert [brake.lets(AUTOMATIC, MONDAY) for _ in range(AUTOMATIC_MAILS + 1)] == [True] * AUTOMATIC_MAILS + [False]
