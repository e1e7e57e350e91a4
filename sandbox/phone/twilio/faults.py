"""What a test may break on the sandbox's Twilio: what the real one does on its bad days."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0, le=3600)]
Endpoint = Literal["", "create", "fetch", "update", "list", "events"]
Fault = Literal["refuse_next", "cut_before", "cut_after", "stall_next"]


class CallbackFaults(BaseModel):
    """Faults of what is told by webhook, not of the requests for TwiML; `…_next` counts down as it strikes."""

    model_config = ConfigDict(extra="forbid")

    lose_next: Count = 0
    double_next: Count = 0
    # Before the true one comes one that is not signed with the account's token, and says that the call is completed.
    forge_next: Count = 0
    delay_seconds: Seconds = 0
    # So many are kept back and then sent together, the last one first.
    reverse: Count = 0


class TwilioFaults(BaseModel):
    """Faults of the API. Where `endpoint` is given, the first five concern only requests to it."""

    model_config = ConfigDict(extra="forbid")

    endpoint: Endpoint = ""
    refuse_next: Count = 0
    # The answer is not given, and nothing is done; or it is done, and the answer is not given.
    cut_before: Count = 0
    cut_after: Count = 0
    # It is done, and the answer comes only after `stall_seconds`.
    stall_next: Count = 0
    delay_seconds: Seconds = 0

    status: Annotated[int, Field(ge=400, le=599)] = 503
    retry_after: Annotated[float, Field(ge=0, le=3600)] | None = None
    stall_seconds: Seconds = 60
    # Nothing comes in and nothing goes out, for so long on the exchange's clock; calls go on without it.
    away_seconds: Seconds = 0
    # New calls are in no list for so long, though they ring.
    unlisted_seconds: Seconds = 0
    # "You can access the Call Event resource 15 minutes after a call ends."
    events_seconds: Seconds = 900
    webhook: CallbackFaults = CallbackFaults()

    def concerns(self, endpoint: str) -> bool:
        """Whether these faults strike requests to `endpoint`."""
        return self.endpoint in ("", endpoint)

    def strikes(self, fault: Fault, endpoint: str) -> bool:
        """Whether this request is struck; counts it."""
        left = int(getattr(self, fault))
        if not left or not self.concerns(endpoint):
            return False
        setattr(self, fault, left - 1)
        return True
