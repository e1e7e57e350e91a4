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
    r"(?i)\b(?:me llamo|mi nombre(?: completo)? es|mi nombre ?:|my (?:full )?name(?:'s| is| ?:)|nombres?(?: y apellidos?| completo)? ?:|(?:full |account )?name ?:"
    rf"|(?:{OTHER}) se llama|{OTHER}(?:'s)? name is|account is under(?: the name)?(?: of)?|(?:the )?name on (?:the|my) account(?: is| ?:))[ \"]*"
    rf"((?:{_WORD})(?: (?:{_WORD}|[A-Z]\.)){{0,5}})"
)
# Here it is one if it is written like one.
_LIKELY = re2.compile(
    rf"\b(?i:soy|les? habla|te habla|(?:les?|te) escribe|(?:les?|te) saluda|a nombre del? (?:senora?|sr\.?|sra\.?)|a nombre de(?: (?:{OTHER}),?)?|atte\.?[,:]?|att[.,:]+|atentamente[,:]?) ({_FULL})\b"
)
_GREETED = re2.compile(
    rf"\b(?i:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|dear)(?: (?:there|team|all|guys|sir))?[ ,.!-]*(?:this is|i'm|i am|im|it's)) ({_FULL})\b"
)
_ENGLISH = re2.compile(
    rf"(?:\b(?i:this is|i am|i'm) )((?:{_BIG}) (?:{_BIG}))(?i:[,.]| and | from | calling| with | here\b|$)"
)
_SIGNED = re2.compile(
    r"(?i:saludos|atte|atentamente|gracias|cordialmente|un abrazo|regards|thanks|thank you|cheers|sincerely|best)[ ,.!a-z]{0,30}\n+ *"
    rf"({_FULL})[ .]*(?:\n|$)"
)
_PATTERNS = ((_SURE, True), (_LIKELY, False), (_GREETED, False), (_ENGLISH, False), (_SIGNED, False))
_NO_NAMES = frozenset(
    "a al algo an and any are as at aqui but by can con correct correcto cuando de del desde donde el ella en es esta este esto et eso for from "
    "has have here i id in is it la las lo los me mi my mis muy no not nor now of on or para pero por porque q que quien quiero se si sin so sobre "
    "solo su tengo the then they this that to tu un una usuario using with was were wrong y ya yo you your we what when where which who why "
    "cliente clienta clientes titular tengo vivo numero number phone cedula dni rut account cuenta correo email mail telefono celular estoy "
    "usuaria nuevo nueva prepago pospago postpago suscriptor abonado abonada estudiante mayor menor residente ciudadano ciudadana extranjero "
    "mexicano mexicana peruano peruana colombiano colombiana panameno panamena chileno chilena argentino argentina fan fiel parte team equipo "
    "movistar claro entel bitel win tigo telcel wom banamex citibanamex citi banco amazon apple comcast xfinity verizon sprint tmobile att spectrum "
    "customer client user misspelled spelled spelt listed still registered under also already not never sorry sure sick tired done very really "
    "going trying having getting waiting still just looking calling writing reaching unable able interested happy angry mad upset furious "
    "frustrated disappointed disgusted appalled ridiculous unacceptable outrageous insane crazy horrible terrible awful bullshit bad good great "
    "ready american new old usted nada nadie todo uno otra otro libre premium gold platinum vip gracias thanks hola hello regards saludos "
    "god jesus dios lord hermano amigo señor senor senora sr sra srta dr mr mrs ms miss sir madam buenas buenos buen dias tardes noches customer service "
    "support soporte servicio atencion sent enviado desde iphone android mobile lunes martes miercoles jueves viernes sabado domingo monday tuesday "
    "wednesday thursday friday saturday sunday january february march april may june july august september october november december".split()
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
        if bare in _NO_NAMES or count == MOST_WORDS or (is_big and not word[:1].isupper()):
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
