"""Who is asked to make a call: the agent who knows the case, else whoever of the team fits best and is idle longest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from router.core.dispatch.standing import is_late, ready_at
from router.model.conversation import Callback, Conversation
from router.model.ids import AgentId
from router.model.policy import CallPolicy
from router.model.team import PhoneAgent, Role

OFFERS_TO_SPARE = 3
"""So many agents can still be asked, one after the other, when waiting for the right one ends."""

ANEW_AFTER = timedelta(seconds=30)
"""How long those who all declined are left in peace before they are asked once more."""


@dataclass(frozen=True, slots=True)
class OnShift:
    """The agents who take calls now, and which of them are `busy`: held, asked, on the phone or wrapping up."""

    agents: tuple[PhoneAgent, ...]
    busy: frozenset[AgentId] = frozenset()

    def is_free(self, agent: PhoneAgent) -> bool:
        """Whether `agent` can be asked now."""
        return agent.agent.id not in self.busy

    def with_busy(self, agent: AgentId) -> "OnShift":
        """The same, with one more who is busy."""
        return OnShift(self.agents, self.busy | {agent})


def chosen(
    callback: Callback, conversation: Conversation, shift: OnShift, policy: CallPolicy, now: datetime
) -> PhoneAgent | None:
    """Who is asked to make `callback` now; None: nobody yet.

    First the agent it is wanted of, or who has the case. One who takes calls and is busy is waited for, for a while and
    as long as the time that was promised allows it; so is somebody of the team who speaks the customer's language, or
    has the skill, where those who are free don't. Then the owning team by language, skills and time without a call;
    supervisors where nobody else of the team takes calls. Who declined is not asked again before all of them have.
    """
    can_wait = now < _waits_until(callback, policy, now)
    knows = _who_knows(callback, conversation, shift)
    if knows and shift.is_free(knows):
        return knows
    if knows and can_wait:
        return None
    asked = _still_to_ask(_of_team(conversation, shift), callback, conversation, now)
    free = [agent for agent in asked if shift.is_free(agent)]
    if not free:
        return None
    best = min(free, key=lambda agent: (*_misfit(agent, conversation), agent.idle_since, agent.agent.id))
    better = any(_misfit(agent, conversation) < _misfit(best, conversation) for agent in asked)
    return None if better and can_wait else best


def _waits_until(callback: Callback, policy: CallPolicy, now: datetime) -> datetime:
    """Until when a call waits for who is best for it: as long as a call takes, if the promise leaves time for it."""
    if is_late(callback, now):
        return now
    latest = ready_at(callback) + policy.handling
    return min(latest, callback.due_at - OFFERS_TO_SPARE * policy.offer) if callback.due_at else latest


def _who_knows(callback: Callback, conversation: Conversation, shift: OnShift) -> PhoneAgent | None:
    """The agent it is wanted of, else who has the case: on shift, of a team that may, and not one who declined."""
    names = [name for name in (callback.wanted, conversation.assignee) if name and name not in callback.declined]
    by_name = {agent.agent.id: agent for agent in shift.agents}
    team = conversation.ownership.team
    return next((by_name[name] for name in names if name in by_name and by_name[name].agent.is_allowed(team)), None)


def _of_team(conversation: Conversation, shift: OnShift) -> list[PhoneAgent]:
    """The owning team's who take calls; its supervisors, or else all, only where there are no others."""
    team = conversation.ownership.team
    allowed = [agent for agent in shift.agents if agent.agent.is_allowed(team)]
    members = [agent for agent in allowed if agent.agent.role is not Role.SUPERVISOR]
    own = [agent for agent in allowed if team in agent.agent.teams]
    return members or own or allowed


def _still_to_ask(
    agents: Iterable[PhoneAgent], callback: Callback, conversation: Conversation, now: datetime
) -> list[PhoneAgent]:
    """Those of `agents` who have not declined; all of them anew, a moment after the last one did."""
    everybody = list(agents)
    left = [agent for agent in everybody if agent.agent.id not in callback.declined]
    if left:
        return left
    return everybody if now >= conversation.updated_at + ANEW_AFTER else []


def _misfit(agent: PhoneAgent, conversation: Conversation) -> tuple[bool, int]:
    """What `agent` lacks for this customer: their language (who names none speaks it), and how many of the skills."""
    languages = [_main(each) for each in agent.agent.languages]
    speaks = not languages or not conversation.language or _main(conversation.language) in languages
    return not speaks, len(set(conversation.skills) - set(agent.agent.skills))


def _main(language: str) -> str:
    """The language of a code that may name a country too: `es` of `es-PA`."""
    return language.partition("-")[0]
