"""`care:` of a rules' file: how promises are chased, what a late one says, the follow-up, and silence."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from router.model.commitment import ALWAYS
from router.model.policy import CarePolicy
from router.model.units import Duration, Slice, Switch, mistake
from rules.values_file import CalendarName

OFF = "off"
SHIPPED = CarePolicy()


def _or_off(value: Any) -> Any:
    """None for `off`: what is not written at all is told by `model_fields_set`."""
    return None if value == OFF else value


class WithinEntry(Slice):
    """So long of a calendar's opening time."""

    within: Duration
    calendar: CalendarName = ALWAYS


class ChaseEntry(Slice):
    """How long before a promise is late who is reminded of it."""

    agent: Duration = SHIPPED.chase_agent
    team: Duration = SHIPPED.chase_team
    supervisor: Duration = SHIPPED.chase_supervisor

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if not self.agent >= self.team >= self.supervisor:
            hint = "`{agent: 30m, team: 15m, supervisor: 5m}`: how long before it is late each of them hears of it"
            raise mistake("the agent hears of it first, then the team, then the supervisor", hint)
        return self


class VisitEntry(Slice):
    """What the customer hears of a technician's visit, and when people of ours are asked about it."""

    remind: Duration = SHIPPED.remind_before
    ask: Duration = SHIPPED.visit_asked_every
    missed: Duration = SHIPPED.visit_unknown_after

    @model_validator(mode="after")
    def _is_asked_first(self) -> Self:
        if self.missed <= 3 * self.ask:
            hint = "`{ask: 30m, missed: 24h}`: three are asked, one after another, before it counts as missed"
            raise mistake("the agent, the team and the supervisors are asked before a visit counts as missed", hint)
        return self


class FollowUpEntry(Slice):
    """The question whether what was solved is solved."""

    after: Duration


class SilenceEntry(Slice):
    """How often the customer hears something."""

    every: Duration
    calendar: CalendarName = ALWAYS
    waiting: Switch = False


class CareEntry(Slice):
    """`care:` as its file has it; what is left out is as it ships."""

    vague: WithinEntry | None = None
    chase: ChaseEntry | None = None
    late: WithinEntry | None = None
    visit: VisitEntry | None = None
    follow_up: Annotated[FollowUpEntry | None, BeforeValidator(_or_off)] = None
    silence: Annotated[SilenceEntry | None, BeforeValidator(_or_off)] = None

    def policy(self) -> CarePolicy:
        """What it decides."""
        return CarePolicy(**self._promises(), **self._words())

    def calendars(self) -> set[str]:
        """The calendars that it counts on."""
        return {entry.calendar for entry in (self.vague, self.late, self.silence) if entry}

    def _promises(self) -> dict[str, Any]:
        """What it says of promises and visits."""
        found: dict[str, Any] = {}
        if self.vague:
            found |= {"vague_within": self.vague.within, "vague_calendar": self.vague.calendar}
        if self.late:
            found |= {"again_within": self.late.within, "again_calendar": self.late.calendar}
        if self.chase:
            chased = {"agent": self.chase.agent, "team": self.chase.team, "supervisor": self.chase.supervisor}
            found |= {f"chase_{who}": before for who, before in chased.items()}
        if self.visit:
            found |= {"remind_before": self.visit.remind, "visit_asked_every": self.visit.ask}
            found |= {"visit_unknown_after": self.visit.missed}
        return found

    def _words(self) -> dict[str, Any]:
        """What it says of the follow-up and of silence; `off` is a value, too."""
        found: dict[str, Any] = {}
        if "follow_up" in self.model_fields_set:
            found["follow_up_after"] = self.follow_up.after if self.follow_up else None
        if "silence" in self.model_fields_set:
            found["silence"] = self.silence.every if self.silence else None
        if self.silence:
            found |= {"silence_calendar": self.silence.calendar, "silence_waiting": self.silence.waiting}
        return found
