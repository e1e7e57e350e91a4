"""Who rings us, and whom they are sent to: a few reads, and held by the inbox before the phone rings."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.phone.numbers import is_withheld, withheld
from channels.phone.provider import Answer, Incoming
from channels.phone.settings import ACCOUNT, CHANNEL
from channels.services import Services
from router.core.dispatch.standing import at_work
from router.model.conversation import Conversation
from router.model.event import MessageArrived
from router.model.ids import AgentId, CallbackId, ConversationId, MessageId, TeamId, is_callback
from router.model.message import Handle, InboundMessage
from router.model.team import PhoneAgent
from router.store.open_calls import OpenCall, OpenCalls
from router.store.shifts import Shifts

# So long an agent whose phone rings is offered nothing else; while they talk, the conversation says that they do.
HELD_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Known:
    """Who rings, as their number shows them: `led_to` where only our having rung it tells the conversation."""

    caller: Handle
    conversation: Conversation | None = None
    led_to: ConversationId | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The agent whose phone is to ring."""

    id: AgentId
    device: Handle
    name: str = ""


class Reception:
    """What a provider asks when a phone rings at ours; `hold` returns once the inbox holds a message."""

    def __init__(
        self, services: Services, calls: OpenCalls, hold: Callable[[MessageArrived, str], Awaitable[None]]
    ) -> None:
        self._services = services
        self._calls = calls
        self._hold = hold

    async def incoming(self, call: Incoming) -> Answer:
        """Whom the call goes to. Raises TemporaryError, or redis' errors, where it can't be held now."""
        known = await self._known(call)
        team = known.conversation.ownership.team if known.conversation else self._services.default_team
        # Side by side: each waits for the disk, and somebody listens to silence meanwhile.
        body = MessageArrived(_message(call, known))
        _, chosen = await asyncio.gather(self._hold(body, call.call), self._assigned(call, known, team))
        return self._answer(known, team, chosen)

    async def _assigned(self, call: Incoming, known: Known, team: TeamId | None) -> Chosen | None:
        """Whom the call goes to, kept for what is told of it later."""
        chosen = await self._chosen(call, known, team)
        agent, name = (chosen.id, chosen.name) if chosen else (None, "")
        led_to = known.led_to
        await self._calls.begin(OpenCall(MessageId(call.call), call.at, None, known.caller, led_to, agent, name))
        return chosen

    async def _known(self, call: Incoming) -> Known:
        caller = call.caller or withheld(call.call)
        records = self._services.records
        identifier = None if is_withheld(caller) else await records.customer_of(caller)
        customer = await records.customer(identifier) if identifier else None
        if customer and customer.open_conversation:
            return Known(caller, await records.conversation(customer.open_conversation))
        if identifier or is_withheld(caller):
            return Known(caller)
        # Nobody's number, and we rang it: who rings back means what they were rung for. It proves nothing of who it is.
        led_to = await self._calls.rang_for(caller)
        conversation = await records.conversation(led_to) if led_to else None
        if conversation is None or conversation.is_closed:
            return Known(caller)
        return Known(caller, conversation, conversation.id)

    async def _chosen(self, call: Incoming, known: Known, team: TeamId | None) -> Chosen | None:
        """Who knows them, if they take calls now, else who of the team has been idle longest; held for this call."""
        shifts, conversation = self._services.shifts, known.conversation
        if shifts is None:
            return next(iter(candidates(call.at, conversation, (), team)), None)
        ready, under_way = await asyncio.gather(shifts.agents(), self._services.records.calls())
        found = candidates(call.at, conversation, ready, team)
        holds = await shifts.holds(each.id for each in found)
        others = [each for each in under_way if each.id != (conversation and conversation.id)]
        elsewhere = {agent for each in others for agent in at_work(each)}
        for candidate in found:
            held_for = holds.get(candidate.id)
            if candidate.id in elsewhere or (held_for and _is_held(held_for, call, others)):
                continue
            if held_for or await shifts.hold(candidate.id, CallbackId(call.call), HELD_FOR):
                return candidate
        return None

    def _answer(self, known: Known, team: TeamId | None, chosen: Chosen | None) -> Answer:
        conversation = known.conversation
        owner = self._services.teams.get(team) if team else None
        language = (conversation.language if conversation else "") or (owner.language if owner else "")
        return Answer(
            device=chosen.device if chosen else None,
            conversation=conversation.id if conversation else None,
            agent=chosen.id if chosen else "",
            agent_name=chosen.name if chosen else "",
            team=team or "",
            language=language,
        )


def _is_held(held_for: CallbackId, call: Incoming, others: Sequence[Conversation]) -> bool:
    """Whether an agent who is `held_for` that can't take `call`: it is another caller's, or a call owed to `others`.

    Who has just hung up may be held for that call a while longer: whoever rings back means the same matter.
    """
    if not is_callback(held_for):
        return held_for != call.call
    return any(each.callback and each.callback.id == held_for for each in others)


def _message(call: Incoming, known: Known) -> InboundMessage:
    return InboundMessage(
        key=call.call,
        channel=CHANNEL,
        account=ACCOUNT,
        sender=known.caller,
        text="",
        sent_at=call.at,
        conversation=known.led_to,
        call=call.call,
    )


def candidates(
    at: datetime, conversation: Conversation | None, ready: Sequence[PhoneAgent], team: TeamId | None
) -> list[Chosen]:
    """Whom a call that comes at that instant may go to, the best first.

    Who rings them just now, or did lately, their assignee, then those of the `team` who take calls, by how long they
    have been idle.
    """
    found: list[tuple[AgentId, Handle | None, str]] = []
    devices = {each.agent.id: each.agent.device for each in ready}
    names = {each.agent.id: each.agent.name for each in ready}
    last = conversation.call if conversation else None
    if last and last.agent and (not last.status.is_over or (last.grace_until and at < last.grace_until)):
        # They may be wrapping up, and take it all the same: it is the same matter.
        found.append((last.agent, devices.get(last.agent) or last.device, last.agent_name))
    if conversation and conversation.assignee in devices:
        found.append((conversation.assignee, devices[conversation.assignee], names[conversation.assignee]))
    idle = sorted(ready, key=lambda each: (each.idle_since, each.agent.id))
    found += [(each.agent.id, devices[each.agent.id], each.agent.name) for each in idle if team in each.agent.teams]
    chosen: dict[AgentId, Chosen] = {}
    for agent, device, name in found:
        if device:
            chosen.setdefault(agent, Chosen(agent, device, name))
    return list(chosen.values())


async def let_go(shifts: Shifts | None, call: OpenCall) -> None:
    """Let the agent whom `call` was sent to be offered others."""
    if shifts and call.agent:
        await shifts.let_go(call.agent, CallbackId(call.id))
