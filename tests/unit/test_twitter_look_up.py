"""Our own posts, recognised among what X shows of them: by their words and by what they answer, each once."""

from collections.abc import Collection
from typing import Any

import pytest

from channels.twitter.look_up import plainest, recognised, seen_message, seen_post


def post(known: int, text: str, answers: int = 0, **more: Any) -> dict[str, Any]:
    """A post as X shows it."""
    referenced = [{"type": "replied_to", "id": str(answers)}] if answers else []
    return {"id": str(known), "text": text, "referenced_tweets": referenced, **more}


def found(
    texts: list[str], shown: list[dict[str, Any]], *, done: tuple[str, ...] = (), others: Collection[str] = ()
) -> tuple[str, ...]:
    return recognised(texts, done, [seen_post(each) for each in shown], others, "10")


@pytest.mark.parametrize(
    ("ours", "shown"),
    [
        ("Hola Ana", "@ana Hola Ana"),
        ("Hola", "@ana @bea Hola"),
        ("Cobro & más <1>", "@ana Cobro &amp; más &lt;1&gt;"),
        ("&amp; se escribe así", "@ana &amp;amp; se escribe así"),
        ("Dos\n\nlíneas  y más", "@ana Dos\n\nlíneas y más"),
        ("man\u0303ana\u200b", "@ana mañana"),
        ("@ana Hola", "@ana Hola"),
    ],
)
def test_what_x_changes_makes_no_difference(ours: str, shown: str) -> None:
    assert found([ours], [post(11, shown, 10)]) == ("11",)


def test_links_are_compared_as_they_were_written() -> None:
    urls = [
        {"url": "https://t.co/aaaaaaaaaa", "expanded_url": "http://example.org"},
        {
            "url": "https://t.co/bbbbbbbbbb",
            "expanded_url": "https://x.com/HiloCare/status/11/photo/1",
            "media_key": "3_1",
        },
    ]
    shown = post(11, "@ana Mira https://t.co/aaaaaaaaaa y ya https://t.co/bbbbbbbbbb", 10, entities={"urls": urls})
    assert found(["Mira example.org y ya"], [shown]) == ("11",)
    assert found(["Mira https://example.org/ y ya"], [shown]) == ("11",)
    assert found(["Mira example.com y ya"], [shown]) == ()


def test_a_link_is_the_same_however_its_letters_are_written() -> None:
    url = {"url": "https://t.co/aaaaaaaaaa", "expanded_url": "https://example.org/Panam%C3%A1?a=1%2C2"}
    shown = post(11, "@ana Mira https://t.co/aaaaaaaaaa", 10, entities={"urls": [url]})
    assert found(["Mira https://example.org/Panamá?a=1,2"], [shown]) == ("11",)
    assert found(["Mira https://example.org/Panama?a=1,2"], [shown]) == ()


def test_x_may_call_tweets_posts() -> None:
    long = {"text": "@ana Todo esto", "entities": {}}
    shown = {
        "id": "11",
        "text": "@ana Todo",
        "note_post": long,
        "referenced_posts": [{"type": "replied_to", "id": "10"}],
    }
    assert found(["Todo esto"], [shown]) == ("11",)


def test_the_same_words_below_another_post_are_not_ours() -> None:
    assert found(["Hola"], [post(11, "@bea Hola", 9), post(12, "Hola")]) == ()


def test_of_two_replies_with_the_same_words_each_has_its_own_post() -> None:
    shown = [post(12, "@ana Listo", 10), post(11, "@ana Listo", 10)]
    # the older one is the first one's, unless it is known to be another's
    assert found(["Listo"], shown) == ("11",)
    assert found(["Listo"], shown, others={"11"}) == ("12",)
    assert found(["Listo"], shown, others={"11", "12"}) == ()


def test_parts_follow_each_other_without_a_gap() -> None:
    texts = ["uno (1/3)", "dos (2/3)", "tres (3/3)"]
    shown = [post(14, "@ana tres (3/3)", 13), post(12, "@ana dos (2/3)", 11), post(11, "@ana uno (1/3)", 10)]
    assert found(texts, shown) == ("11", "12")
    assert found(texts, shown, done=("11", "12")) == ("11", "12")
    assert found(texts, [*shown, post(13, "@ana tres (3/3)", 12)]) == ("11", "12", "13")
    # a second part that answers something else is not this reply's
    assert found(texts, [post(11, "uno (1/3)", 10), post(12, "dos (2/3)", 10)]) == ("11",)


def test_direct_messages_answer_nothing() -> None:
    shown = [seen_message({"id": "21", "text": "Hola &amp; adiós"})]
    assert recognised(["Hola & adiós"], (), shown, (), "") == ("21",)


@pytest.mark.parametrize(
    "broken", [{}, {"id": 5}, {"id": "x", "text": "Hola"}, {"text": ["Hola"]}, {"entities": {"urls": [None, {}]}}]
)
def test_what_has_another_shape_is_nobodys(broken: dict[str, Any]) -> None:
    assert found(["Hola"], [broken]) == ()


def test_the_plainest_form_is_its_own() -> None:
    for text in ("@ana Hola https://example.org/", "a  b\u200d c", "HTTPS://EXAMPLE.ORG x"):
        assert plainest(plainest(text)) == plainest(text)
