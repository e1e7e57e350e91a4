"""The Twitter channel's door: somebody who mentions the company's account on the sandbox's X."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self
from urllib.parse import urlsplit

from redis.exceptions import RedisError

from channels.twitter.settings import CHANNEL, TwitterSettings
from router.model.message import Handle
from router.store.connection import Connection
from router.store.taken import Taken
from tests.contract.doors import Door
from tests.sandbox_process import SandboxProcess
from tests.tcp_proxy import Proxy, running_proxy
from tests.twitter import ACCOUNT, settings_for_tests

NAMES = re.compile(r"^(@\w+ )+")


class CompanysAccount(Door):
    """A customer who writes in public, and reads what the company answers there."""

    channel = "twitter"
    starts_without = True
    finds = True
    is_public = True
    away = "x"

    def __init__(self, sandbox: SandboxProcess) -> None:
        super().__init__(sandbox)
        self._customer = f"ana_{secrets.token_hex(4)}"
        self._id = ""
        self._posts: dict[str, str] = {}
        self._again = 0
        self._told = 0
        self._url = ""

    async def __aenter__(self) -> Self:
        port = urlsplit(self._sandbox.x_url).port
        assert port is not None
        self._line: Proxy = await self._stack.enter_async_context(running_proxy(port))
        # Ten looks a second are more than X grants.
        await self._sandbox.fault(x={"limits": {"*": {"limit": 100_000}}})
        self._id = str((await self._sandbox.x("users", **{"from": self._customer}))["id"])
        return self

    @property
    def settings(self) -> TwitterSettings:
        """On a line that can be cut."""
        return settings_for_tests(f"http://127.0.0.1:{self._line.port}")

    @property
    def handle(self) -> Handle:
        """The customer, by X's id."""
        return Handle("twitter", self._id)

    @property
    def answers(self) -> tuple[str, ...]:
        """The customer's latest post."""
        return tuple(self._posts.values())[-1:]

    def opened(self, url: str) -> None:
        """What is settled is kept there."""
        self._url = url

    async def customer_writes(self, key: str, text: str) -> None:
        """Post it; X shows it again and again."""
        self._posts[key] = await self._sandbox.tweet(self._customer, f"@{ACCOUNT} {text}", name="Ana")

    async def customer_writes_again(self, key: str, text: str) -> None:
        """Each look brings what lies in the overlap once more, and nobody is told twice that it is safe."""
        assert key in self._posts
        self._again += 1

    async def customer_reads(self) -> list[str]:
        """The company's answers to the customer, as they are shown below their posts and among their messages."""
        posts = await self._sandbox.x("posts")
        answers = [post for post in posts if post["in_reply_to"] in self._posts.values()]
        answers += await self._sandbox.x(f"messages?with={self._customer}")
        answers.sort(key=lambda answer: int(answer["id"]))
        return [NAMES.sub("", answer["text"]) for answer in answers]

    async def told(self) -> int:
        """How many are kept as settled, as was last seen where the store is away; X itself is told nothing."""
        connection = Connection(self._url)
        try:
            taken = Taken(connection, CHANNEL, f"{ACCOUNT.lower()}:posts")
            self._told = len(await taken.known([int(each) for each in self._posts.values()]))
        except (RedisError, OSError):
            # Nothing can have been kept there meanwhile.
            return self._told + self._again
        finally:
            await connection.close()
        return self._told + self._again

    def break_connection(self) -> None:
        """Cut what is being asked of X."""
        self._line.cut()

    @asynccontextmanager
    async def out_of_reach(self) -> AsyncIterator[None]:
        """X breaks off before its first word."""
        self._line.cut_after, self._line.altered = 0, lambda _: b""
        try:
            yield
        finally:
            self._line.cut_after, self._line.altered = None, bytes
