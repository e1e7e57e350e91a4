"""The languages in which Hilo has words of its own for customers and agents."""

LANGUAGES = ("es", "en")


def spoken(language: str, otherwise: str = "") -> str:
    """The one of our two languages that is meant by `language` (`es-PA`), else by `otherwise`, else Spanish."""
    codes = (each.partition("-")[0] for each in (language, otherwise))
    return next((code for code in codes if code in LANGUAGES), LANGUAGES[0])
