"""What the API gives to read: accounts, posts and direct messages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from sandbox.x.faults import XFaults
from sandbox.x.problems import invalid, not_found
from sandbox.x.query import identifier, next_token, previous_token, span, wanted
from sandbox.x.records import Post, User, first_id_at
from sandbox.x.render import Renderer
from sandbox.x.search import condition_of
from sandbox.x.store import Span
from sandbox.x.world import World

_MOST_IN_QUERY = 512
_SEARCH_SECONDS = 7 * 86_400
_MESSAGE_SECONDS = 30 * 86_400


class Reading:
    """The handlers of GET."""

    def __init__(self, world: World, renderer: Renderer, faults: Callable[[], XFaults]) -> None:
        self._world = world
        self._store = world.store
        self._renderer = renderer
        self._faults = faults

    async def me(self, request: web.Request) -> web.Response:
        """GET /2/users/me."""
        fields = wanted(request.query, "user").of("user")
        return web.json_response({"data": self._renderer.user(self._world.company, fields)})

    async def user(self, request: web.Request) -> web.Response:
        """GET /2/users/{id} and /2/users/by/username/{username}."""
        fields = wanted(request.query, "user").of("user")
        name, value = next(iter(request.match_info.items()))
        user = self._user(name, value)
        if user is None:
            return web.json_response({"errors": [not_found("user", name, value)]})
        return web.json_response({"data": self._renderer.user(user, fields)})

    async def users(self, request: web.Request) -> web.Response:
        """GET /2/users and /2/users/by."""
        name = "usernames" if request.path.endswith("/by") else "ids"
        fields = wanted(request.query, "user", [name]).of("user")
        answer: dict[str, Any] = {}
        for value in _several(request.query, name):
            if user := self._user("id" if name == "ids" else "username", value):
                answer.setdefault("data", []).append(self._renderer.user(user, fields))
            else:
                answer.setdefault("errors", []).append(not_found("user", name, value))
        return web.json_response(answer)

    async def mentions(self, request: web.Request) -> web.Response:
        """GET /2/users/{id}/mentions."""
        user = identifier("id", request.match_info["id"])
        part = self._part(request, 5, 10)
        too_deep = self._store.mention_below(user, self._faults().mentions_depth)
        deepest = Span(max(part.after, too_deep), part.before, part.limit + 1, part.oldest)
        return self._page(request, "timeline", part, self._store.mentions(user, deepest))

    async def posts_of_user(self, request: web.Request) -> web.Response:
        """GET /2/users/{id}/tweets."""
        user = identifier("id", request.match_info["id"])
        part = self._part(request, 5, 10)
        excluded = request.query.get("exclude", "")
        condition = "author = ?" + (" AND reply_to IS NULL" if "replies" in excluded else "")
        condition += " AND reposts IS NULL" if "retweets" in excluded else ""
        found = self._store.posts_where(condition, [user], _one_more(part))
        return self._page(request, "timeline", part, found)

    async def search(self, request: web.Request) -> web.Response:
        """GET /2/tweets/search/recent."""
        query = request.query.get("query", "")
        if not 0 < len(query) <= _MOST_IN_QUERY:
            raise invalid(f"The `query` must have between 1 and {_MOST_IN_QUERY} characters", query=query[:40])
        condition, values = condition_of(query, self._store)
        part = self._part(request, 10, 10)
        oldest_id = first_id_at(time.time() - _SEARCH_SECONDS)
        if 0 < part.after < oldest_id and "pagination_token" not in request.query:
            message = (
                f"'since_id' must be a tweet id created in the last 7 days. Use one that is larger than {oldest_id}"
            )
            raise invalid(message, since_id=part.after)
        week = Span(max(part.after, oldest_id), part.before, part.limit + 1, part.oldest)
        return self._page(request, "search", part, self._store.posts_where(condition, values, week))

    async def post(self, request: web.Request) -> web.Response:
        """GET /2/tweets/{id}."""
        choice = wanted(request.query, "tweet")
        value = request.match_info["id"]
        post = self._renderer.found_post(identifier("id", value))
        if post is None:
            return web.json_response({"errors": [not_found("tweet", "id", value)]})
        answer = self._renderer.posts([post], choice)
        return web.json_response({**answer, "data": answer["data"][0]})

    async def posts(self, request: web.Request) -> web.Response:
        """GET /2/tweets."""
        choice = wanted(request.query, "tweet", ["ids"])
        values = _several(request.query, "ids")
        posts = {value: self._renderer.found_post(identifier("ids", value)) for value in values}
        answer = self._renderer.posts([post for post in posts.values() if post], choice)
        if missing := [not_found("tweet", "ids", value) for value, post in posts.items() if post is None]:
            answer["errors"] = missing + answer.get("errors", [])
        return web.json_response(answer)

    async def messages(self, request: web.Request) -> web.Response:
        """GET /2/dm_events and /2/dm_conversations/…/dm_events: the newest first, of the last 30 days."""
        choice = wanted(request.query, "dm")
        part = self._part(request, 1, 100)
        oldest_id = first_id_at(time.time() - _MESSAGE_SECONDS)
        month = Span(max(part.after, oldest_id), part.before, part.limit, part.oldest)
        found = self._store.messages(self._world.company.id, self._other(request.match_info), month)
        found = self._faults().doubled(found)
        meta: dict[str, Any] = {"result_count": len(found)}
        if found:
            # As at X there is always a next page, and the last one is empty.
            meta |= {"next_token": next_token(found[-1].id), "previous_token": previous_token(found[0].id)}
        return web.json_response({**self._renderer.messages(found, choice), "meta": meta})

    def _part(self, request: web.Request, least: int, usual: int) -> Span:
        """Which part of a list is asked for; a page that follows another one may repeat what that one ended with."""
        part = span(request.query, least, 100, usual)
        repeated = self._faults().duplicate_between_pages
        if not repeated or part.oldest or not ({"pagination_token", "next_token"} & request.query.keys()):
            return part
        return self._world.store.widened(part, repeated)

    def _page(self, request: web.Request, kind: str, part: Span, found: list[Post]) -> web.Response:
        choice = wanted(request.query, kind)
        has_more = len(found) > part.limit
        found = found[-part.limit :] if part.oldest else found[: part.limit]
        found = self._faults().doubled(found)
        meta: dict[str, Any] = {"result_count": len(found)}
        if found:
            meta |= {"newest_id": str(found[0].id), "oldest_id": str(found[-1].id)}
        if found and (has_more or part.oldest):
            meta["next_token"] = next_token(found[-1].id)
        if found and "pagination_token" in request.query:
            meta["previous_token"] = previous_token(found[0].id)
        return web.json_response({**self._renderer.posts(found, choice), "meta": meta})

    def _user(self, name: str, value: str) -> User | None:
        if name == "id":
            return self._store.user(identifier("id", value))
        if not re.fullmatch("[A-Za-z0-9_]{1,15}", value):
            raise invalid(
                f"The `username` query parameter value [{value}] does not match ^[A-Za-z0-9_]{{1,15}}$", username=value
            )
        return self._store.user_by_name(value)

    def _other(self, matched: Mapping[str, str]) -> int | None:
        """With whom the conversation is that the path names, if it names one."""
        if "participant_id" in matched:
            return identifier("participant_id", matched["participant_id"])
        if "conversation_id" not in matched:
            return None
        return other_of(matched["conversation_id"], self._world.company.id)


def other_of(conversation: str, company: int) -> int:
    """Who is in that conversation with the company. Raises Refused if it is none of ours."""
    ids = [int(one) for one in conversation.split("-") if one.isdecimal()]
    if len(ids) != 2 or company not in ids:
        raise invalid("The `id` query parameter value is not a conversation of yours", id=conversation)
    return ids[0] if ids[1] == company else ids[1]


def _one_more(part: Span) -> Span:
    """`part` and one more, by which it is seen whether there is a next page."""
    return Span(part.after, part.before, part.limit + 1, part.oldest)


def _several(query: Mapping[str, str], name: str) -> list[str]:
    values = query.get(name, "").split(",")
    if not values[0] or len(values) > 100:
        raise invalid(f"The `{name}` query parameter can not be empty nor have more than 100 values", **{name: values})
    return values
