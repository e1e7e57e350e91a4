"""The bodies of requests to the sandbox's own API."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from sandbox.guard import problem

_Body = TypeVar("_Body", bound=BaseModel)


async def body_of(request: web.Request, model: type[_Body]) -> _Body:
    """The request's JSON as `model`. Raises HTTPUnprocessableEntity, which names every mistake."""
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        mistakes = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
        answer = problem(422, "Unusable request", "; ".join(mistakes))
        raise web.HTTPUnprocessableEntity(text=answer.text, content_type=answer.content_type) from error
