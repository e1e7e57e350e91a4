"""The desk's small parts: words for every refusal, the reader's language, changes told as one, addresses."""

import ast
import re
from pathlib import Path

import msgspec
import pytest
from aiohttp.test_utils import make_mocked_request

from desk.access import _network
from desk.bodies import Reply
from desk.news import gather
from desk.problems import Problem, language_of
from desk.rules_news import RulesNews
from desk.words import REFUSED, SAYINGS, saying
from router.model.event import ReplyWritten
from router.model.ids import ConversationId
from router.model.message import ChannelName, Handle
from router.store.feed import Change
from router.store.rules_status import RulesStatus
from rules.problems import Problem as Mistake
from tests.clock import MONDAY
from tests.core import ANA

CORE = Path(__file__).parents[2] / "router" / "core"


def test_every_refusal_of_the_core_has_words_in_both_languages() -> None:
    # given all codes that the core refuses commands with (a timer that came too late has no author to tell)
    text = "".join(path.read_text(encoding="utf-8") for path in CORE.glob("*.py"))
    codes = set(re.findall(r'refused\("(\w+)"\)|revision, "(\w+)"|reason="(\w+)"', text))
    wanted = {name for found in codes for name in found if name} - {"stale"}
    assert {"empty_text", "not_your_team", "changed_since", "unknown_conversation"} <= wanted
    assert wanted - set(SAYINGS) == set()
    for words in SAYINGS.values():
        assert len({*words.en, *words.es}) == 4
        assert all(words.en)
        assert all(words.es)


def test_every_problem_that_the_desk_tells_has_words() -> None:
    desk = Path(__file__).parents[2] / "desk"
    calls = [node for path in desk.glob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    codes = {
        call.args[0].value
        for call in calls
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "Problem"
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(codes) > 15
    assert codes - set(SAYINGS) == set()


def test_a_reply_names_who_gets_a_copy() -> None:
    # given a reply as the API takes it
    body = msgspec.json.decode(b'{"text":"Hola","channel":"email","copied":["eva@example.org"]}', type=Reply)
    assert body.command(ANA, MONDAY) == ReplyWritten(
        ANA, "Hola", ChannelName("email"), copied=(Handle("email", "eva@example.org"),)
    )
    # then what is no address is refused, and so are too many
    for address in ("eva", "eva@", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "<a@b.example>", ""):
        with pytest.raises(Problem, match="bad_address"):
            Reply("Hola", blind_copied=(address,)).command(ANA, MONDAY)
    many = msgspec.json.encode({"text": "Hola", "copied": [f"a{number}@b.example" for number in range(21)]})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(many, type=Reply)


def test_a_refusal_of_tomorrow_is_told_as_one() -> None:
    assert saying("a_rule_that_comes_later") is REFUSED


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("es", "es"),
        ("ES-pa", "es"),
        ("de, es;q=0.5, en;q=0.9", "en"),
        ("de, fr", "en"),
        ("en;q=0.1, es", "es"),
        ("es;q=x, en;q=0.2", "es"),
        (",;,=;q=", "en"),
    ],
)
def test_the_reader_s_language(header: str, language: str) -> None:
    request = make_mocked_request("GET", "/", headers={"Accept-Language": header})
    assert language_of(request) == language


def test_changes_of_one_conversation_are_told_as_one_at_its_latest_place() -> None:
    # given changes of two conversations, and a refusal, which changes nothing
    changes: dict[ConversationId, Change] = {}
    for name, kinds, position in (
        ("a", ("message_in", "routed"), "1"),
        ("b", ("message_in",), "2"),
        ("a", ("message_in", "claimed"), "3"),
        ("a", (), "4"),
        (None, (), "5"),
    ):
        gather(changes, Change(ConversationId(name) if name else None, 1, "", kinds, 0, position))
    # then each is there once, the latest last, with all that happened to it
    assert [(change.conversation, change.kinds, change.position) for change in changes.values()] == [
        ("b", ("message_in",), "2"),
        ("a", ("message_in", "routed", "claimed"), "3"),
    ]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("no address", "no address"),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    assert _network(address) == network


def test_mistakes_in_files_beside_the_rules_are_told_with_those_of_the_rules() -> None:
    # given a router, and a door that keeps to the kinds of facts, in whose files somebody made a mistake
    problem = Mistake("rules/facts/00.yaml", 3, 5, "`meter` is a new kind of fact", "give `label`")
    kinds = RulesStatus("", 0, MONDAY, refused_at=MONDAY, mistakes=1, problems=(problem,))
    news = RulesNews({"a": RulesStatus("39a5", 14, MONDAY), "z": kinds})
    # then it is told where the rules' are, and the rules in force are the router's
    shown = news.shown(ANA)
    assert (shown["version"], shown["rules"], shown["mistakes"], shown["files"]) == ("39a5", 14, 1, ["00.yaml"])
    assert [router["router"] for router in news.routers(ANA)] == ["a"]
