"""What X answers when it does not do what it is asked: its JSON problems, in its words."""

from __future__ import annotations

from typing import Any

from aiohttp import web

_TYPES = "https://api.x.com/2/problems"


class Refused(Exception):
    """X refuses a request with `status` and a problem."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body.get("detail", ""))
        self.status = status
        self.body = body

    def response(self) -> web.Response:
        """The answer."""
        return web.json_response(self.body, status=self.status, content_type="application/problem+json")


def plain(status: int, title: str, detail: str = "") -> Refused:
    """A refusal of no particular type."""
    return Refused(status, {"title": title, "type": "about:blank", "status": status, "detail": detail or title})


def forbidden(detail: str) -> Refused:
    """403: what is asked is not allowed."""
    return plain(403, "Forbidden", detail)


def invalid(message: str, **parameters: Any) -> Refused:
    """400: a parameter or a field of the body can't be used."""
    given = {name: [str(value)] for name, value in parameters.items()}
    body = {"errors": [{"parameters": given, "message": message}], "title": "Invalid Request"}
    body |= {"detail": "One or more parameters to your request was invalid.", "type": f"{_TYPES}/invalid-request"}
    return Refused(400, body)


def not_found(kind: str, parameter: str, value: str) -> dict[str, Any]:
    """An entry of `errors`, in an answer of 200: there is no such post or user (any more)."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{_TYPES}/resource-not-found",
    }
