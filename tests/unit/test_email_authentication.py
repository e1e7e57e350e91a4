"""Who wrote a mail: what proves it, and all that must not."""

import asyncio
import hashlib
import random
import re
import time
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from unittest import mock

import dkim
import pytest
import structlog
from dkim.canonicalization import Relaxed, Simple
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.address import mail_handle
from channels.email.authentication import Authentication
from channels.email.author import author_of
from channels.email.body_digest import body_digest
from channels.email.headers import Headers
from channels.email.own_thread import OwnThread
from channels.email.resolver import UNANSWERED, DnsKeys
from channels.email.signatures import is_proved_by, signatures_of
from tests.clock import HeldClock
from tests.dkim_signer import Signer
from tests.name_server import Fault, NameServer, running_name_server

OURS = "mx.hilo.example"
NOW = datetime.now(UTC).replace(microsecond=0)
SIGNER = Signer("example.org")
HEAD = b"To: care@hilo.example\r\nSubject: Pedido 41\r\nMessage-ID: <41@example.org>\r\n"
BODY = b"\r\nHola,  \xc2\xbfqu\xc3\xa9 tal? \r\n\r\nAna\r\n"
MAIL = b"From: Ana <ana@example.org>\r\n" + HEAD + BODY
SEPARATE = re.compile(r"[^@\s<>]+@[^@\s<>]+")


class Published:
    """Keys as a test publishes them; it remembers who was asked for."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self.keys = keys
        self.asked: list[str] = []

    async def find(self, names: list[str]) -> dict[str, bytes]:
        self.asked += names
        return {name: self.keys[name] for name in names if name in self.keys}


async def author(
    mail: bytes, keys: dict[str, bytes] | None = None, *, server: str | None = None, received_at: datetime = NOW
) -> str:
    """Who is proved to have written `mail`; empty if nobody is."""
    published = Published({SIGNER.name: SIGNER.record} if keys is None else keys)
    with OwnThread("test") as thread:
        found = await Authentication(published, server).author(mail, received_at, thread)
    return found.address if found else ""


@pytest.mark.parametrize("canonicalize", [(b"relaxed", b"relaxed"), (b"simple", b"simple"), (b"relaxed", b"simple")])
async def test_a_mail_that_its_domain_signed_is_its_authors(canonicalize: tuple[bytes, bytes]) -> None:
    mail = SIGNER.sign(MAIL, canonicalize=canonicalize)
    assert await author(mail) == "ana@example.org"
    # and nothing in it can be changed
    for what, other in ((b"Hola", b"Adios"), (b"Pedido 41", b"Pedido 42"), (b"ana@", b"eva@")):
        assert await author(mail.replace(what, other)) == ""


async def test_what_mail_servers_do_on_the_way_leaves_it_proved() -> None:
    # given a mail that was relayed: headers above, blanks at line ends, an empty line more, line ends of Unix
    relayed = b"Received: from a by b\r\nX-Spam: no\r\n" + SIGNER.sign(MAIL).replace(b"tal? \r\n", b"tal?\t \r\n")
    assert await author(relayed + b"\r\n") == "ana@example.org"
    assert await author(relayed.replace(b"\r\n", b"\n")) == "ana@example.org"


@pytest.mark.parametrize(
    ("sender", "signer", "proved"),
    [
        ("ana@example.org", "example.org", True),
        ("ana@mail.example.org", "example.org", True),
        ("ana@example.org", "mail.example.org", True),
        ("ana@a.example.co.uk", "b.example.co.uk", True),
        ("Ana@EXAMPLE.org", "example.org", True),
        # another organisation, one that looks like it, one below the same suffix
        ("ana@example.org", "example.net", False),
        ("ana@example.org", "badexample.org", False),
        ("ana@example.org", "example.org.evil.example", False),
        ("ana@one.co.uk", "other.co.uk", False),
        ("ana@one.co.uk", "co.uk", False),
        ("ana@one.github.io", "two.github.io", False),
        ("ana@one.com.pa", "com.pa", False),
        ("ana@localhost", "localhost", False),
    ],
)
async def test_who_signs_has_to_be_of_the_organisation_of_from(sender: str, signer: str, proved: bool) -> None:
    by = Signer(signer)
    mail = by.sign(f"From: {sender}\r\n".encode() + HEAD + BODY)
    found = await author(mail, {by.name: by.record})
    assert found.lower() == (sender.lower() if proved else "")


async def test_keys_of_others_are_not_even_asked_for() -> None:
    mail = MAIL
    for number in range(20):
        mail = Signer(f"list{number}.example").sign(mail)
    for number in range(6):
        mail = Signer("example.org", f"s{number}").sign(mail)
    published = Published({})
    with OwnThread("test") as thread:
        assert await Authentication(published).author(mail, NOW, thread) is None
    assert published.asked == [f"s{number}._domainkey.example.org" for number in (5, 4, 3)]


async def test_a_second_signature_of_the_domain_will_do() -> None:
    mail = Signer("example.org", "unpublished").sign(SIGNER.sign(MAIL))
    assert await author(mail) == "ana@example.org"


def changed(mail: bytes, tag: bytes, value: bytes) -> bytes:
    """`mail` whose signature says something else in one tag."""
    return re.sub(rb"\b%s=[^;]*;" % tag, b"%s=%s;" % (tag, value), mail, count=1)


async def test_a_signature_that_is_over_or_not_for_all_of_the_mail_proves_nothing() -> None:
    # given a signature for a part of the text only, and one that does not cover From
    assert await author(SIGNER.sign(MAIL, length=True)) == ""
    assert await author(changed(SIGNER.sign(MAIL), b"h", b"to:subject")) == ""
    # then one by SHA-1, one without what it needs, one that says a tag twice
    assert await author(SIGNER.sign(MAIL, signature_algorithm=b"rsa-sha1")) == ""
    assert await author(changed(SIGNER.sign(MAIL), b"bh", b"")) == ""
    assert await author(SIGNER.sign(MAIL).replace(b"v=1;", b"v=1; d=example.org;")) == ""


async def test_a_signature_is_over_after_its_time() -> None:
    # given one that may be used until a moment ago (the library signs none such, so its own check stays the reference)
    mail = changed(SIGNER.sign(MAIL), b"t", b"%d; x=%d" % (NOW.timestamp() - 60, NOW.timestamp()))
    assert signatures_of(mail, "example.org", NOW)
    assert not signatures_of(mail, "example.org", NOW + timedelta(minutes=6))
    assert not signatures_of(changed(mail, b"x", b"tomorrow"), "example.org", NOW)


@pytest.mark.parametrize(
    "record",
    [
        b"v=DKIM1; t=y; p=KEY",
        b"v=DKIM1; s=tlsrpt; p=KEY",
        b"v=DKIM1; h=sha1; p=KEY",
        b"v=DKIM2; p=KEY",
        b"v=DKIM1; k=ed25519; p=KEY",
        b"v=DKIM1; p=",
        b"v=DKIM1; p=!!!!",
        b"v=DKIM1; p=AAAA",
        b"v=DKIM1; p=" + b"A" * 5000,
        b"\xff\xfe",
        b"=;=;",
    ],
)
async def test_a_key_that_is_none_proves_nothing(record: bytes) -> None:
    key = SIGNER.record.partition(b"p=")[2]
    assert await author(SIGNER.sign(MAIL), {SIGNER.name: record.replace(b"KEY", key)}) == ""


async def test_a_weak_key_proves_nothing() -> None:
    weak = Signer("example.org", bits=768)
    assert await author(weak.sign(MAIL), {weak.name: weak.record}) == ""


async def test_a_key_for_the_domain_alone_serves_no_part_of_it() -> None:
    strict = {SIGNER.name: SIGNER.record_with(b"v=DKIM1; t=s")}
    assert await author(SIGNER.sign(MAIL), strict) == "ana@example.org"
    assert await author(SIGNER.sign(MAIL, identity=b"@mail.example.org"), strict) == ""


@pytest.mark.parametrize(
    "sender",
    [
        "ana@example.org, mallory@evil.example",
        "ana@example.org <mallory@evil.example>",
        "Ana: ana@example.org;",
        "Ana (de mallory@evil.example) <ana@example.org>",
        "<@evil.example:ana@example.org>",
        "ana@example.org\r\nFrom: mallory@evil.example",
        "ana@example.org\rFrom: mallory@evil.example",
        "ana",
        "",
    ],
)
async def test_a_from_that_two_programs_may_read_in_two_ways_proves_nobody(sender: str) -> None:
    head = f"From: {sender}\r\n".encode() + HEAD
    trusted = f"Authentication-Results: {OURS}; dmarc=pass header.from=example.org\r\n".encode()
    assert await author(SIGNER.sign(head + BODY)) == ""
    assert await author(trusted + head + BODY, server=OURS) == ""


@pytest.mark.parametrize(
    "sender", ['"ana@example.org" <mallory@evil.example>', "=?utf-8?q?ana=40example.org?= <mallory@evil.example>"]
)
async def test_a_name_that_looks_like_an_address_is_a_name(sender: str) -> None:
    evil = Signer("evil.example")
    mail = evil.sign(f"From: {sender}\r\n".encode() + HEAD + BODY)
    assert await author(mail, {evil.name: evil.record}) == "mallory@evil.example"


async def test_headers_that_only_some_programs_see_prove_nobody() -> None:
    # given a mail that a large provider signed for mallory, with another head before lone CRs that end it for some
    mail = b"X-A: a\rFrom: ana@example.org\r\r\nFrom: mallory@example.org\r\n" + HEAD + BODY
    assert await author(SIGNER.sign(mail)) == ""


@pytest.mark.parametrize(
    ("found", "proved"),
    [
        ("dmarc=pass (p=reject) header.from=example.org", True),
        (
            "spf=fail smtp.mailfrom=x@evil.example; dkim=pass header.d=example.org; dmarc=pass header.from=example.org",
            True,
        ),
        ("dkim=pass (2048-bit key) header.d=mail.example.org header.i=@mail.example.org header.b=abc", True),
        ("dkim=pass header.i=@example.org", True),
        ("dkim=pass header.d=example.org; dmarc=none header.from=example.org", True),
        # SPF is about the envelope, and what is of another domain about another mail
        ("spf=pass smtp.mailfrom=ana@example.org", False),
        ("dmarc=pass header.from=evil.example", False),
        ("dmarc=pass", False),
        ("dkim=pass header.d=evil.example", False),
        ("dkim=pass", False),
        ("dkim=fail header.d=example.org", False),
        ("dkim=pass header.d=example.org; dmarc=fail header.from=example.org", False),
        ("dkim=pass header.d=example.org; dmarc=temperror header.from=example.org", False),
        ("none", False),
        ("dmarc=pass header.from=example.org; (((", False),
    ],
)
async def test_what_our_own_server_found_counts(found: str, proved: bool) -> None:
    for name in (OURS, f"{OURS.upper()} 1", f"(a comment) {OURS}"):
        mail = f"Authentication-Results: {name}; {found}\r\n".encode() + MAIL
        assert await author(mail, server=OURS) == ("ana@example.org" if proved else ""), name
        # and of any other server, or of ours if no name is configured, nothing
        assert await author(mail, server="mx.other.example") == ""
        assert await author(mail) == ""


@pytest.mark.parametrize("top", ["dmarc=fail header.from=example.org", "dkim=none", "spf=pass smtp.helo=a", "((("])
async def test_only_the_topmost_of_our_server_counts(top: str) -> None:
    # given a mail to which its sender gave a finding in our server's name; the server put its own above
    planted = f"Authentication-Results: {OURS}; dmarc=pass header.from=example.org\r\n".encode()
    foreign = b"Authentication-Results: mx.list.example; dmarc=pass header.from=example.org\r\n"
    mail = f"Authentication-Results: {OURS}; {top}\r\n".encode() + b"Received: from x by y\r\n" + planted + MAIL
    assert await author(foreign + mail, server=OURS) == ""


async def test_what_our_server_says_stands_over_what_is_checked_here() -> None:
    # given a good signature, which our server calls bad
    mail = SIGNER.sign(MAIL)
    assert await author(f"Authentication-Results: {OURS}; dkim=fail\r\n".encode() + mail, server=OURS) == ""
    # and one of which it says nothing: then it is checked here
    for silent in (b"", f"Authentication-Results: {OURS}; spf=pass smtp.mailfrom=a@b.example\r\n".encode()):
        assert await author(silent + mail, server=OURS) == "ana@example.org"


@pytest.fixture
async def name_server() -> AsyncIterator[NameServer]:
    async with running_name_server() as server:
        yield server


async def found_at(server: NameServer, within: float = 3) -> dict[str, bytes]:
    """What the DNS gives for the signer's key."""
    return await DnsKeys(HeldClock(NOW), timedelta(seconds=within), server.endpoint).find([SIGNER.name])


async def test_a_key_is_read_from_the_dns(name_server: NameServer) -> None:
    name_server.texts[SIGNER.name] = [SIGNER.record]
    assert await found_at(name_server) == {SIGNER.name: SIGNER.record}
    # of several texts the one that is a key
    name_server.texts[SIGNER.name] = [b"google-site-verification=1", SIGNER.record]
    assert await found_at(name_server) == {SIGNER.name: SIGNER.record}
    # of two keys neither, and none of what is not there
    name_server.texts[SIGNER.name] = [SIGNER.record, SIGNER.record_with(b"v=DKIM1")]
    assert await found_at(name_server) == {}
    name_server.texts.clear()
    assert await found_at(name_server) == {}


async def test_it_is_asked_for_once_while_it_lasts(name_server: NameServer) -> None:
    name_server.texts[SIGNER.name] = [SIGNER.record]
    keys = DnsKeys(HeldClock(NOW), timedelta(seconds=3), name_server.endpoint)
    for _ in range(3):
        assert await keys.find([SIGNER.name, SIGNER.name]) == {SIGNER.name: SIGNER.record}
    assert name_server.asked == [SIGNER.name]


@pytest.mark.parametrize("fault", list(Fault))
async def test_whatever_a_name_server_does_is_no_more_than_no_key(name_server: NameServer, fault: Fault) -> None:
    name_server.texts[SIGNER.name] = [SIGNER.record]
    name_server.fault = fault
    # (what has no limit of its own ends here, as a failure)
    async with asyncio.timeout(30):
        assert await found_at(name_server, within=0.3) == {}
    assert name_server.asked


async def test_a_dns_that_is_away_is_left_alone_for_a_while(name_server: NameServer) -> None:
    # given name servers that do not answer
    clock = HeldClock(NOW)
    keys = DnsKeys(clock, timedelta(milliseconds=100), name_server.endpoint)
    name_server.texts[SIGNER.name] = [SIGNER.record]
    name_server.fault = Fault.SILENT
    with structlog.testing.capture_logs() as logs:
        for _ in range(UNANSWERED):
            assert await keys.find([SIGNER.name]) == {}
        # then mails no longer wait for them
        before = len(name_server.asked)
        assert await keys.find([SIGNER.name]) == {}
        assert len(name_server.asked) == before
        # until some time has passed
        name_server.fault = None
        await clock.advance(timedelta(seconds=30))
        assert await keys.find([SIGNER.name]) == {SIGNER.name: SIGNER.record}
    assert [line["event"] for line in logs] == ["dns_away", "dns_back"]


async def test_a_domain_whose_own_servers_fail_turns_nobody_elses_proof_off(name_server: NameServer) -> None:
    # given mails in a row, by whoever has such a domain
    keys = DnsKeys(HeldClock(NOW), timedelta(seconds=3), name_server.endpoint)
    name_server.texts[SIGNER.name] = [SIGNER.record]
    name_server.fault = Fault.SERVFAIL
    for _ in range(UNANSWERED):
        assert await keys.find(["one._domainkey.lame.example"]) == {}
    # then the key of another's is found as ever
    name_server.fault = None
    assert await keys.find([SIGNER.name]) == {SIGNER.name: SIGNER.record}


async def test_a_machine_without_name_servers_reads_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dns.resolver.Resolver.read_resolv_conf", lambda self, path: None)
    assert await DnsKeys(HeldClock(NOW), timedelta(seconds=1)).find([SIGNER.name]) == {}


@given(st.lists(st.sampled_from([b" ", b"\t", b"a", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"ab c"]), max_size=40))
@settings(max_examples=300, deadline=None)
def test_a_body_has_the_digest_that_the_library_gives_it(pieces: list[bytes]) -> None:
    # given what the library, which knows whole bodies only, makes of a mail
    body = b"".join(pieces)
    _, read = dkim.rfc822_parse(b"A: b\r\n\r\n" + body)
    for canonical, is_relaxed in ((Relaxed, True), (Simple, False)):
        expected = hashlib.sha256(canonical.canonicalize_body(read)).digest()
        # then it is the same in one piece and in many
        for size in (1, 3, 1000):
            with mock.patch("channels.email.body_digest.CHUNK", size):
                assert body_digest(body, is_relaxed) == expected, (body, is_relaxed, size)


@pytest.mark.parametrize("unit", [b" ", b"x \t y ", b"\r\n", b"\n \n"])
def test_a_hostile_body_costs_a_moment_and_little_room(unit: bytes) -> None:
    # given 25 MB of what would take the library hours, or a gigabyte
    body = unit * (25_000_000 // len(unit)) + b"x\r\n"
    tracemalloc.start()
    began = time.process_time()
    body_digest(body, is_relaxed=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - began < 20
    assert peak < 150_000_000


@given(st.binary(max_size=600), st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_bytes_stop_it(mess: bytes, key: bytes) -> None:
    mail = b"DKIM-Signature: d=example.org; s=one; h=from; a=rsa-sha256; " + mess + b"\r\n" + MAIL
    for signature in signatures_of(mail, "example.org", NOW):
        assert not is_proved_by(mail, signature, key)
        assert not is_proved_by(mail, signature, SIGNER.record)


PIECES = [
    *(
        "ana@example.org",
        "mallory@evil.example",
        "Ana",
        '"Ana"',
        '"a@b.example"',
        "<ana@example.org>",
        "<m@evil.example>",
    ),
    *("<", ">", ",", ";", ":", "(", ")", '"', "\\", "@", ".", " ", "\t", "=?utf-8?q?a=40b?=", "ñ", "[127.0.0.1]"),
]


def test_ten_thousand_froms_as_a_second_parser_reads_them() -> None:
    """Whom we call the author is whom the other parser names, and no other address stands there outside of a name."""
    chance, proved = random.Random(5), 0
    for _ in range(10_000):
        value = "".join(chance.choices(PIECES, k=chance.randint(1, 5)))
        found = author_of(Headers.of(f"From: {value}\r\n\r\n".encode()))
        if found is None:
            continue
        proved += 1
        assert mail_handle(parseaddr(value)[1]) == found, value
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", value)
        assert len(SEPARATE.findall(bare)) == 1, value
    assert proved > 300
