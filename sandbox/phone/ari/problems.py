"""What Asterisk answers when it does not do what it is asked."""

from __future__ import annotations

from aiohttp import web


class Refused(Exception):
    """Asterisk refuses a request with `status` and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    def response(self) -> web.Response:
        """The answer: `{"message": …}`."""
        return web.json_response({"message": str(self)}, status=self.status)
