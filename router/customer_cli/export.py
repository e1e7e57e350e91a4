"""Everything that is held of a person as one zip file, for who asks for their data."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from channels.files import Files
from router.customer_cli.person import Person, Tell
from router.model.decision import TimelineEntry
from router.model.errors import PermanentError
from router.store import wire
from router.store.personal.held import Story
from rules.problems import json_text

NAME_LENGTH = 80
README = """\
Estos son todos los datos que guardamos de usted. / This is all the data that we keep about you.

customer.json          quién es usted para nosotros / who you are to us
conversations/         cada conversación con su historia, sus archivos y correos / each conversation with its story,
                       its files and mails
chats/                 lo escrito en el chat / what was written in the chat
under-way.json         lo que todavía está en camino / what is still on its way
dead-letters.json      lo que no se pudo procesar / what could not be processed
files.json             qué archivo es cuál / which file is which

Los tiempos están en UTC. / Times are in UTC.
"""


@dataclass(frozen=True, slots=True)
class File:
    """A kept file: its place in the zip, and where it lies here; None where it is not here any more."""

    place: str
    digest: str
    path: Path | None


def export(person: Person, files: Files, target: Path, tell: Tell) -> int:
    """Write the zip; how many files it has. Raises PermanentError where it can't be written."""
    part = target.with_name(f"{target.name}.part")
    try:
        # What a customer wrote is nobody else's.
        handle = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
            count = _write(person, files, archive, tell)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PermanentError(f"{target} can't be written: {error.strerror}") from error
    return count


def _write(person: Person, files: Files, archive: ZipFile, tell: Tell) -> int:
    held = person.held
    texts = {
        "README.txt": README,
        "customer.json": _json(held.records),
        "under-way.json": json_text(held.waiting),
        "dead-letters.json": json_text([letter.readable() for letter in held.letters]),
    }
    texts |= {f"chats/{visitor}.json": json_text(lines) for visitor, lines in held.transcripts.items()}
    for name, text in texts.items():
        archive.writestr(name, text)
    kept: list[File] = []
    for done, story in enumerate(held.stories, 1):
        tell("Writing conversations", done, len(held.stories))
        archive.writestr(f"conversations/{story.conversation.id}.json", _json([story.conversation, *story.entries]))
        kept += _files_of(story, files)
    for done, file in enumerate(kept, 1):
        tell("Writing files", done, len(kept))
        if file.path:
            archive.write(file.path, file.place)
    rows = [{"place": f.place, "sha256": f.digest, "is_here": f.path is not None} for f in kept]
    archive.writestr("files.json", json_text(rows))
    return len(archive.namelist())


def _files_of(story: Story, files: Files) -> Iterator[File]:
    """The files of a conversation, each at a place of its own by its name; mails and their pages by their number."""
    folder = f"conversations/{story.conversation.id}"
    taken: set[str] = set()
    for number, entry in enumerate(story.entries, 1):
        for name, digest in _named(number, entry):
            place = _free(f"{folder}/{name}", taken)
            taken.add(place)
            yield File(place, digest, files.path(digest))


def _named(number: int, entry: TimelineEntry) -> Iterator[tuple[str, str]]:
    for file in entry.attachments:
        if file.digest:
            yield f"files/{_safe(file.name)}", file.digest
    if original := entry.detail.get("original"):
        yield f"mails/{number:04d}.eml", original
    if html := entry.detail.get("html"):
        yield f"mails/{number:04d}.html", html


def _safe(name: str) -> str:
    """A stranger's name of a file without what could lead out of the zip's folder."""
    return re.sub(r"[^\w.() -]", "_", name)[-NAME_LENGTH:].strip(". ") or "file"


def _free(place: str, taken: set[str]) -> str:
    stem, dot, ending = place.rpartition(".")
    number, free = 2, place
    while free in taken:
        free = f"{stem}-{number}{dot}{ending}" if dot and "/" not in ending else f"{place}-{number}"
        number += 1
    return free


def _json(values: Iterable[object]) -> str:
    return json_text([wire.decode(dict, wire.encode(value)) for value in values])
