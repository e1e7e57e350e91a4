"""The three feeds that Hilo reads of X: mentions, replies to us that mention nobody, and direct messages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from channels.twitter.client import XClient
from channels.twitter.identity import Identity
from channels.twitter.normalise import Account, Included, Left, message_read, post_read
from channels.twitter.settings import TwitterSettings
from channels.twitter.sweep import MOST_PAGES, Read
from router.model.message import InboundMessage

PAGE = 100
MENTIONS, REPLIES, MESSAGES = "mentions", "replies", "messages"
TAKEN_POSTS, TAKEN_MESSAGES = "posts", "messages"
# What X's own pages on these endpoints say that they show.
MENTIONS_SHOWN = 800
SEARCH_SHOWN = timedelta(days=7)
MESSAGES_SHOWN = timedelta(days=30)

POST_FIELDS = [
    "attachments",
    "author_id",
    "conversation_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "in_reply_to_user_id",
    "lang",
    "note_tweet",
    "referenced_tweets",
]
USER_FIELDS = ["affiliation", "created_at", "name", "public_metrics", "username", "verified", "verified_type"]
MEDIA_FIELDS = ["alt_text", "preview_image_url", "type", "url", "variants"]
MESSAGE_FIELDS = [
    "attachments",
    "created_at",
    "dm_conversation_id",
    "entities",
    "event_type",
    "referenced_tweets",
    "sender_id",
    "text",
]
POSTS: dict[str, Any] = {
    "max_results": PAGE,
    "tweet_fields": POST_FIELDS,
    "user_fields": USER_FIELDS,
    "media_fields": MEDIA_FIELDS,
    "expansions": ["author_id", "attachments.media_keys", "referenced_tweets.id", "referenced_tweets.id.author_id"],
    "user_auth": True,
}

Ask = Callable[[int, str], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: `ask` brings the page behind a token, of what is newer than an id; `taken` is the memory that it shares.

    `shown` is how far back X shows it, `most_pages` how many pages of it; `rest` brings what lies before those pages:
    newer than an id, and older than another.
    """

    name: str
    taken: str
    every: timedelta
    ask: Ask
    read: Read
    shown: timedelta | None = None
    most_pages: int = MOST_PAGES
    rest: Callable[[int, int, str], Awaitable[Any]] | None = None


def feeds_of(client: XClient, settings: TwitterSettings, account: Account, identity: Identity) -> tuple[Feed, ...]:
    """The feeds of `account`; none is read once the keys are another's.

    Replies: X lets people take our name out of a reply to us, and that reply is in no list of mentions. A search for
    `to:` finds it, one for all threads; to search each thread would bring what its readers say to each other too.
    """
    asks, poll = _Asks(client, account, identity), settings.poll

    def post(shown: object, included: Included, now: datetime) -> InboundMessage | Left:
        return post_read(shown, included, account, now)

    def message(shown: object, included: Included, now: datetime) -> InboundMessage | Left:
        return message_read(shown, included, account, now)

    pages, rest = MENTIONS_SHOWN // PAGE, asks.rest if settings.search_replies else None
    mentions = Feed(MENTIONS, TAKEN_POSTS, poll.mentions, asks.mentions, post, most_pages=pages, rest=rest)
    messages = Feed(MESSAGES, TAKEN_MESSAGES, poll.messages, asks.messages, message, shown=MESSAGES_SHOWN)
    if not settings.search_replies:
        return mentions, messages
    return mentions, messages, Feed(REPLIES, TAKEN_POSTS, poll.replies, asks.replies, post, shown=SEARCH_SHOWN)


class _Asks:
    """What is asked of X for one account.

    Keys may be changed at any time, and X shows what is for the eyes of whoever's they are by now: so whose they are
    is looked at before each.
    """

    def __init__(self, client: XClient, account: Account, identity: Identity) -> None:
        self._api = client.api
        self._account = account
        self._identity = identity

    async def mentions(self, since: int, token: str) -> Any:
        """Those that X lists."""
        await self._identity.account()
        return await self._api.get_users_mentions(
            self._account.id, since_id=str(since), pagination_token=token or None, **POSTS
        )

    async def replies(self, since: int, token: str) -> Any:
        """What answers us, with or without our name."""
        return await self._searched(f"to:{self._account.name} -is:retweet", since, token)

    async def rest(self, since: int, until: int, token: str) -> Any:
        """The mentions that lie before those which X lists."""
        return await self._searched(f"@{self._account.name} -is:retweet", since, token, until)

    async def messages(self, _since: int, token: str) -> Any:
        """The direct messages; X knows no beginning for them."""
        await self._identity.account()
        return await self._api.get_direct_message_events(
            max_results=PAGE,
            pagination_token=token or None,
            dm_event_fields=MESSAGE_FIELDS,
            event_types="MessageCreate",
            expansions=["sender_id", "attachments.media_keys", "referenced_tweets.id"],
            user_fields=USER_FIELDS,
            media_fields=MEDIA_FIELDS,
            tweet_fields=POST_FIELDS,
            user_auth=True,
        )

    async def _searched(self, query: str, since: int, token: str, until: int | None = None) -> Any:
        await self._identity.account()
        return await self._api.search_recent_tweets(
            query, since_id=str(since), until_id=str(until) if until else None, next_token=token or None, **POSTS
        )
