"""Whatever X sends is read or left, soon, and what is read can be kept."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.twitter.feeds import MENTIONS, MESSAGES, REPLIES
from channels.twitter.hints import hints_of
from channels.twitter.normalise import Included, Left, message_read, post_read
from channels.twitter.sweep import Sweep
from router.store import wire
from tests.unit.test_twitter_normalise import NOW, US, link, post, read

WORDS = "@HiloCare @a &amp; &lt; https://t.co/aB1 https://[ \ud800 \x00 😡 x.com/a/status/1/photo/1 77 4400000001"
NAMES = """id text author_id sender_id entities urls url expanded_url note_tweet referenced_tweets type quoted retweeted
data includes users tweets media media_key media_keys attachments alt_text variants public_metrics followers_count meta
created_at next_token event_type edit_history_tweet_ids username name lang affiliation for_user_id payload status
tweet_create_events tweet_delete_events direct_message_events"""

words = st.sampled_from(WORDS.split(" ")) | st.text(max_size=30)
names = st.sampled_from(NAMES.split())
leaves = st.none() | st.booleans() | st.integers() | st.floats() | words | st.datetimes().map(str)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=5), inner, max_size=8)
)


@given(anything, anything, st.dictionaries(names, anything, max_size=8))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_is_read_or_left(one: object, beside: object, page: dict[str, Any]) -> None:
    included = Included.of({"includes": beside, **page})
    for shown in (one, {"id": "5", "author_id": "7", "sender_id": "7", **(one if isinstance(one, dict) else {})}):
        for found in (post_read(shown, included, US, NOW), message_read(shown, included, US, NOW)):
            # what is read can be kept too
            assert isinstance(found, Left) or wire.encode(found)
    sweep = Sweep(MENTIONS, "posts", 3, 3, NOW, lambda each, beside, now: post_read(each, beside, US, now))
    sweep.take({"data": one, **page})
    assert hints_of(json.dumps(page, default=str).encode("utf-8", "replace"), US.id).feeds <= {
        MENTIONS,
        MESSAGES,
        REPLIES,
    }


@pytest.mark.parametrize(
    "text", ["@a " * 30_000, " " * 90_000 + "x", "@" * 90_000, "&amp" * 25_000, "https://t.co/" * 8_000]
)
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    read(post(text, entities={"urls": [link(str(number), "https://x.io/" * 100) for number in range(5_000)]}))
    assert time.process_time() - started < 1.0
