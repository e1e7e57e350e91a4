"""The web chat's pure parts, by tables; and its files as pages load them."""

import ipaddress
from datetime import timedelta

import aiohttp
import pytest
from multidict import CIMultiDict

from channels.buckets import Buckets
from channels.webchat.assets import Assets
from channels.webchat.frames import ConversationStage
from channels.webchat.limits import address_of
from channels.webchat.status import status_of, wait_left
from channels.webchat.visitor import UNUSED_FOR, is_fresh, new_token, visitor_of
from router.model.conversation import Conversation, ConversationState
from router.model.ids import AgentId, ConversationId, CustomerId, TeamId
from router.model.team import Ownership
from tests.clock import MONDAY
from tests.webchat import running_chat

PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8:1::/48")]
SECRET = b"the installation's"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        # what a stranger writes into the header counts for nothing
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("10.1.2.3", "1.2.3.4, 198.51.100.7", "198.51.100.7"),
        # each line that a proxy adds is read, the last one first, and without the port
        ("127.0.0.1", "1.2.3.4\n198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "198.51.100.7\n10.9.9.9", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("127.0.0.1", "[2001:db8:9:9::1]:4711", "2001:db8:9:9::/64"),
        # a proxy that says nothing leaves the address unknown: then nobody is counted together
        ("127.0.0.1", "", ""),
        # nonsense is counted as the proxy's own
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("10.1.2.3", "198.51.100.7, x:y:z", "10.1.2.3"),
        ("fe80::1%eth0", "", "fe80::/64"),
        ("10.1.2.3", "127.0.0.1", ""),
        (None, "198.51.100.7", ""),
        # one IPv6 customer has 2**64 addresses
        ("2001:db8:7:7:1:2:3:4", "", "2001:db8:7:7::/64"),
        ("2001:db8:1::5", "2001:db8:9:9::1", "2001:db8:9:9::/64"),
    ],
)
def test_whose_word_counts_for_where_a_page_is(peer: str | None, forwarded: str, address: str) -> None:
    headers = CIMultiDict(("X-Forwarded-For", line) for line in forwarded.split("\n") if line)
    assert address_of(peer, headers, PROXIES) == address


def test_a_bucket_lets_a_burst_pass_and_then_so_many_a_second() -> None:
    buckets = Buckets(per_second=2, size=3)
    assert [buckets.wait("ada", 100.0) for _ in range(5)] == [0, 0, 0, 0.5, 0.5]
    assert buckets.wait("beto", 100.0) == 0
    assert [buckets.wait("ada", 101.0) for _ in range(3)] == [0, 0, 0.5]


def test_a_clock_that_goes_back_keeps_nobody_from_their_turn() -> None:
    buckets = Buckets(per_second=1, size=3)
    assert buckets.wait("ada", 90_000.0) == 0
    assert [buckets.wait("ada", 100.0) for _ in range(3)] == [0, 0, 1]
    assert buckets.wait("ada", 101.0) == 0


def test_a_token_that_was_never_used_is_good_for_a_day_and_only_where_it_was_made() -> None:
    token = new_token(SECRET, MONDAY)
    assert is_fresh(token, SECRET, MONDAY + UNUSED_FOR - timedelta(seconds=1))
    assert not is_fresh(token, SECRET, MONDAY + UNUSED_FOR)
    assert not is_fresh(token, b"another installation's", MONDAY)
    assert not is_fresh("Z" + token[1:], SECRET, MONDAY)
    # and no two are alike, nor are the names that visitors are known by
    tokens = {new_token(SECRET, MONDAY) for _ in range(1000)}
    assert len(tokens) == len({visitor_of(each) for each in tokens}) == 1000
    assert all(visitor_of(each) and each not in str(visitor_of(each)) for each in tokens)


@pytest.mark.parametrize(
    ("usual", "waited", "left"),
    [(None, 0, None), (360, 0, 360), (360, 61, 300), (360, 359, 60), (360, 360, None), (360, 9000, None), (1, 0, 60)],
)
def test_the_wait_that_is_left(usual: int | None, waited: int, left: int | None) -> None:
    assert wait_left(usual, MONDAY, MONDAY + timedelta(seconds=waited)) == left


@pytest.mark.parametrize(
    ("state", "assignee", "stage", "place"),
    [
        (ConversationState.NEW, None, ConversationStage.WAITING, 3),
        (ConversationState.OPEN, AgentId("a-1"), ConversationStage.TAKEN, None),
        (ConversationState.SNOOZED, AgentId("a-1"), ConversationStage.TAKEN, None),
        (ConversationState.SNOOZED, None, ConversationStage.WAITING, None),
    ],
)
def test_taken_is_only_said_of_what_somebody_has(
    state: ConversationState, assignee: AgentId | None, stage: ConversationStage, place: int | None
) -> None:
    # given a conversation that waits for an answer
    conversation = Conversation(
        ConversationId("c-1"),
        CustomerId("p-1"),
        state,
        Ownership(TeamId("care"), MONDAY, "default"),
        MONDAY,
        MONDAY,
        assignee=assignee,
        waiting_since=MONDAY,
    )
    # then its visitor is told of somebody only where there is one, and of a place only where it stands in line
    status = status_of(conversation, "v-1", "Care", ahead=2, wait=60, has_address=False)
    assert (status.state, status.place, status.wait) == (stage, place, 60 if place else None)


async def test_the_files_are_kept_by_browsers_and_only_ever_what_they_are(redis_url: str, redis_client: object) -> None:
    async with running_chat(redis_url) as chat:
        async with chat.http.get(f"{chat.url}/widget.js") as loader:
            text = await loader.text()
            assert loader.headers["Content-Type"] == "text/javascript; charset=utf-8"
            assert loader.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert loader.headers["X-Content-Type-Options"] == "nosniff"
            assert "must-revalidate" in loader.headers["Cache-Control"]
        # what it loads is named after its content, and may be kept for ever
        version = text.split("./widget/")[1].split("/")[0]
        async with chat.http.get(f"{chat.url}/widget/{version}/element.js") as part:
            assert "immutable" in part.headers["Cache-Control"]
            body, tag = await part.read(), part.headers["ETag"]
        async with chat.http.get(f"{chat.url}/widget/{version}/element.js", headers={"If-None-Match": tag}) as same:
            assert (same.status, await same.read()) == (304, b"")
        # a page from before an update is given what there is
        async with chat.http.get(f"{chat.url}/widget/0000000000000000/element.js") as older:
            assert await older.read() == body
            assert "immutable" not in older.headers["Cache-Control"]
        # and nothing else is to be had
        for path in ("page/en.html.jinja", "../adapter.py", "..%2fadapter.py", "%2e%2e/settings.py", "nothing.js"):
            async with chat.http.get(f"{chat.url}/widget/{version}/{path}") as missing:
                assert missing.status == 404


# What no page loads, the other language, and what is loaded where somebody can be called.
NOT_ALWAYS = ("types.js", "strings/en.js", "call_offer.js")


async def test_the_widget_is_small_on_its_way(redis_url: str, redis_client: object) -> None:
    assets = Assets()
    scripts = [name for name in assets.files if name.endswith(".js") and name not in NOT_ALWAYS]
    async with running_chat(redis_url) as chat, aiohttp.ClientSession(auto_decompress=False) as http:
        total = 0
        for name in scripts:
            address = f"{chat.url}/widget/{assets.version}/{name}"
            async with http.get(address, headers={"Accept-Encoding": "gzip"}) as part:
                assert part.status == 200
                assert "immutable" in part.headers["Cache-Control"]
                total += len(await part.read())
    assert total < 15_500


LANGUAGES = [
    ("en-GB,en;q=0.9", "", "en"),
    ("es-PA", "", "es"),
    ("fr-FR,en;q=0.5", "", "en"),
    ("fr", "", "es"),
    ("", "", "es"),
    ("es", "en", "en"),
    ("en", "<script>", "en"),
]


async def test_the_page_that_shows_it_speaks_the_visitors_language(redis_url: str, redis_client: object) -> None:
    async with running_chat(redis_url) as chat:
        for wanted, chosen, language in LANGUAGES:
            headers = {"Accept-Language": wanted}
            async with chat.http.get(f"{chat.url}/", params={"language": chosen}, headers=headers) as answer:
                text = await answer.text()
                assert f'<html lang="{language}">' in text
                assert f"{chat.url}/widget.js" in text
                assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
