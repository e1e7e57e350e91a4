"""The bodies of requests that post and write, as strict as X reads them."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.x.problems import invalid

Id = Annotated[str, Field(pattern="^[0-9]{1,19}$")]
_Body = TypeVar("_Body", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Reply(_Strict):
    """What a post answers, and whom it does not name."""

    in_reply_to_tweet_id: Id
    exclude_reply_user_ids: list[Id] = []
    auto_populate_reply_metadata: bool = True


class PostMedia(_Strict):
    """The media of a post."""

    media_ids: Annotated[list[Id], Field(min_length=1, max_length=4)]
    tagged_user_ids: Annotated[list[Id], Field(max_length=10)] = []


class NewPostBody(_Strict):
    """The body of POST /2/tweets."""

    text: str = ""
    reply: Reply | None = None
    media: PostMedia | None = None
    quote_tweet_id: Id | None = None
    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = None
    for_super_followers_only: bool = False
    direct_message_deep_link: str | None = None


class Attachment(_Strict):
    """Media of a direct message."""

    media_id: Id


class NewMessageBody(_Strict):
    """The body of POST …/messages."""

    text: str = ""
    attachments: Annotated[list[Attachment], Field(max_length=1)] = []


async def body_of(request: web.Request, model: type[_Body]) -> _Body:
    """The body as `model`. Raises Refused if it is none."""
    try:
        return model.model_validate(await json_of(request))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(("$", *(str(part) for part in first["loc"])))
        raise invalid(f"{place}: {first['msg']}", **{place: first["input"]}) from error


async def json_of(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object. Raises Refused if it is none."""
    content = await request.read()
    try:
        body = json.loads(content)
        # A half of a surrogate pair is JSON, and no text.
        json.dumps(body, ensure_ascii=False).encode()
    except ValueError as error:
        raise invalid("The body of your request is not valid JSON.") from error
    if request.content_type != "application/json" or not isinstance(body, dict):
        raise invalid("Requests with bodies must have content-type of application/json.")
    return body
