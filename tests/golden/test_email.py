"""Raw mails beside the messages expected of them; `make golden` writes those anew: read the difference then."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.email.message_ids import MessageIds
from channels.email.normalise import Account, Mail, normalise
from tests.email_channel import CARE_ADDRESS

GOLDEN = Path(__file__).parent / "email"
ACCOUNT = Account(CARE_ADDRESS, MessageIds(b"a secret of the test's own, 32 by", CARE_ADDRESS))
RECEIVED = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.eml")), ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    found, kept = shown(normalise(path.read_bytes(), ACCOUNT, RECEIVED)), path.with_suffix(".json")
    if os.environ.get("HILO_GOLDEN") == "rewrite":
        kept.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(kept.read_text(encoding="utf-8"))


def shown(mail: Mail) -> dict[str, Any]:
    """What a golden file holds of a mail."""
    message = mail.message
    return {
        "key": message.key,
        "sender": str(message.sender),
        "author": message.author,
        "subject": message.subject,
        "text": message.text.split("\n"),
        "quoted": message.quoted.split("\n") if message.quoted else [],
        "sent_at": message.sent_at.isoformat(),
        "thread": message.thread,
        "references": list(message.references),
        "attachments": [f"{file.name} {file.media_type} {file.size}" for file in message.attachments],
        "kind": str(mail.kind),
        "problems": [str(problem) for problem in mail.problems],
    }
