"""`hilo inspect email`: what Hilo makes of a raw mail, whatever the file."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from router.cli import main
from tests.cases import shared_cases

ROOT = Path(__file__).parent.parent.parent
MAIL = """From: =?utf-8?Q?Ana_Mar=C3=ADa?= <Ana@Example.org>
To: Care <care@hilo.example>, "Ruiz, Eva" <eva@example.org>
Cc: leo@example.org
Subject: =?utf-8?Q?Sin_se=C3=B1al?=
Date: Tue, 3 Mar 2026 08:00:00 -0500
Message-ID: <2@example.org>
In-Reply-To: <1@hilo.example>
References: <0@example.org> <1@hilo.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Llevo tres días sin señal.
--b
Content-Type: text/html; charset=utf-8

<p onclick="x()">Llevo <b>tres días</b> sin señal.<script>alert(1)</script><img src="https://track.example/1.gif">
--b--
--a
Content-Type: image/png; name*=utf-8''se%C3%B1al.png
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--a--
""".encode()


def inspect(file: Path | str, *options: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["inspect", "email", str(file), *options], input=given)


def data(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_mail_as_programs_read_it(tmp_path: Path) -> None:
    # given a mail with all that mails have
    file = tmp_path / "mail.eml"
    file.write_bytes(MAIL)
    # when a program asks what Hilo makes of it
    result = inspect(file, "--json")
    # then each field is there
    assert result.exit_code == 0
    assert data(result) == {
        "from": "Ana María <Ana@example.org>",
        "to": ["Care <care@hilo.example>", '"Ruiz, Eva" <eva@example.org>'],
        "cc": ["leo@example.org"],
        "subject": "Sin señal",
        "date": "2026-03-03T13:00:00+00:00",
        "message_id": "<2@example.org>",
        "in_reply_to": "<1@hilo.example>",
        "references": ["<0@example.org>", "<1@hilo.example>"],
        "text": "Llevo tres días sin señal.",
        "quoted": "",
        "html": '<p>Llevo <b>tres días</b> sin señal.<img data-src="https://track.example/1.gif"></p>',
        "attachments": [{"name": "señal.png", "type": "image/png", "size": 8}],
        "kind": "message",
        "verified": False,
        "problems": [],
    }
    # and from standard input it is the same
    assert inspect("-", "--json", given=MAIL).stdout == result.stdout


def test_a_mail_as_people_read_it(tmp_path: Path) -> None:
    result = inspect("-", given=MAIL.replace(b"Message-ID: <2@example.org>\n", b""))
    assert result.exit_code == 0
    for told in ("Ana María <Ana@example.org>", "not verified", "Sin señal", "señal.png", "no_message_id"):
        assert told in result.stdout
    assert all(len(line) <= 100 for line in result.stdout.split("\n"))


def test_our_own_mail_is_known_by_the_address_of_the_configuration() -> None:
    raw = b"From: care@hilo.example\nTo: ana@example.org\nMessage-ID: <%s@hilo.example>\n\nHola"
    ours = raw % (b"o-07-abc1.c-07-abc0." + b"0" * 32)
    config = ("--config", str(ROOT / "config.yaml"))
    address = json.loads(inspect("-", "--json", given=ours).stdout)
    assert address["kind"] == "message"
    assert data(inspect("-", "--json", *config, given=ours))["kind"] == "own"
    assert data(inspect("-", "--json", *config, given=raw % b"1"))["kind"] == "message"


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n\n", b"hola\n", b"\x7fELF\x02\x01" + bytes(range(256)) * 40, b"\x00" * 5000, b"PK\x03\x04: x\n\n"],
)
def test_where_there_is_no_mail_it_says_so(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    result = inspect(file, "--json")
    assert (result.exit_code, data(result)["problems"]) == (1, ["no_mail"])
    assert set(data(result)) == set(data(inspect("-", "--json", given=MAIL)))
    said = inspect(file)
    assert (said.exit_code, "No mail" in said.stdout) == (1, True)


def test_what_can_not_be_read_is_a_wrong_use_in_plain_words(tmp_path: Path) -> None:
    for file, word in ((tmp_path, "directory"), (tmp_path / "nowhere", "No such file")):
        result = inspect(file)
        assert (result.exit_code, word in result.stderr) == (2, True)
        assert isinstance(result.exception, SystemExit)


def test_a_file_of_a_gigabyte_is_told_by_its_headers(tmp_path: Path) -> None:
    # given a mail whose file has a gigabyte, none of it on the disk
    file = tmp_path / "huge.eml"
    with file.open("wb") as opened:
        opened.write(b"From: ana@example.org\nSubject: Grande\n\n")
        opened.truncate(2**30)
    # when it is read, then its headers are shown and the reason
    found = data(inspect(file, "--json"))
    assert (found["from"], found["subject"]) == ("ana@example.org", "Grande")
    assert "too_large" in found["problems"]


def test_neither_a_poor_terminal_nor_a_closed_input_is_a_traceback(tmp_path: Path) -> None:
    # given the command as a program of its own, with a terminal of ASCII alone
    (tmp_path / "mail.eml").write_bytes(MAIL)
    command = [sys.executable, "-c", "from router.cli import main; main()", "inspect", "email"]
    told = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for options in ([], ["--json"]):
        run = subprocess.run(
            [*command, str(tmp_path / "mail.eml"), *options], check=False, env=told, capture_output=True
        )
        assert (run.returncode, run.stderr) == (0, b"")
    # and one whose input was closed
    closed = subprocess.run(["sh", "-c", 'exec "$@" - <&-', "sh", *command], check=False, capture_output=True)
    assert (closed.returncode, closed.stderr) == (1, b"")


@pytest.mark.parametrize("folder", ["cpython_email", "freescout_mail", "mailparser_malformed", "crisp_replies"])
def test_no_file_of_the_shared_cases_is_a_traceback(folder: str) -> None:
    for file in sorted(shared_cases(folder).iterdir()):
        result = inspect(file, "--json")
        assert result.exit_code in (0, 1), (file.name, result.exception)
        assert result.exit_code == 0 or data(result)["problems"] == ["no_mail"]


def configured(folder: Path, more: str) -> Path:
    """The configuration that comes with Hilo, with `more` for its email channel."""
    config = folder / "config.yaml"
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    told = text.replace("folder: rules/playbook", f"folder: {ROOT / 'rules' / 'playbook'}")
    config.write_text(told.replace("    plus_addresses:", f"    {more}\n    plus_addresses:"))
    return config


@pytest.mark.parametrize("server", ["mx.hilo.example", "mx.other.example"])
def test_with_a_configuration_it_tells_whether_the_sender_is_proved(tmp_path: Path, server: str) -> None:
    # given a configuration that names our mail server, and a mail that it found to be its sender's
    config = configured(tmp_path, f"verify: {{server: {server}}}")
    file = tmp_path / "mail.eml"
    file.write_bytes(b"Authentication-Results: mx.hilo.example; dmarc=pass header.from=example.org\n" + MAIL)
    # then it is told as such; by another server's word, or without a configuration, it is not
    result = inspect(file, "--json", "--config", str(config))
    assert result.exit_code == 0, result.output
    assert data(result)["verified"] == (server == "mx.hilo.example")
    assert data(inspect(file, "--json"))["verified"] is False


def test_with_a_configuration_a_colleagues_forwarded_mail_is_its_first_senders(tmp_path: Path) -> None:
    # given a configuration that names our people, and a mail that one of them forwarded
    config = configured(tmp_path, "verify: {server: mx.hilo.example}\n    colleagues: [example.com]")
    file = tmp_path / "mail.eml"
    file.write_text(
        "Authentication-Results: mx.hilo.example; dmarc=pass header.from=example.com\n"
        "From: eva@example.com\nSubject: Fwd: a\n\n"
        "---------- Forwarded message ---------\nFrom: Ana <ana@example.org>\nSubject: a\nTo: b\n\nHola\n"
    )
    # then it is told as the channel takes it
    found = data(inspect(file, "--json", "--config", str(config)))
    assert (found["from"], found["text"], found["verified"]) == ("Ana <ana@example.org>", "Hola", False)
    told = inspect(file, "--config", str(config)).output
    assert "Forwarded by  eva@example.com" in told
