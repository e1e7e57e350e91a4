"""Files at the desk: handed out to who may read their conversation, shown where they do no harm, sent along."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import channels.files
import desk.files
from channels.files import Files
from desk.taken import disposition, file_name
from history.archive import Archive
from router.model.conversation import Conversation
from router.model.event import Resolved
from router.model.message import Attachment, Proof
from tests.archived import LONG, feeder_of, opened
from tests.core import ANA, BETO, Core, running_core, written
from tests.desk import CARLA, Office, Script, running_desk
from tests.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
PAGE = b"<script>alert(1)</script>"
MAIL = b"From: ada@example.org\r\nSubject: Factura\r\n\r\nHola"


def digest(content: bytes) -> str:
    """What a file is kept under."""
    return hashlib.sha256(content).hexdigest()


SHOWN = (
    f'<p>Hola</p><img alt="logo" data-file="{digest(PNG)}"><img alt="no &amp; <i>" data-file="{digest(PAGE)}">'
    '<img data-src="http://pixel.example/?a=1&amp;b=2" width="1">'
    '<b title="data-src=&quot;x&quot;">&lt;img src="x"&gt;</b>'
).encode()


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    async with opened(tmp_path / "history") as found:
        yield found


@pytest.fixture
def files(tmp_path: Path) -> Files:
    kept = Files(tmp_path / "attachments")
    kept.keep({digest(content): content for content in (PNG, PAGE, MAIL, SHOWN)})
    return kept


@pytest.fixture
async def office(redis_url: str, core: Core, archive: Archive, files: Files) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=core.clock, archive=archive, files=files) as running:
        yield running


async def mails(core: Core, *attachments: Attachment, sender: str = "email:ada@example.org") -> Conversation:
    """The conversation of a mail with its HTML, itself, and `attachments`."""
    message = written("Hola", sender, at=core.clock.now(), channel="email")
    more: dict[str, Any] = {"subject": "Factura", "html": digest(SHOWN), "original": digest(MAIL)}
    await core.accept(replace(message, proof=Proof.DKIM, attachments=attachments, **more))
    return await eventually(lambda: core.open_of(sender), "the mail")


def attached(name: str, content: bytes, media_type: str = "image/png") -> Attachment:
    """A file as a channel lists it."""
    return Attachment(name, media_type, len(content), digest(content))


async def got(who: Script, path: str) -> tuple[int, bytes, Any]:
    """Status, body and headers of what is at `path`."""
    async with who.office.http.get(f"{who.office.url}{path}", headers=who.headers) as answer:
        return answer.status, await answer.read(), answer.headers


async def brings(who: Script, content: Any, name: str = "plan.pdf", kind: str = "application/pdf") -> Any:
    """What the desk answers to a file."""
    headers = {**who.headers, "Content-Type": kind}
    return await who.office.ask("POST", "/api/files", params={"name": name}, data=content, headers=headers)


async def test_a_file_is_handed_out_as_a_download_and_a_picture_is_shown(core: Core, office: Office) -> None:
    # given a mail with a picture, and with a page that calls itself one
    carla = await office.script(CARLA)
    ada = await mails(core, attached("foto niña.png", PNG), attached("foto.png", PAGE))
    base = f"/api/conversations/{ada.id}/files"
    # then both are downloads, whatever they are called
    status, body, headers = await got(carla, f"{base}/{digest(PNG)}")
    assert (status, body, headers["Content-Type"]) == (200, PNG, "application/octet-stream")
    assert (
        headers["Content-Disposition"]
        == "attachment; filename=\"foto nina.png\"; filename*=UTF-8''foto%20ni%C3%B1a.png"
    )
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    # and only what begins as a picture is shown as one
    kinds = {}
    for content in (PNG, PAGE):
        _, _, headers = await got(carla, f"{base}/{digest(content)}?inline")
        kinds[content] = (headers["Content-Type"], headers["Content-Disposition"].partition(";")[0])
    assert kinds == {PNG: ("image/png", "inline"), PAGE: ("application/octet-stream", "attachment")}
    # and the mail itself, and a part of a file, can be had
    _, body, headers = await got(carla, f"{base}/{digest(MAIL)}")
    assert (body, 'filename="Factura.eml"' in headers["Content-Disposition"]) == (MAIL, True)


async def test_a_digest_is_not_enough(core: Core, office: Office, files: Files) -> None:
    # given a file of one conversation, and somebody who may read another one, or neither
    carla, beto = await office.script(CARLA), await office.script(BETO)
    ada = await mails(core, attached("foto.png", PNG))
    bob = await core.says("Hola", "chat:bob")
    for who, path, code in (
        (carla, f"/api/conversations/{bob.id}/files/{digest(PNG)}", "no_such_file"),
        (carla, f"/api/conversations/{ada.id}/files/{digest(b'none')}", "no_such_file"),
        (carla, f"/api/conversations/{ada.id}/files/..%2F..%2Fetc%2Fpasswd", "no_such_file"),
        (beto, f"/api/conversations/{ada.id}/files/{digest(PNG)}", "not_your_team"),
        (beto, f"/api/conversations/{ada.id}/entries/1-0.0/html", "not_your_team"),
        (carla, f"/api/conversations/{bob.id}/entries/1-0.0/html", "no_html"),
    ):
        assert (await who.get(path)).code == code, path
    # and nobody sends what they have not brought: neither Carla into Bob's conversation, nor somebody a colleague's
    brought = (await brings(carla, b"plan")).body
    for who, name in ((carla, digest(PNG)), (await office.script(ANA), brought["digest"])):
        body = {"text": "Va", "attachments": [{"digest": name, "name": "x.png", "type": "image/png"}]}
        assert (await who.post(f"/api/conversations/{bob.id}/reply", body)).code == "unknown_file"
    # and what has gone from the disk is told as that
    gone = files.path(digest(PNG))
    assert gone is not None
    gone.unlink()
    assert (await carla.get(f"/api/conversations/{ada.id}/files/{digest(PNG)}")).code == "file_gone"


async def test_a_mail_is_shown_as_it_was_written_and_loads_nothing(core: Core, office: Office) -> None:
    carla, ada = await office.script(CARLA), await mails(core, attached("logo.png", PNG))
    [entry] = [told for told in await core.timeline(ada.id) if told.kind == "message_in"]
    address = f"/api/conversations/{ada.id}/entries/{entry.id}/html"
    # when it is asked for
    page = await carla.get(address)
    # then its own picture is within, what is none is left out, and nothing has an address that loads
    assert page.body.count(" src=") == 1 + 1
    assert '<img alt="logo" src="data:image/png;base64,' in page.body
    assert '<span class="left-out">no &amp; &lt;i&gt;</span>' in page.body
    assert '&lt;img src="x"&gt;' in page.body
    assert "pixel.example" not in page.body
    assert page.headers["Hilo-Remote-Pictures"] == "1"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; ")
    assert ("frame-ancestors 'self'" in policy, policy.endswith("img-src data:")) == (True, True)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    # and with pictures, those from elsewhere too, by https alone
    page = await carla.get(f"{address}?pictures=1")
    assert '<img width="1" src="http://pixel.example/?a=1&amp;b=2">' in page.body
    assert page.headers["Content-Security-Policy"].endswith("img-src data: https:; upgrade-insecure-requests")


async def test_files_of_a_conversation_that_is_in_history(core: Core, office: Office, archive: Archive) -> None:
    carla, ada = await office.script(CARLA), await mails(core, attached("foto.png", PNG))
    await core.does(Resolved(ANA), ada.id)
    await core.clock.advance(LONG)

    async def is_closed() -> bool:
        return (await core.now(ada.id)).is_closed

    await eventually(is_closed, "closed")
    await feeder_of(core.connection, archive).feed()
    assert await core.records.conversation(ada.id) is None
    assert (await got(carla, f"/api/conversations/{ada.id}/files/{digest(PNG)}"))[:2] == (200, PNG)


async def test_a_reply_with_a_file_and_a_copy(core: Core, office: Office, files: Files) -> None:
    # given a file that was brought, whose type is what it begins as
    carla, ada = await office.script(CARLA), await mails(core, attached("foto.png", PNG))
    brought = await brings(carla, PNG + b"more", "..\\C:\\fo\u202eto\r\n.png", "text/html")
    told = {"digest": digest(PNG + b"more"), "name": "foto.png", "type": "image/png", "size": 52}
    assert (brought.status, brought.body) == (201, told)
    path = files.path(digest(PNG + b"more"))
    assert path is not None
    assert path.read_bytes() == PNG + b"more"
    # when a reply names it, and a file of the conversation
    chosen = [
        {"digest": told["digest"], "name": "a.png"},
        {"digest": digest(PNG), "name": "b.png", "type": "text/html"},
    ]
    body = {"text": "Va adjunto", "attachments": chosen, "copied": ["eva@example.org"]}
    answer = await carla.post(f"/api/conversations/{ada.id}/reply", body, idempotency_key="r1")
    again = await carla.post(f"/api/conversations/{ada.id}/reply", body, idempotency_key="r1")
    # then both leave with it, once, as what they are
    assert (answer.status, again.status, again.body["revision"]) == (200, 200, answer.body["revision"])
    [sent] = [told for told in await core.timeline(ada.id) if told.kind == "message_out"]
    assert [(file.name, file.media_type, file.size) for file in sent.attachments] == [
        ("a.png", "image/png", 52),
        ("b.png", "image/png", 48),
    ]
    assert sent.detail["copied"] == "eva@example.org"
    # and a chat takes none
    bob = await core.says("Hola", "chat:bob")
    refused = await carla.post(f"/api/conversations/{bob.id}/reply", {"text": "Va", "attachments": chosen[:1]})
    assert (refused.status, refused.code) == (422, "no_files_here")


async def test_what_is_too_large_or_comes_from_another_page_is_not_kept(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carla, page = await office.script(CARLA), await office.page("carla")
    before = sorted(path.name for path in (tmp_path / "attachments").iterdir())
    monkeypatch.setattr(desk.files, "MOST_BYTES", 100_000)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 10_000

    for content in (b"x" * 100_001, endless()):
        refused = await brings(carla, content)
        assert (refused.status, refused.code) == (413, "file_too_large")
    foreign = Script(office, {**page.headers, "Origin": "https://evil.example"})
    assert (await brings(foreign, b"x")).code == "cross_site"
    assert (await brings(Script(office, {}), b"x")).status == 401
    # then there is no trace of any
    assert sorted(path.name for path in (tmp_path / "attachments").iterdir()) == before
    # and the desk's own page may
    assert (await brings(page, b"x")).status == 201


async def test_a_disk_that_is_nearly_full_takes_no_file(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels.files, "RESERVE", 2**70)
    refused = await brings(await office.script(CARLA), b"x")
    assert (refused.status, refused.code, "Retry-After" in refused.headers) == (503, "store_full", True)


async def test_a_disk_that_can_not_keep_a_file_is_told(redis_url: str, core: Core, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    async with running_desk(redis_url, clock=core.clock, files=Files(tmp_path / "file" / "x")) as office:
        refused = await brings(await office.script(CARLA), b"x")
    assert (refused.status, refused.code, "Retry-After" in refused.headers) == (503, "files_away", True)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("informe.pdf", "informe.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.exe", "a.exe"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ('a"; filename="b.html', "a_; filename=_b.html"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie_ x"),
        (" .. ", "file"),
        ("", "file"),
        ("\ud800.png", "png"),
        ("x" * 300 + ".jpeg", "x" * 145 + ".jpeg"),
    ],
)
def test_a_name_is_one_line_without_a_path(name: str, known: str) -> None:
    assert file_name(name) == known
    assert disposition(name).isascii()
    assert disposition(name).isprintable()
