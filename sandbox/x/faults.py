"""What a test may break on the sandbox's X: what the real one does on its bad days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from sandbox.x.limits import Limit

Count = Annotated[int, Field(ge=0)]
_Item = TypeVar("_Item")


class WebhookFaults(BaseModel):
    """Faults of the deliveries; `…_next` counts down as it strikes."""

    model_config = ConfigDict(extra="forbid")

    lose_next: Count = 0
    double_next: Count = 0
    delay_seconds: Annotated[float, Field(ge=0, le=600)] = 0
    # So many are kept back and then sent together, the last one first.
    reverse: Count = 0


class XFaults(BaseModel):
    """Faults of the API. Where `endpoint` is given, the first five concern only requests to it."""

    model_config = ConfigDict(extra="forbid")

    endpoint: str = ""
    refuse_next: Count = 0
    # The answer is not given, and nothing is done; or it is done, and the answer is not given.
    cut_before: Count = 0
    cut_after: Count = 0
    # What the company posts or writes is taken, and shown only once it is revealed.
    hide_next: Count = 0
    delay_seconds: Annotated[float, Field(ge=0, le=600)] = 0

    status: Annotated[int, Field(ge=400, le=599)] = 503
    body: Literal["json", "html", "empty"] = "json"
    # The last so many of a page stand in it twice; and the next page begins with the last so many of this one.
    duplicate_in_page: Count = 0
    duplicate_between_pages: Count = 0
    # X pages through so many of the newest mentions and no further.
    mentions_depth: Annotated[int, Field(ge=1)] = 800
    limits: dict[str, Limit] = {}
    webhook: WebhookFaults = WebhookFaults()

    def concerns(self, endpoint: str) -> bool:
        """Whether these faults strike requests to `endpoint`."""
        return self.endpoint in ("", endpoint)

    def strikes(self, fault: Literal["refuse_next", "cut_before", "cut_after", "hide_next"], endpoint: str) -> bool:
        """Whether this request is struck; counts it."""
        left = int(getattr(self, fault))
        if not left or not self.concerns(endpoint):
            return False
        setattr(self, fault, left - 1)
        return True

    def doubled(self, items: Sequence[_Item]) -> list[_Item]:
        """A page, with the last ones a second time if that is asked for."""
        return [*items, *(items[-self.duplicate_in_page :] if self.duplicate_in_page else [])]
