"""A mail's HTML as a page of its own, to be shown in a frame: nothing in it runs, nothing loads unless asked for.

The HTML was made safe when the mail came; the page's policy is a second net below it. Its pictures have no `src`: those
of the mail itself (`data-file`) are put in here, remote ones (`data-src`) get theirs only where the reader wants that.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path

from desk.taken import BEGINNING, picture_type

# How many there are from elsewhere, so that the desk offers to show them only where there are some.
REMOTE_PICTURES = "Hilo-Remote-Pictures"
PICTURE_BYTES = 5 * 2**20
PAGE_BYTES = 10 * 2**20
# The cleaner writes each value between quotes and escapes those within, so a tag can be told by them.
IMAGE = re.compile(r'<img((?:\s+[a-z-]+="[^"]*")*)\s*/?>')
ATTRIBUTE = re.compile(r'\s+([a-z-]+)="([^"]*)"')
STYLE = """
:root { color-scheme: light; background: #fff; color: #1d1d1f; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 12px 16px; overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; }
.left-out { padding: 0 6px; border-radius: 4px; background: #f0f0f2; color: #5f5f66; font-size: 13px; }
blockquote { margin: 8px 0; padding-inline-start: 12px; border-inline-start: 2px solid #d5d5da; }
pre { white-space: pre-wrap; }
"""
PAGE = (
    '<!doctype html>\n<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    f"<style>{STYLE}</style></head>\n<body>{{body}}</body></html>\n"
)


def mail_page(safe: Path, path_of: Callable[[str], Path | None], with_remote: bool) -> tuple[str, int]:
    """The page for the safe HTML in that file, and how many pictures in it are remote.

    `path_of` finds a kept file by its digest.
    """
    pictures, html = _Pictures(path_of, with_remote), safe.read_text("utf-8", "replace")
    return PAGE.replace("{body}", IMAGE.sub(pictures.shown, html)), pictures.remote


def policy(*, with_remote: bool) -> str:
    """The page's Content-Security-Policy: it may show what is written in it, and links open outside of it."""
    remote = " https:; upgrade-insecure-requests" if with_remote else ""
    return (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors 'self'; img-src data:{remote}"
    )


@dataclass(slots=True)
class _Pictures:
    """Puts pictures where they belong, within bounds."""

    path_of: Callable[[str], Path | None]
    with_remote: bool
    remote: int = 0
    size: int = 0
    known: dict[str, str] = field(default_factory=dict)

    def shown(self, tag: re.Match[str]) -> str:
        """The tag with the `src` that it may have; without one, the words that stand for the picture."""
        attributes = {each[1]: each[2] for each in ATTRIBUTE.finditer(tag[1])}
        remote, file = attributes.pop("data-src", ""), attributes.pop("data-file", "")
        self.remote += bool(remote)
        source = self._source(file) if file else remote if self.with_remote else ""
        if not source:
            words = escape(unescape(attributes.get("alt", ""))).strip()
            return f'<span class="left-out">{words}</span>' if words else ""
        return "<img{}>".format("".join(f' {name}="{value}"' for name, value in (attributes | {"src": source}).items()))

    def _source(self, digest: str) -> str:
        """The kept picture as a `data:` address; nothing if it is none, or too much."""
        if digest not in self.known:
            self.known[digest] = self._read(digest)
        source = self.known[digest]
        # A small picture that stands in the mail a thousand times is as much as a large one.
        self.size += len(source)
        return source if self.size <= PAGE_BYTES else ""

    def _read(self, digest: str) -> str:
        path = self.path_of(digest)
        if path is None or path.stat().st_size > PICTURE_BYTES:
            return ""
        content = path.read_bytes()
        kind = picture_type(content[:BEGINNING])
        return f"data:{kind};base64,{b64encode(content).decode()}" if kind else ""
