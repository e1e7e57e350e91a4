"""Which adapters there are: the one place that knows every channel's folder."""

from typing import Any

from channels.brake import Limits
from channels.contract import ChannelAdapter
from channels.services import Services

CHANNELS = ("webchat", "email", "twitter", "phone")


def adapter_for(name: str, settings: Any, services: Services) -> ChannelAdapter:
    """The adapter of the channel `name`, given its slice of the configuration.

    Each is imported when it is asked for: a router, or another channel's process, does without its libraries.
    """
    match name:
        case "webchat":
            from channels.webchat.adapter import WebchatAdapter

            return WebchatAdapter(settings, services)
        case "email":
            from channels.email.adapter import EmailAdapter

            return EmailAdapter(settings, services, services.attachments)
        case "twitter":
            from channels.twitter.adapter import TwitterAdapter

            return TwitterAdapter(settings, services)
        case "phone":
            from channels.phone.adapter import PhoneAdapter

            return PhoneAdapter(settings, services)
    raise ValueError(f"no channel {name!r}")


def limits_of(settings: Any) -> Limits:
    """How many automatic messages leave by the channel with these settings: the usual ones, where it has no others."""
    return getattr(settings, "automatic", Limits())
