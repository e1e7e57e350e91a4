"""`calls:` of a rules' file: when phones may ring, how callbacks are spread, offered and tried again."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from holidays import list_supported_countries
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from router.model.calendar import time_zone
from router.model.commitment import ALWAYS
from router.model.opening import week, weekdays
from router.model.policy import CallPolicy, RingingHours, Shift
from router.model.units import Duration, Slice, Switch, Text, Whole, mistake
from rules.calendars_file import Hours, same
from rules.problems import did_you_mean
from rules.values_file import CalendarName, TeamName, listed

# What people write for all countries that have no hours of their own.
ELSEWHERE = "default"
PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?) ?%", re.ASCII)
# What people write for countries whose two letters (ISO 3166-1) are others.
USUAL = {"UK": "GB", "EN": "GB", "EEUU": "US", "USA": "US"}
MOST_RETRIES = 10
MOST_AGENTS = 10_000
MOST_COUNTRIES, MOST_ASKS = 250, 100


def _country(value: str) -> str:
    known = list_supported_countries(include_aliases=False)
    if value != ELSEWHERE and value not in known:
        meant = did_you_mean(USUAL.get(value.upper(), value), [ELSEWHERE, *known])
        raise mistake(f"`{value[:60]}` is no country", meant or f"two capital letters (`PA`), or `{ELSEWHERE}`")
    return value


def _dialled_country(value: str) -> str:
    # A hundredth of a second to import, and most files name none.
    from phonenumbers import SUPPORTED_REGIONS

    # Whose numbers are known matters here, not whose holidays.
    if value not in SUPPORTED_REGIONS:
        meant = did_you_mean(USUAL.get(value.upper(), value), sorted(SUPPORTED_REGIONS))
        raise mistake(f"`{value[:60]}` is no country whose numbers are known", meant or "two capital letters (`PA`)")
    return value


def _share(value: Any) -> Any:
    """`85%` as 0.85; what is more than all, or nothing, is a mistake."""
    found = PERCENT.fullmatch(value) if isinstance(value, str) else None
    share = float(found[1]) / 100 if found else value
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise mistake("a share of the time is more than nothing and at most all of it", "`85%`, or `0.85`")
    return float(share)


Country = Annotated[Text, AfterValidator(_dialled_country)]
Share = Annotated[float, BeforeValidator(_share)]
Retries = Annotated[tuple[Duration, ...], BeforeValidator(listed), Field(max_length=MOST_RETRIES)]


class RingingEntry(Slice):
    """When phones may ring in one country."""

    hours: Annotated[Mapping[Annotated[Text, same(weekdays)], Hours], Field(min_length=1)]
    holidays: Switch = True

    def ringing(self) -> RingingHours:
        """The hours. Raises ValueError, in plain words, if they overlap."""
        return RingingHours(week(self.hours), self.holidays)


class ShiftEntry(Slice):
    """How many agents of a team take calls, and when."""

    agents: Annotated[Whole, Field(ge=1, le=MOST_AGENTS)]
    calendar: CalendarName = ALWAYS


class CallsEntry(Slice):
    """`calls:` as its file has it; what is left out is as it ships."""

    zone: Annotated[Text, same(time_zone)] | None = None
    ringing: Annotated[Mapping[Annotated[Text, AfterValidator(_country)], RingingEntry], Field(min_length=1)] = {}
    countries: Annotated[tuple[Country, ...], BeforeValidator(listed), Field(max_length=MOST_COUNTRIES)] = ()
    asks: Annotated[Whole, Field(ge=1, le=MOST_ASKS)] | None = None
    within: Duration | None = None
    slot: Duration | None = None
    ahead: Duration | None = None
    handling: Duration | None = None
    occupancy: Share | None = None
    offer: Duration | None = None
    again_after: Duration | None = None
    grace: Duration | None = None
    retries: Retries | None = None
    silent: Duration | None = None
    longest: Duration | None = None
    shifts: Annotated[Mapping[TeamName, ShiftEntry], Field(min_length=1)] = {}
    briefing: Switch | None = None

    @model_validator(mode="after")
    def _has_slots(self) -> Self:
        policy = self.policy({})
        if policy.slot > policy.ahead:
            raise mistake("no slot fits into the time that is offered", "`slot` is shorter than `ahead`")
        return self

    def policy(self, ringing: Mapping[str, RingingHours]) -> CallPolicy:
        """What it decides; `ringing` are its hours by country, as `RingingEntry.ringing` made them."""
        plain = self.model_dump(exclude_unset=True, exclude={"ringing", "shifts"})
        shifts = {team: Shift(entry.agents, entry.calendar) for team, entry in self.shifts.items()}
        hours = {"" if country == ELSEWHERE else country: each for country, each in ringing.items()}
        return CallPolicy(**plain, shifts=shifts, ringing={**CallPolicy().ringing, **hours})
