"""What strangers call a file and say of its kind: what is believed of it, and how it is told on.

A picture is what begins as one; no other file is ever shown, whatever its name and its type say.
"""

import re
import unicodedata
from pathlib import Path
from urllib.parse import quote

NAME_LENGTH = 150
OCTETS = "application/octet-stream"
MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9][a-z0-9.+-]{0,80}")
BEGINNING = 16
PICTURES = (
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ("image/gif", re.compile(rb"GIF8[79]a")),
    ("image/webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
)
# What a path is made of, and what some systems refuse.
UNFIT = re.compile(r'[/\\:*?"<>|]')
# RFC 5987 section 3.2.1: what stands for itself in an extended value.
PLAIN = "!#$&+-.^_`|~"


def picture_type(beginning: bytes) -> str:
    """The type of the picture that begins so, of those that a browser may show; nothing if it is none of them."""
    return next((name for name, mark in PICTURES if mark.match(beginning)), "")


def media_type_of(path: Path, declared: str) -> str:
    """The kind of the file in `path`: a picture's by its bytes, any other as `declared`, if that is no picture's."""
    with path.open("rb") as file:
        found = picture_type(file.read(BEGINNING))
    kind = declared.lower().partition(";")[0].strip()
    claims_more = kind.startswith("image/") and kind in dict(PICTURES)
    return found or (kind if MEDIA_TYPE.fullmatch(kind) and not claims_more else OCTETS)


def file_name(name: str) -> str:
    """`name` as one line without a path, hidden letters or a turn of direction; "file" where nothing is left of it."""
    last = re.split(r"[/\\]", name)[-1]
    # Cc and Cf: controls, and what makes `gpj.exe` read as `exe.jpg`; Cs: no text at all.
    shown = "".join(letter for letter in last if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    shown = " ".join(UNFIT.sub("_", shown).split()).strip(" .")
    stem, dot, suffix = shown.rpartition(".")
    if len(shown) > NAME_LENGTH and dot and len(suffix) < 20:
        return f"{stem[: NAME_LENGTH - len(suffix) - 1]}.{suffix}"
    return shown[:NAME_LENGTH] or "file"


def disposition(name: str, *, is_shown: bool = False) -> str:
    """Content-Disposition for `name`: in ASCII for old programs, and whole (RFC 6266 section 5, appendix D)."""
    name = file_name(name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().replace("%", "_") or "file"
    kind = "inline" if is_shown else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=PLAIN)}"
