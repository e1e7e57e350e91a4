"""What a customer says that they are called: "me llamo Ana Ruiz", "this is John Smith calling", a signature."""

from collections.abc import Iterator

import re2

from router.core.found.said import Said
from router.core.found.whose import OTHER
from router.model.fact import Fact, FactKind

_WORD = r"[A-Za-z_][A-Za-z_'-]*"
_BIG = r"[A-Z_][a-z_']+(?:-[A-Z][a-z]+)?|[A-Z]\."
_PARTICLE = "de|del|la|las|los|van|von|da|do|dos|di"
_FULL = rf"(?:{_BIG})(?: (?:(?:{_PARTICLE}) ){{0,2}}(?:{_BIG})){{0,4}}"
# Whatever stands here is a name, in small letters too.
_SURE = re2.compile(
    r"(?i)\b(?:me llamo|mi nombre(?: completo)? es|mi nombre ?:|my (?:full )?name(?:'s| is| ?:)"
    r"|nombres?(?: y apellidos?| completo)? ?:|(?:full |account )?name ?:"
    rf"|(?:{OTHER}) se llama|{OTHER}(?:'s)? name is|account is under(?: the name)?(?: of)?"
    rf"|(?:the )?name on (?:the|my) account(?: is| ?:))[ \"]*"
    rf"((?:{_WORD})(?: (?:{_WORD}|[A-Z]\.)){{0,5}})"
)
# Here it is one if it is written like one.
_LIKELY = re2.compile(
    rf"\b(?i:soy|les? habla|te habla|(?:les?|te) escribe|(?:les?|te) saluda|a nombre del? (?:senora?|sr\.?"
    rf"|sra\.?)|a nombre de(?: (?:{OTHER}),?)?|atte\.?[,:]?|att[.,:]+|atentamente[,:]?) ({_FULL})\b"
)
_GREETED = re2.compile(
    rf"\b(?i:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|dear)(?: (?:there|team|all|guys"
    rf"|sir))?[ ,.!-]*(?:this is|i'm|i am|im|it's)) ({_FULL})\b"
)
_ENGLISH = re2.compile(
    rf"(?:\b(?i:this is|i am|i'm) )((?:{_BIG}) (?:{_BIG}))(?i:[,.]| and | from | calling| with | here\b|$)"
)
_SIGNED = re2.compile(
    r"(?i:saludos|atte|atentamente|gracias|cordialmente|un abrazo|regards|thanks|thank you|cheers|sincerely"
    r"|best)[ ,.!a-z]{0,30}\n+ *"
    rf"({_FULL})[ .]*(?:\n|$)"
)
_PATTERNS = ((_SURE, True), (_LIKELY, False), (_GREETED, False), (_ENGLISH, False), (_SIGNED, False))
_NO_NAMES = re2.compile(
    "a|able|abonada|abonado|account|al|algo|already|also|amazon|american|amigo|an|and|android|angry|any|"
    "appalled|apple|april|aqui|are|argentina|argentino|as|at|atencion|att|august|awful|bad|banamex|banco|"
    "bitel|buen|buenas|buenos|bullshit|but|by|calling|can|cedula|celular|chilena|chileno|citi|citibanamex|"
    "ciudadana|ciudadano|claro|client|clienta|cliente|clientes|colombiana|colombiano|comcast|con|correct|"
    "correcto|correo|crazy|cuando|cuenta|customer|de|december|del|desde|dias|dios|disappointed|disgusted|dni|"
    "domingo|donde|done|dr|el|ella|email|en|entel|enviado|equipo|es|eso|esta|este|esto|estoy|estudiante|et|"
    "extranjero|fan|february|fiel|for|friday|from|frustrated|furious|getting|god|going|gold|good|gracias|"
    "great|happy|has|have|having|hello|here|hermano|hola|horrible|i|id|in|insane|interested|iphone|is|it|"
    "january|jesus|jueves|july|june|just|la|las|libre|listed|lo|looking|lord|los|lunes|mad|madam|mail|march|"
    "martes|may|mayor|me|menor|mexicana|mexicano|mi|miercoles|mis|miss|misspelled|mobile|monday|movistar|mr|"
    "mrs|ms|muy|my|nada|nadie|never|new|no|noches|nor|not|november|now|nueva|nuevo|number|numero|october|of|"
    "old|on|or|otra|otro|outrageous|panamena|panameno|para|parte|pero|peruana|peruano|phone|platinum|por|"
    "porque|pospago|postpago|premium|prepago|q|que|quien|quiero|reaching|ready|really|regards|registered|"
    "residente|ridiculous|rut|sabado|saludos|saturday|se|senor|senora|sent|september|service|servicio|si|sick|"
    "sin|sir|so|sobre|solo|soporte|sorry|spectrum|spelled|spelt|sprint|sr|sra|srta|still|su|sunday|support|"
    "sure|suscriptor|tardes|team|telcel|telefono|tengo|terrible|thanks|that|the|then|they|this|thursday|tigo|"
    "tired|titular|tmobile|to|todo|trying|tu|tuesday|un|una|unable|unacceptable|under|uno|upset|user|using|"
    "usted|usuaria|usuario|verizon|very|viernes|vip|vivo|waiting|was|we|wednesday|were|what|when|where|which|"
    "who|why|win|with|wom|writing|wrong|xfinity|y|ya|yo|you|your"
)
_PARTICLES = frozenset(_PARTICLE.split("|"))
MOST_WORDS = 5


def names(said: Said) -> Iterator[Fact]:
    """The names in `said`."""
    is_shouted = said.ascii.isupper()
    for pattern, is_sure in _PATTERNS:
        if is_shouted and not is_sure:
            continue
        for match in pattern.finditer(said.ascii):
            start, end = match.span(1)
            length = _length(said.ascii[start:end], is_sure=is_sure)
            if length:
                sort = "holder" if "nombre de" in match.group().lower() else ""
                span = (start, start + length)
                yield said.fact(FactKind.NAME, span, _written(said.words(span)), sort)


def _length(words: str, *, is_sure: bool) -> int:
    """How much of `words` is a name, 0 for none: up to the first word that is in no name."""
    kept, at, count = 0, 0, 0
    is_big = words[:1].isupper() and not words.isupper()
    for word in words.split(" "):
        bare = word.strip(".'-").lower()
        if bare in _PARTICLES and kept:
            at += len(word) + 1
            continue
        if _NO_NAMES.fullmatch(bare) or count == MOST_WORDS or (is_big and not word[:1].isupper()):
            break
        if words[kept:at].strip() in ("de", "y", "las", "los", "la") and not word[:1].isupper():
            break
        count += 1
        kept = at + len(word)
        at = kept + 1
    found = words[:kept].rstrip(".'-")
    return len(found) if len(found) > 1 and (is_sure or len(found) > 2) else 0


def _written(name: str) -> str:
    """`name` with capitals where it has none, or nothing else."""
    if not (name.islower() or name.isupper()):
        return name
    return " ".join(word.lower() if word.lower() in _PARTICLES else word.capitalize() for word in name.split(" "))
