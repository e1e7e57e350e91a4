"""Blocking mail clients for stories about the sandbox's mail server."""

import asyncio
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import TypeVar

from imapclient import IMAPClient

from tests.sandbox_process import SandboxProcess

ANA = "ana@example.org"
T = TypeVar("T")


@contextmanager
def mailbox(sandbox: SandboxProcess, address: str) -> Iterator[IMAPClient]:
    """A signed-in connection with INBOX selected."""
    with IMAPClient("127.0.0.1", sandbox.imap_port, ssl=False, timeout=10) as imap:
        imap.login(address, "sandbox")
        imap.select_folder("INBOX")
        yield imap


def raw_mail(number: int = 1) -> bytes:
    """A mail with what makes careless servers stumble: raw UTF-8, a line that begins with a dot, no last line end."""
    head = f"From: Ana <{ANA}>\r\nSubject: Señal {number}\r\nMessage-ID: <{number}@example.org>\r\n"
    return f"{head}\r\nÑandú {number}\r\n.\r\n..dots\r\n".encode()


def deliver(sandbox: SandboxProcess, to: str, *numbers: int) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as smtp:
        for number in numbers:
            smtp.sendmail(ANA, to, raw_mail(number))


def answer_by_mail(
    sandbox: SandboxProcess, message_id: str, *, care: str, to: str, subject: str = "Re: Pedido 41"
) -> None:
    """The team's answer, from an address that is not the one to answer to."""
    answer = EmailMessage()
    answer["From"] = "Hilo Care <no-reply@hilo.example>"
    answer["Reply-To"] = care
    answer["To"] = to
    answer["Subject"] = subject
    answer["Message-ID"] = "<answer@hilo.example>"
    answer["In-Reply-To"] = answer["References"] = message_id
    answer.set_content("Llega mañana a las 10.")
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as smtp:
        smtp.send_message(answer)


async def in_thread(story: Callable[[], T]) -> T:
    """Run a story told with blocking clients."""
    return await asyncio.to_thread(story)
