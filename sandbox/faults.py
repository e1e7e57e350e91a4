"""What a test may break: the faults that real servers show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.phone.ari.faults import AriFaults
from sandbox.phone.twilio.faults import TwilioFaults
from sandbox.x.faults import XFaults

Count = Annotated[int, Field(ge=0)]
ReplyCode = Annotated[int, Field(ge=400, le=599)]
Status = Annotated[str, Field(pattern=r"^[245]\.\d{1,3}\.\d{1,3}$")]


class SmtpFaults(BaseModel):
    """Faults of the SMTP server; each `…_next` and `drop_…` counts down to 0 as it strikes."""

    model_config = ConfigDict(extra="forbid")

    refuse_next: Count = 0
    code: ReplyCode = 451
    at: Literal["mail", "rcpt", "data"] = "rcpt"
    refuse_addresses: dict[str, ReplyCode] = {}
    bounce: dict[str, Status] = {}
    drop_after_data: Count = 0
    drop_unkept: Count = 0
    delay_seconds: Annotated[float, Field(ge=0, le=600)] = 0

    def refusal(self, stage: str) -> str | None:
        """The reply that refuses this command, if the next one at `stage` is to be refused."""
        if stage != self.at or not self.refuse_next:
            return None
        self.refuse_next -= 1
        return _reply(self.code)

    def refusal_of(self, address: str) -> str | None:
        """The reply that refuses mail for `address`, if it is to be refused; it is until the faults are set anew."""
        code = self.refuse_addresses.get(address.lower())
        return _reply(code) if code else None

    def reported(self, address: str) -> str | None:
        """The status (`5.1.1`) that a report about a mail to `address` is to tell, if there is to be one."""
        return self.bounce.get(address.lower())

    def strikes(self, drop: Literal["drop_after_data", "drop_unkept"]) -> bool:
        """Whether the connection is to be dropped now; counts it."""
        left = int(getattr(self, drop))
        setattr(self, drop, max(left - 1, 0))
        return left > 0


class ImapFaults(BaseModel):
    """Faults of the IMAP server: the first two happen at once, `refuse_logins` counts down."""

    model_config = ConfigDict(extra="forbid")

    drop_connections: bool = False
    new_uidvalidity: bool | str = False
    refuse_logins: Count = 0


class FaultRequest(BaseModel):
    """What a POST may ask for. A part that is given replaces that part; `{"smtp": {}}` ends the faults of SMTP."""

    model_config = ConfigDict(extra="forbid")

    smtp: SmtpFaults | None = None
    imap: ImapFaults | None = None
    x: XFaults | None = None
    phone: TwilioFaults | None = None
    ari: AriFaults | None = None


class Faults:
    """The faults of mail in force, shared by the servers and the page that sets them."""

    def __init__(self) -> None:
        self.smtp = SmtpFaults()
        self.refuse_logins = 0


def _reply(code: int) -> str:
    if code >= 500:
        return f"{code} 5.1.1 The sandbox refuses this for good, as asked"
    return f"{code} 4.3.0 The sandbox refuses this for now, as asked"
