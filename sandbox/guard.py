"""What keeps other web sites in the same browser away from the sandbox's page and API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from yarl import URL

from sandbox.settings import Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def problem(status: int, title: str, detail: str, **more: object) -> web.Response:
    """An error that says what happened and what to do (RFC 9457)."""
    body = {"status": status, "title": title, "detail": detail, **more}
    return web.json_response(body, status=status, content_type="application/problem+json")


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Pass on what comes from the sandbox's own page, from an address bar or from a program; refuse the rest.

    The Host check stops names that were bound anew to 127.0.0.1 (DNS rebinding); Origin and Sec-Fetch-Site stop other
    pages. A program sends neither, so tests and curl need no token.
    """
    own = _own_origin(request)
    if request.host == f"localhost:{own.port}" and request.method == "GET":
        # Hilo's chat knows the sandbox's pages by one origin only.
        raise web.HTTPFound(own.join(request.rel_url))
    if request.host != own.authority:
        return problem(421, "Wrong host", f"Open the sandbox as {own}/sandbox.")
    if request.headers.get("Origin", str(own)) != str(own):
        return problem(403, "Other origin", "Only the sandbox's own page may ask for this.")
    if _is_from_another_page(request):
        return problem(403, "Other site", "Only the sandbox's own page may ask for this.")
    if request.method == "POST" and request.content_type != "application/json":
        return problem(415, "Not JSON", "Send the body as application/json.")
    response = await handler(request)
    if not response.prepared:
        # A newer sandbox on the same port brings its own scripts.
        response.headers.setdefault("Cache-Control", "no-cache")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def security_headers(settings: Settings, *, has_chat: bool = False) -> dict[str, str]:
    """What a page may load: its own files, and with `has_chat` what Hilo's chat serves. No inline script nor style."""
    chat = _chat_sources(settings) if has_chat else ""
    rules = {
        "default-src": "'self'",
        "script-src": f"'self'{chat}",
        "style-src": f"'self'{chat}",
        "connect-src": f"'self'{chat}",
        "img-src": f"'self' data:{chat}",
        "frame-ancestors": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "object-src": "'none'",
    }
    policy = "; ".join(f"{directive} {sources}" for directive, sources in rules.items())
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _chat_sources(settings: Settings) -> str:
    """The chat's origin, and the same for its WebSocket, each with a blank before it."""
    if settings.chat_url is None:
        return ""
    origin = URL(settings.chat_url).origin()
    socket = origin.with_scheme("wss" if origin.scheme == "https" else "ws")
    return f" {origin} {socket}"


def _own_origin(request: web.Request) -> URL:
    assert request.transport is not None
    host, port = request.transport.get_extra_info("sockname")
    return URL.build(scheme="http", host=host, port=port)


def _is_from_another_page(request: web.Request) -> bool:
    """Whether another page's script, form or frame asks. Following a link to the page itself is all right."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    is_link = request.method == "GET" and request.headers.get("Sec-Fetch-Dest") == "document"
    return site not in ("none", "same-origin") and not is_link
