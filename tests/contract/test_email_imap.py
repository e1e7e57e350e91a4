"""The email channel on a real IMAP server: every mail once and in order, whatever happens to the line."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from channels.email.compose import Letterhead, compose
from channels.email.message_ids import MessageIds
from router.model.errors import PermanentError, Refusal
from router.model.message import Handle
from tests.dovecot import PASSWORD, USER, Dovecot, running_dovecot
from tests.email_channel import (
    CARE_ADDRESS,
    MADE_IN_THE_TEST,
    Post,
    message_in,
    raw_mail,
    receiving,
    reply,
    settings_for_tests,
)
from tests.tcp_proxy import Proxy, running_proxy
from tests.waiting import eventually


@pytest.fixture
async def dovecot() -> AsyncIterator[Dovecot]:
    async with running_dovecot() as running:
        yield running


def of(port: int, **more: Any) -> dict[str, Any]:
    """The settings of the mailbox behind `port`."""
    return {"imap": (port, USER, PASSWORD), **more}


async def put(dovecot: Dovecot, *mails: bytes, at: datetime | None = None) -> None:
    await asyncio.to_thread(dovecot.deliver, *mails, at=at)


async def test_what_lies_there_and_what_comes_are_both_read_in_order(
    dovecot: Dovecot, redis_url: str, redis_client: object
) -> None:
    # given a mailbox with mails from before, one of them read by somebody
    await put(dovecot, *(raw_mail(number=number) for number in range(120)))
    await flag(dovecot, 7, b"\\Seen")
    async with receiving(redis_url, settings_for_tests(**of(dovecot.imap_port))) as post:
        # then all of them come, oldest first
        keys = [(await post.take()).key for _ in range(120)]
        assert keys == [f"<{number}@example.org>" for number in range(120)]
        # when another comes while the server pushes
        await put(dovecot, raw_mail("¡Otra!", number="later"))
        message = await post.take()
        # then it is here long before anybody would look again, and is marked as read for the people who look
        assert (message.text, message.sender, message.author) == ("¡Otra!", Handle("email", "ana@example.org"), "Ana")
        await eventually(lambda: all_seen(dovecot, 121), "the flags")


async def test_a_restart_goes_on_where_it_was(dovecot: Dovecot, redis_url: str, redis_client: object) -> None:
    settings = settings_for_tests(**of(dovecot.imap_port))
    await put(dovecot, *(raw_mail(number=number) for number in range(5)))
    # given three mails of which the third was handed out but never settled
    async with receiving(redis_url, settings) as post:
        assert [(await post.take()).key for _ in range(2)] == ["<0@example.org>", "<1@example.org>"]
        assert message_in(await post.next()).key == "<2@example.org>"
    # when the channel comes back, then it comes again, and the first ones do not
    async with receiving(redis_url, settings) as post:
        assert [(await post.take()).key for _ in range(3)] == [f"<{number}@example.org>" for number in (2, 3, 4)]
        await nothing_comes(post)


async def test_what_the_inbox_refuses_comes_again_and_nothing_overtakes_it_for_good(
    dovecot: Dovecot, redis_url: str, redis_client: object
) -> None:
    await put(dovecot, *(raw_mail(number=number) for number in range(3)))
    async with receiving(redis_url, settings_for_tests(**of(dovecot.imap_port))) as post:
        # given a store that is away for the first mail, while the second is already on its way
        await post.adapter.refuse(await post.next(), Refusal("the store is away"))
        # then all are read again from the first on
        expected = [f"<{number}@example.org>" for number in range(3)]
        keys: list[str] = []
        while keys[-3:] != expected:
            keys.append((await post.take()).key)
        assert len(keys) <= 4
        await nothing_comes(post)


async def test_what_can_never_be_taken_stays_in_the_mailbox_for_a_person(
    dovecot: Dovecot, redis_url: str, redis_client: object
) -> None:
    settings = settings_for_tests(**of(dovecot.imap_port))
    await put(dovecot, raw_mail(number=0), raw_mail(number=1))
    async with receiving(redis_url, settings) as post:
        with capture_logs() as logs:
            await post.adapter.refuse(await post.next(), PermanentError("no way"))
        assert [line["event"] for line in logs if line["log_level"] == "error"] == ["mail_left_in_mailbox"]
        assert (await post.take()).key == "<1@example.org>"
        await eventually(lambda: flags_are(dovecot, {1: (b"\\Flagged",), 2: (b"\\Seen",)}), "the flags")
    # and it does not come again
    async with receiving(redis_url, settings) as post:
        await nothing_comes(post)


async def test_a_new_numbering_doubles_nothing(dovecot: Dovecot, redis_url: str, redis_client: object) -> None:
    # given mails that the inbox holds
    await put(dovecot, *(raw_mail(number=number) for number in range(30)))
    async with receiving(redis_url, settings_for_tests(**of(dovecot.imap_port))) as post:
        assert all([(await post.accept())[1].is_new for _ in range(30)])
        # A server that still writes flags writes its old numbers with them.
        await eventually(lambda: all_seen(dovecot, 30), "the flags")
        # when the server numbers them anew, and another comes
        dovecot.renumber()
        await put(dovecot, raw_mail(number="new"))
        # then all are read again, and the inbox takes the new one only
        taken = [await post.accept(30) for _ in range(31)]
        assert [message.key for message, accepted in taken if accepted.is_new] == ["<new@example.org>"]
        await nothing_comes(post)


async def test_after_a_new_numbering_what_the_inbox_may_have_forgotten_is_left_out(
    dovecot: Dovecot, redis_url: str, redis_client: object
) -> None:
    settings = settings_for_tests(**of(dovecot.imap_port))
    # given a mailbox that was read to its end, with a mail of last year
    await put(dovecot, raw_mail(number="old"), at=datetime.now(UTC) - timedelta(days=365))
    await put(dovecot, raw_mail(number="young"))
    async with receiving(redis_url, settings) as post:
        assert [(await post.take()).key for _ in range(2)] == ["<old@example.org>", "<young@example.org>"]
        await eventually(lambda: all_seen(dovecot, 2), "the flags")
        await nothing_comes(post)
        # when the numbers change
        dovecot.renumber()
        # then only the one comes again that the inbox surely knows
        await put(dovecot, raw_mail(number="new"))
        assert [(await post.take(30)).key for _ in range(2)] == ["<young@example.org>", "<new@example.org>"]
    # and an old mail that somebody moves into the mailbox later is read, since it is new there
    async with receiving(redis_url, settings) as post:
        await nothing_comes(post)
        await put(dovecot, raw_mail(number="moved"), at=datetime.now(UTC) - timedelta(days=365))
        assert (await post.take()).key == "<moved@example.org>"


async def test_a_line_that_is_cut_again_and_again_loses_and_doubles_nothing(
    dovecot: Dovecot, redis_url: str, redis_client: object
) -> None:
    async with (
        running_proxy(dovecot.imap_port) as proxy,
        receiving(redis_url, settings_for_tests(**of(proxy.port))) as post,
    ):
        keys = []
        with capture_logs() as logs:
            for number in range(6):
                # when the line breaks while we wait for news, and a mail comes meanwhile
                await eventually(partial(more_connections, proxy, number), "a connection")
                proxy.cut()
                await put(dovecot, raw_mail(number=number))
                keys.append((await post.take()).key)
        assert keys == [f"<{number}@example.org>" for number in range(6)]
        # then it was said once each time, and no more
        away = [line for line in logs if line["event"] == "mailbox_away"]
        assert 1 <= len(away) <= 6


async def test_a_server_that_falls_silent_is_left_for_a_new_line(
    dovecot: Dovecot, redis_url: str, redis_client: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given limits that a test can wait for
    monkeypatch.setattr("channels.email.imap.CONNECT_SECONDS", 1.0)
    monkeypatch.setattr("channels.email.imap.READ_SECONDS", 1.0)
    async with running_proxy(dovecot.imap_port) as proxy:
        settings = settings_for_tests(**of(proxy.port, imap_more={"poll": "1s"}))
        async with receiving(redis_url, settings) as post:
            await put(dovecot, raw_mail(number=1))
            await post.take()
            # when everything that is said disappears
            proxy.is_silent = True
            await put(dovecot, raw_mail(number=2))
            await eventually(partial(more_connections, proxy, 1), "another try", seconds=20)
            proxy.is_silent = False
            # then a new line brings what came meanwhile
            assert (await post.take(20)).key == "<2@example.org>"


async def test_a_server_that_does_not_push_is_asked(redis_url: str, redis_client: object) -> None:
    async with running_dovecot("imap_capability = IMAP4rev1") as dovecot:
        settings = settings_for_tests(**of(dovecot.imap_port, imap_more={"poll": "500ms"}))
        async with receiving(redis_url, settings) as post:
            for number in range(3):
                await put(dovecot, raw_mail(number=number))
                assert (await post.take(5)).key == f"<{number}@example.org>"


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_mails_are_pushed_through_tls_and_only_from_whom_we_trust(
    tls: str, redis_url: str, redis_client: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_dovecot(certified=True) as dovecot:
        port = dovecot.imaps_port if tls == "implicit" else dovecot.imap_port
        settings = settings_for_tests(**of(port, imap_more={"tls": tls}))
        await put(dovecot, raw_mail(number=0))
        # given a certificate that nobody vouches for, then it is said, and nothing is read
        with capture_logs() as logs:
            async with receiving(redis_url, settings) as post:
                await eventually(partial(logged, logs, "mailbox_away"), "a warning")
                await nothing_comes(post)
        assert "certificate" in next(line["error"] for line in logs if line["event"] == "mailbox_away")
        # and given one that is trusted, then what lies there and what comes is read, at once
        monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
        async with receiving(redis_url, settings) as post:
            for number in range(5):
                assert (await post.take(5)).key == f"<{number}@example.org>"
                await put(dovecot, raw_mail(number=number + 1))


async def test_a_mailbox_out_of_reach_is_waited_for(redis_url: str, redis_client: object) -> None:
    async with running_dovecot() as dovecot, running_proxy(dovecot.imap_port) as proxy:
        settings = settings_for_tests(imap=(proxy.port, USER, "wrong"))
        with capture_logs() as logs:
            async with receiving(redis_url, settings) as post:
                await eventually(partial(more_connections, proxy, 1), "a second try", seconds=20)
                await nothing_comes(post)
        warnings = [line for line in logs if line["event"] == "mailbox_away"]
        assert len(warnings) == 1
        assert "care" in warnings[0]["error"]
        assert "wrong" not in str(logs)


async def test_a_mail_too_large_is_shown_as_far_as_it_goes(
    dovecot: Dovecot, redis_url: str, redis_client: object
) -> None:
    # given a mail over the limit between two others
    await put(dovecot, raw_mail(number=0), raw_mail("x" * 300_000, number=1), raw_mail(number=2))
    async with receiving(redis_url, settings_for_tests(**of(dovecot.imap_port, max_size="200kB"))) as post:
        messages = [await post.take() for _ in range(3)]
    # then it has its place, who wrote it and what it was about, and says why there is no more
    assert [message.subject for message in messages] == ["Pedido 0", "Pedido 1", "Pedido 2"]
    large = messages[1]
    assert large.sender == Handle("email", "ana@example.org")
    assert "0.4 MB" in large.text
    assert "límite" in large.text
    assert "limit" in large.text


async def test_a_mail_that_breaks_the_line_each_time_does_not_stop_the_others(
    dovecot: Dovecot, redis_url: str, redis_client: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email.mailbox.LONGEST_PAUSE", timedelta(seconds=0.05))
    async with running_proxy(dovecot.imap_port) as proxy:
        # given a line that never gets through the second mail
        await put(dovecot, raw_mail(number=0), raw_mail("x" * 300_000, number=1), raw_mail(number=2))
        proxy.cut_after = 100_000
        async with receiving(redis_url, settings_for_tests(**of(proxy.port))) as post:
            messages = [await post.take(60) for _ in range(3)]
    # then it is shown by its headers, with the word that it is in the mailbox
    assert [message.key for message in messages] == [f"<{number}@example.org>" for number in range(3)]
    assert "Sigue en el buzón" in messages[1].text


@pytest.mark.parametrize(
    ("told", "instead"),
    [
        (rb"BODY\[\] \{\d+\}\r\n(?=.*Pedido 1\r\n).*?\r\n\)", b"BODY[] NIL)"),
        (rb" BODY\[\] \{\d+\}\r\n(?=.*Pedido 1\r\n).*?\r\n\)", b")"),
        (rb"(?<=\* 2 FETCH \(UID 2 )RFC822.SIZE \d+ ", b""),
    ],
    ids=["NIL", "no body", "no size"],
)
async def test_a_mail_that_is_named_but_not_handed_out_is_not_gone(
    told: bytes,
    instead: bytes,
    dovecot: Dovecot,
    redis_url: str,
    redis_client: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("channels.email.mailbox.LONGEST_PAUSE", timedelta(seconds=0.05))
    async with running_proxy(dovecot.imap_port) as proxy:
        # given a server that never gives out the second mail, or never says its size
        await put(dovecot, *(raw_mail(number=number) for number in range(3)))
        proxy.altered = partial(re.compile(told, re.DOTALL).sub, instead)
        async with receiving(redis_url, settings_for_tests(**of(proxy.port))) as post:
            messages = [await post.take(30) for _ in range(3)]
    # then it is shown by its headers, with the word that it is in the mailbox
    assert [message.key for message in messages] == [f"<{number}@example.org>" for number in range(3)]
    assert "Sigue en el buzón" in messages[1].text


async def test_a_mail_without_a_date_of_its_coming_has_one_key(
    dovecot: Dovecot, redis_url: str, redis_client: object
) -> None:
    async with running_proxy(dovecot.imap_port) as proxy:
        # given a server that does not say when a mail came, and one that is too large and has no Message-ID
        proxy.altered = partial(re.compile(rb' INTERNALDATE "[^"]*"').sub, b"")
        await put(dovecot, b"From: ana@example.org\r\n\r\n" + b"x\r\n" * 100_000)
        async with receiving(redis_url, settings_for_tests(**of(proxy.port, max_size="200kB"))) as post:
            first = await post.take()
            assert datetime.now(UTC) - first.sent_at < timedelta(minutes=1)
            await eventually(lambda: all_seen(dovecot, 1), "the flags")
            # when it is read again under another number, then it is the same one
            dovecot.renumber()
            await put(dovecot, raw_mail())
            assert (await post.take(30)).key == first.key


async def test_odd_mails_all_arrive(dovecot: Dovecot, redis_url: str, redis_client: object) -> None:
    mails = (
        b"Subject: no sender\r\n\r\nHola\r\n",
        b"\r\n",
        b"not a mail at all",
        b"From: ana@example.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n\r\nHola",
        b"From: ana@example.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 5000,
        b"From: ana@example.org\r\nContent-Type: text/plain; charset=x-none\r\n\r\n\xa1Hola!",
    )
    await put(dovecot, *mails)
    async with receiving(redis_url, settings_for_tests(**of(dovecot.imap_port))) as post:
        messages = [await post.take() for _ in mails]
    nobody, empty, words, broken, bomb, charset = messages
    assert nobody.sender.address.startswith("unknown-")
    assert nobody.sender.address.endswith("@invalid")
    assert "Hola" in nobody.text
    assert empty.sender.address.endswith("@invalid")
    assert "not a mail at all" in words.text
    assert "Hola" in broken.text
    assert "[Hilo]" in bomb.text
    assert charset.text == "¡Hola!"
    assert len({message.key for message in messages}) == len(mails)


async def test_our_own_mail_coming_back_is_no_message(dovecot: Dovecot, redis_url: str, redis_client: object) -> None:
    # given our own reply, what somebody else sent from our address, and a customer's mail
    ids = MessageIds(MADE_IN_THE_TEST, CARE_ADDRESS)
    await put(dovecot, compose(reply(), Letterhead(CARE_ADDRESS, "Atención", ids)))
    await put(dovecot, raw_mail(number=0, sender="Escáner <care@HILO.example>"), raw_mail(number=1))
    with capture_logs() as logs:
        async with receiving(redis_url, settings_for_tests(**of(dovecot.imap_port))) as post:
            assert [(await post.take()).key for _ in range(2)] == ["<0@example.org>", "<1@example.org>"]
            # and it is settled all the same
            await eventually(lambda: all_seen(dovecot, 3), "the flags")
    assert [line["key"] for line in logs if line["event"] == "own_mail_left_out"] == [ids.of(reply())]


async def nothing_comes(post: Post, seconds: float = 0.7) -> None:
    with pytest.raises(TimeoutError):
        await post.next(seconds)


async def more_connections(proxy: Proxy, count: int) -> bool:
    return proxy.connections > count


async def logged(logs: list[Any], event: str) -> bool:
    return any(line["event"] == event for line in logs)


async def flag(dovecot: Dovecot, uid: int, name: bytes) -> None:
    def set_flag() -> None:
        with dovecot.mailbox() as imap:
            imap.add_flags([uid], [name])

    await asyncio.to_thread(set_flag)


async def all_seen(dovecot: Dovecot, count: int) -> bool:
    def look() -> int:
        with dovecot.mailbox() as imap:
            return len(imap.search("SEEN"))

    return await asyncio.to_thread(look) == count


async def flags_are(dovecot: Dovecot, expected: dict[int, tuple[bytes, ...]]) -> bool:
    def look() -> dict[int, tuple[bytes, ...]]:
        with dovecot.mailbox() as imap:
            return {
                uid: tuple(name for name in flags if name != b"\\Recent")
                for uid, flags in imap.get_flags(imap.search("ALL")).items()
            }

    return await asyncio.to_thread(look) == expected
