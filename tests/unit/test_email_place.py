"""How far a mailbox has been read: over what is settled, in order, and never over what is not."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.place import Place
from channels.email.progress import Progress
from tests.clock import MONDAY

DAY = timedelta(days=1)


def test_the_place_moves_over_what_is_settled_in_order() -> None:
    # given four mails handed out, the third of them gone by then
    progress = Progress(Place(7, 10))
    for uid in (11, 12, 14):
        progress.handed_out(uid)
    progress.passed(15)
    # when a later one is settled first, then the place waits
    assert progress.settled(7, 12)
    assert (progress.place.uid, progress.reached) == (10, 15)
    assert progress.settled(7, 11)
    assert progress.place.uid == 12
    # and nothing is settled twice, or under another numbering
    assert not progress.settled(7, 11)
    assert not progress.settled(8, 14)
    assert progress.settled(7, 14)
    assert progress.place.uid == 15
    assert progress.is_settled


@given(st.lists(st.integers(1, 8), max_size=40), st.integers(0, 40))
def test_in_whatever_order_they_are_settled_the_place_is_behind_the_last_open_one(order: list[int], cut: int) -> None:
    progress = Progress(Place(1, 0))
    for uid in range(1, 9):
        progress.handed_out(uid)
    settled = set(order[:cut])
    for uid in order[:cut]:
        progress.settled(1, uid)
    expected = next((uid - 1 for uid in range(1, 9) if uid not in settled), 8)
    assert progress.place.uid == expected
    progress.rewind()
    assert progress.reached == expected
    # and what comes late from before is not believed
    assert not progress.settled(1, 8)


@pytest.mark.parametrize("text", [None, "", "1", "a b c d", "1 2 3 4 5", "x" * 1000])
def test_a_place_that_can_not_be_read_is_the_beginning(text: str | None) -> None:
    assert Place.read(text) == Place()


def test_a_place_is_kept_as_text() -> None:
    for place in (Place(), Place(1, 2), Place(3, 4, MONDAY), Place(5, 6, MONDAY, MONDAY - 30 * DAY)):
        again = Place.read(str(place))
        assert (again.validity or 0, again.uid, again.through_at, again.known_before) == (
            place.validity or 0,
            place.uid,
            place.through_at,
            place.known_before,
        )


def test_after_a_new_numbering_only_what_was_surely_read_and_is_old_is_known() -> None:
    # given a mailbox that was read to its end today
    place = Place(1, 100, MONDAY).renumbered(2, MONDAY)
    assert (place.validity, place.uid) == (2, 0)
    # then what the inbox still knows is read again, and what is older is not
    assert not place.knows(MONDAY - 28 * DAY)
    assert place.knows(MONDAY - 31 * DAY)
    # and after a long silence nothing is known that may have come since
    late = Place(1, 100, MONDAY).renumbered(2, MONDAY + 90 * DAY)
    assert not late.knows(MONDAY)
    assert late.knows(MONDAY - 2 * DAY)
    # and a mailbox that was never read to its end is read whole
    assert not Place(1, 50).renumbered(2, MONDAY).knows(MONDAY - 400 * DAY)
    # and once it was read again, nothing is left out any more
    assert not place.read_through(MONDAY).knows(MONDAY - 31 * DAY)


def test_the_end_is_noted_now_and_then() -> None:
    progress = Progress(Place(1, 5))
    assert progress.note_end(MONDAY)
    assert not progress.note_end(MONDAY + timedelta(minutes=5))
    assert progress.note_end(MONDAY + timedelta(hours=2))
    # but not while something is open
    progress.handed_out(6)
    assert not progress.note_end(MONDAY + timedelta(hours=9))
