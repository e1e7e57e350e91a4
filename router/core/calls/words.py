"""What customers are told of calls, and agents in a briefing, in Spanish and English."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from router.core.calls.when import Opening
from router.core.languages import WEEKDAYS

ONE_DAY = timedelta(days=1)

NOT_REACHED: Mapping[str, str] = {
    "es": "Te hemos llamado{times} y no pudimos hablar contigo. Dinos aquí a qué hora te conviene"
    " y te llamamos{hours}.",
    "en": "We called you{times} and could not reach you. Tell us here what time suits you and we will call you{hours}.",
}
WRONG_NUMBER: Mapping[str, str] = {
    "es": "Te hemos llamado, y el número que tenemos no es el tuyo. Dinos aquí tu número y a qué hora te conviene, y te"
    " llamamos{hours}.",
    "en": "We called you, and the number that we have is not yours. Tell us your number here and what time suits you,"
    " and we will call you{hours}.",
}
LATE: Mapping[str, str] = {
    "es": "Perdona: aún no hemos podido llamarte como quedamos. Te llamamos {when} a más tardar;"
    " si te conviene otra hora, dínosla aquí.",
    "en": "We are sorry: we have not been able to call you as agreed. We will call you {when} at the latest;"
    " if another time suits you, tell us here.",
}
NO_NUMBER: Mapping[str, str] = {
    "es": "Para llamarte nos falta tu número. Escríbelo aquí y te llamamos{hours}.",
    "en": "To call you we need your number. Write it here and we will call you{hours}.",
}
WANTED: Mapping[str, str] = {"es": "Pide que le llamen", "en": "Asks for a call"}
INCOMING: Mapping[str, str] = {"es": "Llamada entrante", "en": "Incoming call"}
TRY: Mapping[str, str] = {"es": "Intento {number}", "en": "Attempt {number}"}
DROPPED: Mapping[str, str] = {"es": "Se cortó la llamada anterior", "en": "The last call was cut off"}
ABOUT: Mapping[str, str] = {"es": "Asunto: {subject}", "en": "About: {subject}"}
TRIED: Mapping[str, str] = {"es": "Ya probó: {steps}", "en": "Already tried: {steps}"}
TIMES: Mapping[str, str] = {"es": " {count} veces", "en": " {count} times"}


def not_reached(language: str, attempts: int, openings: tuple[Opening, ...], zone: str, now: datetime) -> str:
    """That we called so often in vain, and when we could call again."""
    times = TIMES[language].format(count=attempts) if attempts > 1 else ""
    return NOT_REACHED[language].format(times=times, hours=_hours(language, openings, zone, now))


def wrong_number(language: str, openings: tuple[Opening, ...], zone: str, now: datetime) -> str:
    """That the number was somebody else's, and when we could call theirs."""
    return WRONG_NUMBER[language].format(hours=_hours(language, openings, zone, now))


def no_number(language: str, openings: tuple[Opening, ...], zone: str, now: datetime) -> str:
    """That nobody knows where to call them, and when we could."""
    return NO_NUMBER[language].format(hours=_hours(language, openings, zone, now))


def late(language: str, due_at: datetime, zone: str, now: datetime) -> str:
    """That we did not call in time, and by when we do."""
    return LATE[language].format(when=_instant(language, due_at, zone, now))


def _hours(language: str, openings: tuple[Opening, ...], zone: str, now: datetime) -> str:
    """The times in which we can call: `: hoy hasta las 20:00, o mañana de 08:00 a 20:00`; nothing where any will do."""
    told = [_opening(language, each, zone, now) for each in openings if each.shut_at]
    return f": {(', o ' if language == 'es' else ', or ').join(told)}" if told else ""


def _opening(language: str, opening: Opening, zone: str, now: datetime) -> str:
    start, end = opening.ready_at.astimezone(ZoneInfo(zone)), (opening.shut_at or now).astimezone(ZoneInfo(zone))
    day, last = _day(language, opening.ready_at, zone, now), _clock(end)
    if opening.ready_at <= now:
        return f"{day} hasta las {last}" if language == "es" else f"{day} until {last}"
    return f"{day} de {_clock(start)} a {last}" if language == "es" else f"{day} from {_clock(start)} to {last}"


def _instant(language: str, at: datetime, zone: str, now: datetime) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{_day(language, at, zone, now)} {'a las' if language == 'es' else 'at'} {_clock(local)}"


def _day(language: str, at: datetime, zone: str, now: datetime) -> str:
    """The date of `at` as people say it `now`, both on the clock of `zone`."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    if local.date() == today:
        return "hoy" if language == "es" else "today"
    if local.date() == today + ONE_DAY:
        return "mañana" if language == "es" else "tomorrow"
    weekday = WEEKDAYS[language][local.weekday()]
    return f"el {weekday} {local.day}" if language == "es" else f"on {weekday} {local.day}"


def _clock(local: datetime) -> str:
    """The time of day; a day that ends at midnight ends at 24:00 for people."""
    return f"{local:%H:%M}" if local.hour or local.minute else "24:00"
