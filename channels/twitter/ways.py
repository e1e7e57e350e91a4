"""The two ways out: a public reply in the customer's thread, and a direct message; and reading what we put there."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from channels.files import Files
from channels.twitter import media
from channels.twitter import parts as texts
from channels.twitter.client import XClient
from channels.twitter.identity import Identity
from channels.twitter.look_up import Seen, seen_message, seen_post
from channels.twitter.reading import id_at, identifier, line, part, parts
from channels.twitter.refusals import GONE, NOWHERE
from router.model.errors import PermanentError, TemporaryError, UnknownOutcome
from router.model.message import Attachment, OutboundMessage

# X's clock and ours may differ by so much.
BEFORE = timedelta(minutes=5)
PAGE, MOST_PAGES = 100, 10


class Way(Protocol):
    """How one reply leaves."""

    first: str
    """The post that the first part answers; empty where parts answer nothing."""

    def parts(self) -> tuple[str, ...]:
        """The reply's texts. Raises PermanentError if it can't leave this way."""

    async def put(self, text: str, done: tuple[str, ...]) -> str:
        """X's id of the part `text`, put behind the parts `done`. Raises what the client raises."""

    async def seen(self, since: datetime | None = None) -> list[Seen]:
        """What X shows of ours, since then or since the reply was written; TemporaryError if it is too much to read."""


class Reply:
    """In public, in the thread of the customer's post. It names the customer by itself, and nobody else."""

    def __init__(self, client: XClient, identity: Identity, files: Files, message: OutboundMessage) -> None:
        self._client = client
        self._identity = identity
        self._files = files
        self._message = message
        self.first = message.references[-1] if message.references else ""

    def parts(self) -> tuple[str, ...]:
        """The texts, each of a post; all pictures stand with the first one."""
        media.check(self._message.attachments, is_post=True)
        if not self.first:
            raise PermanentError(NOWHERE)
        return texts.posts(self._message.text, self._message.language)

    async def put(self, text: str, done: tuple[str, ...]) -> str:
        """Post it: the first part answers the customer, each other one the part before it."""
        others = [] if done else await self._others()
        files = () if done else self._message.attachments
        shown = await media.uploaded(self._client, self._files, files, is_post=True)
        answer = await self._client.api.create_tweet(
            text=text,
            in_reply_to_tweet_id=done[-1] if done else self.first,
            exclude_reply_user_ids=others or None,
            media_ids=shown or None,
            user_auth=True,
        )
        return _identifier(answer, "id")

    async def seen(self, since: datetime | None = None) -> list[Seen]:
        """Our own posts. This reply's are younger than it, and than what they answer."""
        account = await self._identity.account()
        own = max(id_at(self._message.created_at - BEFORE), int(self.first))
        start = str(id_at(since) if since else own)

        async def page(token: str) -> Any:
            return await self._client.api.get_users_tweets(
                account.id,
                since_id=start,
                max_results=PAGE,
                pagination_token=token or None,
                exclude=["retweets"],
                tweet_fields=["entities", "note_tweet", "referenced_tweets"],
                user_auth=True,
            )

        return [seen_post(post) for post in await _pages(page, start)]

    async def _others(self) -> list[str]:
        """Whom else the customer's post names: X would name them too. Raises PermanentError if the post is gone."""
        account = await self._identity.account()
        answer = await self._client.api.get_tweet(self.first, tweet_fields=["entities"], user_auth=True)
        if not identifier(answer, "data", "id"):
            raise PermanentError(GONE)
        named = (identifier(each, "id") for each in parts(answer, "data", "entities", "mentions"))
        return [each for each in dict.fromkeys(named) if each not in ("", account.id, self._message.recipient.address)]


class DirectMessage:
    """In private, to the customer's account."""

    first = ""

    def __init__(self, client: XClient, identity: Identity, files: Files, message: OutboundMessage) -> None:
        self._client = client
        self._identity = identity
        self._files = files
        self._message = message

    def parts(self) -> tuple[str, ...]:
        """The texts, each of a direct message. Each has room for one picture: of further ones the name is the text."""
        files = self._message.attachments
        media.check(files, is_post=False)
        return (*texts.messages(self._message.text, self._message.language), *(file.name or "·" for file in files[1:]))

    async def put(self, text: str, done: tuple[str, ...]) -> str:
        """Send it."""
        shown = await media.uploaded(self._client, self._files, self._files_at(len(done)), is_post=False)
        answer = await self._client.api.create_direct_message(
            participant_id=self._message.recipient.address, text=text, media_id=next(iter(shown), None), user_auth=True
        )
        return _identifier(answer, "dm_event_id")

    async def seen(self, since: datetime | None = None) -> list[Seen]:
        """What we wrote to that customer."""
        account = await self._identity.account()
        start = str(id_at(since or self._message.created_at - BEFORE))

        async def page(token: str) -> Any:
            return await self._client.api.get_direct_message_events(
                participant_id=self._message.recipient.address,
                max_results=PAGE,
                pagination_token=token or None,
                event_types="MessageCreate",
                dm_event_fields=["entities", "sender_id", "text"],
                user_auth=True,
            )

        found = await _pages(page, start)
        return [seen_message(event) for event in found if line(event, "sender_id") == account.id]

    def _files_at(self, place: int) -> tuple[Attachment, ...]:
        """The picture that goes with the part at `place`: the first one with the first part."""
        files = self._message.attachments
        index = place - (len(self.parts()) - len(files)) if place else 0
        return files[index : index + 1] if index > 0 or not place else ()


async def _pages(page: Callable[[str], Awaitable[Any]], start: str) -> list[Any]:
    """All that is newer than the id `start`, the newest first. Raises TemporaryError if that is too much to look at."""
    found: list[Any] = []
    token = ""
    for _ in range(MOST_PAGES):
        answer = await page(token)
        fresh = [each for each in parts(answer, "data") if int(identifier(each, "id") or 0) > int(start)]
        found += fresh
        token = line(part(answer, "meta"), "next_token")
        if not fresh or not token:
            return found
    raise TemporaryError(f"X shows more than {MOST_PAGES * PAGE} newer ones", is_about_message=True)


def _identifier(answer: object, name: str) -> str:
    found = identifier(answer, "data", name)
    if not found:
        raise UnknownOutcome("X took it, and did not say under which id")
    return found
