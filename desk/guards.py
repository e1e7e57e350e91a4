"""What surrounds every request: an id, a deadline, a line in the log, safe headers, errors in plain words."""

import asyncio
import logging
import secrets
import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from redis.exceptions import RedisError

from desk.access import AGENT, Access
from desk.files import UPLOAD_PATH
from desk.problems import Problem, answered, language_of, of_http_error, store_away, store_full
from desk.signin import SESSION_PATH
from desk.stream import FEED_PATH
from router.model.errors import StoreClosed, StoreFull

log = structlog.get_logger()
# Only what is no HTTP at all gets here; the library would log it with the bytes that came, which may be anything.
http_log = logging.getLogger("desk.http")

REQUEST_ID = web.RequestKey("request_id", str)
API = "/api/"
DEADLINE_SECONDS = 10.0
# A file of 20 MB by a slow line; whoever stands still meanwhile is not waited for.
UPLOAD_SECONDS = 120.0
# What a page of a stranger's making is told for itself, more strictly than ours.
OWN_HEADERS = ("Content-Security-Policy", "Referrer-Policy")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "hilo",
}


@web.middleware
async def told(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id and a line in the log: who did what with which result, never what they wrote."""
    request[REQUEST_ID] = secrets.token_hex(8)
    began = time.perf_counter()
    with structlog.contextvars.bound_contextvars(request=request[REQUEST_ID]):
        response = await handler(request)
        agent = request.get(AGENT)
        resource = request.match_info.route.resource
        # Pages and probes are asked for all the time, and tell nothing of anybody.
        tell = log.info if request.path.startswith(API) else log.debug
        tell(
            "request",
            method=request.method,
            route=resource.canonical if resource else "none",
            conversation=request.match_info.get("id"),
            agent=agent.id if agent else None,
            status=response.status,
            ms=round((time.perf_counter() - began) * 1000),
        )
    return response


@web.middleware
async def in_plain_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error as a problem; what nobody foresaw with no more than the id under which the log tells it."""
    try:
        return await handler(request)
    except Problem as problem:
        found = problem
    except web.HTTPException as error:
        if error.status < 400:
            raise
        found = of_http_error(error)
    except StoreFull as error:
        log.warning("store_full", reason=str(error))
        found = store_full()
    except (RedisError, TimeoutError, StoreClosed) as error:
        log.warning("store_away", error=type(error).__name__)
        found = store_away()
    except ConnectionError:
        # The caller is gone; the answer will not be read.
        found = Problem("too_slow")
    except Exception:
        log.exception("fault")
        found = Problem("fault")
    return answered(found, language_of(request), request[REQUEST_ID])


@web.middleware
async def in_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Raise TimeoutError once a request as a whole takes too long; the feed alone may last."""
    if request.path == FEED_PATH:
        return await handler(request)
    async with asyncio.timeout(UPLOAD_SECONDS if request.path == UPLOAD_PATH else DEADLINE_SECONDS):
        return await handler(request)


def known(access: Access) -> Middleware:
    """The guard of the API: nobody is let in who isn't known, save to sign in."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(API) and (request.method, request.path) != ("POST", SESSION_PATH):
            request[AGENT] = await access.agent(request)
        return await handler(request)

    return guard


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers that keep pages safe on `response`, whatever it is."""
    own = {name: response.headers[name] for name in OWN_HEADERS if name in response.headers}
    response.headers.update({**HEADERS, **own})
    if request.path.startswith(API):
        response.headers["Cache-Control"] = "no-store"
    if REQUEST_ID in request:
        response.headers["X-Request-Id"] = request[REQUEST_ID]


def _without_content(record: logging.LogRecord) -> bool:
    kind = record.exc_info[0] if isinstance(record.exc_info, tuple) else None
    record.msg, record.args = "a request could not be handled (%s)", (kind.__name__ if kind else "no cause",)
    record.exc_info = None
    return True


http_log.addFilter(_without_content)
