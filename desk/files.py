"""Files at the desk: those of a conversation are handed out, a mail's HTML is shown, an agent's own are taken in.

Whatever came from outside is only ever downloaded, or shown where nothing in it can act.
"""

import asyncio

import structlog
from aiohttp import web

from channels.files import Incoming
from desk.access import AGENT
from desk.api import answer, visible
from desk.mail_page import REMOTE_PICTURES, mail_page, policy
from desk.problems import RETRY_SECONDS, Problem
from desk.services import Services
from desk.stories import Stories
from desk.taken import BEGINNING, OCTETS, disposition, file_name, media_type_of, picture_type
from desk.uploads import MOST_BYTES, Uploads, named
from router.model.errors import Refusal, StoreFull

log = structlog.get_logger()

UPLOAD_PATH = "/api/files"
PIECE = 256 * 1024
# How long somebody may stand still who brings a file.
STILL_SECONDS = 5.0
LOCKED = "sandbox; default-src 'none'"


class FileDesk:
    """Hands files out and takes them in."""

    def __init__(self, services: Services) -> None:
        self._files = services.files
        self._stories = Stories(services.records, services.archive)
        self._uploads = Uploads(services, self._stories)

    def routes(self) -> list[web.RouteDef]:
        """A file, a mail's page, and what an agent brings."""
        return [
            web.get("/api/conversations/{id}/files/{digest}", self.file),
            web.get("/api/conversations/{id}/entries/{entry}/html", self.page),
            web.post(UPLOAD_PATH, self.take),
        ]

    async def file(self, request: web.Request) -> web.FileResponse:
        """A file that an entry of the conversation names, to download; with `?inline` a picture, to be shown."""
        conversation, digest = await visible(self._stories, request), request.match_info["digest"]
        told = await named(self._stories, conversation.id, digest)
        if told is None:
            raise Problem("no_such_file")
        path = self._files.path(digest)
        if path is None:
            raise Problem("file_gone")
        shown = ""
        if "inline" in request.query:
            with path.open("rb") as file:
                shown = picture_type(file.read(BEGINNING))
        headers = {
            "Content-Type": shown or OCTETS,
            "Content-Disposition": disposition(told.name, is_shown=bool(shown)),
            "Content-Security-Policy": LOCKED,
        }
        return web.FileResponse(path, headers=headers)

    async def page(self, request: web.Request) -> web.Response:
        """A mail's HTML as a page that can do nothing; with `?pictures=1` it shows pictures from elsewhere too."""
        conversation, entry = await visible(self._stories, request), request.match_info["entry"]
        told = await self._stories.latest(conversation.id, lambda one: one.id == entry)
        digest = told.detail.get("html", "") if told else ""
        if not digest:
            raise Problem("no_html")
        path = self._files.path(digest)
        if path is None:
            raise Problem("file_gone")
        with_remote = request.query.get("pictures") == "1"
        page, remote = await asyncio.to_thread(mail_page, path, self._files.path, with_remote)
        headers = {
            "Content-Security-Policy": policy(with_remote=with_remote),
            "Referrer-Policy": "no-referrer",
            REMOTE_PICTURES: str(remote),
        }
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def take(self, request: web.Request) -> web.Response:
        """Keeps the body as a file, for whoever brings it to send along."""
        if (request.content_length or 0) > MOST_BYTES:
            raise _too_large()
        try:
            incoming = self._files.incoming()
            try:
                digest = await _received(request, incoming)
            finally:
                await asyncio.to_thread(incoming.drop)
        except StoreFull:
            raise
        except Refusal as error:
            log.error("file_not_kept", error=str(error))
            raise Problem("files_away", headers={"Retry-After": str(RETRY_SECONDS)}) from error
        await self._uploads.remember(request[AGENT], digest)
        path = self._files.path(digest)
        if path is None:
            raise Problem("file_gone")
        kind = media_type_of(path, request.headers.get("Content-Type", ""))
        name = file_name(request.query.get("name", ""))
        return answer({"digest": digest, "name": name, "type": kind, "size": incoming.size}, status=201)


async def _received(request: web.Request, incoming: Incoming) -> str:
    """The digest of the body, once it is kept. Raises Problem if it is too large, or stands still."""
    while piece := await _piece(request):
        if incoming.size + len(piece) > MOST_BYTES:
            raise _too_large()
        await asyncio.to_thread(incoming.write, piece)
    return await asyncio.to_thread(incoming.keep)


async def _piece(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(STILL_SECONDS):
            return await request.content.read(PIECE)
    except TimeoutError:
        raise Problem("too_slow", headers={"Connection": "close"}) from None


def _too_large() -> Problem:
    return Problem("file_too_large", headers={"Connection": "close"})
