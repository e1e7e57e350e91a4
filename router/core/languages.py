"""The languages in which Hilo has words of its own for customers and agents."""

LANGUAGES = ("es", "en")
# As they are said, Monday and January first.
WEEKDAYS = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "es": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}


def spoken(language: str, otherwise: str = "") -> str:
    """The one of our two languages that is meant by `language` (`es-PA`), else by `otherwise`, else Spanish."""
    codes = (each.partition("-")[0] for each in (language, otherwise))
    return next((code for code in codes if code in LANGUAGES), LANGUAGES[0])
