"""What ops decide of calls and promises: hours, windows, retries, chases, follow-ups; the defaults are what ships."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from router.model.commitment import ALWAYS
from router.model.opening import Span, week

# By default nobody's phone rings before eight, after eight in the evening, or on a Sunday.
RINGING_HOURS = week({"mon-fri": "08:00-20:00", "sat": "09:00-18:00"})


@dataclass(frozen=True, slots=True)
class RingingHours:
    """When phones in a country may ring, by weekday (Monday being 0), on the customer's own wall clock.

    With `holidays` no phone rings on that country's.
    """

    hours: Mapping[int, tuple[Span, ...]] = field(default_factory=lambda: RINGING_HOURS)
    holidays: bool = True


@dataclass(frozen=True, slots=True)
class Shift:
    """How many agents of a team take calls while `calendar` is open."""

    agents: int
    calendar: str = ALWAYS


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """How callbacks are made.

    `zone` is that of customers whose number does not tell theirs; `ringing` the hours by country (`PA`), `` for all
    others. `countries` are those in which visitors, callers and rules may have us ring (none named: those with hours of
    their own and the installation's own), `asks` how often within a day visitors may ask for calls to one number.
    A call "now" is owed `within`; windows are offered in slots of `slot`, for `ahead`. A call takes `handling`
    on average, wrap-up included, and agents are busy for at most `occupancy` of their time. An agent is asked for
    `offer`. A dropped call is made again after `again_after`, and who rings back within `grace` lands with the same
    agent. `retries` are the pauses before each further attempt: after the last one the customer is told, with new
    times. `silent` is after how long without a word from the provider a call that rings is in doubt, and `longest` how
    long people may talk before that. With `briefing` the agent hears what it is about.
    """

    zone: str = "UTC"
    ringing: Mapping[str, RingingHours] = field(default_factory=lambda: {"": RingingHours()})
    countries: tuple[str, ...] = ()
    asks: int = 5
    within: timedelta = timedelta(hours=2)
    slot: timedelta = timedelta(minutes=30)
    ahead: timedelta = timedelta(days=3)
    handling: timedelta = timedelta(minutes=6)
    occupancy: float = 0.85
    offer: timedelta = timedelta(seconds=20)
    again_after: timedelta = timedelta(seconds=5)
    grace: timedelta = timedelta(minutes=10)
    retries: tuple[timedelta, ...] = (timedelta(minutes=15), timedelta(hours=2))
    silent: timedelta = timedelta(minutes=2)
    longest: timedelta = timedelta(hours=2)
    shifts: Mapping[str, Shift] = field(default_factory=dict)
    briefing: bool = True

    def ringing_in(self, country: str) -> RingingHours:
        """The hours in which phones may ring in `country`, two letters, or `` where it is not known."""
        return self.ringing.get(country) or self.ringing.get("") or RingingHours()


@dataclass(frozen=True, slots=True)
class CarePolicy:
    """How promises are kept.

    A vague promise is due `vague_within` of the opening time of `vague_calendar`. An open one is chased so long before
    it is late: its `agent`, then the `team`, then the `supervisor`. The customer hears of a late one with a new time,
    `again_within` from then. They are reminded of a visit `remind_before` it. Once its window is over, the agent, the
    team and the supervisors are asked about it, one every `visit_asked_every`; what nobody knows `visit_unknown_after`
    it counts as missed. The follow-up is asked
    `follow_up_after` a resolution; None: not at all. `silence` is after how long without a word from us the customer
    hears that we are still on it; None: rules alone say so (`deadlines: {update: …}`). With `silence_waiting` also
    while we wait for them, or the conversation is put off.
    """

    vague_within: timedelta = timedelta(hours=4)
    vague_calendar: str = ALWAYS
    chase_agent: timedelta = timedelta(minutes=30)
    chase_team: timedelta = timedelta(minutes=15)
    chase_supervisor: timedelta = timedelta(minutes=5)
    again_within: timedelta = timedelta(hours=4)
    again_calendar: str = ALWAYS
    remind_before: timedelta = timedelta(hours=2)
    visit_asked_every: timedelta = timedelta(minutes=30)
    visit_unknown_after: timedelta = timedelta(days=1)
    follow_up_after: timedelta | None = timedelta(hours=24)
    silence: timedelta | None = None
    silence_calendar: str = ALWAYS
    silence_waiting: bool = False
