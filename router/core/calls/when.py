"""When a customer's phone may ring: on their own wall clock, by their country's hours, on no holiday of theirs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from router.core.numbers import country_of
from router.model.calendar import Calendar, time_zone
from router.model.call import PHONE, CallbackReason
from router.model.conversation import Callback
from router.model.errors import PermanentError
from router.model.message import Handle
from router.model.opening import Span
from router.model.policy import CallPolicy

# A day in the middle of a winter: which of a country's zones lies in the middle does not depend on the season.
SOME_DAY = datetime(2026, 1, 15, tzinfo=UTC)
# What the library answers for numbers that it knows no zone of.
UNKNOWN_ZONE = "Etc/Unknown"
# Who has just rung us, or was on the line when it fell, is rung within the grace time at any hour.
JUST_ON_THE_PHONE = (CallbackReason.MISSED, CallbackReason.DROPPED)
MOST_OPENINGS = 2
UNSAID_ZONE = CallPolicy().zone

Week = tuple[tuple[int, tuple[Span, ...]], ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """Phones may ring from `ready_at` until `shut_at` (None: for ever)."""

    ready_at: datetime
    shut_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ringing:
    """When one customer's phone may ring: `hours` on the clock of `zone`."""

    zone: str
    hours: Calendar

    def opening(self, at: datetime, *, is_any_hour: bool = False) -> Opening | None:
        """From `at`, or the first moment after it, on which it may ring; None if it never may."""
        if is_any_hour:
            return Opening(at)
        found = self.hours.opening(at)
        return Opening(*found) if found else None

    def after(self, at: datetime, length: timedelta, *, is_any_hour: bool = False) -> datetime:
        """When `length` of the time has passed in which it may ring; all time counts where there is hardly any."""
        if is_any_hour:
            return at + length
        try:
            return self.hours.after(at, length)
        except PermanentError:
            return at + length

    def openings(self, at: datetime, slot: timedelta) -> tuple[Opening, ...]:
        """The next two times from `at` in which it may ring, each of the length of a `slot` at least."""
        found: list[Opening] = []
        while len(found) < MOST_OPENINGS and (opening := self.opening(at)) is not None:
            if opening.shut_at is None:
                return (*found, opening)
            if opening.shut_at - opening.ready_at >= slot:
                found.append(opening)
            at = opening.shut_at
        return tuple(found)


def ringing(number: Handle | None, policy: CallPolicy, region: str = "") -> Ringing:
    """When the phone with `number` may ring; one that tells no country is of `region`, else of nobody's."""
    zones, country = _place(number.address) if number else ((), "")
    if not country and region:
        # Ops know their own zone best, where they have said it: a country may have several.
        zones, country = zones or (_zones_in(region) if policy.zone == UNSAID_ZONE else ()), region
    zone, hours = _zone(zones, policy.zone), policy.ringing_in(country)
    week = tuple(sorted(hours.hours.items()))
    return Ringing(zone, _calendar(zone, country if hours.holidays else "", week))


def may_ring(callback: Callback, policy: CallPolicy, now: datetime) -> bool:
    """Whether it may ring `now`: by the customer's words, by the hour, or since they were on the phone just before."""
    if callback.consent or ringing(callback.number, policy).hours.is_open(now):
        return True
    until = callback.asked_at + policy.grace
    # One that was put off until the morning all the same waits for it.
    is_lifted = callback.ready_at is not None and callback.ready_at <= until
    return callback.reason in JUST_ON_THE_PHONE and is_lifted and now <= until


@lru_cache(maxsize=4096)
def _place(number: str) -> tuple[tuple[str, ...], str]:
    """The zones in which a number in E.164 may be, and the two letters of its country where that is known."""
    # Its tables take a tenth of a second to load: no message waits for them that is about no call.
    import phonenumbers
    from phonenumbers.timezone import time_zones_for_number

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return (), ""
    zones = tuple(zone for zone in time_zones_for_number(parsed) if zone != UNKNOWN_ZONE and _is_zone(zone))
    return zones, country_of(Handle(PHONE, number))


@lru_cache(maxsize=512)
def _zones_in(country: str) -> tuple[str, ...]:
    """The zones in which some number of a country (`PA`) may be."""
    import phonenumbers

    example = phonenumbers.example_number(country)
    return _place(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164))[0] if example else ()


def _zone(zones: tuple[str, ...], otherwise: str) -> str:
    """The one zone of a number; of several the company's own if it is among them, else the one in their middle.

    So nobody in Madrid is rung by the clock of Panama since their number may as well be of the Canaries.
    """
    if not zones or otherwise in zones:
        return otherwise
    return sorted(zones, key=lambda zone: (SOME_DAY.astimezone(ZoneInfo(zone)).utcoffset(), zone))[len(zones) // 2]


@lru_cache(maxsize=512)
def _calendar(zone: str, country: str, week: Week) -> Calendar:
    hours = dict(week)
    try:
        return Calendar("ringing", zone, hours, holidays=((country, ""),) if country else ())
    except ValueError:
        # A country whose holidays nobody has listed.
        return Calendar("ringing", zone, hours)


def _is_zone(name: str) -> bool:
    try:
        time_zone(name)
    except ValueError:
        return False
    return True
