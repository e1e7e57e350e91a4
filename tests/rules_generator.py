"""Rulebooks and messages by the thousand, the same ones for the same seed; small vocabularies, so that much matches."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from router.model.customer import Profile
from router.model.ids import TeamId
from router.model.message import MessageKind
from rules.facts import CHANNELS, Before, Facts, Sender, TeamLoad

TEAMS = tuple(map(TeamId, ("care", "billing", "tech", "retention")))
DEFAULT_TEAM = TEAMS[0]
DEEPEST = 4
MOST_RULES = 12
MANY_RULES = 80
LIMITS = (10_000, 2_000)

PHRASES = (
    "dar de baja", "darme de baja", "de baja la alarma", "sin internet", "no tengo señal", "e-mail", "año", "ano",
    "factura", "facturación", "facturas", "cobro", "técnico", "módem", "Claro", "claro", "$100", "100 GB", "1000", "5g",
    "pedido #123", "pedido 12345", "straße", "STRASSE", "İstanbul", "ficha fiel", "Dvořák", "ångström", "o'clock",
    "cancel my contract", "la", "de", "baja", "alarma", "la la de", "de de", "Ὀδυσσεύς",
    "ЁЖИК", "日本", "한국어", "ℍ ½ ①", "lo que sea lo que", "g̃uahẽ",
)  # fmt: skip
PATTERNS = (
    r"\bpedido\s+#?\d{3,5}\b", r"fact\w+", "^dar", "baja$", "dar.de", "(?i)CLARO", "a.o", r"\d+", "[A-Z]", "^$",
    "señal", "senal", "strasse", "factura.*baja", r"factura\s+de", "baja[^a-z]la", "^.{30,}$", "(cobro|alarma) ",
    r"\bgb\b", "Claro", "año", r"e-?mail", "(?s)la.de",
)  # fmt: skip
# What is looked for in text without capitals and accents has none itself, or is refused.
FOLDED_PATTERNS = tuple(each for each in PATTERNS if each not in ("[A-Z]", "señal", "Claro", "año"))
SEPARATORS = (
    " ", " ", " ", ", ", "\n", "_", "-", "/", "  ", "\u00a0", ". ¡", " 🎉 ", "🙂", " 👨\u200d👩\u200d👧 ", "…", "\t",
    "'", "·", "",
)  # fmt: skip
# More foreign letters than are commonly seen in one message.
FOREIGN = "жщъыэюяђћџαβγδεζηθικλμνξοπρÀÈÌÒÙâêîôûäëïöüçø"
TIERS = ("gold", "Gold", "platinum", "básico", "BASICO")
REGIONS = ("Panamá", "panama", "Chiriquí", "Colón", "ＣＯＬÓＮ")
EXPERTISE = ("basic", "intermediate", "advanced")
TAGS = ("vip", "VIP", "queja", "apn", "Migración", "migracion")
PLANS = ("fibra", "Fibra", "fibra 600", "Móvil", "movil")
LANGUAGES = ("es", "en", "pt", "unknown")
MOMENT, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
AROUND = (-SECOND, -MOMENT, timedelta(), MOMENT, SECOND)
WINDOWS = {"4h": timedelta(hours=4), "24h": timedelta(hours=24), "72h": timedelta(hours=72), "7d": timedelta(days=7)}
WAITS = {"10m": timedelta(minutes=10), "30m": timedelta(minutes=30), "2h": timedelta(hours=2)}
FOLLOWERS = (0, 50, 51, 10_000)
CALENDARS: Mapping[str, Any] = {
    "office": {
        "zone": "America/Panama",
        "hours": {"mon-fri": "08:00-18:00", "sat": ["09:00-12:00", "13:00-15:30"]},
        "holidays": "PA",
        "closed": ["2026-12-24"],
        "open": {
            "2026-12-19": "09:00-14:00",
            "2026-12-25": ["10:00-11:00", "16:00-24:00"],
            "2026-12-24": "07:00-08:00",
        },
    },
    "night": {"zone": "Europe/Madrid", "hours": {"lun-vie": "22:00-06:00", "sáb": "22:00-24:00"}, "holidays": "ES-MD"},
    "shop": {"zone": "Asia/Tokyo", "hours": {"fri-mon": ["10:00-12:00", "12:00-20:15"]}, "closed": ["2026-12-20"]},
    "hotline": {"zone": "Asia/Kolkata", "hours": {"mon-sun": "00:00-24:00"}, "holidays": ["PA", "ES-MD"]},
    "weekend": {"zone": "UTC", "hours": {"sáb": "00:00-24:00", "dom": "06:00-02:00"}},
}
# Around weekends, holidays, own dates and the turn of the year; no clock goes forward or back near them.
DATES = (
    "2026-01-01", "2026-01-05", "2026-01-06", "2026-01-09", "2026-02-17", "2026-05-01", "2026-05-02", "2026-07-25",
    "2026-11-03", "2026-12-07", "2026-12-19", "2026-12-20", "2026-12-24", "2026-12-25", "2026-12-26", "2026-12-31",
)  # fmt: skip
MINUTES = tuple(range(0, 24 * 60, 30))

Plain = dict[str, Any]
Ways = dict[str, Callable[[], Any]]


def rulebook(random: Random) -> Plain:
    """The plain data of one file of rules: 1 to 12 of them, rarely more, the lists and the calendars."""
    lists = {name: _terms(random, 1, 4) for name in ("money", "leaving", "lärm-2")}
    count = random.randint(1, MOST_RULES) if random.random() < 0.99 else MANY_RULES
    rules = [_rule(random, f"r{number}", list(lists)) for number in range(count)]
    return {"lists": lists, "calendars": dict(CALENDARS), "rules": rules}


def message(random: Random, book: Plain) -> Facts:
    """A message that has much of what `book` asks for, and much of what is nearly it."""
    now = _instant(random)
    return Facts(
        channel=random.choice(CHANNELS),
        text=_text(random, book),
        subject=_text(random, book) if random.random() < 0.5 else "",
        language=random.choice(LANGUAGES),
        public=random.random() < 0.4,
        kind=random.choice((*MessageKind,)),
        attachments=random.choice((0, 0, 1, 2, 3)),
        now=now,
        customer=_customer(random),
        sender=_sender(random),
        conversation=_conversation(random),
        contacts=_contacts(random, now),
        teams={
            team: TeamLoad(random.choice((0, 9, 10, 11, 50)), random.choice((0, 1, 2)))
            for team in TEAMS
            if random.random() < 0.8
        },
    )


# What rules ask for.


def _rule(random: Random, name: str, lists: list[str]) -> Plain:
    rule: Plain = {"name": name, "when": {} if random.random() < 0.02 else _when(random, DEEPEST, lists)}
    if random.random() < 0.3:
        rule["description"] = f"Porque {name}"
    return rule | {"then": _then(random)}


def _when(random: Random, depth: int, lists: list[str]) -> Plain:
    if depth < DEEPEST and random.random() < 0.02:
        return {}
    ways: Ways = {
        "channel": lambda: _one_or_some(random, CHANNELS),
        "public": lambda: random.random() < 0.5,
        "kind": lambda: _one_or_some(random, tuple(map(str, MessageKind))),
        "text": lambda: _asked_words(random, lists),
        "subject": lambda: _asked_words(random, lists),
        "language": lambda: _one_or_some(random, LANGUAGES),
        "customer": lambda: _asked_customer(random),
        "sender": lambda: _asked_sender(random),
        "conversation": lambda: _asked_conversation(random),
        "contacts": lambda: {"within": random.choice(list(WINDOWS))} | _bounds(random, (0, 1, 2, 3)),
        "attachments": lambda: random.choice((True, False, _bounds(random, (0, 1, 2, 3)))),
        "hours": lambda: {
            random.choice(("inside", "outside")): _one_or_some(random, [*CALENDARS, "always"]) for _ in range(2)
        },
        "team": lambda: {team: _asked_load(random) for team in random.sample(TEAMS, random.choice((1, 1, 2)))},
    }
    weights = {"text": 6, "subject": 3, "customer": 4, "sender": 2, "conversation": 4}
    if depth:
        ways |= {
            "all": lambda: [_when(random, depth - 1, lists) for _ in range(random.randint(1, 3))],
            "any": lambda: [_when(random, depth - 1, lists) for _ in range(random.randint(1, 3))],
            "not": lambda: _when(random, depth - 1, lists),
        }
        weights |= {"all": 1, "any": 2, "not": 2}
    keys = random.choices(list(ways), [weights.get(key, 1) for key in ways], k=random.choice((1, 1, 1, 2, 2, 3)))
    return {key: ways[key]() for key in dict.fromkeys(keys)}


def _asked_words(random: Random, lists: list[str]) -> Plain:
    asked: Plain = {}
    exact = random.random() < 0.225
    for how in random.choices(("any", "all", "none", "regex"), (6, 2, 2, 2), k=random.choice((1, 1, 1, 2, 3))):
        if how == "regex":
            asked[how] = _one_or_some(random, PATTERNS if exact else FOLDED_PATTERNS)
            continue
        terms = _terms(random, 1, 2 if how == "all" else 4)
        terms += [f"${name}" for name in random.sample(lists, random.choice((0, 0, 1)))]
        random.shuffle(terms)
        asked[how] = terms[0] if len(terms) == 1 else terms
    return asked | ({"exact": exact} if exact or random.random() < 0.03 else {})


def _terms(random: Random, fewest: int, most: int) -> list[str]:
    return [_term(random) for _ in range(random.randint(fewest, most))]


def _term(random: Random) -> str:
    phrase = random.choice(PHRASES)
    if random.random() < 0.2:
        phrase = f"{phrase} {random.choice(PHRASES)}"
    if random.random() < 0.3:
        kept = phrase[: random.randint(2, len(phrase))].rstrip(" #-'$")
        return f"{kept}*" if kept else phrase
    return _respelled(random, phrase) if random.random() < 0.3 else phrase


def _asked_customer(random: Random) -> Plain:
    ways: Ways = {
        "tier": lambda: _one_or_some(random, TIERS),
        "region": lambda: _one_or_some(random, REGIONS),
        "expertise": lambda: _one_or_some(random, EXPERTISE),
        "tags": lambda: _asked_tags(random),
        "followers": lambda: _bounds(random, FOLLOWERS),
        "attributes": lambda: {
            name: _one_or_some(random, PLANS) for name in random.choice((["plan"], ["plan", "old plan"]))
        },
    }
    return {key: ways[key]() for key in random.sample(list(ways), random.choice((1, 1, 2)))}


def _asked_sender(random: Random) -> Plain:
    ways: Ways = {
        "age": lambda: _bounds(random, tuple(WAITS)),
        "verified": lambda: random.random() < 0.5,
    }
    return {key: ways[key]() for key in random.sample(list(ways), random.choice((1, 1, 2)))}


def _asked_conversation(random: Random) -> Plain:
    ways: Ways = {
        "new": lambda: random.random() < 0.5,
        "reopened": lambda: random.random() < 0.5,
        "owner": lambda: _one_or_some(random, TEAMS),
        "tags": lambda: _asked_tags(random),
        "messages": lambda: _bounds(random, (1, 2, 5)),
        "waiting": lambda: _bounds(random, tuple(WAITS)),
    }
    return {key: ways[key]() for key in random.sample(list(ways), random.choice((1, 1, 2)))}


def _asked_tags(random: Random) -> Any:
    if random.random() < 0.4:
        return random.sample(TAGS, random.randint(1, 3))
    ways = random.sample(("any", "all", "none"), random.choice((1, 1, 2)))
    return {way: random.sample(TAGS, random.randint(1, 2)) for way in ways}


def _asked_load(random: Random) -> Plain:
    ways = random.sample(("waiting", "available"), random.choice((1, 1, 2)))
    return {way: _bounds(random, (0, 10, 50) if way == "waiting" else (0, 1, 2)) for way in ways}


def _bounds(random: Random, values: tuple[Any, ...]) -> Plain:
    low, high = sorted(random.choices(values, k=2), key=values.index)
    return random.choice(({"at_least": high}, {"at_most": low}, {"at_least": low, "at_most": high}))


def _one_or_some(random: Random, values: Any) -> Any:
    if random.random() < 0.3:
        return random.choice(values)
    return random.sample(values, random.randint(1, max(1, len(values) // 2)))


# What follows from rules.


def _then(random: Random) -> Plain:
    then: Plain = {"team": random.choice(TEAMS)} if random.random() < 0.5 else {"tags": ["seen"]}
    if "team" in then and random.random() < 0.3:
        then["reroute"] = random.random() < 0.7
    ways: Ways = {
        "priority": lambda: random.choice(("low", "normal", "high", "urgent")),
        "tags": lambda: _one_or_some(random, TAGS),
        "facts": lambda: {name: random.choice(("apn", "sí")) for name in random.sample(("matter", "plan"), 1)},
        "skills": lambda: _one_or_some(random, ("fibra", "portabilidad", "calma")),
        "language": lambda: random.choice(("es", "en")),
        "deadlines": lambda: {
            kind: random.choice(("15m", "1h", "2d"))
            for kind in random.sample(("first_reply", "next_reply", "resolution", "update"), random.randint(1, 2))
        },
        "ladder": lambda: _ladder(random, then.get("team", "")),
        "callback": lambda: random.choice(("offer", {"within": "1h"}, {"within": "90m"})),
        "acknowledge": lambda: random.choice(({"es": "Ya vamos."}, {"en": "On it.", "es": "En eso."})),
        "calendar": lambda: random.choice((*CALENDARS, "always")),
    }
    return then | {key: ways[key]() for key in random.sample(list(ways), random.randint(0, 4))}


def _ladder(random: Random, team: str) -> list[Plain]:
    steps: list[Plain] = [
        {"after": "15m", "priority": random.choice(("up", "high"))},
        {"after": "30m", "tell": "supervisor", "tags": ["late"]},
        {"after": "1h", "team": random.choice([other for other in TEAMS if other != team])},
    ]
    return sorted(random.sample(steps, random.randint(1, 3)), key=steps.index)


# What customers write and are.


def _text(random: Random, book: Plain) -> str:
    """Words of the book and others, as they come: glued, apart, accented, in any case, rarely beyond what is read."""
    sought = _sought(book) or list(PHRASES)
    pieces: list[str] = []
    for _ in range(random.choice((0, 1, 2, 3, 4, 6, 9))):
        phrase = random.choice(sought if random.random() < 0.5 else PHRASES)
        if phrase.endswith("*"):
            phrase = phrase[:-1] + random.choice(("", "s", "ción", "1"))
        pieces += [_respelled(random, phrase) if random.random() < 0.5 else phrase, random.choice(SEPARATORS)]
    if random.random() < 0.01:
        pieces.append(FOREIGN)
    if pieces and random.random() < 0.01:
        # What is read, or searched, ends with the first phrase, or just within it.
        before = random.choice(LIMITS) - len(pieces[0]) + random.choice((-1, 0, 1))
        pieces.insert(0, "x" * (before - 1) + " ")
    return "".join(pieces)


def _sought(value: Any) -> list[str]:
    """The words of a book that its rules look for."""
    if isinstance(value, str):
        return [] if value.startswith("$") else [value]
    if isinstance(value, list):
        return [term for each in value for term in _sought(each)]
    found: list[str] = []
    for key, each in value.items():
        if key in ("text", "subject"):
            found += [term for how in ("any", "all", "none") for term in _sought(each.get(how, []))]
        elif key in ("rules", "when", "all", "any", "not", "lists") and not isinstance(each, str):
            found += _sought(list(each.values()) if key == "lists" else each)
    return found


def _respelled(random: Random, phrase: str) -> str:
    way = random.choice(
        (
            "upper",
            "lower",
            "title",
            "NFD",
            "NFKD",
            "bare",
            "wide",
            "ligature",
            "joiner",
            "hyphen",
            "gap",
            "sign",
            "swap",
        )
    )
    place = random.randint(min(2, len(phrase)), len(phrase))
    match way:
        case "upper" | "lower" | "title" | "swap":
            written = {"upper": str.upper, "lower": str.lower, "title": str.title, "swap": str.swapcase}[way](phrase)
        case "NFD" | "NFKD":
            written = unicodedata.normalize(way, phrase)
        case "bare":
            apart = unicodedata.normalize("NFD", phrase)
            written = "".join(letter for letter in apart if not unicodedata.combining(letter))
        case "wide":
            written = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in phrase)
        case "ligature":
            written = phrase.replace("fi", "ﬁ").replace("st", "ﬆ").replace("ss", "ß")
        case "joiner" | "hyphen":
            written = phrase[:place] + {"joiner": "\u200d", "hyphen": "\u00ad"}[way] + phrase[place:]
        case "gap":
            written = phrase.replace(" ", random.choice(SEPARATORS))
        case _:
            written = phrase[:place] + random.choice("-_.#+🙂1a") + phrase[place:]
    return written


def _customer(random: Random) -> Profile:
    return Profile(
        tier=random.choice((*TIERS, "")),
        region=random.choice((*REGIONS, "")),
        expertise=random.choice((*EXPERTISE, "")),
        followers=random.choice((None, 0, 49, 50, 51, 52, 9_999, 10_000, 10_001)),
        tags=tuple(random.sample(TAGS, random.randint(0, 3))),
        attributes={name: random.choice(PLANS) for name in ("plan", "old plan", "zona") if random.random() < 0.6},
    )


def _sender(random: Random) -> Sender:
    if random.random() < 0.2:
        return Sender()
    ages = (None, timedelta(), *(wait + random.choice(AROUND[2:]) for wait in WAITS.values()))
    return Sender(random.choice(ages), random.choice((None, True, False)))


def _conversation(random: Random) -> Before:
    if random.random() < 0.3:
        return Before()
    return Before(
        is_new=False,
        is_reopened=random.random() < 0.4,
        owner=random.choice((*TEAMS, TeamId("dissolved"), None)),
        tags=tuple(random.sample(TAGS, random.randint(0, 3))),
        messages=random.choice((1, 2, 3, 4, 5, 6, 40)),
        waiting=random.choice((timedelta(), *WAITS.values())) + random.choice(AROUND[2:]),
    )


def _contacts(random: Random, now: datetime) -> tuple[datetime, ...]:
    """Contacts within the windows, and just at their edges; this message is one of them or not."""
    edges = [now - window + random.choice(AROUND) for window in WINDOWS.values()]
    inner = [now - timedelta(hours=hours) for hours in (5, 30, 80)]
    found = random.sample([*edges, *inner], random.randint(0, 5))
    return tuple(sorted(found)) + ((now,) if random.random() < 0.5 else ())


def _instant(random: Random) -> datetime:
    day = datetime.fromisoformat(random.choice(DATES)).replace(tzinfo=UTC)
    minute = timedelta(minutes=random.choice(MINUTES))
    return day + minute + random.choice((timedelta(minutes=15), *AROUND))
