"""The console's files: read once at the start, kept by browsers, asked for again by their ETag."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from desk.problems import Problem

FOLDER = Path(__file__).parent / "console"
FRONT = "index.html"
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".wav": "audio/wav",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    body: bytes
    media_type: str
    etag: str


class Assets:
    """Serves the console: `/` is its page, `/console/…` all other files by their names."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._assets = {path.relative_to(folder).as_posix(): _asset(path) for path in _files(folder)}

    def routes(self) -> list[web.RouteDef]:
        """The page and its files."""
        return [web.get("/", self.page), web.get("/console/{name:.+}", self.file)]

    async def page(self, request: web.Request) -> web.Response:
        """The console's page."""
        return self._served(request, FRONT)

    async def file(self, request: web.Request) -> web.Response:
        """One of the console's files."""
        return self._served(request, request.match_info["name"])

    def _served(self, request: web.Request, name: str) -> web.Response:
        # Names are looked up among what was read at the start, so that no name leads out of the folder.
        asset = self._assets.get(name)
        if asset is None:
            raise Problem("not_found")
        headers = {"ETag": f'"{asset.etag}"', "Cache-Control": "no-cache"}
        if any(known.value in (asset.etag, "*") for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        charset = "utf-8" if asset.media_type.startswith("text/") else None
        return web.Response(body=asset.body, headers=headers, content_type=asset.media_type, charset=charset)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in TYPES]


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body, TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:32])
