"""A mail's HTML as it is kept for the desk, with the pictures that are written into it as files of their own."""

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from channels.email.address import digest_of
from channels.email.charsets import clean, decoded
from channels.email.mime import File, Part, charset_of, content_of, written_texts
from channels.email.notes import Problem
from channels.email.plain_text import HTML_BYTES, Allowance
from channels.email.safe_html import safe_html
from router.model.message import Attachment

# What browsers draw and nothing can run in: SVG is a program.
PICTURES = frozenset({"image/png", "image/jpeg", "image/jpg", "image/pjpeg", "image/gif", "image/webp", "image/bmp"})
WRITTEN_IN = re.compile(rb"data:(image/(?:png|jpe?g|gif|webp|bmp));base64,([A-Za-z0-9+/=\s]{40,})", re.IGNORECASE)
PICTURES_KEPT = 50
# What is more in any charset than may be cleaned in UTF-8 is not decoded: it would be in memory many times over.
MOST_BYTES = 2 * HTML_BYTES
PLAIN = '<div style="white-space: pre-wrap">{}</div>'


@dataclass(frozen=True, slots=True)
class Page:
    """The safe HTML, and the `pictures` that were written into it."""

    html: str = ""
    pictures: tuple[File, ...] = ()
    problems: tuple[Problem, ...] = ()


NO_PAGE = Page()


def page_of(root: Part, files: Iterable[File]) -> Page:
    """What the desk may show of the mail's HTML: nothing if it has none, or none that could be made safe."""
    texts = written_texts(root, is_rich=True)
    if not any(part.get_content_type() == "text/html" for part in texts):
        return NO_PAGE
    shown = {file.content_id: file.attachment.digest for file in files if _is_picture(file)}
    allowance, pictures, pieces = Allowance(), list[File](), list[str]()
    for part in texts:
        html = _html_of(part, pictures)
        if html == "":
            continue
        shown.update({picture.content_id: picture.attachment.digest for picture in pictures})
        safe = None if html is None else safe_html(html, allowance, shown)
        if safe is None:
            return Page(pictures=tuple(pictures), problems=(Problem.HTML_LEFT_OUT,))
        pieces.append(safe)
    return Page("\n".join(pieces).strip(), tuple(pictures))


def _is_picture(file: File) -> bool:
    return bool(file.content_id) and file.attachment.media_type in PICTURES


def _html_of(part: Part, pictures: list[File]) -> str | None:
    """The part as HTML, its `pictures` taken out; None for what is too much to be cleaned, whatever its charset."""
    is_html = part.get_content_type() == "text/html"
    content = content_of(part)
    content = _with_pictures_as_files(content, pictures) if is_html else content
    if len(content) > MOST_BYTES:
        return None
    text = clean(decoded(content, charset_of(part))[0])
    return text if is_html or not text.strip() else PLAIN.format(escape(text, quote=False))


def _with_pictures_as_files(html: bytes, pictures: list[File]) -> bytes:
    """`html` that names by Content-ID what was written into it as `data:`; these `pictures` grow by them."""

    def named(found: re.Match[bytes]) -> bytes:
        if len(pictures) == PICTURES_KEPT:
            return b"data:"
        content = _decoded(found[2])
        kind = found[1].decode("ascii").lower().replace("jpg", "jpeg")
        name = f"picture-{len(pictures) + 1}"
        listed = Attachment(f"{name}.{kind.rpartition('/')[2]}", kind, len(content), digest_of(content))
        pictures.append(File(listed, content, f"{name}@hilo.invalid"))
        return f"cid:{name}@hilo.invalid".encode("ascii")

    return WRITTEN_IN.sub(named, html)


def _decoded(written: bytes) -> bytes:
    letters = written.translate(None, b" \t\r\n\f\v=")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
