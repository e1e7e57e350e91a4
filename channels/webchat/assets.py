"""The widget's files as pages load them, and the page that shows it; read once, at start."""

import hashlib
import re
import zlib
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

import jinja2
from aiohttp import hdrs, web

FOLDER = resources.files("channels.webchat") / "widget"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
LOADER, LOADED = "widget.js", '"./element.js"'
SHORT = "public, max-age=300, must-revalidate"
FOREVER = "public, max-age=31536000, immutable"
SMALL = 500
LANGUAGES = ("es", "en")
# Comments that have their lines to themselves.
BLOCK = re.compile(rb"^[ \t]*/\*\*.*?\*/[ \t]*$", re.DOTALL | re.MULTILINE)
NOTE = re.compile(rb"^[ \t]*//.*$", re.MULTILINE)
# The page that shows the widget needs nothing from elsewhere; the widget's styles are no inline styles for a policy.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file's bytes as they are and squeezed, and the headers that go with both."""

    body: bytes
    squeezed: bytes
    tag: str
    media_type: str

    @classmethod
    def of(cls, name: str, body: bytes) -> "Asset":
        """The asset with that name and those bytes."""
        packer = zlib.compressobj(9, wbits=31)
        squeezed = packer.compress(body) + packer.flush()
        return cls(body, squeezed, _digest(body), TYPES[PurePosixPath(name).suffix])


class Assets:
    """All files of the widget; their folder's name in addresses is the digest of them all, `url` the chat's own."""

    def __init__(self) -> None:
        self.url = ""
        files = {name: _served(name, path.read_bytes()) for name, path in _walk(FOLDER)}
        self.version = _digest(b"\0".join(name.encode() + b"\0" + files[name] for name in sorted(files)))
        # The loader has one address for ever; what it loads has a new one with each version.
        loaded = f'"./widget/{self.version}/{LOADED.strip(chr(34)).removeprefix("./")}"'
        files[LOADER] = files[LOADER].replace(LOADED.encode(), loaded.encode())
        self.files = {name: Asset.of(name, body) for name, body in files.items() if PurePosixPath(name).suffix in TYPES}
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
        self._pages = {
            language: environment.from_string((FOLDER / "page" / f"{language}.html.jinja").read_text(encoding="utf-8"))
            for language in LANGUAGES
        }

    def add_routes(self, app: web.Application) -> None:
        """Serve `/widget.js`, `/widget/<version>/…` and `/`."""
        app.router.add_get("/", self._page)
        app.router.add_get("/widget.js", self._loader)
        app.router.add_get("/widget/{version}/{name:.+}", self._file)

    async def _loader(self, request: web.Request) -> web.Response:
        return _answer(request, self.files[LOADER], SHORT)

    async def _file(self, request: web.Request) -> web.Response:
        asset = self.files.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound(text="the widget has no such file\n")
        # A page that was loaded before an update asks for the older version, and is given what there is.
        is_current = request.match_info["version"] == self.version
        return _answer(request, asset, FOREVER if is_current else SHORT)

    async def _page(self, request: web.Request) -> web.Response:
        language = preferred(request.headers.get("Accept-Language", ""), request.query.get("language", ""))
        headers = {
            "Content-Security-Policy": PAGE_POLICY,
            "Content-Language": language,
            "Cache-Control": "no-cache",
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept-Language",
            "X-Content-Type-Options": "nosniff",
        }
        text = self._pages[language].render(version=self.version, url=self.url)
        return web.Response(text=text, content_type="text/html", headers=headers)


def preferred(header: str, chosen: str = "") -> str:
    """The first of our languages in `Accept-Language` (RFC 9110 section 12.5.4), in its order; Spanish without one."""
    for part in [chosen, *header.split(",")]:
        name = part.split(";")[0].split("-")[0].strip().lower()
        if name in LANGUAGES:
            return name
    return LANGUAGES[0]


def _answer(request: web.Request, asset: Asset, caching: str) -> web.Response:
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": caching,
        "Cross-Origin-Resource-Policy": "cross-origin",
        "ETag": f'"{asset.tag}"',
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if asset.tag in request.headers.get(hdrs.IF_NONE_MATCH, ""):
        return web.Response(status=304, headers=headers)
    body = asset.body
    if len(body) > SMALL and "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        body = asset.squeezed
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, content_type=asset.media_type, charset="utf-8", headers=headers)


def _served(name: str, body: bytes) -> bytes:
    """`body` as it is served: of a script all but the comments, each line where it was. They are a third of it."""
    if not name.endswith(".js"):
        return body
    return NOTE.sub(b"", BLOCK.sub(lambda block: b"\n" * block[0].count(b"\n"), body))


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


def _walk(folder: Traversable, before: str = "") -> list[tuple[str, Traversable]]:
    """All files under `folder` by their names as addresses have them."""
    found: list[tuple[str, Traversable]] = []
    for each in folder.iterdir():
        name = f"{before}{each.name}"
        found.extend(_walk(each, f"{name}/") if each.is_dir() else [(name, each)])
    return found
