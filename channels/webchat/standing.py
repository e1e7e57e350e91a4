"""How a visitor's conversation stands now, as the store has it, and what they are to be told of it."""

import asyncio

from channels.services import Services
from channels.webchat.frames import ConversationStage, Status
from channels.webchat.normalise import handle_of
from channels.webchat.status import has_mail, has_place, stage_of, status_of, wait_left
from router.model.conversation import Conversation
from router.model.ids import TeamId

WAIT_KNOWN_FOR = 15.0
"""Seconds that a team's usual wait is taken as known."""


class Standing:
    """Reads, and changes nothing. All of it raises redis' errors."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waits: dict[TeamId, tuple[float, int | None]] = {}

    async def read(self, visitor: str) -> tuple[Conversation | None, bool]:
        """The visitor's open conversation, and whether they told an address for mail before."""
        records = self._services.records
        identifier = await records.customer_of(handle_of(visitor))
        customer = await records.customer(identifier) if identifier else None
        found = customer.open_conversation if customer else None
        return (await records.conversation(found) if found else None), has_mail(customer)

    async def status(self, visitor: str, conversation: Conversation | None, has_address: bool) -> Status:
        """What `visitor` is to be told of `conversation`, their own."""
        if conversation is None or stage_of(conversation) is ConversationStage.NONE:
            return await self._greeting(has_address)
        return await self._told(visitor, conversation, has_address)

    async def _told(self, visitor: str, conversation: Conversation, has_address: bool) -> Status:
        team, ahead, wait = conversation.ownership.team, None, None
        # Who got an automatic message, and no answer yet, was told what to expect: an estimate could contradict that.
        is_put_off = conversation.acknowledgement is not None and conversation.replied_at is None
        if has_place(conversation) and not is_put_off:
            ahead = await self._services.records.place(conversation)
            wait = wait_left(await self._usual_wait(team), conversation.waiting_since, self._services.clock.now())
        name = self._team_name(team)
        return status_of(conversation, visitor, name, ahead=ahead, wait=wait, has_address=has_address)

    async def _greeting(self, has_address: bool) -> Status:
        """For whom nothing is under way: the team that answers first, where it is known which, and its usual wait."""
        teams = self._services.teams
        team = self._services.default_team or (next(iter(teams)) if len(teams) == 1 else None)
        if team is None:
            return Status(has_address=has_address)
        return Status(team=self._team_name(team), wait=await self._usual_wait(team), has_address=has_address)

    async def _usual_wait(self, team: TeamId) -> int | None:
        now = asyncio.get_running_loop().time()
        known = self._waits.get(team)
        if known is None or now - known[0] > WAIT_KNOWN_FOR:
            known = self._waits[team] = (now, await self._services.records.expected_wait(team))
        return known[1]

    def _team_name(self, team: TeamId) -> str:
        known = self._services.teams.get(team)
        return known.name if known else team
