"""The files that go along with a reply: those that its author has brought, or that the conversation holds already.

A digest is a name and no key: whoever knows one only, from a colleague or by having the same file, gets nothing by it.
"""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from desk.bodies import Chosen
from desk.problems import Problem
from desk.services import Services
from desk.stories import Stories
from desk.taken import file_name, media_type_of
from router.model.ids import ConversationId
from router.model.message import Attachment
from router.model.team import Agent
from router.store import keys

MOST_BYTES = 20 * 2**20
# Longer than a draft is kept in the browser that names the file.
KEPT_FOR = timedelta(days=8)


class Uploads:
    """Knows who has brought which file."""

    def __init__(self, services: Services, stories: Stories) -> None:
        self._redis = services.connection.commands
        self._files = services.files
        self._stories = stories

    async def remember(self, agent: Agent, digest: str) -> None:
        """`agent` may send the file from now on."""
        await self._redis.set(_key(agent, digest), 1, px=KEPT_FOR)

    async def chosen(
        self, wanted: Iterable[Chosen], agent: Agent, conversation: ConversationId
    ) -> tuple[Attachment, ...]:
        """What `agent` sends along in `conversation`. Raises Problem for what is not theirs to send, or too large."""
        files = [await self._file(each, agent, conversation) for each in wanted]
        if sum(file.size for file in files) > MOST_BYTES:
            raise Problem("files_too_large")
        return tuple(files)

    async def _file(self, wanted: Chosen, agent: Agent, conversation: ConversationId) -> Attachment:
        path = self._files.path(wanted.digest)
        if path is None or not await self._may_send(wanted.digest, agent, conversation):
            raise Problem("unknown_file")
        kind = await asyncio.to_thread(media_type_of, path, wanted.type)
        return Attachment(file_name(wanted.name), kind, path.stat().st_size, wanted.digest)

    async def _may_send(self, digest: str, agent: Agent, conversation: ConversationId) -> bool:
        if await self._redis.exists(_key(agent, digest)):
            return True
        return await named(self._stories, conversation, digest) is not None


async def named(stories: Stories, conversation: ConversationId, digest: str) -> Attachment | None:
    """The file of that digest as an entry of `conversation` names it: an attachment, a mail's HTML, or the mail."""
    kept = ("html", "original")
    entry = await stories.latest(
        conversation,
        lambda told: (
            digest in (file.digest for file in told.attachments) or digest in (told.detail.get(name) for name in kept)
        ),
    )
    if entry is None:
        return None
    found = next((file for file in entry.attachments if file.digest == digest), None)
    if found:
        return found
    suffix = ".eml" if entry.detail.get("original") == digest else ".html"
    return Attachment(f"{entry.detail.get('subject') or 'mail'}{suffix}", "", 0, digest)


def _key(agent: Agent, digest: str) -> str:
    return keys.upload(keys.digest(agent.id, digest))
