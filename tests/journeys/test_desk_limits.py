"""The desk against slow, endless and oversized requests, and what its pages are served with."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

import pytest
from redis.asyncio import Redis

from desk import app, body, guards, stream
from router.store.tasks import end_task
from tests.core import running_core
from tests.desk import CARLA, Office, running_desk

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def office(redis_url: str, redis_client: Redis) -> AsyncIterator[Office]:
    async with running_desk(redis_url) as running:
        yield running


async def test_a_large_body_is_refused_before_it_is_read(office: Office) -> None:
    # given a request that announces a megabyte, and one that does not say how much will come
    carla = await office.script(CARLA)
    announced = await _told(office, carla.headers, "Content-Length: 1000000", b"")
    endless = await office.ask(
        "POST", "/api/conversations/c-00-x/reply", data=_pieces(200), headers={**carla.headers, **JSON}
    )
    # then the first is answered though nothing of its body was sent, the second once it is too much
    assert announced.startswith(b"HTTP/1.1 413")
    assert (endless.status, endless.code) == (413, "too_large")


async def test_a_body_that_does_not_come_is_not_waited_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "READ_SECONDS", 0.2)
    carla = await office.script(CARLA)
    answer = await _told(office, carla.headers, "Content-Length: 100", b'{"text":')
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"code":"too_slow"' in answer


async def test_a_head_that_does_not_come_is_not_waited_for(
    redis_url: str, redis_client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given that a head has no longer than a whole request, here less, and somebody who reads the feed
    assert app.IDLE_SECONDS <= guards.DEADLINE_SECONDS
    monkeypatch.setattr(app, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.1)
    async with running_desk(redis_url) as office, (await office.script(CARLA)).feed() as feed:
        # when a head comes bit by bit
        reader, writer = await asyncio.open_connection("127.0.0.1", office.port)
        trickle = asyncio.create_task(_trickled(writer))
        async with asyncio.timeout(5):
            # then the connection ends all the same
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            # and the feed, which has lasted as long, goes on
            for _ in range(5):
                await feed.begun()
        await end_task(trickle)
        writer.close()


async def test_a_head_that_is_too_long(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    answer = await _told(office, {"Authorization": "Bearer " + "secret" * 1500}, "Content-Length: 0", b"")
    assert answer.split(b" ")[1] == b"400"
    # and what came is not in the log
    assert "LineTooLong" in caplog.text
    assert "secret" not in caplog.text


async def test_a_request_as_a_whole_has_a_deadline(
    redis_url: str, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a conversation, nobody at work on its partition, and a deadline shorter than the wait for an outcome
    async with running_core(redis_url) as core:
        conversation = await core.says("Hola")
    carla = await office.script(CARLA)
    monkeypatch.setattr(guards, "DEADLINE_SECONDS", 0.5)
    answer = await carla.post(f"/api/conversations/{conversation.id}/claim")
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "store_away", "2")


async def test_pages_are_served_with_what_keeps_them_safe(office: Office) -> None:
    page = await office.ask("GET", "/")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    script = await office.ask("GET", "/console/main.js")
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    for answer in (page, script, await office.ask("GET", "/nothing"), await office.ask("GET", "/api/me")):
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Server"] == "hilo"
    # and a browser that has a file already is told so
    again = await office.ask("GET", "/console/main.js", headers={"If-None-Match": script.headers["ETag"]})
    assert (again.status, again.body) == (304, "")


@pytest.mark.parametrize(
    "path", ["../app.py", "..%2fapp.py", "%2e%2e/settings.py", "nothing.js", "/etc/passwd", "styles", "main.js%00", "."]
)
async def test_no_name_leads_out_of_the_console(office: Office, path: str) -> None:
    answer = await _told(office, {}, "Content-Length: 0", b"", line=f"GET /console/{path} HTTP/1.1")
    assert answer.split(b" ")[1] in (b"404", b"400")
    assert b"import" not in answer


async def _told(office: Office, headers: Mapping[str, str], length: str, body: bytes, line: str = "") -> bytes:
    """What the desk answers, in bytes, to a request that is sent as it stands here."""
    reader, writer = await asyncio.open_connection("127.0.0.1", office.port)
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    first = line or "POST /api/conversations/c-00-x/reply HTTP/1.1"
    head = f"{first}\r\nHost: desk\r\nConnection: close\r\nContent-Type: application/json\r\n{more}{length}\r\n\r\n"
    writer.write(head.encode() + body)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


async def _trickled(writer: asyncio.StreamWriter) -> None:
    writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
    while not writer.is_closing():
        writer.write(b"x")
        await asyncio.sleep(0.02)


async def _pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 1024
