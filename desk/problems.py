"""Problems as the API tells them: `application/problem+json` (RFC 9457) that says what to do."""

from collections.abc import Mapping

from aiohttp import web

from desk.saying import Saying
from desk.words import saying
from router.store import wire

RETRY_SECONDS = 2
BY_STATUS = {404: "not_found", 405: "method_not_allowed", 408: "too_slow", 413: "too_large", 415: "not_json"}


class Problem(Exception):
    """Something that was asked for can't be done; `code` names the words for it."""

    def __init__(
        self,
        code: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        detail: str = "",
        **extra: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status or saying(code).status
        self.headers = headers or {}
        self.detail = detail
        self.extra = extra


def store_away() -> Problem:
    """The problem of a store that does not answer."""
    return Problem("store_away", headers={"Retry-After": str(RETRY_SECONDS)})


def store_full() -> Problem:
    """The problem of a store that has no room even for what agents do."""
    return Problem("store_full", headers={"Retry-After": str(RETRY_SECONDS)})


def of_http_error(error: web.HTTPException) -> Problem:
    """The problem that one of the HTTP library's own errors stands for."""
    kept = {name: value for name, value in error.headers.items() if name in ("Allow", "Retry-After")}
    return Problem(BY_STATUS.get(error.status, "malformed"), status=error.status, headers=kept)


def answered(problem: Problem, language: str, request_id: str) -> web.Response:
    """`problem` as a response, in `language`."""
    title, detail = _in(saying(problem.code), language)
    body = {
        "type": f"urn:hilo:problem:{problem.code}",
        "title": title,
        "status": problem.status,
        "detail": f"{problem.detail}. {detail}" if problem.detail else detail,
        "code": problem.code,
        "request": request_id,
        **problem.extra,
    }
    headers = {**problem.headers, "Content-Language": language}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        body=wire.encode(body), status=problem.status, headers=headers, content_type="application/problem+json"
    )


def language_of(request: web.Request) -> str:
    """`es` or `en`, whichever the reader prefers; English without a preference (RFC 9110 section 12.5.4)."""
    wanted = [part.strip().partition(";") for part in request.headers.get("Accept-Language", "").split(",")]
    ranked = sorted(wanted, key=lambda part: -_quality(part[2]))
    return next((name[:2].lower() for name, _, _ in ranked if name[:2].lower() in ("es", "en")), "en")


def _quality(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q="))
    except ValueError:
        return 1.0


def _in(words: Saying, language: str) -> tuple[str, str]:
    return words.es if language == "es" else words.en
