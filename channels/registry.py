"""Which adapters there are: the one place that knows every channel's folder."""

from collections.abc import Callable, Mapping
from typing import Any

from channels.contract import ChannelAdapter
from channels.email.adapter import EmailAdapter
from channels.services import Services
from channels.webchat.adapter import WebchatAdapter

ADAPTERS: Mapping[str, Callable[[Any, Services], ChannelAdapter]] = {
    "webchat": WebchatAdapter,
    "email": EmailAdapter,
}
