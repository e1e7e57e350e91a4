"""What other help desks make of their own hardest mails, beside what Hilo makes of them: who, about what, saying what.

Each miss is told, with its reason: a list that grows says what was broken, one that shrinks what was mended.
"""

import json
import re
from collections.abc import Callable
from difflib import SequenceMatcher
from typing import Any

import pytest

from channels.email.normalise import Mail
from channels.email.notes import without_notes
from channels.email.plain_text import Allowance, text_of_html
from tests.cases import shared_cases
from tests.mail_checks import read

# Zammad keeps the HTML itself as a file; for Hilo it is the text.
ITS_HTML = "message.html"
# Zammad's words for a mail without text.
NOTHING = "no visible content"
BLANK = re.compile(r"[\s\u200b\ufeff]+")
# The first characters are compared; a tag may be cut at their end.
CUT_TAG = re.compile(r"<[^>]*$")

MISSES = {
    "sender": {
        "mail076.box": "no address at all: Zammad shows the header as if it were one, Hilo says that there is none",
        "mail087.box": "`Test test@example.com` without brackets: Hilo finds the address in it, Zammad does not",
    },
    "name": {
        "mail046.box": "six bytes of undeclared GBK: too few to tell the charset by, for Zammad too",
        "mail076.box": "no address at all: the header is the name",
        "mail087.box": "`Test test@example.com` without brackets: for Zammad all of it is the name",
    },
    "subject": {},
    "body": {
        "mail023.box": "twelve bytes of undeclared GBK are taken for Korean",
        "mail026.box": "Zammad shows the page's <title> as text, and drops the plain text for an empty page",
        "mail054.box": "headers whose folds lost their space: Zammad misses the boundary and with it the text",
        "mail087.box": "Zammad makes a file of a part without a kind; Hilo shows its text",
    },
    "attachments": {
        "mail087.box": "Zammad makes a file of a part without a kind; Hilo shows its text",
    },
}
AT_LEAST = {"sender": 0.95, "name": 0.9, "subject": 0.95, "body": 0.9, "attachments": 0.9}


def words(text: str) -> str:
    return " ".join(text.split())


def is_sender(expected: dict[str, Any], mail: Mail) -> bool:
    # A root's dot at the end of a domain is the same domain.
    return str(expected["from_email"]).lower().rstrip(".") == mail.message.sender.address.lower()


def is_name(expected: dict[str, Any], mail: Mail) -> bool:
    # Without a space between them a name is only part of the address that Zammad could not read.
    named = words(expected["from_display_name"] or "")
    return named == mail.message.author or (not named and mail.message.author in str(expected["from"]))


def is_subject(expected: dict[str, Any], mail: Mail) -> bool:
    return words(expected["subject"] or "") == mail.message.subject


def is_body(expected: dict[str, Any], mail: Mail) -> bool:
    """Whether our text, or the text of our HTML (Zammad prefers it), begins as theirs does, but for one tenth."""
    theirs = expected["body_head"]
    if "<" in theirs:
        theirs = text_of_html(CUT_TAG.sub("", theirs).encode(), Allowance())[0]
    text, quoted = without_notes(mail.message.text), mail.message.quoted
    if theirs == NOTHING:
        return not text
    html = mail.contents.get(mail.message.html, b"")
    ours = (text, text_of_html(html, Allowance())[0])
    whole = BLANK.sub("", theirs)
    return any(is_like(whole, BLANK.sub("", each)) for each in ours) or has_lines(theirs, f"{text}\n{quoted}")


def is_like(theirs: str, ours: str) -> bool:
    """Whether nine tenths of `theirs`, white space away, stand in the beginning of `ours` in that order."""
    matcher = SequenceMatcher(None, theirs, ours[: len(theirs) * 11 // 10 + 10], autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) >= 0.9 * len(theirs)


def has_lines(theirs: str, ours: str) -> bool:
    """Whether nine tenths of `theirs` are lines of `ours`: what is quoted is folded away, and so stands elsewhere."""
    there = {BLANK.sub("", line) for line in ours.split("\n")}
    # The last line is cut somewhere.
    lines = [BLANK.sub("", line) for line in theirs.rpartition("\n")[0].split("\n")]
    return sum(len(line) for line in lines if line in there) >= 0.9 * sum(map(len, lines)) > 0


def is_attachments(expected: dict[str, Any], mail: Mail) -> bool:
    return [name for name in expected["attachments"] if name != ITS_HTML] == [
        file.name for file in mail.message.attachments
    ]


FIELDS: dict[str, tuple[Callable[[dict[str, Any], Mail], bool], str]] = {
    "sender": (is_sender, "from_email"),
    "name": (is_name, "from_email"),
    "subject": (is_subject, "subject"),
    "body": (is_body, "body_head"),
    # An empty list means that Zammad's own tests do not look: it stands also for mails with files.
    "attachments": (is_attachments, "attachments"),
}


@pytest.mark.parametrize("field", FIELDS)
def test_as_zammad_reads_it(field: str) -> None:
    folder = shared_cases("zammad_mail")
    lines = (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    matches, told = FIELDS[field]
    # given the mails of which Zammad's tests tell this field
    known = [expected for expected in map(json.loads, lines) if expected[told]]
    assert known
    # when Hilo reads them
    missed = {
        expected["file"] for expected in known if not matches(expected, read((folder / expected["file"]).read_bytes()))
    }
    # then what it reads otherwise is on the list, and only that
    assert missed == set(MISSES[field])
    assert 1 - len(missed) / len(known) >= AT_LEAST[field]
