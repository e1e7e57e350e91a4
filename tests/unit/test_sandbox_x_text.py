"""How the sandbox's X counts and shows texts; the examples are those of twitter-text's own description."""

import pytest

from sandbox.x import text as texts


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hola", 4),
        ("ñandú", 5),
        # a letter and its accent are one character once they are joined
        ("e\u0301", 1),
        ("日本", 4),
        ("😀", 2),
        ("👩‍👩‍👧‍👦", 2),
        ("👍🏽", 2),
        ("🇵🇦", 2),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 2),
        ("1️⃣", 2),
        ("❤️", 2),
        ("“hola” — así…", 13 + 1),
        ("ver https://hilo.example/una/direccion/muy/larga?con=cosas ya", 4 + 23 + 3),
        ("ver hilo.example/a.", 4 + 23 + 1),
        ("a care@hilo.example", 19),
    ],
)
def test_weighted_length(text: str, length: int) -> None:
    assert texts.weighted_length(text) == length


def test_names_in_front_do_not_count() -> None:
    assert texts.without_leading_mentions("@Ana_1 @beto hola @caro") == "hola @caro"
    assert texts.leading_mentions("@Ana_1 @beto hola @caro") == ["Ana_1", "beto"]
    assert texts.leading_mentions("hola @caro") == []


def test_what_is_shown() -> None:
    shown, urls = texts.shown("a<b & c: https://hilo.example/x?a=1&b=2, hilo.example.")
    first, second = urls
    assert shown == f"a&lt;b &amp; c: {first}, {second}."
    assert urls == {first: "https://hilo.example/x?a=1&b=2", second: "http://hilo.example"}
    assert [found.value for found in texts.links(shown, urls.get)] == [first, second]


def test_names_and_tags() -> None:
    text = "@HiloCare y care@hilo.example, #Fallo&amp;#fallo_2 #1 @demasiado_largo_para_ser_un_nombre"
    assert [found.value for found in texts.mentions(text)] == ["HiloCare"]
    assert [found.value for found in texts.hashtags(text)] == ["Fallo", "fallo_2"]
