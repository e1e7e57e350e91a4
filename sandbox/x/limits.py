"""Rate limits: so many requests of an endpoint in a window, told in each answer's headers."""

from __future__ import annotations

import math
import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_QUARTER = 900.0
_DAY = 86_400.0


class Limit(BaseModel):
    """`limit` requests in `window` seconds."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=0)]
    window: Annotated[float, Field(gt=0, le=_DAY)] = _QUARTER


# In a quarter of an hour, for one user: as the documentation has them where an account asks for itself.
USUAL = {
    "me": 75,
    "user": 900,
    "users": 900,
    "mentions": 300,
    "timeline": 900,
    "search": 300,
    "lookup": 900,
    "lookups": 5000,
    "post": 100,
    "delete": 50,
    "dm_events": 15,
    "dm_conversation": 15,
    "dm_send": 15,
    "media": 500,
    "webhooks": 450,
}


class Limits:
    """Counts the requests, as X does: a window begins with the first request in it."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[float, int]] = {}

    def take(self, endpoint: str, limits: dict[str, Limit]) -> tuple[bool, dict[str, str]]:
        """Whether a request may pass, and the headers that say how things stand."""
        limit, ends_at, used = self._window(endpoint, limits)
        may_pass = used < limit.limit
        used += may_pass
        self._used[endpoint] = (ends_at, used)
        return may_pass, _headers(limit, used, ends_at)

    def exhausted(self, endpoint: str, limits: dict[str, Limit]) -> dict[str, str]:
        """The headers of a 429 that was asked for: nothing is left until the window ends."""
        limit, ends_at, _ = self._window(endpoint, limits)
        return _headers(limit, limit.limit, ends_at)

    def _window(self, endpoint: str, limits: dict[str, Limit]) -> tuple[Limit, float, int]:
        """The limit in force, when its window ends, and how much of it is used."""
        limit = limits.get(endpoint) or limits.get("*") or Limit(limit=USUAL[endpoint])
        now = time.time()
        ends_at, used = self._used.get(endpoint, (0.0, 0))
        # A window that was shortened in the meantime ends accordingly.
        if now >= ends_at or ends_at > now + limit.window:
            return limit, now + limit.window, 0
        return limit, ends_at, used


def _headers(limit: Limit, used: int, ends_at: float) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(limit.limit),
        "x-rate-limit-remaining": str(max(limit.limit - used, 0)),
        "x-rate-limit-reset": str(math.ceil(ends_at)),
    }
