"""The audit knows every family of keys that the table in router/store/keys.py tells, with its type."""

import re

import pytest

from router.model.ids import PARTITIONS
from router.model.message import Handle
from router.store import keys
from router.store.audit import families

TYPES = {"stream": "stream", "hash": "hash", "list": "list", "sorted set": "zset", "set": "set"}
ROWS = re.findall(r"^\| (`.+?`) \| (.+?) \|", keys.__doc__ or "", re.MULTILINE)
# Where a row names two keys, each with its type: the table has one word for both.
TRANSCRIPT = {"log": "stream", "ids": "hash"}


def example(name: str) -> str:
    """A key such as the table's `name`."""
    return name.replace("<digest>", "0a1b").replace("<channel>", "email").replace("…", "x").replace("<", "").strip(">")


@pytest.mark.parametrize(("names", "told"), [row for row in ROWS if "{v:" not in row[0]])
def test_each_family_of_the_table_is_known_with_its_type(names: str, told: str) -> None:
    key = example(names.strip("`"))
    _, family = families.family_of(key, PARTITIONS)
    assert family, f"{key} is none that the audit knows"
    if families.HANDLE_KEY.fullmatch(key.removeprefix("hilo:")):
        return
    expected = next((kind for word, kind in TYPES.items() if told.startswith(word)), "string")
    assert families.type_of(key.removeprefix("hilo:")) == expected


@pytest.mark.parametrize(("suffix", "kind"), TRANSCRIPT.items())
def test_a_visitors_transcript_is_known(suffix: str, kind: str) -> None:
    assert families.type_of(f"{{v:0a1b}}:{suffix}") == kind


def test_the_table_was_read() -> None:
    assert len(ROWS) > 25


@pytest.mark.parametrize("name", [keys.key(7, keys.INBOUND), keys.handle(Handle("email", "ana@example.org"))])
def test_the_mark_that_replicas_are_waited_for_is_known_in_every_slot(name: str) -> None:
    mark = keys.kept(name)
    assert families.family_of(mark, PARTITIONS)[1], f"{mark} is none that the audit knows"
    assert families.type_of(mark.removeprefix("hilo:")) == "string"
