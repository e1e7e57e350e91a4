"""The email channel's own door: a mail server hears 250 only once the mail is safe, else it comes again."""

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator, Callable
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import pytest

from channels.email.adapter import EmailAdapter
from channels.email.settings import LmtpSettings
from router.model.errors import Refusal, StartError, Unacceptable
from router.model.units import Endpoint
from router.store.connection import Connection
from tests.email_channel import Post, listening, message_in, raw_mail, receiving, services_on
from tests.waiting import eventually

T = TypeVar("T")
ANY_PORT = Endpoint("127.0.0.1", 0)


@pytest.fixture
async def post(redis_url: str, redis_client: object) -> AsyncIterator[Post]:
    async with receiving(redis_url, listening()) as running:
        yield running


def port_of(post: Post) -> int:
    assert post.adapter.listener is not None
    return post.adapter.listener.endpoint.port


def deliver(port: int, mail: bytes, recipient: str = "care@hilo.example", sender: str = "ana@example.org") -> None:
    with smtplib.LMTP("127.0.0.1", port, timeout=20) as lmtp:
        lmtp.sendmail(sender, recipient, mail)


def aside(story: Callable[..., T], *arguments: object) -> "asyncio.Task[T]":
    """A story with a blocking client, told in a thread."""
    return asyncio.create_task(asyncio.to_thread(story, *arguments))


async def test_the_answer_waits_until_the_mail_is_safe(post: Post) -> None:
    # given a mail server that delivers
    delivering = aside(deliver, port_of(post), raw_mail("¿Qué pasa con mi pedido?"))
    arrival = await post.next()
    message = message_in(arrival)
    assert (message.text, message.sender.address) == ("¿Qué pasa con mi pedido?", "ana@example.org")
    # when nobody has said yet that it is safe, then it hears nothing
    await asyncio.sleep(0.3)
    assert not delivering.done()
    # when it is
    await post.adapter.settle(arrival)
    await asyncio.wait_for(delivering, 10)


async def test_what_is_refused_stays_with_the_mail_server_and_comes_again(post: Post) -> None:
    delivering = aside(deliver, port_of(post), raw_mail())
    first = await post.next()
    await post.adapter.refuse(first, Refusal("the store is away"))
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await delivering
    assert (refused.value.smtp_code, refused.value.smtp_error[:5]) == (451, b"4.3.2")
    # when it comes again, then it is the same mail by its key
    delivering = aside(deliver, port_of(post), raw_mail())
    again = await post.next()
    assert again.key == first.key
    await post.adapter.settle(again)
    await delivering


async def test_what_can_never_be_taken_goes_back_to_its_sender(post: Post) -> None:
    delivering = aside(deliver, port_of(post), raw_mail())
    await post.adapter.refuse(await post.next(), Unacceptable("no way"))
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await delivering
    assert refused.value.smtp_code == 554


async def test_each_recipient_is_answered_for_and_the_mail_arrives_once(post: Post) -> None:
    answering = aside(answers_to, port_of(post), ("care@hilo.example", "care+a@hilo.example"), raw_mail())
    await post.take()
    assert [answer.partition(" ")[0] for answer in await answering] == ["250", "250"]
    with pytest.raises(TimeoutError):
        await post.next(0.3)


@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
async def test_only_mail_for_the_account_is_taken(protocol: str, redis_url: str, redis_client: object) -> None:
    def answers(port: int) -> list[tuple[int, bytes]]:
        with (smtplib.SMTP if protocol == "smtp" else smtplib.LMTP)("127.0.0.1", port, timeout=20) as line:
            line.ehlo_or_helo_if_needed()
            line.mail("ana@example.org")
            return [line.rcpt(recipient) for recipient in (*ours, *others)]

    ours = ("care@hilo.example", "care@HILO.Example", "Care+pedidos@hilo.example")
    others = ("ventas@hilo.example", "care@example.org", "care@sub.hilo.example", "careful@hilo.example", "care")
    async with receiving(redis_url, listening(protocol)) as post:
        said = await aside(answers, port_of(post))
    assert [code for code, _ in said] == [250] * len(ours) + [550] * len(others)
    assert {words[:5] for code, words in said if code == 550} == {b"5.1.1"}


async def test_a_mail_over_the_limit_is_refused_for_good(redis_url: str, redis_client: object) -> None:
    async with receiving(redis_url, listening(max_size="100kB")) as post:
        port = port_of(post)
        # given a mail server that says the size before, and two that do not; one of them has two recipients
        with pytest.raises(smtplib.SMTPSenderRefused) as early:
            await aside(deliver, port, raw_mail("x\r\n" * 50_000))
        assert early.value.smtp_code == 552
        late = await aside(answers_to, port, ("care@hilo.example", "care+a@hilo.example"), raw_mail("x\r\n" * 50_000))
        assert [answer[:3] for answer in late] == ["552", "552"]
        # then the next mail is taken
        delivering = aside(deliver, port, raw_mail(number=2))
        assert (await post.take()).subject == "Pedido 2"
        await delivering


async def test_one_sender_who_floods_is_put_off_and_nobody_else(
    redis_url: str, redis_client: object, tmp_path: Path
) -> None:
    # given a listener that takes three mails an hour of one sender
    settings = listening().model_copy(update={"lmtp": LmtpSettings(listen=ANY_PORT, sender_per_hour=3)})
    async with receiving(redis_url, settings, tmp_path) as post:
        for number in range(3):
            delivering = aside(deliver, port_of(post), raw_mail(number=number))
            await post.take()
            await delivering
        # when more come, then their mail server keeps them, however the sender is written
        for sender in ("Ana <ana@example.org>", "Somebody <ANA@example.org>"):
            with pytest.raises(smtplib.SMTPDataError) as refused:
                await aside(deliver, port_of(post), raw_mail(number=9, sender=sender))
            assert (refused.value.smtp_code, refused.value.smtp_error[:6]) == (451, b"4.7.28")
        # and others are heard
        delivering = aside(deliver, port_of(post), raw_mail(number=4, sender="Eva <eva@example.org>"))
        assert (await post.take()).sender.address == "eva@example.org"
        await delivering
        assert post.arrived.empty()


async def test_many_mail_servers_at_once(post: Post) -> None:
    deliveries = [aside(deliver, port_of(post), raw_mail(number=number)) for number in range(15)]
    keys = {(await post.take()).key for _ in deliveries}
    assert keys == {f"<{number}@example.org>" for number in range(15)}
    await asyncio.gather(*deliveries)


async def test_too_many_are_asked_to_come_again(post: Post) -> None:
    # given as many sessions as there may be
    lines = [await asyncio.open_connection("127.0.0.1", port_of(post)) for _ in range(20)]
    for reader, _ in lines:
        assert (await reader.readline()).startswith(b"220 ")
    # then the next one hears so
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(post))
    assert (await reader.readline()).startswith(b"421 4.3.2 ")
    for each in (writer, *(writer for _, writer in lines)):
        each.close()

    # and is welcome once they have left
    async def welcomed() -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(post))
        line = await reader.readline()
        writer.close()
        return line.startswith(b"220 ")

    await eventually(welcomed, "a free session")


async def test_a_mail_server_that_hangs_up_while_it_waits_comes_again(post: Post) -> None:
    # given a mail server that is gone before the answer
    line = await asyncio.to_thread(handed_over, port_of(post), raw_mail())
    arrival = await post.next()
    line.close()
    # then what is said to it does no harm, and others are served
    await post.adapter.settle(arrival)
    delivering = aside(deliver, port_of(post), raw_mail(number=2))
    assert (await post.take()).subject == "Pedido 2"
    await delivering


async def test_who_waits_when_the_channel_stops_is_asked_to_come_again(redis_url: str, redis_client: object) -> None:
    async with receiving(redis_url, listening()) as post:
        delivering = aside(deliver, port_of(post), raw_mail())
        await post.next()
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await delivering
    assert (refused.value.smtp_code, refused.value.smtp_error[:5]) == (451, b"4.3.2")


async def test_the_door_can_be_opened_again(redis_url: str, redis_client: object) -> None:
    connection = Connection(redis_url)
    adapter = EmailAdapter(listening(), services_on(connection))
    for _ in range(2):
        await adapter.start()
        assert adapter.listener is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", adapter.listener.endpoint.port)
        assert (await reader.readline()).startswith(b"220 hilo.example Hilo")
        await adapter.stop()
        assert await reader.read() == b""
        writer.close()
    await connection.close()


async def test_a_port_in_use_is_said_in_plain_words(redis_url: str, redis_client: object) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        connection = Connection(redis_url)
        adapter = EmailAdapter(listening(at=place), services_on(connection))
        with pytest.raises(StartError, match=rf"{place}.*in use.*`listen`"):
            await adapter.start()
        await adapter.stop()
        await connection.close()


async def test_smtp_is_spoken_where_it_is_asked_for(redis_url: str, redis_client: object) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Íñigo <iñigo@example.org>", "care@hilo.example", "Año nuevo"
    mail.set_content("¡Hola!\n.\nadiós\n")

    def send(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as smtp:
            smtp.send_message(mail, "iñigo@example.org")

    async with receiving(redis_url, listening("smtp")) as post:
        sending = aside(send, port_of(post))
        message = await post.take()
        await sending
    assert (message.sender.address, message.author) == ("iñigo@example.org", "Íñigo")
    assert (message.subject, message.text) == ("Año nuevo", "¡Hola!\n.\nadiós")


async def test_files_are_kept_before_the_answer(redis_url: str, redis_client: object, tmp_path: Path) -> None:
    # given a folder for files, and a mail with one twice
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "ana@example.org", "Foto"
    mail.set_content("Adjunto la foto")
    for name in ("foto.png", "../../foto.png"):
        mail.add_attachment(b"\x89PNG not quite", maintype="image", subtype="png", filename=name)
    folder = tmp_path / "attachments"
    async with receiving(redis_url, listening(), folder) as post:
        delivering = aside(deliver, port_of(post), mail.as_bytes())
        arrival = await post.next()
        # then it is there, once, under its digest, when the mail arrives; and so is the mail itself
        message = message_in(arrival)
        assert [file.name for file in message.attachments] == ["foto.png", "foto (2).png"]
        digests = {file.digest for file in message.attachments}
        assert [(folder / digest).read_bytes() for digest in digests] == [b"\x89PNG not quite"]
        assert {path.name for path in folder.iterdir()} == digests | {message.original}
        assert b"Subject: Foto" in (folder / message.original).read_bytes()
        await post.adapter.settle(arrival)
        await delivering
        # when the folder can't be written, then the mail server keeps the mail
        folder.rename(tmp_path / "gone")
        folder.write_text("a file in its place", encoding="utf-8")
        mail.replace_header("Subject", "Otra")
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            await aside(deliver, port_of(post), mail.as_bytes())


def handed_over(port: int, mail: bytes) -> socket.socket:
    """A line on which a mail was handed over whole, and nothing heard yet."""
    line = socket.create_connection(("127.0.0.1", port), 10)
    commands = b"LHLO mx.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<care@hilo.example>\r\nDATA\r\n"
    line.sendall(commands + mail + b"\r\n.\r\n")
    return line


def answers_to(port: int, recipients: tuple[str, ...], mail: bytes) -> list[str]:
    """What the door answers to one mail for several, line by line after DATA; the commands go out in one piece."""
    with socket.create_connection(("127.0.0.1", port), 10) as line, line.makefile("rwb") as file:
        assert file.readline().startswith(b"220 ")
        file.write(b"LHLO mx.example\r\n")
        file.flush()
        said: list[bytes] = []
        while not said or said[-1][3:4] == b"-":
            said.append(file.readline())
        assert b"250-PIPELINING\r\n" in said
        file.write(b"MAIL FROM:<ana@example.org>\r\n")
        for recipient in recipients:
            file.write(f"RCPT TO:<{recipient}>\r\n".encode())
        file.write(b"DATA\r\n")
        file.flush()
        assert [file.readline()[:3] for _ in range(len(recipients) + 2)] == [b"250"] * (len(recipients) + 1) + [b"354"]
        file.write(mail + b"\r\n.\r\n")
        file.flush()
        answers = [file.readline().decode() for _ in recipients]
        file.write(b"QUIT\r\n")
        file.flush()
        assert file.readline().startswith(b"221 ")
        return answers
