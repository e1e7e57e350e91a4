"""Rate limits: so many requests of an endpoint in a window, told in each answer's headers."""

from __future__ import annotations

import math
import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_QUARTER = 900.0


class Limit(BaseModel):
    """`limit` requests in `window` seconds."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=0)]
    window: Annotated[float, Field(gt=0, le=86_400)] = _QUARTER


# Per user, as the documentation has them for the account's own context.
USUAL = {
    "me": 75, "user": 900, "users": 900, "mentions": 300, "timeline": 900, "search": 300, "lookup": 900,
    "lookups": 5000, "post": 100, "delete": 50, "dm_events": 15, "dm_conversation": 15, "dm_send": 15, "media": 500, "webhooks": 450,
}  # fmt: skip


class Limits:
    """Counts the requests, as X does: windows begin with the first request."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[float, int]] = {}

    def take(self, endpoint: str, limits: dict[str, Limit]) -> tuple[bool, dict[str, str]]:
        """Whether a request may pass, and the headers that say how things stand."""
        limit = limits.get(endpoint) or limits.get("*") or Limit(limit=USUAL[endpoint])
        now = time.time()
        ends_at, used = self._used.get(endpoint, (0.0, 0))
        # A window that was shortened in the meantime ends accordingly.
        if now >= ends_at or ends_at > now + limit.window:
            ends_at, used = now + limit.window, 0
        may_pass = used < limit.limit
        used += may_pass
        self._used[endpoint] = (ends_at, used)
        return may_pass, {
            "x-rate-limit-limit": str(limit.limit),
            "x-rate-limit-remaining": str(max(limit.limit - used, 0)),
            "x-rate-limit-reset": str(math.ceil(ends_at)),
        }

    def exhausted(self, endpoint: str, limits: dict[str, Limit]) -> dict[str, str]:
        """The headers of a 429 that came before its time: nothing is left until the window ends."""
        limit = limits.get(endpoint) or limits.get("*") or Limit(limit=USUAL[endpoint])
        ends_at, _ = self._used.get(endpoint, (time.time() + limit.window, 0))
        headers = {"x-rate-limit-limit": str(limit.limit), "x-rate-limit-remaining": "0"}
        return headers | {"x-rate-limit-reset": str(math.ceil(max(ends_at, time.time())))}
