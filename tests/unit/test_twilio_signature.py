"""Twilio's signatures: its published examples verify, those of the shared cases too, and nothing else does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from channels.phone.twilio.signature import is_body_signed, is_signed, signature_of
from tests.cases import shared_cases

# The worked example of Twilio's page "Security", https://www.twilio.com/docs/usage/security#validating-requests
TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+12349013030"),
    ("Digits", "1234"),
    ("From", "+12349013030"),
    ("To", "+18005551212"),
]
PUBLISHED = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def vectors() -> Iterator[dict[str, Any]]:
    lines = (shared_cases("signatures") / "twilio.jsonl").read_text("utf-8").splitlines()
    yield from map(json.loads, lines)


def test_the_published_example_verifies() -> None:
    assert signature_of(TOKEN, URL, FORM) == PUBLISHED
    assert is_signed(TOKEN, URL, FORM, PUBLISHED)
    assert is_signed(TOKEN, URL, list(reversed(FORM)), PUBLISHED)


def test_the_shared_vectors_say_what_they_say() -> None:
    found = [
        is_body_signed(each["auth_token"], each["url"], each["body"].encode(), each["signature"])
        if "body" in each
        else is_signed(each["auth_token"], each["url"], list(each["params"].items()), each["signature"])
        for each in vectors()
    ]
    assert found == [each["valid"] for each in vectors()]
    assert len(found) >= 5


@pytest.mark.parametrize(
    ("token", "url", "form", "given"),
    [
        ("12346", URL, FORM, PUBLISHED),
        ("", URL, FORM, PUBLISHED),
        (TOKEN, URL.replace("mycompany", "mycompanies"), FORM, PUBLISHED),
        (TOKEN, URL.replace("https", "http"), FORM, PUBLISHED),
        (TOKEN, URL.replace("bar=2", "bar=3"), FORM, PUBLISHED),
        (TOKEN, URL.replace("foo=1&bar=2", "bar=2&foo=1"), FORM, PUBLISHED),
        (TOKEN, URL, [*FORM, ("Digits", "1234")], PUBLISHED),
        (TOKEN, URL, [*FORM, ("Digits", "9")], PUBLISHED),
        (TOKEN, URL, FORM[1:], PUBLISHED),
        # the same letters, cut into names and values elsewhere
        (TOKEN, URL, [("CallSidCA1234567890ABCDECaller", "+12349013030"), *FORM[2:]], PUBLISHED[:-1]),
        (TOKEN, URL, [("CallSid", "CA1234567890ABCDE"), ("Caller+12349013030Digits", "1234"), *FORM[3:]], PUBLISHED),
        (TOKEN, URL, FORM, ""),
        (TOKEN, URL, FORM, PUBLISHED.lower()),
        (TOKEN, URL, FORM, PUBLISHED[:-1]),
        (TOKEN, URL, FORM, "ñ" * 28),
        (TOKEN, URL, FORM, "\udcff"),
    ],
)
def test_what_is_changed_is_refused(token: str, url: str, form: list[tuple[str, str]], given: str) -> None:
    assert not is_signed(token, url, form, given)


def test_a_parameter_twice_is_refused_even_where_it_is_signed() -> None:
    # given a form with a name that stands there twice, and its own signature
    form = [*FORM, ("Digits", "9")]
    # then it is refused: which of the two would count is anybody's guess
    assert not is_signed(TOKEN, URL, form, signature_of(TOKEN, URL, form))


@pytest.mark.parametrize(
    ("ours", "theirs", "is_one"),
    [
        ("https://a.example/x", "https://a.example:443/x", True),
        ("https://a.example:443/x", "https://a.example/x", True),
        ("https://a.example:8443/x", "https://a.example/x", True),
        ("http://a.example/x", "http://a.example:80/x", True),
        ("https://a.example/x", "https://a.example:8443/x", False),
        ("http://a.example:8080/x", "http://a.example/x", False),
        ("http://a.example:8080/x", "http://a.example:8081/x", False),
        ("https://a.example/x", "https://b.example/x", False),
    ],
)
def test_only_usual_ports_may_be_there_or_not(ours: str, theirs: str, is_one: bool) -> None:
    assert is_signed(TOKEN, ours, FORM, signature_of(TOKEN, theirs, FORM)) is is_one


def test_a_body_is_bound_by_its_digest_alone() -> None:
    body = b'{"call": "CA1"}'
    digest = "41c35f9e23d8b04f2aa1b7d2ff9ff9dbb2a19d4a2a1f9b7c6c58a6b4c0ce0c11"
    url = f"https://a.example/x?bodySHA256={digest}"
    # a signature over an address with another body's digest, with none, with two of them
    assert not is_body_signed(TOKEN, url, body, signature_of(TOKEN, url))
    for other in ("https://a.example/x", f"{url}&bodySHA256={digest}"):
        assert not is_body_signed(TOKEN, other, body, signature_of(TOKEN, other))
