"""A channel and a bridge as Asterisk has them, and as its JSON shows them (Swagger `channels`, `bridges`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.phone.leg import Direction, Leg, State

_STATES = {State.DIALLED: "Down", State.ANSWERED: "Up", State.ENDED: "Down"}
# What Asterisk calls the causes of Q.850 (`ast_cause2str`).
CAUSES = {
    0: "Unknown",
    1: "Unallocated (unassigned) number",
    16: "Normal Clearing",
    17: "User busy",
    18: "No user responding",
    19: "User alerting, no answer",
    21: "Call Rejected",
    26: "Answered elsewhere",
    27: "Destination out of order",
    28: "Invalid number format",
    31: "Normal, unspecified",
    34: "Circuit/channel congestion",
    38: "Network out of order",
    41: "Temporary failure",
    42: "Switching equipment congestion",
    44: "Requested channel not available",
    88: "Incompatible destination",
    111: "Protocol error, unspecified",
    127: "Interworking, unspecified",
}


def stamp(instant: datetime) -> str:
    """`instant` as Asterisk writes it: `2026-11-23T09:00:00.123+0000`."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}" + instant.strftime("%z")


@dataclass(slots=True, eq=False)
class Channel:
    """One leg of the exchange's. `app` is who hears of it, `is_in_app` whether it is in that application now."""

    id: str
    name: str
    leg: Leg
    app: str = ""
    args: list[str] = field(default_factory=list)
    caller: str = ""
    context: str = "default"
    exten: str = "s"
    is_in_app: bool = False
    is_dialled: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    bridge: Bridge | None = None
    cause: int | None = None

    @property
    def state(self) -> str:
        """Asterisk's word for how far it has come."""
        if self.leg.state is State.RINGING:
            return "Ringing" if self.leg.direction is Direction.OUT else "Ring"
        return _STATES[self.leg.state]

    def shown(self) -> dict[str, Any]:
        """The channel's JSON."""
        place: dict[str, Any] = {"context": self.context, "exten": self.exten, "priority": 1}
        if self.is_in_app:
            place |= {"app_name": "Stasis", "app_data": ",".join([self.app, *self.args])}
        else:
            place |= {"app_name": "AppDial2" if self.is_dialled else "", "app_data": "(Outgoing Line)"}
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "protocol_id": f"{self.id}@sandbox",
            "caller": {"name": "", "number": self.caller},
            "connected": {"name": "", "number": ""},
            "accountcode": "",
            "dialplan": place,
            "creationtime": stamp(self.leg.began_at),
            "language": "en",
        }


@dataclass(slots=True, eq=False)
class Bridge:
    """Where channels hear each other. It stays until it is ended."""

    id: str
    name: str
    began_at: datetime
    channels: list[Channel] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """The bridge's JSON."""
        return {
            "id": self.id,
            "technology": "simple_bridge",
            "bridge_type": "mixing",
            "bridge_class": "stasis",
            "creator": "Stasis",
            "name": self.name,
            "channels": [channel.id for channel in self.channels],
            "creationtime": stamp(self.began_at),
            "video_mode": "talker",
        }
