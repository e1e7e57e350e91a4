"""`/sandbox/x/…`: what tests and the page use to play the customers, and to see what the company posted and wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.guard import problem
from sandbox.live import Live
from sandbox.requests import body_of
from sandbox.x.draft import Draft
from sandbox.x.hooking import shown_webhook
from sandbox.x.problems import Refused
from sandbox.x.records import Media, Message, Post, User
from sandbox.x.store import Span
from sandbox.x.view import shown_message, shown_post
from sandbox.x.webhook import Webhooks
from sandbox.x.wishes import Edit, Many, NewMedia, NewMessage, NewPost, NewWebhook, Reveal, Who
from sandbox.x.world import World

_MOST_SHOWN = 5000


class Play:
    """The handlers."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self._webhooks = webhooks
        self._store = world.store
        self._live = Live()
        world.listeners.append(lambda _: self._live.wake())

    def routes(self) -> list[web.RouteDef]:
        """The routes, to be put on the page's application."""
        return [
            web.get("/sandbox/x", self._account),
            web.get("/sandbox/x/posts", self._posts),
            web.post("/sandbox/x/posts", self._post),
            web.post("/sandbox/x/posts/{id}/edit", self._edit),
            web.post("/sandbox/x/posts/{id}/delete", self._delete),
            web.get("/sandbox/x/messages", self._messages),
            web.post("/sandbox/x/messages", self._message),
            web.post("/sandbox/x/many", self._many),
            web.post("/sandbox/x/users", self._user),
            web.post("/sandbox/x/reveal", self._reveal),
            web.get("/sandbox/x/live", self._live.stream),
            web.get("/sandbox/x/media/{key}", self._media),
            web.get("/sandbox/x/webhooks", self._show_webhooks),
            web.post("/sandbox/x/webhooks", self._add_webhook),
            web.post("/sandbox/x/webhooks/check", self._check_webhooks),
        ]

    async def _account(self, request: web.Request) -> web.Response:
        company = self._world.company
        return web.json_response({"id": str(company.id), "username": company.username, "name": company.name})

    async def _user(self, request: web.Request) -> web.Response:
        user = self._known(await body_of(request, Who))
        return web.json_response({"id": str(user.id), "username": user.username})

    async def _post(self, request: web.Request) -> web.Response:
        wanted = await body_of(request, NewPost)
        try:
            return web.json_response({"id": str(self._make_post(wanted).id)})
        except Refused as refusal:
            return problem(422, "Refused", str(refusal))

    async def _message(self, request: web.Request) -> web.Response:
        wanted = await body_of(request, NewMessage)
        try:
            return web.json_response({"id": str(self._make_message(wanted).id)})
        except Refused as refusal:
            return problem(422, "Refused", str(refusal))

    async def _many(self, request: web.Request) -> web.Response:
        wanted = await body_of(request, Many)
        try:
            with self._world.together():
                posts = [str(self._make_post(one).id) for one in wanted.posts]
                messages = [str(self._make_message(one).id) for one in wanted.messages]
        except Refused as refusal:
            return problem(422, "Refused", str(refusal))
        return web.json_response({"posts": posts, "messages": messages})

    async def _edit(self, request: web.Request) -> web.Response:
        edit = await body_of(request, Edit)
        post = self._seen(request)
        return web.json_response({"id": str(self._world.edit(post, edit.text).id)})

    async def _delete(self, request: web.Request) -> web.Response:
        self._world.delete(self._seen(request))
        return web.json_response({})

    async def _reveal(self, request: web.Request) -> web.Response:
        ids = (await body_of(request, Reveal)).ids
        shown = self._world.reveal(None if ids is None else [int(one) for one in ids])
        return web.json_response({"ids": [str(one) for one in shown]})

    async def _show_webhooks(self, request: web.Request) -> web.Response:
        return self._webhooks_as_they_stand()

    async def _add_webhook(self, request: web.Request) -> web.Response:
        wanted = await body_of(request, NewWebhook)
        try:
            await self._webhooks.register(wanted.url, subscribed=True)
        except Refused as refusal:
            return problem(422, "Refused", refusal.body["errors"][0]["message"])
        return self._webhooks_as_they_stand()

    async def _check_webhooks(self, request: web.Request) -> web.Response:
        await self._webhooks.check_all()
        return self._webhooks_as_they_stand()

    def _webhooks_as_they_stand(self) -> web.Response:
        shown = [shown_webhook(webhook) for webhook in self._store.webhooks()]
        counts = {"delivered": self._webhooks.delivered, "failed": self._webhooks.failed}
        return web.json_response({"webhooks": shown, **counts})

    async def _posts(self, request: web.Request) -> web.Response:
        """The latest posts, the oldest first: the company's, those of `?from=`, or all of `?all=1`."""
        span = Span(limit=_MOST_SHOWN)
        if "all" in request.query:
            posts = self._store.posts_where("1", [], span)
        else:
            author = self._named(request, "from")
            posts = self._store.posts_by(author.id, span) if author else []
        return _fresh([shown_post(self._world, post) for post in reversed(posts)])

    async def _messages(self, request: web.Request) -> web.Response:
        """The direct messages between the company and its customers, or `?with=` one, the oldest first."""
        other = self._named(request, "with")
        if other is None:
            return _fresh([])
        with_one = None if other == self._world.company else other.id
        messages = self._store.messages(self._world.company.id, with_one, Span(limit=_MOST_SHOWN))
        return _fresh([shown_message(self._world, message) for message in reversed(messages)])

    async def _media(self, request: web.Request) -> web.Response:
        """A picture for the page, which nothing in it can turn into more than a picture."""
        media = self._store.media(request.match_info["key"])
        if media is None or not media.content_type.startswith("image/"):
            raise web.HTTPNotFound
        headers = {"Content-Security-Policy": "sandbox; default-src 'none'"}
        return web.Response(body=media.content, content_type=media.content_type, headers=headers)

    def _make_post(self, wanted: NewPost) -> Post:
        if wanted.repost_of:
            return self._world.repost(self._known(wanted), int(wanted.repost_of))
        draft = Draft(
            wanted.text,
            reply_to=int(wanted.in_reply_to) if wanted.in_reply_to else None,
            quotes=int(wanted.quote) if wanted.quote else None,
            media=self._kept(wanted.media),
            created_at=_seconds(wanted.created_at),
            is_visible=not wanted.hidden,
            unnamed=frozenset({self._world.company.id} if wanted.unnamed else ()),
        )
        return self._world.post(self._known(wanted), draft)

    def _make_message(self, wanted: NewMessage) -> Message:
        return self._world.write(
            self._known(wanted),
            self._world.customer(wanted.to) if wanted.to else self._world.company,
            wanted.text,
            self._kept(wanted.media),
            at=_seconds(wanted.created_at),
            is_visible=not wanted.hidden,
        )

    def _known(self, who: Who) -> User:
        """The customer's account, with what is told of it."""
        user = self._world.customer(who.sender)
        told: dict[str, Any] = {
            name: value
            for name in ("name", "followers", "following", "verified", "takes_dms")
            if (value := getattr(who, name)) is not None
        }
        if who.account_created_at:
            told["created_at"] = who.account_created_at.timestamp()
        if told:
            user = replace(user, **told)
            self._store.put_user(user)
        return user

    def _kept(self, media: list[NewMedia]) -> list[str]:
        keys = []
        for one in media:
            kept = Media(self._store.ids.now(), one.kind, one.content_type, one.bytes(), one.alt_text)
            self._store.put_media(kept)
            keys.append(kept.key)
        return keys

    def _named(self, request: web.Request, parameter: str) -> User | None:
        name = request.query.get(parameter)
        return self._store.user_by_name(name.removeprefix("@")) if name else self._world.company

    def _seen(self, request: web.Request) -> Post:
        value = request.match_info["id"]
        post = self._store.post(int(value)) if re.fullmatch("[0-9]{1,18}|[0-8][0-9]{18}", value) else None
        if post is None or post.is_deleted:
            answer = problem(404, "No such post", "Ask for the posts anew.")
            raise web.HTTPNotFound(text=answer.text, content_type=answer.content_type)
        return post


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _fresh(found: list[dict[str, Any]]) -> web.Response:
    return web.json_response(found, headers={"Cache-Control": "no-store"})
