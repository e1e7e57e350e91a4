"""What the model looks like in the API: docs/api.md has the words for each field."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from desk.call_view import calls_of, is_hidden
from desk.facts import FactView
from desk.profile import profile_of
from desk.services import User
from history.archive import Former
from router.core.codes import MOST_TRIES
from router.core.found.finder import FactFinder
from router.model.challenge import Challenge
from router.model.commitment import Deadline, DeadlineKind, Target
from router.model.conversation import Conversation, ConversationState, Suggestion
from router.model.customer import Customer, Link, Part
from router.model.decision import TimelineEntry
from router.model.finding import Finding
from router.model.ids import AgentId, TeamId
from router.model.message import Attachment
from router.model.team import Agent, Team

Json = dict[str, object]


class View:
    """Turns records into JSON, with the names that people know teams and agents by."""

    def __init__(self, teams: Mapping[TeamId, Team], users: Mapping[str, User], finder: FactFinder) -> None:
        self._teams = teams
        self._facts = FactView(finder, self._agent)
        self._names = {user.agent.id: user.agent.name for user in users.values()}

    def conversation(self, conversation: Conversation, customer: Customer | None = None) -> Json:
        """CONVERSATION; with the `customer` also the handles that are theirs, and all that is known."""
        shown = self._conversation(conversation, customer)
        if customer is None:
            return shown
        told = self._customer(conversation, customer)
        if is_hidden(conversation):
            # A number proves nothing: who rings hears, and who answers reads out, nothing of what is known.
            return {**shown, "customer": {**told, "facts": None, "profile": None}, "known": None, "hidden": True}
        known = self._facts.all(conversation.known)
        return {**shown, "customer": {**told, "facts": self._facts.all(customer.facts)}, "known": known}

    def _conversation(self, conversation: Conversation, customer: Customer | None) -> Json:
        return {
            "id": conversation.id,
            "state": ConversationState.CLOSED if conversation.part_of else conversation.state,
            "part_of": _joined(conversation),
            "suggestions": [self._suggestion(each) for each in conversation.suggestions if not each.is_dropped],
            "code": _code(conversation.challenge) if conversation.challenge else None,
            "revision": conversation.revision,
            "team": self.team(conversation.ownership.team),
            "owned_since": conversation.ownership.since,
            "reason": conversation.ownership.reason,
            "assignee": self._agent(conversation.assignee),
            "priority": conversation.priority,
            "tags": conversation.tags,
            "customer": self._customer(conversation, customer),
            "channel": conversation.targets[0].channel if conversation.targets else None,
            "replies_to": [
                {
                    "channel": target.channel,
                    "handle": str(target.handle),
                    "proof": target.proof,
                    "public": target.public,
                }
                for target in conversation.targets
            ],
            "address": str(conversation.address) if conversation.address else None,
            "unreached": [{"message": each.message.id, "state": each.state} for each in conversation.unreached],
            "subject": conversation.subject,
            "preview": conversation.preview,
            "language": conversation.language,
            "messages": conversation.messages,
            "waiting_since": conversation.waiting_since if conversation.is_queued else None,
            "created_at": conversation.created_at,
            "updated_at": conversation.updated_at,
            "resolved_at": conversation.resolved_at,
            "snoozed_until": conversation.snoozed_until,
            "deadlines": [_deadline(deadline) for deadline in _by_instant(conversation)],
            "paused": {"kind": conversation.paused.target.kind} if conversation.paused else None,
            "facts": dict(conversation.facts),
            "skills": conversation.skills,
            "spoken": conversation.spoken,
            "is_escalated": conversation.is_escalated,
            **calls_of(conversation, self._agent),
        }

    def former(self, former: Former) -> Json:
        """FORMER: another conversation of the customer's, at a glance."""
        return {
            "id": former.id,
            "team": self.team(former.team),
            "subject": former.subject,
            "beginning": former.beginning,
            "channels": former.channels,
            "created_at": former.opened_at,
            "closed_at": former.closed_at,
        }

    def team(self, team: TeamId) -> Json:
        """A team's id and name; one that is gone from the configuration goes by its id."""
        known = self._teams.get(team)
        return {"id": team, "name": known.name if known else team}

    def _customer(self, conversation: Conversation, customer: Customer | None) -> Json:
        known: Json = {
            "id": conversation.customer,
            "name": conversation.customer_name or (customer.name if customer else ""),
        }
        if customer:
            known["profile"] = profile_of(customer)
            known["handles"] = [self._link(link) for link in customer.links]
            known["parts"] = [self._part(part) for part in customer.parts]
        return known

    def _link(self, link: Link) -> Json:
        return {
            "kind": link.handle.kind,
            "address": link.handle.address,
            "link": link.kind,
            "evidence": link.evidence,
            "by": self._agent(link.by),
            "since": link.since,
        }

    def _part(self, part: Part) -> Json:
        return {
            "customer": part.customer,
            "since": part.at,
            "evidence": part.evidence,
            "by": self._agent(part.by),
            "handles": [str(handle) for handle in part.handles],
        }

    def _suggestion(self, suggestion: Suggestion) -> Json:
        return {
            "handle": str(suggestion.handle) if suggestion.handle else None,
            "customer": suggestion.customer,
            "conversation": suggestion.conversation,
            "team": self.team(TeamId(suggestion.team)) if suggestion.team else None,
            "evidence": suggestion.evidence or None,
            "doubt": suggestion.doubt,
        }

    def _agent(self, agent: AgentId | None) -> Json | None:
        if agent is None:
            return None
        return {"id": agent, "name": self._names.get(agent, agent.removeprefix("token:"))}


def agent(who: Agent) -> Json:
    """An agent as they see themselves."""
    return {"id": who.id, "name": who.name, "role": who.role}


def findings(found: Iterable[Finding]) -> list[Json]:
    """What the guard saw in a reply, each FINDING where it stands."""
    return [
        {
            "kind": each.kind,
            "what": each.what,
            "to": each.to,
            "phrase": each.phrase,
            "start": each.start,
            "end": each.end,
            "is_customers": each.is_customers,
            "fact": each.fact or None,
            "known": each.known or None,
            "due_at": each.due_at,
            "vague": each.vague,
            "promise": each.promise,
        }
        for each in found
    ]


def entry(told: TimelineEntry) -> Json:
    """ENTRY."""
    return {
        "id": told.id,
        "kind": told.kind,
        "at": told.at,
        "actor": told.actor,
        "text": told.text,
        "channel": told.channel,
        "message": told.message,
        "detail": dict(told.detail),
        "part": told.part or None,
        "attachments": [_attachment(file) for file in told.attachments],
    }


def _attachment(file: Attachment) -> Json:
    known: Json = {"name": file.name, "type": file.media_type, "size": file.size}
    return known | {name: told for name, told in (("digest", file.digest), ("url", file.url)) if told}


def _by_instant(conversation: Conversation) -> list[Deadline]:
    """What is owed, a word by which the customer is to hear something among it: else Hilo itself will say one."""
    silence, owed = conversation.silence, conversation.deadlines
    is_told = any(deadline.target.kind is DeadlineKind.UPDATE for deadline in owed)
    if silence and silence.due_at and not is_told:
        owed = (*owed, Deadline(Target(DeadlineKind.UPDATE, timedelta()), conversation.created_at, silence.due_at))
    return sorted(owed, key=lambda deadline: deadline.due_at)


def _deadline(deadline: Deadline) -> Json:
    due: Json = {"kind": deadline.target.kind, "due_at": deadline.due_at, "missed_at": deadline.missed_at}
    return due | {"promised": True} if deadline.promised else due


def _joined(conversation: Conversation) -> Json | None:
    """Where the story of a conversation goes on that became part of another; the id is null until it is there."""
    return {"conversation": conversation.joined} if conversation.part_of else None


def _code(challenge: Challenge) -> Json:
    """What became of the latest one-time code; one that waits is over at `expires_at`, whatever its state."""
    used = "failed" if challenge.tries >= MOST_TRIES else "used"
    return {
        "handle": str(challenge.handle),
        "state": "waiting" if challenge.digest else used,
        "sent_at": challenge.sent_at[-1] if challenge.sent_at else None,
        "expires_at": challenge.expires_at,
        "wrong": challenge.tries,
    }
