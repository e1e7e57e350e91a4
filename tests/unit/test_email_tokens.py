"""Tokens in our own address: they survive what mail does to addresses, and prove nothing for anybody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.address import is_form_of, tag_of
from channels.email.tokens import Purpose, Tokens
from router.model.message import Handle

CARE = "care@hilo.example"
TOKENS = Tokens(b"a secret of the test's own, 32 by")
ANA = Handle("email", "ana@example.org")
EVA = Handle("email", "eva@example.org")
CONVERSATION = "c-07-mh3k2l1a"
IDENTIFIERS = st.from_regex(r"[a-z]-[0-9]{2}-[0-9a-z]{1,14}", fullmatch=True)


def test_a_token_names_its_conversation_and_is_held_by_its_recipient() -> None:
    address = TOKENS.address(CARE, Purpose.REPLY, ANA, CONVERSATION)
    assert address.startswith("care+r.c-07-mh3k2l1a.")
    assert address.endswith("@hilo.example")
    assert is_form_of(address, CARE)
    token = TOKENS.in_address(Purpose.REPLY, address, CARE)
    assert token is not None
    assert token.identifiers == (CONVERSATION,)
    assert TOKENS.is_held_by(Purpose.REPLY, token, ANA)
    assert TOKENS.is_held_by(Purpose.REPLY, token, Handle("email", "ANA@Example.ORG"))
    assert not TOKENS.is_held_by(Purpose.REPLY, token, EVA)


@pytest.mark.parametrize("change", [str.upper, str.lower, str.title, str.swapcase])
def test_it_means_the_same_in_any_case(change: object) -> None:
    address = TOKENS.address(CARE, Purpose.BOUNCE, ANA, "o-07-mh3k2l1az3", CONVERSATION)
    assert callable(change)
    token = TOKENS.in_address(Purpose.BOUNCE, change(address), CARE)
    assert token is not None
    assert token.identifiers == ("o-07-mh3k2l1az3", CONVERSATION)


def test_a_token_of_another_purpose_secret_or_conversation_is_none() -> None:
    mine = TOKENS.token(Purpose.REPLY, ANA, CONVERSATION)
    assert TOKENS.read(Purpose.BOUNCE, mine) is None
    assert TOKENS.read(Purpose.BOUNCE, f"b{mine[1:]}") is None
    assert Tokens(b"another secret").read(Purpose.REPLY, mine) is None
    assert TOKENS.read(Purpose.REPLY, mine.replace("mh3k2l1a", "mh3k2l1b")) is None
    # the holder can't be exchanged either
    other = TOKENS.token(Purpose.REPLY, EVA, CONVERSATION)
    purpose, named, _, signature = mine.split(".")
    assert TOKENS.read(Purpose.REPLY, ".".join((purpose, named, other.split(".")[2], signature))) is None


@given(st.sampled_from(Purpose), st.lists(IDENTIFIERS, min_size=1, max_size=2), st.emails())
def test_every_token_can_be_read_again(purpose: Purpose, identifiers: list[str], address: str) -> None:
    holder = Handle("email", address)
    token = TOKENS.read(purpose, TOKENS.token(purpose, holder, *identifiers).upper())
    assert token is not None
    assert token.identifiers == tuple(identifiers)
    assert TOKENS.is_held_by(purpose, token, holder)


@given(st.text(alphabet="rbc.-0123456789abcdefghij\u212aé", max_size=60))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert TOKENS.read(Purpose.REPLY, text) is None


def test_where_the_token_does_not_fit_the_address_stays_as_it_is() -> None:
    long = f"{'a' * 40}@hilo.example"
    assert TOKENS.address(long, Purpose.REPLY, ANA, CONVERSATION) == long


@pytest.mark.parametrize(
    ("address", "tag"),
    [
        ("care@hilo.example", ""),
        ("care+@hilo.example", ""),
        ("CARE+Ventas@HILO.example", "ventas"),
        ("care+a+b@hilo.example", "a+b"),
        ("carex+a@hilo.example", ""),
        ("care+a@other.example", ""),
        ("no address", ""),
    ],
)
def test_the_tag_of_an_address(address: str, tag: str) -> None:
    assert tag_of(address, CARE) == tag
