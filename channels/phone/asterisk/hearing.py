"""What an event says of a leg (the Swagger of `events`). Those that say nothing of one are not for us."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from channels.phone.asterisk.leg import Leg

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """The leg whose channel has the id `channel` stands otherwise than before: as `change` makes it."""

    channel: str
    change: Callable[[Leg], Leg]


def heard(event: Event, app: str) -> Heard | None:
    """What `event` says of a leg, if it says anything."""
    channel = event.get("peer" if event.get("type") == "Dial" else "channel")
    if not isinstance(channel, dict) or not isinstance(channel.get("id"), str):
        return None
    return Heard(channel["id"], _change(event, channel, app))


def _change(event: Event, channel: Mapping[str, Any], app: str) -> Callable[[Leg], Leg]:
    match event.get("type"):
        case "ChannelDestroyed":
            cause, words = event.get("cause"), str(event.get("cause_txt", ""))
            return lambda leg: leg.ended(cause if isinstance(cause, int) else 0, words)
        case "StasisStart":
            return lambda leg: leg.seen(channel, app).arrived()
        case "Dial":
            return lambda leg: leg.dialling(str(event.get("dialstatus", "")))
    return lambda leg: leg.seen(channel, app)


def finished_playback(event: Event) -> str:
    """The id of what has been played to its end, or could not be; empty where `event` is something else."""
    playback = event.get("playback")
    if event.get("type") != "PlaybackFinished" or not isinstance(playback, dict):
        return ""
    return str(playback.get("id", ""))


def pressed(event: Event) -> str:
    """The id of the channel on which a key was pressed; empty where `event` is something else."""
    channel = event.get("channel")
    if event.get("type") != "ChannelDtmfReceived" or not isinstance(channel, dict):
        return ""
    return str(channel.get("id", ""))


def is_arrival(event: Event) -> bool:
    """Whether a channel has come into our application."""
    return event.get("type") == "StasisStart" and isinstance(event.get("channel"), dict)
