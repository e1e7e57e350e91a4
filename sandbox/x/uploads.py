"""Uploading media: in one go, or as initialize, append, append, …, finalize."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.x.bodies import json_of
from sandbox.x.problems import invalid
from sandbox.x.records import Media
from sandbox.x.store import XStore

_KINDS = {"image": "photo", "gif": "animated_gif", "video": "video"}
_MOST_BYTES = {"photo": 5 * 1024**2, "animated_gif": 15 * 1024**2, "video": 30 * 1024**2}
_MARKS = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))
_KEPT_SECONDS = 86_400


@dataclass(slots=True)
class _Upload:
    """An upload that is not finished."""

    kind: str
    content_type: str
    total_bytes: int
    parts: dict[int, bytes] = field(default_factory=dict)


class Uploads:
    """The handlers. What is not finished is forgotten when the sandbox ends, as X forgets it after a while."""

    def __init__(self, store: XStore) -> None:
        self._store = store
        self._open: dict[str, _Upload] = {}

    async def upload(self, request: web.Request) -> web.Response:
        """POST /2/media/upload."""
        fields = await _fields(request)
        kind, content = _kind(fields), _content(fields)
        content_type = str(fields.get("media_type") or _sniffed(content))
        return self._kept(Media(self._store.ids.now(), kind, content_type, content))

    async def initialize(self, request: web.Request) -> web.Response:
        """POST /2/media/upload/initialize."""
        fields = await json_of(request)
        total, content_type = fields.get("total_bytes"), fields.get("media_type")
        if not isinstance(total, int) or not isinstance(content_type, str):
            raise invalid("$.total_bytes and $.media_type are required")
        upload_id = self._store.ids.now()
        self._open[str(upload_id)] = _Upload(_kind(fields), content_type, total)
        data = {"id": str(upload_id), "media_key": f"3_{upload_id}", "expires_after_secs": _KEPT_SECONDS}
        return web.json_response({"data": data})

    async def append(self, request: web.Request) -> web.Response:
        """POST /2/media/upload/{id}/append."""
        fields, upload = await _fields(request), self._upload(request)
        index = str(fields.get("segment_index", ""))
        if not index.isdecimal() or int(index) > 999:
            raise invalid("segment_index must be between 0 and 999", segment_index=index)
        upload.parts[int(index)] = _content(fields)
        return web.json_response({"data": {}})

    async def finalize(self, request: web.Request) -> web.Response:
        """POST /2/media/upload/{id}/finalize."""
        upload, upload_id = self._upload(request), request.match_info["id"]
        content = b"".join(upload.parts[index] for index in sorted(upload.parts))
        if len(content) != upload.total_bytes or sorted(upload.parts) != list(range(len(upload.parts))):
            raise invalid("Segments do not add up to provided total file size.", total_bytes=upload.total_bytes)
        del self._open[upload_id]
        return self._kept(Media(int(upload_id), upload.kind, upload.content_type, content))

    def _upload(self, request: web.Request) -> _Upload:
        upload = self._open.get(request.match_info["id"])
        if upload is None:
            raise invalid("There is no such upload, or it has expired.", id=request.match_info["id"])
        return upload

    def _kept(self, media: Media) -> web.Response:
        if not media.content or len(media.content) > _MOST_BYTES[media.kind]:
            raise invalid(f"Your media is empty or has more than {_MOST_BYTES[media.kind]} bytes.")
        self._store.put_media(media)
        data = {"id": str(media.id), "media_key": media.key, "size": len(media.content)}
        return web.json_response({"data": {**data, "expires_after_secs": _KEPT_SECONDS}})


async def _fields(request: web.Request) -> dict[str, Any]:
    """The fields of a form, or of a JSON object in which the media is in base64."""
    if not request.content_type.startswith("multipart/"):
        return await json_of(request)
    fields = dict(await request.post())
    return {name: one.file.read() if isinstance(one, web.FileField) else one for name, one in fields.items()}


def _content(fields: dict[str, Any]) -> bytes:
    media = fields.get("media")
    if isinstance(media, bytes):
        return media
    try:
        return base64.b64decode(str(media or ""), validate=True)
    except binascii.Error as error:
        raise invalid("$.media: is no base64") from error


def _kind(fields: dict[str, Any]) -> str:
    category = str(fields.get("media_category", ""))
    place, _, kind = category.partition("_")
    if place not in ("tweet", "dm") or kind not in _KINDS:
        raise invalid(
            "The `media_category` is not one of [tweet_image, tweet_gif, tweet_video, dm_image, …]",
            media_category=category,
        )
    return _KINDS[kind]


def _sniffed(content: bytes) -> str:
    return next((name for mark, name in _MARKS if content.startswith(mark)), "video/mp4")
