"""What the API lets the company do: post, delete, and write direct messages."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from sandbox.x import text as texts
from sandbox.x.bodies import NewMessageBody, NewPostBody, body_of
from sandbox.x.draft import Draft
from sandbox.x.faults import XFaults
from sandbox.x.problems import forbidden, invalid, not_found
from sandbox.x.query import identifier
from sandbox.x.reading import other_of
from sandbox.x.records import User
from sandbox.x.world import MOST_IN_MESSAGE, World


class Writing:
    """The handlers of POST and DELETE, for the company's account."""

    def __init__(self, world: World, faults: Callable[[], XFaults]) -> None:
        self._world = world
        self._faults = faults
        self._store = world.store

    async def post(self, request: web.Request) -> web.Response:
        """POST /2/tweets."""
        draft = self._draft(await body_of(request, NewPostBody))
        if texts.weighted_length(texts.without_leading_mentions(draft.text)) > texts.MOST:
            raise forbidden(
                "Your Tweet text is too long. For more information about Tweet length, see the documentation."
            )
        if self._world.is_repeated(self._world.company, draft):
            raise forbidden("You are not allowed to create a Tweet with duplicate content.")
        post = self._world.post(self._world.company, draft)
        data = {"id": str(post.id), "text": post.text, "edit_history_tweet_ids": [str(post.id)]}
        return web.json_response({"data": data}, status=201)

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE /2/tweets/{id}."""
        value = request.match_info["id"]
        post = self._store.post(identifier("id", value))
        if post is None or post.is_deleted:
            return web.json_response({"errors": [not_found("tweet", "id", value)]})
        if post.author != self._world.company.id:
            raise forbidden("You are not authorized to delete this Tweet.")
        self._world.delete(post)
        return web.json_response({"data": {"deleted": True}})

    async def message(self, request: web.Request) -> web.Response:
        """POST /2/dm_conversations/…/messages."""
        body = await body_of(request, NewMessageBody)
        if not body.text.strip() and not body.attachments:
            raise invalid("one of `text` or `attachments` is required", text=body.text)
        if len(body.text) > MOST_IN_MESSAGE:
            raise invalid(f"The `text` is longer than {MOST_IN_MESSAGE} characters", text=body.text[:20])
        recipient = self._recipient(request)
        keys = self._keys([one.media_id for one in body.attachments])
        message = self._world.write(
            self._world.company, recipient, body.text, keys, is_visible=self._is_visible("dm_send")
        )
        data = {"dm_conversation_id": message.conversation, "dm_event_id": str(message.id)}
        return web.json_response({"data": data}, status=201)

    def _draft(self, body: NewPostBody) -> Draft:
        media_ids = body.media.media_ids if body.media else []
        if not body.text.strip() and not media_ids:
            raise invalid("$.text: is missing but it is required", text=body.text)
        reply, quoted = body.reply, body.quote_tweet_id
        return Draft(
            body.text,
            reply_to=identifier("in_reply_to_tweet_id", reply.in_reply_to_tweet_id) if reply else None,
            quotes=identifier("quote_tweet_id", quoted) if quoted else None,
            media=self._keys(media_ids),
            is_visible=self._is_visible("post"),
            unnamed=frozenset(int(one) for one in reply.exclude_reply_user_ids) if reply else frozenset(),
        )

    def _is_visible(self, endpoint: str) -> bool:
        return not self._faults().strikes("hide_next", endpoint)

    def _keys(self, ids: list[str]) -> list[str]:
        """The keys of uploaded media. Raises Refused where there is none of that id."""
        media = [self._store.media(one) for one in ids]
        if None in media:
            raise invalid("Your media IDs are invalid.", media_ids=ids)
        return [one.key for one in media if one]

    def _recipient(self, request: web.Request) -> User:
        matched = request.match_info
        if "participant_id" in matched:
            user_id = identifier("participant_id", matched["participant_id"])
        else:
            user_id = other_of(matched["conversation_id"], self._world.company.id)
        user = self._store.user(user_id)
        if user is None or user.id == self._world.company.id:
            raise invalid("The `participant_id` is no account that can be written to", participant_id=user_id)
        return user
