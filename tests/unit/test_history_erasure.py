"""What is erased from the archive is gone from its files, while others have them open."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from history.archive import Archive, Story
from history.erasure import ArchivedPerson
from history.schema import FILE
from router.model.ids import CustomerId
from router.model.message import Attachment
from tests.archived import opened
from tests.planted import in_files
from tests.unit.test_history import story

ADA, BOB = CustomerId("u-07-ada"), CustomerId("u-07-bob")
FILES = ("a" * 64, "b" * 64)


def told(name: str, who: CustomerId, text: str, *digests: str) -> Story:
    """A closed conversation of `who` with these words and files."""
    found = story(name, 0, text)
    files = tuple(Attachment("x", "text/plain", 1, digest) for digest in digests)
    entries = [replace(entry, attachments=files) for entry in found.entries]
    return Story(replace(found.conversation, customer=who), entries)


async def both_kept(archive: Archive) -> None:
    """Ada's and Bob's conversations are in the archive; of Ada's an earlier form was there too."""
    await archive.keep([told("c-07-a", ADA, "zafiroantes", FILES[0], FILES[1]), told("c-07-b", BOB, "rubí", FILES[1])])
    later = told("c-07-a", ADA, "zafiroantes")
    await archive.keep([Story(replace(later.conversation, revision=99, subject="zafirotema"), later.entries)])


async def test_what_is_erased_is_in_no_byte_of_the_file_or_its_log(tmp_path: Path) -> None:
    words = ("zafiroantes", "zafirotema", "u-07-ada")
    async with opened(tmp_path) as archive:
        # given an archive that Hilo has open, with two people in it: their words are in its log
        await both_kept(archive)
        assert any(in_files([tmp_path], words).values())
        # when one of them is erased
        person = ArchivedPerson(tmp_path, [ADA])
        assert [conversation.id for conversation, _ in person.stories()] == ["c-07-a"]
        assert person.erase([]) == 1
        assert in_files([tmp_path / f"{FILE}-wal"], words), (
            "deleted rows are still in the log, which the next step empties"
        )
        person.forget_bytes()
        # then no byte of theirs is left, and the other's conversation is read as before
        assert in_files([tmp_path], words) == {}
        assert [entry.text for entry in await archive.timeline(told("c-07-b", BOB, "").conversation.id)][:1] == ["rubí"]
        # and it does not come back by a feeder that had read it before
        await archive.keep([told("c-07-a", ADA, "zafiroantes")])
        assert person.stories() == []
        person.close()


async def test_a_file_that_others_name_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as archive:
        await both_kept(archive)
        person = ArchivedPerson(tmp_path, [ADA])
        assert person.named_elsewhere(FILES) == {FILES[1]}
        assert person.owner_of(told("c-07-b", BOB, "").conversation.id) == BOB
        person.close()


@pytest.mark.parametrize("who", [(), (CustomerId("u-07-nobody"),)])
async def test_nobody_loses_anything_by_the_erasure_of_nobody(tmp_path: Path, who: tuple[CustomerId, ...]) -> None:
    async with opened(tmp_path) as archive:
        await both_kept(archive)
        person = ArchivedPerson(tmp_path, who)
        assert person.erase([]) == 0
        person.forget_bytes()
        person.close()
        assert len(await archive.of_customer(BOB, 10)) == len(await archive.of_customer(ADA, 10)) == 1
