"""Real payloads of X, and real tweets, read as they are."""

import json
from collections.abc import Iterator
from typing import Any

from channels.twitter.feeds import MENTIONS, MESSAGES, REPLIES
from channels.twitter.hints import hints_of
from channels.twitter.normalise import Included, Left, message_read, post_read
from channels.twitter.sweep import Sweep
from router.store import wire
from tests.cases import shared_cases
from tests.unit.test_twitter_normalise import NOW, US, post, read

RESPONSES = shared_cases("tweepy_responses") / "responses.jsonl"
DOCUMENTED = shared_cases("x_api_docs") / "payloads.jsonl"
TWEETS = shared_cases("twcs") / "tweets.jsonl"
EVENTS = shared_cases("x_webhook_events")


def test_real_payloads_are_read() -> None:
    bodies = [json.loads(line)["body"] for line in RESPONSES.read_text("utf-8").splitlines()]
    bodies += [json.loads(line)["payload"] for line in DOCUMENTED.read_text("utf-8").splitlines()]
    for body in bodies:
        sweep = Sweep(MENTIONS, "posts", 0, 0, NOW, lambda each, beside, now: post_read(each, beside, US, now))
        sweep.take(body)
        for each in _objects(body):
            for found in (post_read(each, Included.of(body), US, NOW), message_read(each, Included.of(body), US, NOW)):
                assert isinstance(found, Left) or wire.encode(found)


def test_real_tweets_keep_their_words() -> None:
    lines = TWEETS.read_text("utf-8").splitlines()
    for tweet in map(json.loads, lines):
        found = read(post(tweet["text"]))
        # every word is there but the names at the beginning
        assert found.text
        plain = tweet["text"].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").split()
        said = found.text.split()
        assert said == plain[len(plain) - len(said) :]
        assert all(word.startswith("@") for word in plain[: len(plain) - len(said)])


def test_real_webhook_events_are_hints() -> None:
    seen: set[str] = set()
    for path in sorted(EVENTS.glob("*.json")):
        body = path.read_bytes()
        seen |= hints_of(body, str(json.loads(body).get("for_user_id", ""))).feeds
        # and nothing to an account that they are not for
        assert not hints_of(body, "1").feeds
    assert seen == {MENTIONS, REPLIES, MESSAGES}


def _objects(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)
