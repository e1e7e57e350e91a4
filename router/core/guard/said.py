"""What of a reply its author says for sure: not what is quoted, asked, or tied to a condition."""

import re
from collections.abc import Iterator

import re2

from router.core.guard.sentences import PASSED, Read

# On the text as it is, which may hold lone halves of letters, RE2 can't be used.
_QUOTES = re.compile('"[^"\\n]{3,200}"|“[^”\\n]{3,200}”|«[^»\\n]{3,200}»|(?m:^ {0,3}>[^\\n]*$)')
# From here on it is a mail that was answered.
_MAIL = re.compile(
    "(?im)^(?:on .{5,120} wrote:|el .{5,120} escribi[oó]:|-{3,} ?(?:original message|mensaje original).*)$"
)
_CONDITION = re2.compile(
    r"\b(?:si|if|unless|a menos que|salvo que|siempre que|siempre y cuando|provided|providing|as long as"
    r"|en caso de(?: que)?|con tal de que|de ser asi|assuming|suponiendo"
    r"|dependiendo|depending|otherwise|de lo contrario|de no ser asi)\b"
)
# Asked within a sentence, or in spite of it: these are no conditions.
_NO_CONDITION = re2.compile(
    r"\b(?:ver|saber|sabe|se|revis[a-z]+|verific[a-z]+|confirm[a-z]+|avis[a-z]+|valid[a-z]+|pregunt[a-z]+|consult[a-z]+"
    r"|dig[a-z]+|dec[a-z]+|dir[a-z]+|indic[a-z]+|inform[a-z]+|cuent[a-z]+|dime|como|por|aun|incluso|hasta|pero|que"
    r"|see|check|know|tell|ask|confirm|even|as|only|find out|wonder|sure|verify|let me know|let us know"
    r"|call (?:me|us|back))"
    r"(?: tu| usted| you| us| me| him| her)? $"
)
# What comes before a condition of its own: "te llamo a las 10 y si no contestas …".
_ANOTHER = re2.compile(r"(?:^|\b)(?:y|and|pero|but|o|or) $")
_AFFIRMED = re2.compile(r"^(?: o si\b| or no\b| ?,| claro\b| senor| que\b| ?:| ?\.)")
_ACCENTED = re.compile("(?i)\\bsí\\b")
_TAG = re2.compile(
    r"^[ ?,]*(?:vale|ok|okay|okey|okis?|si|de acuerdo|listo|dale|va|bueno|esta bien|estamos|eh|no|entendido|cierto"
    r"|verdad|right|all ?right|yeah|yes|sure|deal|perfecto|correcto|got it|sale|ya|bien)(?:,? [a-z]+)?[ ,]*$"
)
# What asks whether the customer accepts: until they do it is an offer.
_OFFER = re2.compile(
    r"^[ ?]*(?:te|le|les|os) (?:parece|va|viene|queda|conviene|sirve|late|acomoda|gustaria|funciona|cuadra|es)\b"
    r"|^[ ?]*(?:lo|la) (?:agend|program|confirm|reserv)|^[ ?]*(?:puedes?|podes|podria[s]?|estara[s]?|quieres?|queres)\b"
    r"|^[ ?]*(?:does|would|is|will|sounds?|shall|can|could|are) "
)


def unsaid(read: Read) -> str:
    """What is legible of it with quotations and conditions, and all that hangs on these, blanked."""
    left = [*read.legible]
    for pattern in (_QUOTES, _MAIL):
        for match in pattern.finditer(read.text):
            end = len(left) if pattern is _MAIL else match.end()
            left[match.start() : end] = PASSED * (end - match.start())
    for match in _CONDITION.finditer(read.legible):
        start, end = _conditional(read, match.start(), match.end())
        left[start:end] = PASSED * (end - start)
    return "".join(left)


def _conditional(read: Read, start: int, end: int) -> tuple[int, int]:
    """What hangs on the condition that begins there: nothing, what follows, or its clause and what follows."""
    text = read.legible
    is_if = text[start:end] in ("si", "if")
    if is_if and (_AFFIRMED.match(text[end : end + 12]) or _ACCENTED.match(read.text[start:end])):
        return start, start
    if is_if and _NO_CONDITION.search(text[max(0, start - 30) : start]):
        return start, start
    begin = max(text.rfind(sign, 0, start) for sign in "\n,;:") + 1
    stop = min((place for sign in "\n;" if (place := text.find(sign, end)) >= 0), default=len(text))
    if _ANOTHER.search(text[begin:start]):
        begin = start
    return begin, stop


def statements(read: Read) -> Iterator[tuple[int, int]]:
    """From where to before where something is stated: sentences that are no question, and what stands before one."""
    for start, end in read.sentences():
        if not read.is_question(end):
            yield start, end
            continue
        opened = read.text.rfind("¿", start, end)
        asked = opened if opened >= 0 else read.legible.rfind(",", start, end)
        if asked < 0:
            continue
        question = read.legible[asked + 1 : end]
        if _TAG.match(question) or (opened > start and not _OFFER.match(question)):
            yield start, asked
