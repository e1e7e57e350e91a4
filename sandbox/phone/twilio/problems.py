"""What Twilio answers when it does not do what it is asked (https://www.twilio.com/docs/api/errors)."""

from __future__ import annotations

from aiohttp import web


class Refused(Exception):
    """Twilio refuses a request with `code`; its text is Twilio's message."""

    def __init__(self, status: int, code: int, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after

    def response(self) -> web.Response:
        """The answer."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        body = {"code": self.code, "message": str(self), "more_info": more, "status": self.status}
        response = web.json_response(body, status=self.status)
        if self.retry_after is not None:
            response.headers["Retry-After"] = f"{self.retry_after:g}"
        if self.status == 401:
            response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        return response


def invalid(code: int, message: str) -> Refused:
    """400: a parameter is missing or can't be used."""
    return Refused(400, code, message)


def not_found(path: str) -> Refused:
    """404: there is no such resource in this account."""
    return Refused(404, 20404, f"The requested resource {path} was not found")
