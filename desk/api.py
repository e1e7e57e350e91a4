"""What can be read: who am I, the queues, a conversation with its timeline, a command's event."""

import re

from aiohttp import web

from desk.access import AGENT
from desk.problems import Problem
from desk.services import Services
from desk.stories import Stories
from desk.view import Json, View, agent, entry
from router.model.conversation import Conversation
from router.model.ids import ConversationId, TeamId
from router.model.team import Agent
from router.store import wire

CONVERSATION = re.compile(r"c-[0-9]{2}-[0-9a-z]{1,40}", re.ASCII)
ENTRIES_AT_ONCE = 200


class Reading:
    """Answers questions; changes nothing."""

    def __init__(self, services: Services, view: View) -> None:
        self._records = services.records
        self._stories = Stories(services.records, services.archive)
        self._feed = services.feed
        self._teams = services.teams
        self._view = view
        self._answers_by = sorted(services.answers_by)

    def routes(self) -> list[web.RouteDef]:
        """All that is read at once (the feed has a file of its own)."""
        return [
            web.get("/api/me", self.me),
            web.get("/api/queues/{team}", self.queue),
            web.get("/api/conversations/{id}", self.conversation),
        ]

    async def me(self, request: web.Request) -> web.Response:
        """Who asks, their teams with the length of each queue, all teams to transfer to, and the feed's position."""
        who = request[AGENT]
        # The position comes first in each answer: what changes while the rest is read comes by the feed once more.
        position = await self._feed.position()
        return answer(
            {
                "agent": agent(who),
                "teams": [await self._counted(team) for team in self._teams if who.is_allowed(team)],
                "all_teams": [self._view.team(team) for team in self._teams],
                "answers_by": self._answers_by,
                "position": position,
            }
        )

    async def queue(self, request: web.Request) -> web.Response:
        """The team's queue, what is to be done next first."""
        team = TeamId(request.match_info["team"])
        if team not in self._teams:
            raise Problem("unknown_team")
        if not request[AGENT].is_allowed(team):
            raise Problem("not_your_team")
        position = await self._feed.position()
        found = await self._records.queue(team)
        total, waiting = await self._records.queue_length(team)
        return answer(
            {
                "team": self._view.team(team),
                "waiting": waiting,
                "total": total,
                "conversations": [self._view.conversation(conversation) for conversation in found],
                "position": position,
            }
        )

    async def conversation(self, request: web.Request) -> web.Response:
        """The conversation with its latest entries, or those before number `before`; its revision as ETag.

        It may be over; with it come the customer's former ones.
        """
        # The record comes before its timeline: the revision is never newer than what is shown.
        conversation = await visible(self._stories, request)
        customer = await self._records.customer(conversation.customer)
        end = await self._end(request, conversation.id)
        start = max(end - ENTRIES_AT_ONCE, 0)
        entries = await self._stories.timeline(conversation.id, start, end - 1) if end else []
        shown = self._view.conversation(conversation, customer)
        former = [self._view.former(one) for one in await self._stories.former(conversation, request[AGENT])]
        page = {**shown, "timeline": [entry(told) for told in entries], "timeline_start": start, "former": former}
        return answer(page, headers={"ETag": f'"{conversation.revision}"'})

    async def _end(self, request: web.Request, identifier: ConversationId) -> int:
        """The number that the page of the timeline ends before."""
        length = await self._stories.timeline_length(identifier)
        before = request.query.get("before")
        if before is None:
            return length
        if not (before.isascii() and before.isdigit() and len(before) < 10):
            raise Problem("malformed", detail="before is the number of an entry, such as timeline_start")
        return min(int(before), length)

    async def _counted(self, team: TeamId) -> Json:
        total, waiting = await self._records.queue_length(team)
        return {**self._view.team(team), "waiting": waiting, "total": total}


async def existing(stories: Stories, request: web.Request) -> Conversation:
    """The conversation that the request's path names. Raises Problem if there is none."""
    name = request.match_info["id"]
    found = await stories.conversation(ConversationId(name)) if CONVERSATION.fullmatch(name) else None
    if found is None:
        raise Problem("unknown_conversation")
    return found


async def visible(stories: Stories, request: web.Request) -> Conversation:
    """The conversation that the request's path names. Raises Problem if there is none, or if it is not theirs."""
    found = await existing(stories, request)
    if not may_see(request[AGENT], found):
        raise Problem("not_your_team")
    return found


def may_see(who: Agent, conversation: Conversation) -> bool:
    """Whether `who` may read the conversation: its team and supervisors may, as they may act on it."""
    return who.is_allowed(conversation.ownership.team)


def answer(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """`body` as JSON."""
    return web.Response(body=wire.encode(body), status=status, headers=headers, content_type="application/json")
