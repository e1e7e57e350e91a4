"""What a test may break on the sandbox's Asterisk: what the real one does on its bad days."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]


class AriFaults(BaseModel):
    """Faults of the requests; `…_next` and `cut_…` count down. `operation` (`POST /channels`) limits the first four.

    `away`: nothing is answered at all. `double_events` sends each event twice, `late_seconds` keeps each back for so
    long, `lose_events` sends so many of the next ones to nobody.
    """

    model_config = ConfigDict(extra="forbid")

    operation: str = ""
    refuse_next: Count = 0
    status: Annotated[int, Field(ge=400, le=599)] = 503
    # The answer is not given, and nothing is done; or it is done, and the answer is not given.
    cut_before: Count = 0
    cut_after: Count = 0
    away: bool = False
    # At once, this once.
    cut_socket: bool = False
    double_events: bool = False
    lose_events: Count = 0
    # The socket is cut instead of each of so many events; or so many are kept back, and sent the last one first.
    cut_events: Count = 0
    reverse: Count = 0
    late_seconds: Annotated[float, Field(ge=0, le=600)] = 0

    def strikes(self, fault: Literal["refuse_next", "cut_before", "cut_after"], operation: str) -> bool:
        """Whether this request is struck; counts it."""
        left = int(getattr(self, fault))
        if not left or self.operation not in ("", operation):
            return False
        setattr(self, fault, left - 1)
        return True

    def cuts(self) -> bool:
        """Whether the socket is cut now; counts it."""
        self.cut_events, is_cut = max(self.cut_events - 1, 0), self.cut_events > 0
        return is_cut

    def loses(self) -> bool:
        """Whether this event is lost; counts it."""
        self.lose_events, is_lost = max(self.lose_events - 1, 0), self.lose_events > 0
        return is_lost
