"""What the desk says of one problem."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Saying:
    """A problem's HTTP status, and in each language its title (what happened) and its detail (what to do)."""

    status: int
    en: tuple[str, str]
    es: tuple[str, str]
