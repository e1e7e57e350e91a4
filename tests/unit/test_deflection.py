"""Where a reply sends the customer elsewhere, and where it only speaks of other places; all texts are our own."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.guard.deflection import deflection
from router.core.guard.legible import legible
from router.model.finding import Destination
from tests.cases import shared_cases

LINES = [
    line.split("|", 2)
    for name in ("deflection.txt", "deflection.en.txt")
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
PLACES = [
    ("dm", "Pasanos tu DNI por privado"),
    ("dm", "Shoot us a DM"),
    ("email", "Escriba a soporte@telco.example"),
    ("email", "Please email us the invoice"),
    ("phone", "Llámanos"),
    ("phone", "Llamanos al 0810 555 0123"),
    ("phone", "Give us a call"),
    ("whatsapp", "Contáctanos por WhatsApp al +51 900 000 000"),
    ("branch", "Acérquese a la sucursal más cercana"),
    ("branch", "Stop by one of our stores"),
    ("app", "Bajate la app y cargá el reclamo desde ahí"),
    ("web", "Completá el formulario y te respondemos"),
    ("company", "Consulte directamente con el fabricante"),
    ("company", "Please contact your bank"),
]
# Parts that wordings are made of, to be put together by chance.
PARTS = (
    *("por favor", "te", "le", "nos", "no", "que", "llama", "llámanos", "escribe", "envíanos", "al", "correo", "DM"),
    *("mensaje directo", "gracias por", "si", ",", ".", "¿", "?", ":", "please", "you", "can", "we", "will", "call us"),
    *("email", "at", "here", "https://a.example/b", "a@b.example", "+507 6123-4567", "611", "@ana", "🎉", "\n"),
)


@pytest.mark.parametrize(("expected", "channel", "text"), LINES)
def test_what_sends_the_customer_elsewhere_is_told_from_what_stays(expected: str, channel: str, text: str) -> None:
    found = deflection(text, None, channel)
    assert bool(found) is (expected == "stop"), found
    assert all(text[each.start : each.end] == each.phrase for each in found)


@pytest.mark.parametrize(("to", "text"), PLACES)
def test_it_is_told_where_to(to: str, text: str) -> None:
    assert [each.to for each in deflection(text)] == [Destination(to)]


@pytest.mark.parametrize(
    "text",
    [
        "escríbenos al correo soporte@telco.example",
        "write to us at care@hilo.example",
        "Escríbenos un correo a care@hilo.example",
    ],
)
def test_a_mail_that_tells_to_write_to_another_mailbox_sends_the_customer_to_email(text: str) -> None:
    assert [each.to for each in deflection(text, None, "email")] == [Destination.EMAIL]


def test_a_mail_may_name_a_mailbox_that_nobody_is_told_to_write_to() -> None:
    for text in ("Enviamos la factura a luz@example.org", "We have sent it to luz@example.org", "Reply to this mail"):
        assert deflection(text, None, "email") == (), text


def test_who_does_it_and_for_whom_decides() -> None:
    # given the same call, told to the customer, promised by us, and of the past
    told, ours, past = "Llámanos mañana al 611", "Te llamamos mañana al 611", "Ya llamaste ayer al 611"
    # then only the first sends anybody anywhere
    assert [bool(deflection(text, "es", "twitter_public")) for text in (told, ours, past)] == [True, False, False]


def test_the_channel_that_it_leaves_by_is_no_other() -> None:
    text = "Mándame por DM la foto de la factura"
    assert [bool(deflection(text, "es", channel)) for channel in ("twitter_public", "twitter_dm")] == [True, False]


def test_a_place_is_counted_in_the_text_as_written() -> None:
    # given letters of more than one byte, and of more than one unit of UTF-16, before it
    text = "🎉 ¡Ñandú! Mándanos un DM, José"
    (found,) = deflection(text)
    assert (found.start, found.end, found.phrase) == (10, 24, "Mándanos un DM")


def test_a_language_that_is_not_known_is_looked_for_in_all() -> None:
    for lang in (None, "unknown", "pt"):
        assert deflection("Please DM us", lang)
        assert deflection("Mándanos un DM", lang)


@given(st.one_of(st.text(), st.lists(st.sampled_from(PARTS), max_size=60).map(" ".join)))
def test_whatever_is_written_is_read(text: str) -> None:
    found = deflection(text)
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(text[each.start : each.end] == each.phrase for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert len(legible(text)) == len(text)


@pytest.mark.parametrize(
    ("name", "lang", "hard"),
    [
        (name, lang, hard)
        for name in ("real_replies", "own_spanish")
        for lang in ("as labelled", None)
        for hard in (True, False)
    ],
)
def test_real_replies_are_told_apart(name: str, lang: str | None, hard: bool) -> None:
    # given replies that others labelled (one labeller, one pass: the noise of the labels is not known)
    path = shared_cases("channel_switch") / f"{name}.jsonl"
    known = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    asked = [each for each in known if hard or not each["hard"]]
    # when each is looked at
    seen = [bool(deflection(each["text"], lang and each["lang"], each["channel"])) for each in asked]
    # then of those stopped, and of those to be stopped, at least this share was right
    right = sum(stopped and each["label"] == "switch" for stopped, each in zip(seen, asked, strict=True))
    floor = 0.95 if name == "real_replies" else 0.9
    assert right / sum(seen) >= floor
    assert right / sum(each["label"] == "switch" for each in asked) >= floor


def test_real_requests_to_write_or_call_are_seen() -> None:
    # given tweets that their authors labelled as asking for a direct message or a call
    path = shared_cases("twcs_labelled") / "tweets.jsonl"
    known = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    wanted = ("Request DM", "Request to call by phone", "Request to reach out by chat")
    asked = [each["text"] for each in known if each["direction"] == "outbound" and set(wanted) & set(each["labels"])]
    # then nearly all are
    seen = [bool(deflection(text, "en", "twitter_public")) for text in asked]
    assert sum(seen) / len(seen) >= 0.95
