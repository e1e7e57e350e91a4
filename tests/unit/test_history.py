"""The archive: what is written is read back as it was, and written twice it is there once."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from history.archive import Late, Story
from history.schema import FILE, ArchiveAway
from history.schema import opened as open_file
from router.model.conversation import Conversation, ConversationState
from router.model.decision import EntryKind, TimelineEntry
from router.model.ids import ConversationId, CustomerId, TeamId
from router.model.message import Attachment
from router.model.team import Ownership, Priority
from tests.archived import opened
from tests.clock import MONDAY

ADA = CustomerId("u-07-ada")
FILE_OF_HERS = Attachment("factura ñ.pdf", "application/pdf", 41, "a" * 64)


def story(name: str = "c-07-a", days: int = 0, *texts: str, subject: str = "", channel: str = "email") -> Story:
    """A closed conversation of Ada's that began so many days after Monday."""
    began = MONDAY + timedelta(days=days)
    entries = [
        TimelineEntry(
            f"{days}-{number}.0",
            EntryKind.MESSAGE_IN,
            began,
            "Ada",
            text,
            channel,
            f"m{number}",
            {"ñ": text},
            (FILE_OF_HERS,),
        )
        for number, text in enumerate(texts or ("Hola",))
    ]
    ends = began + timedelta(hours=80)
    entries.append(TimelineEntry(f"{days}-end.0", EntryKind.CLOSED, ends))
    conversation = Conversation(
        id=ConversationId(name),
        customer=ADA,
        state=ConversationState.CLOSED,
        ownership=Ownership(TeamId("care"), began, "nobody else"),
        created_at=began,
        updated_at=ends,
        revision=len(entries),
        subject=subject,
        facts={"matter": "«fibra»\u0000"},
    )
    return Story(conversation, entries)


async def test_what_is_written_is_read_back_as_it_was(tmp_path: Path) -> None:
    told = story("c-07-a", 0, "Mi factura\n\nestá 'mal'; DROP TABLE entries", "¿Y bien? 🧾")
    async with opened(tmp_path) as archive:
        await archive.keep([told])
    # then another process reads the same
    async with opened(tmp_path) as archive:
        assert await archive.conversation(told.conversation.id) == told.conversation
        assert await archive.timeline(told.conversation.id) == told.entries
        assert await archive.timeline(told.conversation.id, 1, 1) == [told.entries[1]]
        assert await archive.timeline_length(told.conversation.id) == 3
        assert await archive.conversation(ConversationId("c-07-other")) is None
        assert await archive.timeline(ConversationId("c-07-other")) == []


async def test_written_twice_it_is_there_once_and_never_older(tmp_path: Path) -> None:
    before = story("c-07-a", 0, "uno")
    late = TimelineEntry("9-9.0", EntryKind.DELIVERY, MONDAY, message="o-07-1", detail={"state": "failed"})
    after = Story(replace(before.conversation, revision=9, priority=Priority.HIGH), [*before.entries, late])
    async with opened(tmp_path) as archive:
        for told in (before, before, after, before):
            await archive.keep([told])
        assert await archive.conversation(before.conversation.id) == after.conversation
        assert await archive.timeline(before.conversation.id) == after.entries
        assert await archive.counts() == {"email": 1}


async def test_what_is_told_late_stands_last_and_once(tmp_path: Path) -> None:
    told = story()
    entry = TimelineEntry("9-9.0", EntryKind.DELIVERY, MONDAY, message="o-07-1", detail={"state": "failed"})
    late, astray = Late(told.conversation.id, entry), Late(ConversationId("c-07-nobody"), entry)
    async with opened(tmp_path) as archive:
        assert await archive.keep([told], [late, astray]) == [astray]
        assert await archive.keep([], [late]) == []
        # and who archives the same story once more, as it was before, takes nothing away
        await archive.keep([told])
        assert await archive.timeline(told.conversation.id) == [*told.entries, entry]


async def test_a_customers_former_conversations_stand_latest_first(tmp_path: Path) -> None:
    stories = [
        story("c-07-a", 0, "  Mi\n factura  ", "otra cosa"),
        story("c-07-c", 20, subject="Fibra", channel="webchat"),
        story("c-07-b", 10, "x" * 500),
    ]
    other = story("c-07-z", 30)
    stranger = Story(replace(other.conversation, customer=CustomerId("u-07-bob")), other.entries)
    async with opened(tmp_path) as archive:
        await archive.keep([*stories, stranger])
        found = await archive.of_customer(ADA, 10)
        assert [(one.id, one.subject, one.beginning[:20]) for one in found] == [
            ("c-07-c", "Fibra", "Hola"),
            ("c-07-b", "", 20 * "x"),
            ("c-07-a", "", "Mi factura"),
        ]
        assert len(found[1].beginning) == 160
        assert found[0].closed_at == stories[1].entries[-1].at
        assert [one.channels for one in found] == [("webchat",), ("email",), ("email",)]
        assert [one.id for one in await archive.of_customer(ADA, 1)] == ["c-07-c"]
        # and with whom became part of them, those of both
        both = await archive.of_customer(ADA, 10, others=(CustomerId("u-07-bob"),))
        assert [one.id for one in both] == ["c-07-z", "c-07-c", "c-07-b", "c-07-a"]
        assert await archive.counts() == {"email": 4, "webchat": 1}


async def test_a_limit_counts_those_of_the_teams_that_are_asked_for(tmp_path: Path) -> None:
    theirs = [story(f"c-07-{place}", place) for place in range(2)]
    moved = story("c-07-m", 5)
    others = Story(replace(moved.conversation, ownership=Ownership(TeamId("billing"), MONDAY, "")), moved.entries)
    async with opened(tmp_path) as archive:
        await archive.keep([*theirs, others])
        care = await archive.of_customer(ADA, 1, teams={TeamId("care")})
        assert [one.id for one in care] == ["c-07-1"]
        # and the one that is on the screen takes no place
        found = await archive.of_customer(ADA, 1, besides="c-07-m")
        assert [one.id for one in found] == ["c-07-1"]
        assert await archive.of_customer(ADA, 1, teams=()) == []


def test_what_customers_wrote_is_nobody_elses(tmp_path: Path) -> None:
    # given a folder that everybody may read, as a backup brings it back
    tmp_path.chmod(0o755)
    database = open_file(tmp_path)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    database.close()


async def test_two_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as one, opened(tmp_path) as other:
        await asyncio.gather(one.open(), other.open())
        await one.keep([story()])
        assert await other.counts() == {"email": 1}


async def test_a_file_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    database = open_file(tmp_path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    async with opened(tmp_path) as archive:
        with pytest.raises(ArchiveAway, match="use a newer one"):
            await archive.open()
    assert sqlite3.connect(tmp_path / FILE).execute("PRAGMA user_version").fetchone() == (99,)


async def test_a_file_from_before_attachments_is_read_on(tmp_path: Path) -> None:
    told = story("c-07-a", 0, "uno")
    async with opened(tmp_path) as archive:
        await archive.keep([told])
    # given the file as the first version made it
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("ALTER TABLE entries DROP COLUMN attachments")
        database.execute("DROP TABLE erased")
        database.execute("PRAGMA user_version = 1")
        database.commit()
    # then what it told is there, without the files, and it takes what is told now
    later = story("c-07-b", 9, "dos")
    async with opened(tmp_path) as archive:
        assert await archive.timeline(told.conversation.id) == [replace(e, attachments=()) for e in told.entries]
        await archive.keep([later])
        assert await archive.timeline(later.conversation.id) == later.entries
