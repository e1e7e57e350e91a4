"""Rules and messages for the bench of the engine: seeded, Spanish and English, with accents.

Rules are conjunctions of channel, language, tier, words, regular expressions and hours, as ops write them; each is
plain data (`Asked`), so that every engine gets the same.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from router.model.calendar import Calendar
from router.model.customer import Profile
from router.model.ids import TeamId
from router.model.message import ChannelName
from router.model.opening import Span
from rules.conditions import All, Any, Condition, Finds, Has, Is, IsOpen, Where
from rules.engine import Rule, RuleBook, Then
from rules.facts import Facts
from rules.words import Term, fold

CHANNELS = ("email", "webchat", "twitter", "phone", "facebook", "telegram")
LANGUAGES = ("es", "en", "pt", "fr")
TIERS = ("gold", "silver", "basic", "trial", "vip")
REAL = (
    *("factura", "facturación", "envío", "devolución", "contraseña", "dirección", "teléfono", "mañana", "reembolso"),
    *("cancelación", "año", "señal", "avería", "invoice", "shipping", "refund", "password", "address", "phone"),
    *("order", "cancel", "account", "delivery", "broken", "urgent", "technician", "balance"),
)
WORDS = 20_000
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
CARE = TeamId("care")


@dataclass(frozen=True)
class Asked:
    """What one rule asks for; None or nothing: that is not asked. `hours` is from and until."""

    channel: str | None
    language: str | None
    tier: str | None
    words: tuple[str, ...]
    pattern: str | None
    hours: tuple[int, int] | None


def vocabulary() -> list[str]:
    """20,000 words, the first of them real ones."""
    chance = random.Random(1)
    syllables = [c + v for c in "bcdfglmnprstvz" for v in "aeiouáéíó"]
    endings = ("", "s", "n", "r", "ción", "ing")
    found = dict.fromkeys(REAL)
    while len(found) < WORDS:
        word = "".join(chance.choice(syllables) for _ in range(chance.randint(2, 5))) + chance.choice(endings)
        found[word] = None
    return list(found)


def asked(count: int) -> list[Asked]:
    """That many rules; three in four ask for words, one in three for a regular expression."""
    chance, words = random.Random(2), vocabulary()
    return [_one(chance, words, number) for number in range(count)]


def _one(chance: random.Random, words: list[str], number: int) -> Asked:
    channel, language, tier = (
        chance.choice(values) if chance.random() < share else None
        for values, share in ((CHANNELS, 0.5), (LANGUAGES, 0.5), (TIERS, 0.4))
    )
    terms = tuple(chance.choice(words) for _ in range(chance.randint(1, 5))) if chance.random() < 0.75 else ()
    pattern = None
    if not terms or chance.random() < 0.1:
        one, two, three = (fold(chance.choice(words)) for _ in range(3))
        pattern = chance.choice(
            (
                rf"\b{one}\s+#?\d{{3,8}}\b",
                rf"\b(?:{one}|{two})\b.{{0,20}}\b{three}\b",
                rf"\b[a-z]{{2}}-{number % 1000:03d}-\d{{4}}\b",
            )
        )
    begin = chance.randint(0, 20)
    hours = (begin, begin + chance.randint(2, 24 - begin)) if chance.random() < 0.25 else None
    return Asked(channel, language, tier, terms, pattern, hours)


def messages(count: int, *, of_unknown_words: bool = False) -> list[Facts]:
    """That many messages of about 171 letters; of words that no rule knows, hardly any rule matches."""
    chance, words = random.Random(3), vocabulary()
    return [_message(chance, words, of_unknown_words) for _ in range(count)]


def _message(chance: random.Random, words: list[str], of_unknown_words: bool) -> Facts:
    chosen = [
        words[min(int(chance.paretovariate(0.35)) - 1, len(words) - 1)]
        if chance.random() < 0.5
        else chance.choice(words)
        for _ in range(chance.randint(6, 30))
    ]
    if chance.random() < 0.3:
        number = f"ab-{chance.randint(0, 999):03d}-{chance.randint(0, 9999):04d}"
        chosen.insert(chance.randrange(len(chosen)), chance.choice((f"#{chance.randint(1000, 999999)}", number)))
    if of_unknown_words:
        chosen = [f"{word}qx" for word in chosen]
    return Facts(
        ChannelName(chance.choice(CHANNELS)),
        " ".join(chosen).capitalize() + chance.choice((".", "!", "?", "")),
        language=chance.choice(LANGUAGES),
        customer=Profile(tier=chance.choice(TIERS)),
        now=MONDAY + timedelta(hours=chance.randrange(24)),
    )


def book_of(rules: list[Asked]) -> RuleBook:
    """The rules as Hilo's engine has them, each with a team."""
    calendars: dict[str, Calendar] = {}
    made = []
    for number, each in enumerate(rules):
        parts: list[Condition] = []
        if each.hours:
            name = f"h{each.hours[0]}-{each.hours[1]}"
            span = (Span(each.hours[0] * 60, each.hours[1] * 60),)
            calendars[name] = Calendar(name, "UTC", dict.fromkeys(range(7), span))
            parts.append(IsOpen(name))
        for field, value in (("channel", each.channel), ("language", each.language), ("customer.tier", each.tier)):
            if value:
                parts.append(Is(field, value))
        if each.words:
            parts.append(Any(tuple(Has(Where.TEXT, Term.of(word)) for word in each.words), "text.any"))
        if each.pattern:
            parts.append(Finds(Where.TEXT, each.pattern))
        made.append(Rule(f"rule-{number}", All(tuple(parts), "when"), Then(team=CARE)))
    return RuleBook(CARE, made, calendars=calendars)


def as_yaml(rules: list[Asked]) -> dict[str, list[object] | dict[str, object]]:
    """The rules as a file has them."""
    made: list[object] = []
    calendars: dict[str, object] = {}
    for number, each in enumerate(rules):
        when: dict[str, object] = {}
        if each.channel:
            when["channel"] = each.channel
        if each.language:
            when["language"] = each.language
        if each.tier:
            when["customer"] = {"tier": each.tier}
        if each.hours:
            begin, end = each.hours
            calendars[f"h{begin}-{end}"] = {"zone": "UTC", "hours": {"mon-sun": f"{begin:02d}:00-{end:02d}:00"}}
            when["hours"] = {"inside": f"h{begin}-{end}"}
        text = {"any": list(each.words)} if each.words else {}
        when["text"] = {**text, **({"regex": each.pattern} if each.pattern else {})}
        made.append({"name": f"rule-{number}", "when": when, "then": {"team": "care"}})
    return {"rules": made, "calendars": calendars}
