"""The texts that customers get after a resolution and while they wait, in Spanish and English.

They fit into a post on X, quote nothing and name nobody: they may stand in public. They say neither "tú" nor "usted":
which of them a team uses nobody has told us.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from router.core.languages import MONTHS, WEEKDAYS

QUESTION = {
    "es": (
        "Hola, somos {team}. Dimos el caso por resuelto: ¿ya funciona todo bien? Basta con responder «sí» o «no» y, si "
        "se puede, del 1 al 5, cómo fue la atención."
    ),
    "en": (
        "Hi, this is {team}. We closed your case as solved: does everything work now? Just answer yes or no and, if "
        "you like, how we did, from 1 to 5."
    ),
}
STILL_ON_IT = {
    "es": "Hola, somos {team}. Seguimos con el caso, no está olvidado: habrá noticias a más tardar {when}.",
    "en": "Hi, this is {team}. We are still on your case and have not forgotten you: you will hear from us by {when}.",
}
LONGEST_TEAM = 60


def question(team: str, language: str) -> str:
    """The one question after a resolution, in `team`'s name."""
    return QUESTION[language].format(team=team[:LONGEST_TEAM])


def still_on_it(team: str, at: datetime, zone: str, language: str) -> str:
    """That we are still on it, and by when (`at`) they hear again, on the clock of `zone`."""
    return STILL_ON_IT[language].format(team=team[:LONGEST_TEAM], when=instant(at.astimezone(ZoneInfo(zone)), language))


def instant(local: datetime, language: str) -> str:
    """`local` as it is said: `el martes 1 de diciembre a las 14:00`, `Tuesday, December 1, at 14:00`."""
    weekday, month = WEEKDAYS[language][local.weekday()], MONTHS[language][local.month - 1]
    if language == "es":
        return f"el {weekday} {local.day} de {month} a las {local:%H:%M}"
    return f"{weekday}, {month} {local.day}, at {local:%H:%M}"
