"""At the desk's page: a mail with pictures is looked at and loads nothing; the answer takes a file and a copy along."""

import asyncio
import email
import re
import secrets
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import default
from email.utils import make_msgid
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from channels.files import Files
from router.model.clock import SystemClock
from tests.core import Core
from tests.desk import Office, running_desk
from tests.email_channel import listening, running_email
from tests.journeys.test_console import PEOPLE, desk_of, row
from tests.ports import free_ports
from tests.sandbox_mail import in_thread, mailbox
from tests.sandbox_process import SandboxProcess
from tests.waiting import eventually

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63286858000002a0016110"
    "fcc9650000000049454e44ae426082"
)
PIXEL = "http://pixel.tracker.example/open.gif?who=ada"
# A file, and words with it, come to the box as a drop or from the clipboard.
GIVE = """([kind, name, words]) => {
    const data = new DataTransfer();
    data.items.add(new File(["x"], name, { type: "image/png" }));
    if (words) data.setData("text/plain", words);
    const more = { bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data };
    const event = kind === "drop" ? new DragEvent(kind, more) : new ClipboardEvent(kind, more);
    document.querySelector(".composer textarea").dispatchEvent(event);
}"""
ADA = f"ada-{secrets.token_hex(4)}@example.org"
EVA = f"eva-{secrets.token_hex(4)}@example.org"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxProcess]:
    async with SandboxProcess() as running:
        yield running


@pytest.fixture
def port() -> int:
    """Where mails are delivered."""
    return free_ports(1)[0]


@pytest.fixture
async def core(
    redis_url: str, redis_client: object, sandbox: SandboxProcess, port: int, tmp_path: Path
) -> AsyncIterator[Core]:
    settings = listening(at=f"127.0.0.1:{port}", smtp_port=sandbox.smtp_port)
    async with running_email(redis_url, settings, folder=tmp_path) as (running, _):
        yield running


@pytest.fixture
async def office(redis_url: str, core: Core, tmp_path: Path) -> AsyncIterator[Office]:
    async with running_desk(redis_url, clock=SystemClock(), users=PEOPLE, files=Files(tmp_path)) as running:
        yield running


def mail() -> bytes:
    """A mail with a picture of its own, one from elsewhere that counts who reads it, and a file."""
    found, logo = EmailMessage(), make_msgid(domain="example.org")
    found["From"], found["To"], found["Subject"] = f"Ada <{ADA}>", "care@hilo.example", "Mi factura"
    found["Message-ID"] = make_msgid(domain="example.org")
    found.set_content("Hola, va la factura.")
    body = (
        f'<h1>Hola</h1><p>Va la <b>factura</b>.</p><img alt="logo" src="cid:{logo[1:-1]}"><img alt="p" src="{PIXEL}">'
    )
    found.add_alternative(f"{body}<script>document.title='x'</script>", subtype="html")
    html = found.get_body(("html",))
    assert isinstance(html, EmailMessage)
    html.add_related(PNG, "image", "png", cid=logo, filename="logo.png")
    found.add_attachment(b"%PDF-1.4 factura", maintype="application", subtype="pdf", filename="factura ñ.pdf")
    return found.as_bytes()


def deliver(port: int) -> None:
    with smtplib.LMTP("127.0.0.1", port, timeout=10) as lmtp:
        lmtp.sendmail(ADA, "care@hilo.example", mail())


async def arrived(sandbox: SandboxProcess, address: str) -> EmailMessage:
    """The mail in the mailbox of `address`."""

    def look() -> bytes:
        with mailbox(sandbox, address) as imap:
            uids = imap.search()
            return bytes(imap.fetch(uids, ["BODY.PEEK[]"])[uids[-1]][b"BODY[]"]) if uids else b""

    raw = await eventually(lambda: in_thread(look), f"a mail to {address}")
    found = email.message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


async def elsewhere(page: Page) -> list[str]:
    """What the page asks of other hosts from now on."""
    asked: list[str] = []

    async def answer(route: Route) -> None:
        asked.append(route.request.url)
        await route.fulfill(body=PNG, content_type="image/png")

    await page.context.route(re.compile("tracker"), answer)
    return asked


async def test_a_mail_is_looked_at_and_answered_with_a_file_and_a_copy(
    office: Office, browser: Browser, sandbox: SandboxProcess, port: int
) -> None:
    # given a mail with pictures, of its own and from elsewhere, and a file
    await asyncio.to_thread(deliver, port)
    async with desk_of(browser, office, locale="es-PA") as page:
        asked, keys = await elsewhere(page), page.keyboard
        await row(page, "Ada").click()
        message = page.locator(".theirs")
        # then its file can be had, and its picture is seen
        async with page.expect_download() as download:
            await message.get_by_role("link", name="factura ñ.pdf").click()
        assert (await download.value).suggested_filename == "factura ñ.pdf"
        await expect(message.get_by_role("img", name="logo.png")).to_have_js_property("naturalWidth", 1)
        # and it is shown as it was written when that is asked for, by keyboard; nothing is asked of anybody else
        await message.get_by_role("button", name="Ver como se escribió").focus()
        await keys.press("Enter")
        frame = page.frame_locator("iframe")
        await expect(frame.get_by_role("heading", name="Hola")).to_be_visible()
        await expect(frame.get_by_alt_text("logo")).to_have_js_property("naturalWidth", 1)
        assert (await page.locator("iframe").get_attribute("sandbox") or "").split() == [
            "allow-popups",
            "allow-popups-to-escape-sandbox",
        ]
        assert asked == []
        # until the pictures are wanted
        await message.get_by_role("button", name="Mostrar imágenes").press("Enter")
        await expect(frame.get_by_alt_text("p")).to_have_js_property("naturalWidth", 1)
        assert asked == [PIXEL.replace("http:", "https:")]
        # when the answer takes a file along, and a copy
        await page.locator(".composer input[type=file]").set_input_files(
            {"name": "plan ñ.txt", "mimeType": "text/plain", "buffer": b"El plan"}
        )
        chosen = page.get_by_role("list", name="Archivos que van adjuntos")
        await expect(chosen).to_contain_text("plan ñ.txt")
        await page.get_by_role("button", name="Copia, copia oculta").press("Enter")
        await keys.type("nadie")
        await keys.press("Enter")
        await keys.type("Va el plan.")
        # then what is no address is told before anything leaves
        await keys.press("Control+Enter")
        await expect(page.get_by_text("«nadie» no es una dirección de correo.")).to_be_visible()
        await expect(page.get_by_label("Copia", exact=True)).to_be_focused()
        await page.get_by_label("Copia", exact=True).fill(f"Eva <{EVA}>")
        # and all of it is still there after a reload
        await page.reload()
        await expect(chosen).to_contain_text("plan ñ.txt")
        await expect(page.get_by_label("Copia", exact=True)).to_have_value(f"Eva <{EVA}>")
        await page.get_by_label("Copia", exact=True).press("Control+Enter")
        ours = page.locator(".ours")
        await expect(ours).to_contain_text(f"Con copia a {EVA}")
        await expect(ours.get_by_role("link", name="plan ñ.txt")).to_be_visible()
        await expect(chosen).to_be_hidden()
    # and both have it, with the file
    for address in (ADA, EVA):
        found = await arrived(sandbox, address)
        assert (found["To"], found["Cc"]) == (ADA, EVA)
        [file] = found.iter_attachments()
        assert (file.get_filename(), file.get_content()) == ("plan ñ.txt", "El plan")


async def test_a_file_that_is_too_large_does_not_go_along(
    office: Office, browser: Browser, port: int, tmp_path: Path
) -> None:
    await asyncio.to_thread(deliver, port)
    large = tmp_path / "película.mp4"
    with large.open("wb") as file:
        file.truncate(20 * 2**20 + 1)
    async with desk_of(browser, office) as page:
        await row(page, "Ada").click()
        await page.locator(".composer input[type=file]").set_input_files(large)
        chosen, send = page.get_by_role("list", name="Files that go along"), page.get_by_role("button", name="Send")
        await expect(chosen).to_contain_text("over 20 MB: send a link")
        await page.locator(".composer textarea").fill("Va la película")
        await expect(send).to_be_disabled()
        # when it is taken out, the words can leave
        await page.get_by_role("button", name="Take película.mp4 out").click()
        await expect(send).to_be_enabled()
        # and what is dropped on the box, or pasted into it, goes along; copied words stay words
        await page.evaluate(GIVE, ["drop", "plano.png", ""])
        await page.evaluate(GIVE, ["paste", "captura.png", ""])
        await page.evaluate(GIVE, ["paste", "tabla.png", "a\tb"])
        await expect(chosen.locator("b")).to_have_text(["plano.png", "captura.png"])
