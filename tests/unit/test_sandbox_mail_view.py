"""The sandbox shows any mail that a sender can write."""

import json
from datetime import UTC, datetime

import pytest

from sandbox.mail_view import view

ARRIVED_AT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("From: Ana Ñu <ana@example.org>\r\nSubject: Señal\r\n\r\nx", {"from_name": "Ana Ñu", "subject": "Señal"}),
        ("From: =?utf-8?q?Jos=C3=A9?= <j@example.org>\r\n\r\n", {"from_name": "José", "from": "j@example.org"}),
        ("Subject: =?x-none?q?a?= b\r\n\r\nno From", {"from": "", "text": "no From", "subject": "=?x-none?q?a?= b"}),
        ("From: a@b.example\r\nReply-To: C <c@d.example>\r\n\r\n", {"reply_to": "c@d.example"}),
        ("References: <a@b>\r\n <c@d>\r\n\r\n", {"references": ["<a@b>", "<c@d>"]}),
        ("Content-Type: text/plain; charset=x-none\r\n\r\nñ", {"text": "ñ"}),
        ("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%", {}),
        ("Content-Type: text/html\r\n\r\n<p>Hola</p><p>Ana</p>", {"text": "Hola\nAna"}),
        ("Content-Type: multipart/mixed; boundary=x\r\n\r\nnothing ends this", {"text": ""}),
        ("Date: Mon, 23 Nov 2026 10:00:00 -0000\r\n\r\n", {"date": "2026-11-23T10:00:00+00:00"}),
        ("Date: yesterday\r\n\r\n", {"date": "2026-11-23T18:00:00+00:00"}),
        ("Message-ID: <[x]@[b\r\nSubject: \x00\r\n\r\n\x00", {"message_id": "<[x]@[b"}),
        ("", {"subject": "", "text": "", "references": []}),
    ],
)
def test_whatever_was_written_something_readable_is_shown(raw: str, expected: dict[str, object]) -> None:
    shown = view(1, raw.encode(), ARRIVED_AT)
    assert {key: value for key, value in shown.items() if key in expected} == expected
    json.dumps(shown, ensure_ascii=False).encode()


def test_latin_1_that_nobody_declared_does_not_break_the_list() -> None:
    shown = view(1, "Subject: Señal\r\n\r\nñ".encode("latin-1"), ARRIVED_AT)
    assert shown["subject"] == "Se\ufffdal"
    json.dumps(shown, ensure_ascii=False).encode()
