"""How far a look at X comes: where its list ends is a gap, and what lies in the future moves no place."""

from datetime import timedelta

import pytest

from channels.twitter.cursor import Cursor
from channels.twitter.feeds import MENTIONS
from channels.twitter.normalise import post_read
from channels.twitter.reading import id_at
from channels.twitter.sweep import Sweep
from tests.unit.test_twitter_normalise import NOW, US, post


def look(pages: list[int], most_pages: int) -> Sweep:
    """A look whose pages have so many posts, all of them newer than what is known."""
    sweep = Sweep(MENTIONS, "posts", 3, 3, NOW, lambda each, beside, now: post_read(each, beside, US, now))
    number = id_at(NOW)
    for place, count in enumerate(pages, 1):
        number -= count
        posts = [post("@HiloCare hola", id=str(number + each)) for each in range(count)]
        meta = {"next_token": f"t{place}"} if place < len(pages) else {}
        sweep.take({"data": posts, "meta": meta} if posts else {"meta": meta}, most_pages)
    assert sweep.is_done
    return sweep


@pytest.mark.parametrize(
    ("pages", "is_cut"),
    [([5, 5], True), ([5, 5, 0], True), ([5], False), ([5, 0], False), ([0], False)],
    ids=["full", "full-and-an-empty-one", "short", "short-and-an-empty-one", "nothing"],
)
def test_a_list_that_x_ends_is_a_gap_also_where_an_empty_page_says_so(pages: list[int], is_cut: bool) -> None:
    assert look(pages, most_pages=2).is_cut is is_cut


def test_an_id_from_the_future_keeps_nobody_from_being_seen() -> None:
    overlap, later = timedelta(minutes=5), NOW + timedelta(minutes=1)
    # when X shows something that is made in a thousand years
    cursor = Cursor.first(NOW, timedelta(hours=1)).after(10**20 - 1, NOW)
    # then what is written a minute later is asked for
    assert cursor.since(overlap, later, None) < id_at(later)
    # and the place goes on with what is of today
    assert cursor.after(id_at(later), later).upto == id_at(later)
