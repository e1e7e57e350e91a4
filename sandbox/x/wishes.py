"""What may be asked of `/sandbox/x/…`: the customers' posts and messages, as JSON."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# A picture of one white point.
_DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==")
Name = Annotated[str, Field(pattern="^@?[A-Za-z0-9_]{1,15}$")]
PostId = Annotated[str, Field(pattern="^[0-9]{1,18}$|^[0-8][0-9]{18}$")]


def _is_base64(text: str) -> str:
    base64.b64decode(text, validate=True)
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class NewMedia(_Strict):
    """A picture or film: its bytes in base64, or none for a small picture of the sandbox's own."""

    kind: Annotated[str, Field(pattern="^(photo|video|animated_gif)$")] = "photo"
    content_type: str = "image/png"
    content: Annotated[str, AfterValidator(_is_base64)] = ""
    alt_text: str = ""

    def bytes(self) -> bytes:
        """What is to be kept."""
        return base64.b64decode(self.content) if self.content else _DOT


class Who(_Strict):
    """A customer's account; what is not given stays as it is."""

    sender: Name = Field(alias="from")
    name: str | None = None
    followers: int | None = None
    following: int | None = None
    verified: bool | None = None
    takes_dms: bool | None = None
    account_created_at: datetime | None = None


class NewPost(Who):
    """A public post of a customer's; or, from the company's name, one that somebody made in X's own app."""

    text: str = ""
    in_reply_to: PostId | None = None
    quote: PostId | None = None
    repost_of: PostId | None = None
    media: list[NewMedia] = []
    created_at: datetime | None = None
    hidden: bool = False


class NewMessage(Who):
    """A direct message of a customer's to the company; or of the company's own, made in X's app, `to` a customer."""

    text: str
    to: Name | None = None
    media: list[NewMedia] = []
    created_at: datetime | None = None
    hidden: bool = False


class Many(_Strict):
    """Thousands at once, for a load test; they are kept together or not at all."""

    posts: list[NewPost] = []
    messages: list[NewMessage] = []


class Edit(_Strict):
    """A post's new text."""

    text: str


class Reveal(_Strict):
    """Which of the hidden are to be seen now; all of them unless some are named."""

    ids: list[PostId] | None = None


class NewWebhook(_Strict):
    """Where to deliver what happens to the company's account, which is subscribed to it at once."""

    url: str
