"""What holds for any text and any bytes: words are found however they are accented, files are taken or refused."""

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from router.model.ids import TeamId
from router.model.message import ChannelName
from router.settings import load_settings
from rules.conditions import Has, Where
from rules.document import load_rules
from rules.engine import Rule, RuleBook, Then
from rules.facts import Facts
from rules.problems import Problem, SourceError, format_problems
from rules.words import Term, fold

CARE = TeamId("care")
ACCENTS = "\u0300\u0301\u0302\u0303\u0308\u030a\u0327"
LETTERS = "abcdefghijklmnñopqrstuvwxyzáéíóúüàèìòùâêîôûäëïöåç0123456789"
SECONDS = 10.0

word = st.text(LETTERS, min_size=1, max_size=12)
other_text = st.text(st.characters(exclude_categories=["L", "N", "M", "Cs", "Cf", "Co", "Cn"]), max_size=10)


@st.composite
def a_word_and_how_it_is_written(draw: st.DrawFn) -> tuple[str, str]:
    """A word, and the same one with its letters' case and accents as they come."""
    plain = draw(word)
    written = "".join(
        draw(st.sampled_from([letter, letter.upper()])) + draw(st.sampled_from(["", *ACCENTS])) for letter in plain
    )
    return plain, draw(st.sampled_from([written, unicodedata.normalize("NFC", written)]))


def finds(sought: str, text: str) -> bool:
    rule = Rule("a", Has(Where.TEXT, Term.of(sought)), Then(CARE))
    return RuleBook(CARE, (rule,)).route(Facts(ChannelName("email"), text)).rule == "a"


@given(a_word_and_how_it_is_written(), other_text, other_text)
def test_case_and_accents_never_change_what_is_found(pair: tuple[str, str], before: str, after: str) -> None:
    plain, written = pair
    assert finds(plain, f"{before} {written} {after}")
    assert finds(written, f"{before} {plain} {after}")
    assert finds(plain[0] + "*", f"{before} {written} {after}")
    # and a word is found whole
    assert not finds(plain, f"x{written}")


@given(word, st.lists(word, max_size=5))
def test_a_word_is_found_just_where_it_is(sought: str, words: list[str]) -> None:
    def bare(text: str) -> str:
        return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))

    assert finds(sought, ", ".join(words)) is (bare(sought) in [bare(one) for one in words])


@given(st.text())
@example("İstanbul ﬁn ½ ª ß ẞ Ǆ ꭰ Ω ｆｕｌｌ pa\u200dpa e\u0301 \ufdfa")
def test_a_text_is_folded_letter_by_letter_as_it_is_as_a_whole(text: str) -> None:
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    assert fold(text) == "".join(letter for letter in apart if unicodedata.category(letter) not in ("Mn", "Me", "Cf"))


@given(st.text(max_size=200), st.text(min_size=1, max_size=20))
def test_any_text_is_read_and_any_word_is_sought_or_refused(text: str, sought: str) -> None:
    try:
        Term.of(sought)
    except ValueError:
        return
    assert finds(sought, f"{text} {sought.rstrip('* ')} {text}")


pieces = st.lists(
    st.sampled_from(
        ["rules", "name", "when", "then", "text", "any", "team", "care", "data", "teams", "channels", "email", "folder",
         ": ", ":\n", "\n", "\n  ", "\n    ", "- ", "[", "]", "{", "}", ",", "'", '"', "#", "&a ", "*a", "!!x ", "|\n",
         ">", "\t", "? ", "---\n", "%", "@", "\\", "\x00", "\x85", "\u2028", "\ufeff", "ñ", "1", "1e9", "~", "null"]
    ),
    max_size=60,
).map("".join)  # fmt: skip
contents = st.one_of(st.binary(max_size=300), pieces.map(str.encode), st.text(max_size=200).map(str.encode))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(contents)
@example(b"\xef\xbb\xbfrules: []")
@example("rules: [{name: ñ".encode())
@example(b"rules:\n" + b"- &a {}\n" * 50)
@example(b"a: " + b"9" * 5000)
@example(b'"\\ud800": "\\ud800"')
def test_any_bytes_are_taken_or_refused_with_a_place(tmp_path: Path, content: bytes) -> None:
    # given a folder and a configuration of those bytes
    folder = tmp_path / "rules"
    folder.mkdir(exist_ok=True)
    for path in (folder / "a.yaml", tmp_path / "config.yaml"):
        path.write_bytes(content)
    # then what is wrong with them is told within their lines
    lines = (
        content.count(b"\n") + content.count(b"\r") + content.count(b"\xc2\x85") + content.count(b"\xe2\x80\xa8") + 2
    )
    for problem in [*problems_of_rules(folder), *problems_of_settings(tmp_path / "config.yaml")]:
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
        assert format_problems([problem]).encode()


def problems_of_rules(folder: Path) -> tuple[Problem, ...]:
    try:
        load_rules(folder, [CARE], CARE)
    except SourceError as error:
        return error.problems
    return ()


def problems_of_settings(path: Path) -> tuple[Problem, ...]:
    try:
        load_settings(path)
    except SourceError as error:
        return error.problems
    return ()


MILLION = 1_000_000
LARGE = {
    "brackets": b"[" * MILLION,
    "braces": b"{" * MILLION,
    "dashes": b"- " * (MILLION // 2),
    "questions": b"? " * (MILLION // 2),
    "colons": b":" * MILLION,
    "quotes": b"'" * MILLION,
    "one key": b"a" * (MILLION - 3) + b": 1",
    "items": b"[" + b"a," * (MILLION // 2 - 1) + b"]",
    "one key many times": b"a: 1\n" * (MILLION // 5),
    "unknown keys": b"rules:\n- {" + b",".join(b"nmae%d: 1" % number for number in range(60_000)) + b"}\n",
    "unknown teams": b"rules:\n"
    + b"".join(b"- {name: a%d, when: {}, then: {team: caer}}\n" % number for number in range(15_000)),
    "items without a value": b"rules:\n" + b"-\n" * 190_000,
    "tabs": b"\t\n" * (MILLION // 2),
    "documents": b"---\n" * (MILLION // 4),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_file_is_refused_in_bounded_time(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.yaml").write_bytes(LARGE[name])
    began = time.process_time()
    with pytest.raises(SourceError) as refused:
        load_rules(tmp_path, [CARE], CARE)
    assert time.process_time() - began < SECONDS
    assert 1 <= len(refused.value.problems) <= 51


def test_a_long_message_is_read_in_bounded_time() -> None:
    # given a message of 25 million characters, and the characters that grow most when they are folded
    for text in ("factura " * 3_000_000, "\ufdfa" * MILLION, "İ" * MILLION):
        began = time.process_time()
        assert not finds("nowhere", text)
        assert time.process_time() - began < 1
