"""What X sent becomes a message: by tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.twitter.normalise import Account, Included, Left, message_read, post_read, versions_before
from channels.twitter.reading import id_at, made_at
from channels.twitter.settings import CHANNEL
from channels.twitter.texts import text_of
from router.model.message import Attachment, Handle, InboundMessage, Proof, Standing

US = Account("4400000001", "HiloCare")
NOW = datetime(2026, 3, 5, 10, tzinfo=UTC)
NOTHING = Included()


def post(text: str = "@HiloCare hola", **more: Any) -> dict[str, Any]:
    return {"id": "1900000000000000001", "author_id": "77", "text": text, **more}


def read(shown: object, included: Included = NOTHING) -> InboundMessage:
    found = post_read(shown, included, US, NOW)
    assert isinstance(found, InboundMessage)
    return found


def link(short: str, target: str, **more: Any) -> dict[str, Any]:
    return {"url": f"https://t.co/{short}", "expanded_url": target, **more}


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (post("@HiloCare @Otra Sin luz 😡👩‍👩‍👧"), "Sin luz 😡👩‍👩‍👧"),
        (post("Hola @HiloCare ¿qué tal?"), "Hola @HiloCare ¿qué tal?"),
        (post(".@HiloCare nada"), ".@HiloCare nada"),
        (post("@HiloCare"), "@HiloCare"),
        (post("@HiloCare @"), "@"),
        (post("@HiloCare, ¿hola?"), "@HiloCare, ¿hola?"),
        (post("@HiloCare\n\nDos líneas  \r\nsí"), "Dos líneas\nsí"),
        (post("5 &lt; 7 &amp;&amp; 8 &gt; 7 &amp;amp; &amp;copy"), "5 < 7 && 8 > 7 &amp; &copy"),
        (
            post("@HiloCare mira https://t.co/aB1", entities={"urls": [link("aB1", "https://hilo.example/a?b=1&c=2")]}),
            "mira https://hilo.example/a?b=1&c=2",
        ),
        (
            post(
                "x https://t.co/aB1", entities={"urls": [link("aB1", "https://a.example", unwound_url="https://b.io")]}
            ),
            "x https://b.io",
        ),
        (post("x https://t.co/zz", entities={"urls": [link("zz", "javascript:alert(1)")]}), "x https://t.co/zz"),
        (post("x https://t.co/unknown"), "x https://t.co/unknown"),
        (
            post("@HiloCare foto https://t.co/p", entities={"urls": [link("p", "https://x.com/a/status/1/photo/1")]}),
            "foto",
        ),
        (
            post("https://t.co/p", entities={"urls": [link("p", "https://x.com/a/status/1/photo/1", media_key="3_1")]}),
            "https://t.co/p",
        ),
        (post("Empieza…", note_tweet={"text": "@HiloCare " + "Empieza " * 100}), ("Empieza " * 100).strip()),
        (post("a\x00b\u202ec\ud83d"), "abc"),
    ],
)
def test_the_text_is_as_people_read_it(shown: dict[str, Any], text: str) -> None:
    assert text_of(shown) == text


def test_a_post_is_a_message_in_public_with_all_that_its_author_shows() -> None:
    answer = {
        "includes": {
            "users": [
                {
                    "id": "77", "name": "Ana  Pérez", "username": "ana_p", "created_at": "2014-05-06T07:08:09.000Z",
                    "public_metrics": {"followers_count": 12_345}, "verified": True,
                },
                {"id": "78", "name": "Otro", "username": "otro"},
            ],
            "tweets": [{"id": "55", "author_id": "78", "text": "Se cayó &lt;todo&gt;"}],
            "media": [
                {"media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.com/A.jpg", "alt_text": "Un\nrouter"},
                {"media_key": "7_1", "type": "video", "preview_image_url": "https://pbs.twimg.com/v.jpg", "variants": [
                    {"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/v.m3u8"},
                    {"content_type": "video/mp4", "bit_rate": 256_000, "url": "https://video.twimg.com/low.mp4"},
                    {"content_type": "video/mp4", "bit_rate": 832_000, "url": "https://video.twimg.com/high.mp4?tag=1"},
                ]},
                {"media_key": "3_2", "type": "photo", "url": "javascript:alert(1)"},
            ],
        }
    }  # fmt: skip
    shown = post(
        "@HiloCare esto 👇",
        conversation_id="1899",
        created_at="2026-03-05T09:59:58.000Z",
        lang="es",
        referenced_tweets=[{"type": "replied_to", "id": "1898"}, {"type": "quoted", "id": "55"}],
        attachments={"media_keys": ["3_1", "7_1", "3_2", "9_9"]},
        edit_history_tweet_ids=["1900000000000000001"],
    )
    assert read(shown, Included.of(answer)) == InboundMessage(
        key="1900000000000000001",
        channel=CHANNEL,
        account="HiloCare",
        sender=Handle("twitter", "77"),
        text="esto 👇",
        sent_at=NOW - timedelta(seconds=2),
        proof=Proof.SIGNED,
        author="Ana Pérez (@ana_p)",
        thread="1899",
        references=("1900000000000000001",),
        attachments=(
            Attachment("Un router", "image/jpeg", 0, url="https://pbs.twimg.com/A.jpg"),
            Attachment("high.mp4", "video/mp4", 0, url="https://video.twimg.com/high.mp4?tag=1"),
        ),
        language="es",
        public=True,
        quoted="@otro: Se cayó <todo>",
        standing=Standing(12_345, datetime(2014, 5, 6, 7, 8, 9, tzinfo=UTC), True),
    )


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (post(author_id=US.id), Left.OWN),
        (post("RT @x: @HiloCare hola", referenced_tweets=[{"type": "retweeted", "id": "5"}]), Left.REPOST),
        (post(id=None), Left.UNREADABLE),
        (post(author_id="ana"), Left.UNREADABLE),
        (None, Left.UNREADABLE),
    ],
)
def test_what_is_no_message_says_why(shown: object, why: Left) -> None:
    assert post_read(shown, NOTHING, US, NOW) is why


def test_a_direct_message_is_private_and_its_author_is_the_same_person() -> None:
    event = {
        "id": "31",
        "event_type": "MessageCreate",
        "sender_id": "77",
        "text": "@HiloCare mi cédula es 8-1-2 &amp; ya",
    }
    found = message_read({**event, "dm_conversation_id": "77-4400000001"}, NOTHING, US, NOW)
    assert isinstance(found, InboundMessage)
    assert (found.key, found.public, found.thread, found.references) == ("dm-31", False, "77-4400000001", ("31",))
    assert (found.text, found.sender) == ("mi cédula es 8-1-2 & ya", Handle("twitter", "77"))
    # and what others are told of who came and went, or what we wrote, is none
    assert message_read({**event, "event_type": "ParticipantsJoin"}, NOTHING, US, NOW) is Left.EVENT
    assert message_read({**event, "sender_id": US.id}, NOTHING, US, NOW) is Left.OWN


def test_an_edit_names_the_version_before_it() -> None:
    shown = post(edit_history_tweet_ids=["1899999999999999999", "1900000000000000000", "1900000000000000001", "x", 7.5])
    assert read(shown).edits == "1900000000000000000"
    assert versions_before(shown) == ("1899999999999999999", "1900000000000000000")
    assert read(post(edit_history_tweet_ids=["1900000000000000001"])).edits == ""


def test_an_id_tells_when_it_was_made() -> None:
    # the example of X's page on its ids
    assert made_at("1541815603606036480") == datetime(2022, 6, 28, 16, 7, 40, 105_000, tzinfo=UTC)
    assert made_at(str(id_at(NOW))) == NOW
    assert made_at("20") is None
