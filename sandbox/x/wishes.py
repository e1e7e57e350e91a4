"""What may be asked of `/sandbox/x/…`: the customers' posts and messages, as JSON."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

# A picture of one white point.
_DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==")
Name = Annotated[str, Field(pattern="^@?[A-Za-z0-9_]{1,15}$")]
Count = Annotated[int, Field(ge=0, le=10**10)]
PostId = Annotated[str, Field(pattern="^[0-9]{1,18}$|^[0-8][0-9]{18}$")]


def _is_past(moment: datetime) -> datetime:
    if moment > datetime.now(UTC):
        raise ValueError("nothing can come from the future")
    return moment


def _is_base64(text: str) -> str:
    base64.b64decode(text, validate=True)
    return text


Past = Annotated[AwareDatetime, AfterValidator(_is_past)]


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
    followers: Count | None = None
    following: Count | None = None
    verified: bool | None = None
    takes_dms: bool | None = None
    account_created_at: Past | None = None


class NewPost(Who):
    """A public post of a customer's; or, from the company's name, one that somebody made in X's own app."""

    text: str = ""
    in_reply_to: PostId | None = None
    quote: PostId | None = None
    repost_of: PostId | None = None
    media: list[NewMedia] = []
    created_at: Past | None = None
    hidden: bool = False
    # X puts the name of whom a reply answers in front of it, unless its author takes that out.
    unnamed: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text.strip() or self.media or self.repost_of):
            raise ValueError("a post has a text, media, or another post")
        return self


class NewMessage(Who):
    """A direct message of a customer's to the company; or of the company's own, made in X's app, `to` a customer."""

    text: str
    to: Name | None = None
    media: list[NewMedia] = []
    created_at: Past | None = None
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
