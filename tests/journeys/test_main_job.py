"""The main job on real input: a browser, a mail client, a restart of everything."""

import asyncio
import email
import email.policy
import shutil
import smtplib
import subprocess
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from imapclient import IMAPClient
from playwright.async_api import Browser, Page, expect

from tests.up import Up, queue, running_hilo, story
from tests.waiting import eventually

CARE = "care@hilo.example"


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with running_hilo(tmp_path / "hilo") as running:
        yield running


async def visitor_on(page: Page, up: Up) -> Page:
    """The page with the chat open."""
    await page.goto(up.site)
    await page.get_by_role("button", name="Write to us").click()
    return page


async def says(page: Page, text: str) -> None:
    """Write in the chat, as a visitor does."""
    await page.get_by_role("textbox", name="Write your message").fill(text)
    await page.keyboard.press("Enter")


async def test_a_chat_message_is_answered_in_the_desk_and_read_in_the_chat(up: Up, browser: Browser) -> None:
    # given a community manager at the desk, and a visitor of a page with the chat
    agent = await (await browser.new_context(locale="en-US")).new_page()
    await agent.goto(up.desk)
    await agent.get_by_label("User").fill("ana")
    await agent.get_by_label("Password").fill(up.password)
    await agent.get_by_role("button", name="Sign in").click()
    await expect(agent.get_by_text("Nobody is waiting.").first).to_be_visible()
    visitor = await visitor_on(await (await browser.new_context(locale="en-US")).new_page(), up)
    # when the visitor writes
    await says(visitor, "Hello, can you help me?")
    # then it is in the queue with nothing done at the desk (how soon is the bench's to measure)
    row = agent.get_by_role("link", name="Hello, can you help me?")
    await expect(row).to_be_visible(timeout=5000)
    # and what the agent answers is read in the chat
    await row.click()
    await agent.get_by_role("textbox", name="Reply").fill("Gladly. What is it about?")
    await agent.keyboard.press("Control+Enter")
    await expect(visitor.get_by_text("Gladly. What is it about?")).to_be_visible()
    await expect(agent.get_by_text("delivered").first).to_be_visible()


async def test_a_mail_is_answered_in_its_thread(up: Up) -> None:
    # given a customer's mail, sent by a real mail client
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ada Byron <ada@example.org>", CARE, "Factura 41"
    mail["Message-ID"] = "<factura-41@example.org>"
    mail.set_content("Hola, la factura 41 tiene un cargo que no reconozco.\n")
    with smtplib.SMTP("127.0.0.1", up.ports["smtp"], timeout=10) as client:
        client.send_message(mail)
    async with up.api(up.token("script", "billing")) as api:
        # then the rules gave it to Billing
        found = (await eventually(lambda: queue(api, "billing"), "the mail in the queue", 20))[0]
        assert found["subject"] == "Factura 41"
        # when the team answers
        async with api.post(f"/api/conversations/{found['id']}/reply", json={"text": "Lo revisamos hoy."}) as answer:
            assert answer.status == 200
        # then the answer lies in the customer's mailbox, in the same thread
        replies = await eventually(lambda: in_mailbox(up, "ada@example.org"), "the answer by IMAP", 20)
        assert [reply["In-Reply-To"] for reply in replies] == ["<factura-41@example.org>"]
        plain = replies[0].get_body(("plain",))
        assert plain is not None
        assert "Lo revisamos hoy." in plain.get_content()
        # and when they answer it, it is still one conversation
        back = EmailMessage()
        back["From"], back["To"], back["Subject"] = "ada@example.org", CARE, "Re: Factura 41"
        back["In-Reply-To"] = back["References"] = replies[0]["Message-ID"]
        back.set_content("Gracias, espero.\n")
        with smtplib.SMTP("127.0.0.1", up.ports["smtp"], timeout=10) as client:
            client.send_message(back)

        async def three() -> bool:
            return len(await story(api, found["id"])) == 3

        await eventually(three, "the customer's answer in the same conversation", 20)
        assert len(await queue(api, "billing")) == 1


async def test_a_mail_program_of_the_system_writes_and_is_in_the_queue(up: Up) -> None:
    await asyncio.to_thread(subprocess.run, mail_program(up), check=True, capture_output=True, timeout=30)
    async with up.api(up.token("script", "tech")) as api:
        found = await eventually(lambda: queue(api, "tech"), "the mail in the queue", 20)
        assert found[0]["preview"] == "No signal since noon."


async def test_a_customer_who_writes_again_after_a_restart_of_everything_is_in_one_conversation(
    up: Up, browser: Browser
) -> None:
    # given a visitor who wrote in the chat
    visitor = await visitor_on(await (await browser.new_context(locale="en-US")).new_page(), up)
    await says(visitor, "First message")
    async with up.api(up.token("script")) as api:
        before = (await eventually(lambda: queue(api, "care"), "the first message", 10))[0]
    # when Hilo and Redis are killed, and started again
    await up.kill()
    await says(visitor, "Second message, while nobody listens")
    await up.start()
    await says(visitor, "Third message")
    # then it is one conversation with the same owner, nothing lost, nothing doubled
    async with up.api(up.token("script-again")) as api:

        async def all_three() -> bool:
            return len(await story(api, before["id"])) >= 3

        await eventually(all_three, "three messages", 30)
        after = await queue(api, "care")
        assert [(c["id"], c["team"]["id"]) for c in after] == [(before["id"], "care")]
        assert await story(api, before["id"]) == [
            ("message_in", "First message"),
            ("message_in", "Second message, while nobody listens"),
            ("message_in", "Third message"),
        ]


def mail_program(up: Up) -> list[str]:
    """The command of a mail program that writes to the company; a skip, aloud, where there is none."""
    if swaks := shutil.which("swaks"):
        command = [swaks, "--server", f"127.0.0.1:{up.ports['smtp']}", "--from", "bob@example.org"]
        return [*command, "--to", CARE, "--header", "Subject: no signal", "--body", "No signal since noon."]
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("no mail program here (Debian, Ubuntu: apt install swaks)")
    mail = up.folder / "mail.eml"
    mail.write_text(f"From: bob@example.org\r\nTo: {CARE}\r\nSubject: no signal\r\n\r\nNo signal since noon.\r\n")
    command = [curl, "--silent", f"smtp://127.0.0.1:{up.ports['smtp']}", "--upload-file", str(mail)]
    return [*command, "--mail-from", "bob@example.org", "--mail-rcpt", CARE]


async def in_mailbox(up: Up, address: str) -> list[EmailMessage]:
    """The mails in a customer's mailbox that somebody wrote, read by IMAP."""
    found = await asyncio.to_thread(_fetched, up, address)
    return [mail for mail in found if "Auto-Submitted" not in mail]


def _fetched(up: Up, address: str) -> list[EmailMessage]:
    with IMAPClient("127.0.0.1", up.ports["imap"], ssl=False, timeout=10) as client:
        client.login(address, up.password)
        client.select_folder("INBOX", readonly=True)
        found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
    parsed = [email.message_from_bytes(item[b"BODY[]"], policy=email.policy.default) for item in found.values()]
    return [message for message in parsed if isinstance(message, EmailMessage)]
