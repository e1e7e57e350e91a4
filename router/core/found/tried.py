"""What was already tried: the steps a customer says were done; not those undone, wished, asked about or advised."""

from collections.abc import Iterator
from typing import Any

import re2

from router.core.found.said import Said
from router.core.found.steps_en import STEPS_EN
from router.core.found.steps_es import STEPS_ES
from router.model.fact import Fact, FactKind

REACH = 44
THINGS = (
    ("phone", "celular(?:es)?|telefono|movil|iphone|smartphone|phone|cell|ipad|tablet|galaxy|samsung"),
    ("tv_box", "decodificador|deco|tele|television|televisor|tv|cajita|cable box|box|set top|roku|dvr"),
    ("computer", "computadora?|compu|pc|laptop|ordenador|notebook|computer|macbook|mac|imac"),
    ("app", "app|aplicacion|navegador|browser|pagina"),
    ("modem", "modems?|routers?|ruteador|ruter|rooter|wifi|wi-fi|ont|internet|gateway|hub|conexion|fibra|equipo"),
)
_THING = re2.compile(r"\b(?:" + "|".join(f"(?P<{name}>{words})" for name, words in THINGS) + r")\b")
_NOT_DONE = re2.compile(
    # Undone.
    r"(?:\b(?:no|nunca|jamas|sin|tampoco|ni|nadie)(?: (?:me|lo|la|los|las|le|les|se|te|nos|he|hemos|han|habia"
    r"|pude|puedo|logre|quise|ha|yo|todavia|aun|siquiera|fui|poder))*"
    r"|n't(?: (?:even|yet|been|actually|ever|really|able|to|just))*|\b(?:not|never|cannot|cant|dont|didnt|havent"
    r"|hasnt|wasnt|wont|couldnt|without|unable|instead of|before|antes de|en vez de"
    r"|rather than)(?: (?:even|yet|been|actually|ever|to|able|have|had|having|i|we))*"
    # Wished, advised, asked, or done by itself.
    r"|\b(?:favor de|favor|puede|pueden|podria|podrian|debo|debe|deberia|hay que|tengo que|voy a|va a|vamos a"
    r"|quiero|necesito|dijeron de|pidieron)(?: (?:ya|me|lo|la|los|les|le|yo|se|usted|nos))*"
    r"|\b(?:will|should|must|would|could|can|may|might|gonna|going to|need to|needs to|want to|wants to|please"
    r"|if|to be|to get|get|gets|be|being|getting|let me|do|did|you|have you|anyone|anybody|who|ever|to)"
    r"(?: (?:i|we|just|also|still|only|again|already|have|has))*|'ll|\bse) ?$"
)
# "Que reinicie" is told to do; "creo que reinicié" and "que ya lo reinicie" are done.
_SUBJUNCTIVE = re2.compile(r"\b(?:que|cuando|si|como|usted)(?: (?:me|lo|la|los|les|le|yo|nos))* ?$")
_IF = re2.compile(r"\bsi(?: (?:me|lo|la|los|las|les|le|yo|nos))* ?$")
_SURELY = re2.compile(r"\b(?:ya|yo|he|hemos|habia|habiamos|probe|intente|probado|intentado)\b|(?:[éíó])(?:[^\p{L}]|$)")
_NOUN = re2.compile(r"\b(?:el|un|al|del|de|su|en|ese|este|otro|cada|por|centro de) ?$")
_BY_ITSELF = re2.compile(
    r"\b(?:it|which|that|phone|modem|router|iphone|ipad|box|computer|laptop|device|mac|ps4|xbox|app|screen"
    r"|system|tv|keeps?|randomly|automatically|constantly)"
    r"(?: (?:just|then|has|had|is|was|randomly|keeps|automatically|constantly|always|even|suddenly))* ?$"
)
_BY_OTHERS = re2.compile(
    r"\b(?:they|he|she|tech|technician|agent|rep|reps|you|nobody|noone|one|someone|somebody|comcast|soporte"
    r"|tecnico|asesor|ellos|ustedes|nadie|me|nos)(?: (?:has|have|had|also|just|already|ya|never))* ?$"
)
# What somebody else may have done for the customer, and is done all the same.
_BY_ANYBODY = (
    "restarted",
    "reset_factory",
    "checked_cables",
    "changed_cable",
    "replaced_modem",
    "speed_test",
    "opened_ticket",
    "technician_came",
)
_MARKS = re2.compile(r"\b(?:ya|already|i|we|i've|ive|he|hemos|tried|probe|intente|after|despues)\b")
_THEIRS = re2.compile(r"(?:aron|ieron)\b")
_SETTINGS = re2.compile(r" (?:(?:my|the|all|network|los|mis|la|de|red) )*(?:settings|ajustes|configuracion)\b")
_END = re2.compile(r"[.;!?\n,]")
_START = re2.compile(r"[.;!?\n,][^.;!?\n,]*$")


class _Steps:
    """The steps of a language. Most messages have none of the letters that a step can't do without (RE2's filter)."""

    def __init__(self, steps: tuple[tuple[str, str], ...]) -> None:
        patterns = [rf"\b(?:{pattern})" for _, pattern in steps]
        self._steps = [(step, re2.compile(pattern)) for (step, _), pattern in zip(steps, patterns, strict=True)]
        self._filter = re2.Filter()
        for pattern in patterns:
            self._filter.Add(pattern, re2.Options())
        self._filter.Compile()

    def possible(self, text: str) -> list[tuple[str, Any]]:
        """Those that may stand in `text`, in their order."""
        return [self._steps[number] for number in sorted(self._filter.Match(text, potential=True) or ())]


_STEPS = {"es": _Steps(STEPS_ES), "en": _Steps(STEPS_EN)}


def tried(said: Said, lang: str = "") -> Iterator[Fact]:
    """The steps in `said` that were taken, in the words of the language, or of both where it is not told."""
    for steps in (_STEPS[lang],) if lang in _STEPS else _STEPS.values():
        for step, pattern in steps.possible(said.bare):
            for match in pattern.finditer(said.bare):
                start, end = match.span()
                end = start + len(said.bare[start:end].rstrip())
                if is_done(said, start, end, step):
                    yield said.fact(FactKind.TRIED, (start, end), _step(said, step, start, end))


def is_done(said: Said, start: int, end: int, step: str = "") -> bool:
    """Whether what stands there was done, by what the words around say."""
    phrase, before = said.low[start:end], _clause_before(said.low, start)
    if said.low[end : end + 1].isalnum() or _NOT_DONE.search(before):
        return False
    if not _SURELY.search(said.text[start:end].lower()) and (_is_told(before, phrase) or _is_noun(before, phrase)):
        return False
    if step not in _BY_ANYBODY and _BY_OTHERS.search(before):
        return False
    if _BY_ITSELF.search(before) and not _THING.search(phrase):
        return False
    return not _is_asked(said.low, start, end)


def thing_in(words: str) -> str | None:
    """What `words` name first of the things that are restarted: `modem`, `phone`, `tv_box`, `computer`, `app`."""
    named = _THING.search(words)
    return named.lastgroup if named else None


def _clause_before(text: str, start: int) -> str:
    before = text[max(start - REACH, 0) : start]
    cut = _START.search(before)
    return before[cut.start() + 1 :] if cut else before


def _is_told(before: str, phrase: str) -> bool:
    """Whether "que reinicie", or "si reinicio"; "que llamo" is done."""
    return (_IF if phrase.split(" ")[0].endswith("o") else _SUBJUNCTIVE).search(before) is not None


def _is_noun(before: str, phrase: str) -> bool:
    return phrase.split(" ")[0].endswith("o") and _NOUN.search(before) is not None


def _is_asked(text: str, start: int, end: int) -> bool:
    """Whether its clause is a question, and it is not plain all the same that it was done."""
    stop = _END.search(text[end : end + 2 * REACH])
    if not stop or stop.group() != "?":
        return False
    phrase = text[max(start - 12, 0) : end]
    return not _MARKS.search(phrase) or _THEIRS.search(text[start:end]) is not None


def _step(said: Said, step: str, start: int, end: int) -> str:
    """The step; what was restarted is the thing named with it, or else the last one named before."""
    if step != "restarted":
        return step
    rest = said.bare[end : end + REACH]
    if _SETTINGS.match(rest) or _SETTINGS.search(said.bare[start:end]):
        return "reset_settings"
    stop = _END.search(rest)
    named = _THING.search(said.bare[start:end]) or _THING.search(rest[: stop.start()] if stop else rest)
    thing = named or max(
        _THING.finditer(said.bare[max(start - 200, 0) : start]), key=lambda each: each.end(), default=None
    )
    name = thing.lastgroup if thing else None
    return f"restarted_{name or 'device'}"
