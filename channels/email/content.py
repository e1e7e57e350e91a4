"""What a mail holds: the words of its sender, apart from what they quote, and its files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from channels.email.address import digest_of
from channels.email.charsets import beginning, clean, decoded
from channels.email.mime import (
    File,
    Part,
    charset_of,
    content_of,
    file_of,
    files,
    preamble,
    readable_texts,
    written_texts,
)
from channels.email.notes import Problem, note
from channels.email.plain_text import HTML_BYTES, Allowance, text_of_html, without_inline_data
from channels.email.quoted import Parts, split
from router.model.message import Attachment

TEXT_LENGTH = 200_000
TEXT_BYTES = 2 * HTML_BYTES


@dataclass(frozen=True, slots=True)
class Content:
    """The `words`, the `files`, and what was odd about them; `is_cut` says that not all words are there."""

    words: Parts
    problems: tuple[Problem, ...] = ()
    files: tuple[File, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning of the words is there."""
        return Problem.TEXT_CUT in self.problems


def content_in(root: Part) -> Content:
    """The content of the mail `root`, its words read up to their bound."""
    texts = written_texts(root)
    problems: list[Problem] = []
    shown = []
    allowance = Allowance()
    for part in texts:
        text, found = _text(part, allowance)
        problems += found
        shown += [text] if text else []
    attached = [file_of(part, number) for number, part in enumerate(files(root, {id(part) for part in texts}), 1)]
    text = "\n\n".join(shown) or clean(preamble(root))
    problems += [Problem.TEXT_CUT] if len(text) > TEXT_LENGTH else []
    words = split(text[:TEXT_LENGTH])
    if Problem.TEXT_CUT in problems:
        words = Parts(f"{note(Problem.TEXT_CUT)}\n\n{words.written}", words.quoted)
    return Content(words, tuple(dict.fromkeys(problems)), tuple(attached))


def declared_charset(root: Part) -> str:
    """The charset that the mail's texts declare; empty if none does."""
    return next((charset for part in readable_texts(root) if (charset := charset_of(part))), "")


def whole_mail(raw: bytes) -> File:
    """The mail itself as a file."""
    return File(Attachment("mail.eml", "message/rfc822", len(raw), digest_of(raw)), raw)


def listed(attached: Iterable[File]) -> Iterator[Attachment]:
    """The files as they are listed, no two by one name."""
    names: set[str] = set()
    for file in attached:
        name, number = file.attachment.name, 2
        while name in names:
            stem, dot, extension = file.attachment.name.rpartition(".")
            name = f"{stem or extension} ({number}){dot + extension if stem else ''}"
            number += 1
        names.add(name)
        yield replace(file.attachment, name=name)


def _text(part: Part, allowance: Allowance) -> tuple[str, list[Problem]]:
    content = content_of(part)
    html = part.get_content_type() == "text/html"
    # What is never shown is not decoded: the text of a mail of 25 MB is in memory many times over.
    data = beginning(without_inline_data(content) if html else content, TEXT_BYTES)
    is_whole = html or len(data) == len(content)
    text, is_good = decoded(data, charset_of(part))
    if html:
        text, is_whole = text_of_html(text.encode("utf-8", "replace"), allowance)
    problems = ([] if is_good else [Problem.BAD_CHARSET]) + ([] if is_whole else [Problem.TEXT_CUT])
    return "\n".join(line.rstrip() for line in clean(text).split("\n")).strip("\n"), problems
