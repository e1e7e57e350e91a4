"""A leg: what is known of one channel of Asterisk's. It only ever goes on, whatever order it is told in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

STASIS = "Stasis"


class Reach(IntEnum):
    """How far a leg has come."""

    UNKNOWN = 0
    DOWN = 1
    RINGING = 2
    UP = 3
    GONE = 4


# Asterisk's states of a channel (the Swagger of `channels`, `Channel.state`); the others are of no phone of ours.
STATES = {"Down": Reach.DOWN, "Rsrved": Reach.DOWN, "Ring": Reach.RINGING, "Ringing": Reach.RINGING, "Up": Reach.UP}
DIALLING = {"RINGING": Reach.RINGING, "PROGRESS": Reach.RINGING, "ANSWER": Reach.UP}


@dataclass(frozen=True, slots=True)
class Leg:
    """How far it has come and, once it is gone, why: `cause` is None where nobody saw it end.

    `is_ours` says that it is in our application, which is when it may be told to do something. `dialled` is what
    Asterisk's dialling said last. `missed_at` is when a look did not find it, and the ones since did not either.
    """

    reach: Reach = Reach.UNKNOWN
    is_ours: bool = False
    has_rung: bool = False
    cause: int | None = None
    words: str = ""
    dialled: str = ""
    missed_at: datetime | None = None

    @property
    def is_gone(self) -> bool:
        """Whether it has ended."""
        return self.reach is Reach.GONE

    @property
    def is_missed(self) -> bool:
        """Whether the last look did not find it, and it is not known yet that it is gone."""
        return self.missed_at is not None and not self.is_gone

    @property
    def is_ready(self) -> bool:
        """Whether it was answered, and is in our hands."""
        return self.is_ours and self.reach is Reach.UP

    def at(self, reach: Reach) -> "Leg":
        """It has come so far, or further."""
        has_rung = self.has_rung or reach is Reach.RINGING
        return replace(self, reach=max(self.reach, reach), has_rung=has_rung, missed_at=None)

    def seen(self, channel: Mapping[str, Any], app: str) -> "Leg":
        """As Asterisk shows its channel now."""
        leg = self.at(STATES.get(str(channel.get("state")), Reach.UNKNOWN))
        return replace(leg, is_ours=leg.is_ours or is_in(channel, app))

    def missed(self, now: datetime, patience: timedelta) -> "Leg":
        """A look did not find it: after `patience` it is gone. Until then the event that tells why may come."""
        missed_at = self.missed_at or now
        return replace(self, missed_at=missed_at, reach=Reach.GONE if now - missed_at >= patience else self.reach)

    def ended(self, cause: int, words: str) -> "Leg":
        """It is gone, and this is why; said late it is said all the same."""
        return replace(self, reach=Reach.GONE, cause=cause, words=words)

    def arrived(self) -> "Leg":
        """It has come into our application."""
        return replace(self, is_ours=True)

    def left(self) -> "Leg":
        """It has gone out of our hands for a while."""
        return replace(self, is_ours=False)

    def dialling(self, status: str) -> "Leg":
        """What Asterisk's dialling says of it."""
        leg = self.at(DIALLING.get(status, Reach.UNKNOWN))
        return replace(leg, dialled=status) if status else leg


def is_in(channel: Mapping[str, Any], app: str) -> bool:
    """Whether `channel` is in our application `app` now: its place in the dialplan says so."""
    place = channel.get("dialplan") or {}
    return place.get("app_name") == STASIS and str(place.get("app_data", "")).partition(",")[0] == app
