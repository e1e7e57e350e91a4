"""The words by which customers ask for a call, and say that any hour will do, in Spanish (tú, usted, vos) and English.

All of them are looked for in small letters without accents. A blank stands for any white space: mails are wrapped.
"""

from dataclasses import dataclass
from typing import Any

import re2


def _words(pattern: str) -> Any:
    return re2.compile(pattern.replace(" ", r"(?:\s+)"))


_ME = "(?:me|nos)"
_CAN = r"(?:puede[ns]?|podes|podria[ns]?|podrias|pudiera[ns]?|podeis|podriais)"
_CALLED = r"(?:llam(?:en|es|e|ad|a)|marqu?en|marque|telefone(?:en|e))"
_CALL = r"(?:call|ring|phone|telephone)"
_US = "(?:me|us)"
# What people say before an English imperative, or a request: "they call me day and night" is none.
_BEFORE_CALL = (
    r"(?:(?:^|[^a-z0-9\s'])\s*|\b(?:please|pls|kindly|just|and|then|so|or|to|but|hey|ok|asap|again|now|down|back"
    r"|today|internet"
    r"|signal|service|working|out|immediately|urgently|(?:can|could|will|would|have|get|need|want|if)"
    r" (?:you|u|someone|somebody|anyone|anybody|an agent|a technician|a supervisor|a manager|a human|a person|they)"
    r"|(?:you|u) (?:can|could|may|should)) )"
)
# What asks for a call, by the one who wants it. "Me llaman" alone may complain as well: it needs a "por favor".
ASKED = _words(
    r"(?:\b|^)(?:"
    rf"(?:llamad?|llamen?|marquen?|telefoneen?){_ME}\b|(?:favor|porfa|necesito|necesitan|urge"
    rf"|sirvanse)(?: de)? llamar{_ME}\b"
    rf"|que (?:(?:alguien|un[ao]?|el|la|los|ustedes|tecnico|agente|asesor|supervisora?|de|persona) )*{_ME} {_CALLED}\b"
    rf"|{_ME} {_CAN}(?: (?:ustedes|por favor|porfa|favor))? (?:llamar|dar una llamada|volver a llamar"
    rf"|devolver la llamada)\b"
    rf"|{_CAN}(?: (?:ustedes|por favor|porfa|favor))? (?:llamar{_ME}|volver a llamar{_ME})\b"
    rf"|{_ME} (?:llaman?|llamas) (?:por favor|porfa|porfis|pls|please)\b"
    rf"|(?:por favor|porfa|favor|please),? {_ME} (?:llaman?|llamas)\b"
    r"|(?:necesito|quiero|quisiera|espero|pido|solicito|prefiero)(?: que me hagan)? (?:una|su|la|otra) llamada\b"
    r"|(?:llamen?|llama|marquen?) (?:por favor )?al (?:numero|telefono|celular|movil|cel|[+0-9(])"
    rf"|{_BEFORE_CALL}(?:{_CALL}|reach) {_US}(?: back| up)?\b"
    rf"|(?:give|drop) {_US} (?:a|another) (?:(?:quick|phone) )?(?:call|ring|buzz|shout)\b"
    r"|(?:need|want|like|expect|prefer) (?:a|another|your|that) (?:phone )?(?:call|callback|call back|call-back)\b"
    rf"|(?:please|pls|kindly) {_CALL}\b"
    r")"
)
# The phrases that name every hour there is.
_NO_MATTER = r"(?:no (?:me |nos )?importa|da igual|(?:me|nos) da (?:igual|lo mismo)|sin importar|no importando)"
_HOUR = r"(?:la hora|que hora(?: sea)?|a que hora(?: sea)?|el horario|si es (?:de noche|tarde|de madrugada|muy tarde))"
ANY_HOUR = _words(
    r"\b(?:"
    r"a cualquier(?:a)? hora(?: (?:del dia (?:o|y) (?:de )?(?:la )?noche|de la noche|de la madrugada|sea))?"
    r"|en cualquier momento"
    r"|a la hora que (?:sea|fuera|fuese)|sea la hora que sea|cualquier hora (?:me )?(?:esta bien|sirve|vale|va bien)"
    rf"|{_NO_MATTER} {_HOUR}"
    r"|(?:aunque|asi|incluso si|por mas que) (?:sea|fuera|sean) (?:de noche|de madrugada|muy tarde|tarde|medianoche"
    r"|las [0-9]{1,2}"
    r"(?: (?:de la (?:noche|madrugada|manana)))?|la (?:una|1)(?: de la (?:madrugada|manana))?|domingo|feriado)"
    r"|(?:sea )?de dia o (?:sea )?de noche|de dia y de noche|dia y noche|dia o noche|las 24 horas"
    r"|(?:at )?any ?time(?: (?:of (?:the )?)?day (?:or|and) night)?|at any hour(?: (?:of (?:the )?)?(?:day (?:or"
    r"|and) )?night)?"
    r"|at all hours|(?:any|whatever) hour|at whatever (?:hour|time)|whatever (?:the )?(?:hour|time)(?: it is)?"
    r"|no matter (?:the (?:hour|time)|what (?:time|hour)|how late|when)"
    r"|(?:i )?(?:don't|dont|do not) (?:care|mind) (?:what time|how late|what hour|which hour|the hour"
    r"|about the (?:hour|time))"
    r"|even (?:if (?:it's|its|it is) )?(?:at (?:night|midnight|[0-9]{1,2} ?(?:am|a\.?m\.?))|late(?: at night)?"
    r"|in the middle of the night"
    r"|the middle of the night|after midnight)"
    r"|(?:by )?day or night|night or day|day and night|round the clock|around the clock|whenever"
    r")\b"
)
# As soon as it can be: now, that is, whatever the clock shows.
SOON = _words(
    r"\b(?:"
    r"(?:lo )?(?:mas )?antes posible|cuanto antes|(?:lo )?mas (?:pronto|rapido) posible"
    r"|tan pronto (?:como )?(?:sea )?posible"
    r"|ya mismo|ahora mismo|ahorita mismo|ahoritica|de inmediato|inmediatamente|en seguida|enseguida|urgentemente"
    r"|a\.?s\.?a\.?p|as soon as (?:possible|you can|you possibly can)|right (?:now|away)|straight away|immediately"
    r"|at once"
    r"|this (?:very )?(?:instant|minute)"
    r")\b"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What narrows it down: a `time` beside it, or an `exception` anywhere behind it."""

    time: Any
    exception: Any


_DAYS = (
    r"lunes|martes|miercoles|jueves|viernes|sabado|domingo|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|weekend|weekday"
)
_TIME = (
    rf"(?:{_DAYS}s?|pasado manana|manana|tomorrow|tonight|esta (?:tarde|noche)|(?:por|en|de|a) la (?:manana|tarde"
    rf"|noche)"
    r"|al mediodia|horari[oa]s?|habil(?:es)?|laborables?|laboral|(?:de|horas de) (?:oficina|trabajo)"
    r"|del dia|de dia|(?:a|sobre|tipo) las? [0-9]{1,2}|(?:despues|antes) de|a partir de|desde las?|hasta las?"
    r"|entre las?"
    r"|after|before|between|from [0-9]|until|till|by [0-9]|at [0-9]|(?:in|during|of) the (?:morning|afternoon"
    r"|evening|day|week)"
    r"|of day|next week|la (?:semana|proxima)|office hours|business hours|working hours|daytime)"
)
# Who may choose when says nothing of the night: "whenever you can", "any time that suits you".
_THEIRS = (
    r"(?:que |cuando |en que |when |that )?(?:pueda[ns]?|puedas|quiera[ns]?|guste[ns]?|(?:les?|te) (?:convenga"
    r"|parezca|venga|quede)\w*"
    r"|(?:you|u|they|someone|somebody|an agent|your|we|he|she|it(?: is|'s)? (?:suits|works|possible|convenient|fits"
    r"|ok))\b)"
)
LIMITED = Limits(
    time=_words(rf"\b{_TIME}\b|^ {_THEIRS}"),
    exception=_words(
        r"\b(?:menos|excepto|salvo|siempre que|siempre y cuando|mientras (?:no )?sea|except|unless|as long as"
        r"|provided|only|solo|solamente"
        r"|(?:pero|but|y|and) (?:por favor |please )?(?:no|not|nunca|never|don't|dont|solo|only|despues|antes|after"
        r"|before|entre|between))\b"
    ),
)
# What else a sentence may hold that says nothing but that.
ALONE = _words(
    r"(?:[^a-z0-9]|\b(?:y|pero|de verdad|en serio|por favor|porfa|gracias|muchas|es|esta|estoy|bien|perfecto"
    r"|para mi|me|a mi|sirve|va|vale"
    r"|contesto|atiendo|respondo|and|but|really|please|pls|thanks|thank you|it|is|that|fine|ok|okay|good|works"
    r"|for me|with|i|i'm|answer|pick up)\b)*"
)
# A day named just before the call is when they are to be called.
NAMED_BEFORE = _words(rf"\b(?:{_DAYS}|manana|tomorrow|tonight)(?: [a-z']+){{0,3}} ?,? ?$")
# What tells of calls instead of asking for one.
TOLD = _words(
    r"\b(?:dijo|dijeron|dicen|prometio|prometieron|aseguraron|quedaron en|quedo en|iban a|iba a|por que me"
    r"|porque me|cada vez que"
    r"|said|says|told (?:me|us)|promised|supposed to|used to|forgot to|failed to|refuse[sd]? to|was going to"
    r"|were going to|(?:you|he|she|they|who|someone"
    r"|somebody|nobody) "
    r"(?:would|will|did|do|always|never|keeps?)|(?:you|he|she|they|someone|somebody)'(?:d|ll)|didn't|did not"
    r"|they (?:call|ring)|why (?:do|did))\b"
)
# Calls that they do not want, or not at such an hour, wherever it stands.
_NOT_THEN = (
    r"(?:a cualquier|cualquier|a la hora|a esta|de noche|por la noche|en la noche|de madrugada|despues de|antes de"
    r"|tan tarde|los (?:fines|domingos))"
)
UNWANTED = _words(
    r"\b(?:"
    rf"(?:no|nunca|jamas|tampoco|ni)(?: (?:se|lo))? {_ME} (?:llam(?:en|es|e)|marqu(?:en|es|e)|(?:vuelva[ns]? a"
    rf"|este[ns]?|ande[ns]?) llam\w+"
    r"|llama[ns]? (?:mas|por favor|porfa))\b"
    r"|(?:no|nunca|tampoco) (?:(?:quiero|quisiera|deseo|necesito|espero|pido|hace falta|es necesario|hay necesidad"
    r"|se trata|pedi)"
    rf"(?: de)?) (?:una |su |la |otra )?(?:que )?(?:alguien )?(?:{_ME} )?llam"
    rf"|(?:no|ni|nunca|pero no) (?:llam\w+ )?{_NOT_THEN}|de noche no|(?:deje[ns]?|deja|dejar|paren|basta|cansad[oa]"
    rf"|hart[oa]) de (?:que )?(?:estar )?(?:{_ME} )?llam"
    r"|sin (?:que me )?llam|en vez de llam\w+|no (?:puedo|podre|voy a"
    r"|podemos) (?:contestar|atender|responder|coger|recibir)"
    rf"|(?:don't|dont|do not|never|not to|stop|quit|no need to|needn't|rather not|nor|please no|instead of"
    rf"|without) (?:you )?(?:{_CALL}|{_CALL}ing|calls)\b"
    r"|(?:don't|dont|do not) (?:want|need|like|expect) (?:a |any |another |your |to )?(?:be )?(?:phone )?call"
    rf"|not {_CALL}\b"
    r"|not (?:at )?(?:any|all|whatever|at night|after|before|day or|whenever|this late|so late)|not (?:asap|as soon)"
    r"|no calls|(?:can't|cannot|cant|won't) (?:answer|pick up|talk|take calls?|speak)"
    r")"
)
