"""The Twitter channel's slice of the configuration."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from router.model.message import ChannelName
from router.model.secret import SecretField
from router.model.units import Duration, Endpoint, Listen, Slice, Switch, WebAddress, Whole, mistake

CHANNEL = ChannelName("twitter")
X = "https://api.x.com"
SCREEN_NAME = 15


class Ask(StrEnum):
    """What Hilo asks of X, each with a budget of its own: X charges by use."""

    ACCOUNT = "account"
    MENTIONS = "mentions"
    REPLIES = "replies"
    MESSAGES = "messages"
    POSTS = "posts"
    DIRECT_MESSAGES = "direct_messages"
    MEDIA = "media"
    OWN_POSTS = "own_posts"
    LOOKUPS = "lookups"


def _screen_name(value: object) -> object:
    name = value.removeprefix("@") if isinstance(value, str) else ""
    if not 0 < len(name) <= SCREEN_NAME or not name.isascii() or not name.replace("_", "a").isalnum():
        raise mistake("an account is its name on X, without the `@`", "for example `HiloCare`")
    return name


def _path(value: str) -> str:
    if not value.startswith("/") or len(value) > 200 or any(letter in value for letter in " ?#{}"):
        raise mistake("a path begins with `/` and has nothing behind it", "for example `/x/webhook`")
    return value


class BudgetSettings(Slice):
    """At most `calls` within each `per`, counted from midnight UTC on."""

    calls: Annotated[Whole, Field(ge=1, le=10_000_000)]
    per: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(days=31))] = timedelta(days=1)


class PollSettings(Slice):
    """How often Hilo looks: for mentions, for replies to us that mention nobody, and for direct messages.

    `overlap` is how far behind what is known each look begins, since posts do not appear in the order of their ids;
    `first` how far back the very first look goes.
    """

    mentions: Duration = timedelta(minutes=1)
    replies: Duration = timedelta(minutes=5)
    messages: Duration = timedelta(minutes=1)
    overlap: Annotated[Duration, Field(le=timedelta(days=1))] = timedelta(minutes=5)
    first: Annotated[Duration, Field(le=timedelta(days=6))] = timedelta(hours=24)


class WebhookSettings(Slice):
    """Where X, or a proxy before Hilo, delivers its events: they only make Hilo look at once."""

    listen: Listen = Endpoint("127.0.0.1", 8427)
    path: Annotated[str, AfterValidator(_path)] = "/x/webhook"


class TwitterSettings(Slice):
    """One account on X: `account` is its name there, and the four secrets are its OAuth 1.0a keys.

    `budget` says for each thing that Hilo asks how often at most; what is not named is bounded by X's own limits alone.
    `search_replies` is off for accounts whose plan has no search.
    """

    account: Annotated[str, BeforeValidator(_screen_name)]
    base_url: WebAddress = X
    consumer_key: SecretField
    consumer_secret: SecretField
    access_token: SecretField
    access_token_secret: SecretField
    poll: PollSettings = PollSettings()
    search_replies: Switch = True
    budget: Mapping[Ask, BudgetSettings] = Field(default_factory=dict)
    webhook: WebhookSettings | None = None

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        # The keys' signature keeps others from acting for us, not from reading what customers write.
        if self.base_url.startswith("http://") and not _is_loopback(self.base_url):
            raise mistake("`base_url` is not encrypted", f"`{X}`; `http://` is for the sandbox on this machine")
        return self


def _is_loopback(address: str) -> bool:
    host = address.removeprefix("http://").partition("/")[0]
    return host.partition(":")[0] in ("127.0.0.1", "localhost") or host.startswith("[::1]")
