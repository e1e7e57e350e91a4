"""What a rule may see of an arrival."""

from dataclasses import dataclass
from typing import Self

from router.model.message import ChannelName, InboundMessage

CHANNELS = (ChannelName("email"), ChannelName("webchat"))


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a rule may ask about; `language` is a code as `es`, empty where it is not known."""

    channel: ChannelName
    text: str = ""
    subject: str = ""
    language: str = ""
    public: bool = False

    @classmethod
    def of(cls, message: InboundMessage) -> Self:
        """What a rule may see of `message`."""
        return cls(message.channel, message.text, message.subject, message.language, message.public)
