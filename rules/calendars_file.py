"""`calendars:` of a rules' file: opening hours, holidays and own dates."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from router.model.calendar import Calendar, time_zone
from router.model.opening import Span, spans, week, weekdays
from router.model.units import Slice, Text, mistake

T = TypeVar("T")


def _plainly(check: Callable[[str], T]) -> Callable[[str], T]:
    """`check`, whose ValueError is a mistake in plain words."""

    def checked(value: str) -> T:
        try:
            return check(value)
        except ValueError as error:
            raise mistake(str(error)) from error

    return checked


def same(check: Callable[[str], object]) -> AfterValidator:
    """The text itself, once `check` takes it: its ValueError is a mistake in plain words."""

    def checked(value: str) -> str:
        _plainly(check)(value)
        return value

    return AfterValidator(checked)


def _holiday(value: str) -> str:
    country, _, region = value.partition("-")
    Calendar("holidays", holidays=((country, region),))
    return value


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise mistake(f"`{str(value)[:60]}` is no date", "year, month and day: `2026-12-24`") from None


def _joined(value: Any) -> Any:
    """Spans given as a list as one text."""
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _one_day(value: str) -> object:
    """The hours of a weekday, which may go on after midnight."""
    return week({"mon": value})


def _own_hours(value: Any) -> tuple[Span, ...]:
    return _plainly(spans)(str(_joined(value)))


def _each(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Hours = Annotated[Text, BeforeValidator(_joined), same(_one_day)]
OwnHours = Annotated[tuple[Span, ...], BeforeValidator(_own_hours)]
Day = Annotated[date, BeforeValidator(_day)]


class CalendarEntry(Slice):
    """One calendar as its file has it."""

    zone: Annotated[Text, same(time_zone)]
    hours: Annotated[Mapping[Annotated[Text, same(weekdays)], Hours], Field(min_length=1)]
    holidays: Annotated[tuple[Annotated[Text, same(_holiday)], ...], BeforeValidator(_each)] = ()
    closed: Annotated[tuple[Day, ...], BeforeValidator(_each)] = ()
    open: Mapping[Day, OwnHours] = {}

    def calendar(self, name: str) -> Calendar:
        """The calendar. Raises ValueError, in plain words, if its hours overlap."""
        holidays = tuple((country, region) for country, _, region in (each.partition("-") for each in self.holidays))
        return Calendar(name, self.zone, week(self.hours), holidays, frozenset(self.closed), dict(self.open))
