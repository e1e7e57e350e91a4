"""Facts in what a customer wrote: who they are, what it is about, and what was already tried (docs/decisions/0034).

All of it is found by RE2, so in time that is linear in the text, in Spanish and English. Of what can't be told for
certain (a name in small letters in the middle of a sentence, whose number it is) rather nothing is said.
"""

from collections.abc import Iterable, Iterator, Sequence

import re2
from msgspec.structs import replace

from router.core.found.called import called
from router.core.found.check_digits import is_cbu, is_clabe, is_iban
from router.core.found.devices import devices
from router.core.found.identities import identity
from router.core.found.names import names
from router.core.found.personal_data import behind, sightings
from router.core.found.phones import phone, says_not_theirs
from router.core.found.places import places
from router.core.found.plain import visible
from router.core.found.plans import plans
from router.core.found.said import Said
from router.core.found.tried import is_done, tried
from router.model.fact import Fact, FactKind
from router.model.finding import PersonalData, Sighting
from rules.fact_kinds import NO_KINDS, FactKinds

READ_CHARACTERS = 10_000
_BANKS = (("iban", is_iban), ("clabe", is_clabe), ("cbu", is_cbu))
_MORE = re2.compile(" [0-9]{3,}")
_SSN = re2.compile(r"\b(?:ssn|social|security)\b")
_ACCOUNT_SIGNS = re2.compile("[a-z0-9]")


def facts_in(text: str, lang: str = "", region: str = "", kinds: FactKinds = NO_KINDS) -> tuple[Fact, ...]:
    """The facts in `text`, in the order in which they stand there; no two of them share a letter.

    `lang` is the language (`es`, `en`), if known, `region` the country (`PA`) of numbers that have none, and `kinds`
    are what ops have named.
    """
    text = text[:READ_CHARACTERS]
    seen, places_in_text = visible(text)
    said = Said.of(seen, region)
    language = lang.lower().split("-")[0].split("_")[0]
    found = [*called(said), *_numbers(said), *places(said), *devices(said), *names(said), *plans(said)]
    named = _apart([*_named(said, kinds), *_apart(found)])
    apart = _apart([*named, *tried(said, language), *_steps(said, kinds)])
    return apart if len(seen) == len(text) else tuple(_as_written(fact, text, places_in_text) for fact in apart)


def _as_written(fact: Fact, text: str, places_in_text: Sequence[int]) -> Fact:
    """`fact` where it stands among what is written and not seen."""
    start, end = places_in_text[fact.start], behind(places_in_text, fact.end, text)
    return replace(fact, start=start, end=end, phrase=text[start:end])


def _named(said: Said, kinds: FactKinds) -> Iterator[Fact]:
    """What the patterns of ops find."""
    for sought in kinds.sought:
        for match in sought.pattern.finditer(said.bare):
            span = match.span(1 if sought.pattern.groups else 0)
            if span[0] < span[1]:
                fact = said.fact(sought.name, span, said.words(span))
                yield replace(fact, is_open=fact.is_open or sought.is_open)


def _steps(said: Said, kinds: FactKinds) -> Iterator[Fact]:
    """The steps of ops that were taken."""
    for sought in kinds.steps:
        for match in sought.pattern.finditer(said.bare):
            start, end = match.span()
            if start < end and is_done(said, start, end, sought.name):
                yield said.fact(FactKind.TRIED, (start, end), sought.name)


def _numbers(said: Said) -> Iterator[Fact]:
    """What is personal data, as facts; cards are none, nobody may keep their numbers."""
    for finding in sightings(said.ascii, said.low, said.bare, says_not_theirs):
        if fact := _fact(said, finding):
            yield fact


def _fact(said: Said, finding: Sighting) -> Fact | None:
    span = finding.start, finding.end
    written = said.low[finding.start : finding.end]
    match finding.kind:
        case PersonalData.EMAIL:
            return said.fact(FactKind.EMAIL, span, said.text[finding.start : finding.end].lower())
        case PersonalData.PHONE:
            if _MORE.match(said.low[finding.end : finding.end + 6]):
                return None
            return said.fact(FactKind.PHONE, span, phone(written, said.region))
        case PersonalData.IDENTITY:
            found = identity(written, said.before(finding.start), said.region)
            # Three, two and four digits are a stock number as well.
            if found.sort == "ssn" and not _SSN.search(said.before(finding.start)):
                return None
            return said.fact(FactKind.IDENTITY, span, found.value, found.sort, found.proved)
        case PersonalData.ADDRESS:
            return said.fact(FactKind.ADDRESS, span, said.words(span))
        case PersonalData.ACCOUNT:
            bare = "".join(_ACCOUNT_SIGNS.findall(written))
            bank = next((name for name, proves in _BANKS if _proves(proves, name, bare)), "")
            return said.fact(FactKind.ACCOUNT, span, bare.upper(), bank or "account", True if bank else None)
        case PersonalData.CARD:
            return None


def _proves(proves: object, name: str, bare: str) -> bool:
    if name == "iban":
        return bare[:2].isalpha() and is_iban(bare)
    return bare.isdigit() and bool(proves(bare))  # type: ignore[operator]


def _apart(found: Iterable[Fact]) -> tuple[Fact, ...]:
    """`found` in order, without what reaches into one that begins earlier, or there and is longer."""
    kept: list[Fact] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return tuple(kept)
