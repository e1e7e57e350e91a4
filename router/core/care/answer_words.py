"""The words of answers to "does it work, and how did it go?", in Spanish and English, in plain small letters."""

import re2

_NUMBER = r"(?:[1-5]|uno|dos|tres|cuatro|cinco|one|two|three|four|five)"
_SCORES = (
    rf"(?:(?:te |les |le |os )?(?:doy|pongo|califico con|i give(?: you| it)?|i'd give(?: you| it)?) )?"
    rf"(?:(?:un|una|el|a|mi|la|my) )?(?:(?:nota|puntaje|puntuacion|calificacion|score|rating|atencion|servicio|trato)"
    rf"(?: es| de| is)? ?:? ?)?(?:un |una |a )?{_NUMBER}"
    r"(?: ?(?:/|de|sobre|out of|of) ?(?:5|cinco|five))?(?: (?:puntos?|estrellas?|stars?|points?))?",
    r"<star>(?: +<star>){0,4}",
)
_YES = (
    r"si+p?",
    r"s",
    r"claro(?: que si)?",
    r"por supuesto",
    r"asi es",
    r"afirmativo",
    r"correcto",
    r"exacto",
    r"efectivamente",
    r"ok(?:ay|is)?",
    r"vale",
    r"listo",
    r"ye+s",
    r"yep",
    r"yeah",
    r"yup",
    r"sure",
    r"indeed",
    r"it does",
    r"they do",
    r"it is",
    r"all set",
    r"done",
    r"<yes>",
)
_DOES_ES = (
    r"(?:me |nos )?(?:funciona(?:ndo)?|funcionan|funciono|anda|andando|sirve|sirvio|quedo|conecta|conecto|carga|llego)"
)
_IS_ES = r"(?:esta|quedo|anda|va|marcha|funciona|sigue|fue|todo|salio|se ve)"
_WELL_ES = (
    r"(?:muy |super |re )?(?:bien|perfecto|perfectamente|excelente|genial|de maravilla|ok|normal|correctamente|"
    r"resuelto|solucionado|arreglado|listo|de diez|al 100 ?%?|como debe ser|sin (?:ningun )?problemas?|de nuevo)"
)
_WORKS = (
    rf"(?:(?:ya|ahora|todo|todo ya|ahora ya|ahora si|ya todo|por ahora|hasta ahora|por el momento|el internet|la linea|"
    rf"el servicio|el wifi|la app) ){{0,3}}(?:si )?{_DOES_ES}(?: todo)?(?: {_WELL_ES}){{0,2}}",
    rf"(?:(?:ya|ahora|ahora si|por ahora|hasta ahora|por el momento|el internet|la linea|el servicio|todo) ){{0,3}}"
    rf"(?:si )?{_IS_ES}(?: todo)? {_WELL_ES}",
    rf"(?:todo|ya|ahora si|hasta ahora|por ahora|por el momento)(?: todo)? {_WELL_ES}",
    r"ya (?:se |me lo |lo |me )?(?:resolvieron|solucionaron|arreglaron|resolvio|soluciono|arreglo)",
    r"se (?:resolvio|soluciono|arreglo)",
    r"(?:me |nos )?(?:resolvieron|solucionaron|arreglaron)(?: el problema| todo)?",
    r"(?:ya )?(?:tengo|hay|volvio|regreso|llego)(?: el| la)? (?:internet|servicio|linea|senal|luz|wifi)",
    r"(?:problema|caso|asunto|tema) (?:resuelto|solucionado|arreglado|cerrado)",
    r"(?:resuelto|solucionado|arreglado)",
    r"(?:ya )?sin (?:ningun )?(?:problemas?|inconvenientes?|novedad(?:es)?)",
    r"(?:ya )?no (?:tengo|tuve|hay|he tenido|hubo) (?:ya )?(?:ningun |ninguna |mas |otro |otra )?"
    r"(?:problemas?|quejas?|inconvenientes?|dudas?|novedad(?:es)?)",
    r"no,? (?:ya )?todo (?:esta )?bien",
    r"perfecto|perfecta|excelente|genial|estupendo|buenisimo|de diez|diez puntos|10 puntos|10 ?/ ?10|10 de 10",
    r"(?:it(?:'s| is|s)?|everything(?:'s| is)?|all|internet|the internet|my internet|service|the service) "
    r"(?:now |all |already )?(?:works?|working|fixed|solved|resolved|good|fine|great|perfect|ok(?:ay)?|sorted|up)"
    r"(?: now| again| fine| well| great| perfectly| good| so far| and running){0,2}",
    r"(?:works?|working|fixed|solved|resolved|sorted)(?: now| again| fine| well| great| perfectly| like a charm){0,2}",
    r"(?:all |so far so |so far )?good(?: now| so far)?",
    r"no (?:more )?(?:problems?|issues?|complaints?)(?: so far| at all| anymore| any more| since)?",
    r"(?:perfect|great|excellent|awesome|amazing|wonderful)(?: job| service| work)?",
)
_THANKS = (
    r"(?:muchas |muchisimas |mil |ok )?gracias(?: a (?:ti|usted|ustedes|todos))?"
    r"(?: por (?:todo|la ayuda|su ayuda|tu ayuda|la atencion|su atencion|tu atencion|el apoyo|su apoyo|responder|"
    r"la respuesta|preguntar|escribir|resolver(?:lo)?|la rapidez))?",
    r"(?:se )?(?:te |les |le |lo )?agrade(?:ce|zco|cemos|cido|cida)(?: mucho)?",
    r"(?:many |ok )?thank(?:s| you| u)(?: so much| very much| a lot| again| all)?"
    r"(?: for (?:the help|your help|everything|all your help|asking|(?:the|your) support|the quick (?:fix|reply)))?",
    r"thx|ty",
)
_NO_THANKS = (r"no,? (?:muchas )?gracias",)
_NO = (
    r"no+",
    r"nop+",
    r"nope",
    r"nah",
    r"todavia no",
    r"aun no",
    r"no todavia",
    r"no aun",
    r"not yet",
    r"no it (?:isn'?t|doesn'?t|does not|is not)",
    r"it (?:isn'?t|doesn'?t|does not|is not)",
    r"negativo",
    r"<no>",
)
_FILLERS = (
    r"hola",
    r"buen(?:os|as)? (?:dias?|tardes?|noches?)",
    r"buenas",
    r"estimados?",
    r"saludos",
    r"un (?:saludo|abrazo)",
    r"feliz (?:dia|tarde|noche|fin de semana)",
    r"que (?:tengan?|tengas) (?:un )?(?:buen|buena|excelente|feliz|lindo|linda) (?:dia|tarde|noche|semana)",
    r"bendiciones",
    r"senor(?:a|es|ita)?",
    r"amigos?",
    r"y",
    r"and",
    r"hi|hello|hey|dear (?:team|all)",
    r"good (?:morning|afternoon|evening)",
    r"have a (?:good|nice|great) (?:day|evening|weekend|one)",
    r"best regards|kind regards|regards|cheers",
    r"(?:muy |la |su |una )?(?:buena|excelente|amable|amables|rapid[oa]s?|rapida y amable)"
    r"(?: (?:atencion|servicio|trato|gente))?",
    r"(?:muy |very )?(?:buen|good) (?:servicio|trato|service|support)",
    r"<kind>",
)


def _some(name: str, patterns: tuple[str, ...]) -> str:
    return f"(?P<{name}>{'|'.join(f'(?:{pattern})' for pattern in patterns)})"


# Of two pieces that begin at one place the longer one is meant: "no, gracias" is no "no".
_LONGEST = re2.Options()
_LONGEST.longest_match = True
_KINDS = (
    ("works", _WORKS),
    ("score", _SCORES),
    ("thanks", _THANKS),
    ("polite", (*_NO_THANKS, *_FILLERS)),
    ("yes", _YES),
    ("no", _NO),
)
PIECES = re2.compile("|".join(_some(name, patterns) for name, patterns in _KINDS), _LONGEST)

# What sounds like trouble and is none, once it is taken out; and what is said by anybody who still has trouble.
INNOCENT = re2.compile(
    r"\b(?:ya )?no (?:tengo|tuve|hay|he tenido|hubo) (?:ya )?(?:ningun |ninguna |mas |otro |otra )?"
    r"(?:problemas?|quejas?|inconvenientes?|dudas?|novedad(?:es)?)\b"
    r"|\bno (?:more )?(?:problems?|issues?|complaints?|worries)\b"
    r"|\bsin (?:ningun )?(?:problemas?|inconvenientes?|novedad(?:es)?)\b"
)
_NOT = (
    r"(?:no|ya no|nunca|tampoco|todavia no|aun no) (?:me |nos |se |le |les |lo |la |los ){0,2}"
    r"(?:ha |han |he |hemos |quedo |esta |estan |a )?"
)
_BROKEN = (
    _NOT
    + r"(?:funci\w*|sirv\w*|and[aoe]\w*|conect\w*|carg\w*|enc(?:ie|e)nd\w*|prend\w*|tengo|tenemos|hay|pued\w*|podemos|"
    r"resol\w*|resuel\w*|soluci\w*|arregl\w*|quedo|quedado|lleg\w*|recib\w*|abr[eio]\w*|entra\w*|respond\w*|listo|bien|"
    r"nada|sal[ei]\w*|agarra\w*|jala\w*|corre\w*|vuelv\w*|volvio|vinieron|vino|llamaron|llamado|cambi\w*|mejor\w*|"
    r"estable|aparec\w*)",
    r"(?:sig[ou]e?\w*|seguimos|continua\w*|estoy|estamos|esta|quede) (?:todavia |aun |lo |muy |con )*"
    r"(?:igual|mismo|sin|fall\w*|mal|caid[oa]\w*|lent[oa]\w*|malo|problemas?|cort\w*|intermitente|danad[oa]|peor|errores?|"
    r"el (?:mismo )?(?:problema|error))",
    r"(?:todavia|aun) (?:tengo|tenemos|esta|sigue|falla|hay|me|nos|sin|estoy|estamos|espero|esperando)",
    r"persiste\w*|igual que (?:antes|siempre|ayer)|lo mismo|mism[oa] (?:problema|error|falla|cosa)",
    r"(?:volvio|vuelve|volvi) a (?:fall\w*|ca\w*|pas\w*|suced\w*|ocurr\w*|cort\w*|quedar\w*|danar\w*|lo mismo|estar)",
    r"se (?:me |nos )?(?:cayo|cae|corta|corto|va|fue|desconect\w*|congela|traba|dano)",
    r"otra vez (?:lo|el|la|sin|mal|igual|fall\w*|se|con)|(?:de nuevo|nuevamente) (?:sin|mal|fall\w*|se cay\w*)",
    r"sin (?:internet|servicio|senal|linea|solucion|respuesta|cambios?|luz|wifi|conexion|datos|television|cable)",
    r"fall(?:a|o|ando|as)|peor|para nada|pesim[oa]|mentira\w*|nada (?:funciona|cambio|ha|de nada)|gracias por nada",
    r"(?:is|are|was|it'?s)(?:n'?t| not)(?: been)?(?: \w+)? (?:working|fixed|solved|resolved|good|ok|fine|done|up)\b",
    r"(?:does|do|did|ca|could|wo|would|has|have)(?:n'?t| not) (?:\w+ )?(?:work\w*|connect\w*|load\w*|fix\w*|help\w*|"
    r"solve\w*|resolve\w*|change\w*|turn|open|get|have|see|use|receive\w*|got|been|heard|log|call|made)",
    r"(?:cannot|never) (?:connect|work\w*|use|get|see|log|open|load|fixed|called|came|got)",
    r"still (?:not|no|broken|down|the same|same|having|have|has|having|does|can|won|is|slow|waiting|an?|happening|out|"
    r"nothing|without|fail\w*|off|drop\w*|get\w*)",
    r"same (?:problem|issue|thing|error)|not (?:working|fixed|solved|resolved|good|ok|fine|at all|really|anymore)",
    r"no (?:internet|service|signal|connection|change|luck|answer|solution|reply|wifi|data|tone)",
    r"(?:broken|broke|worse|worst|terrible|awful)|(?:down|happening|out|failing) again|stopped working",
    r"thanks for nothing",
    r"(?:keeps?|it) (?:on )?(?:dropping|failing|disconnecting|crashing|cutting)|went (?:down|out)",
)
BROKEN = re2.compile(rf"\b(?:{'|'.join(_BROKEN)})\b")
# "5" behind what does not work is a score where it stands for itself: "no funciona, 1".
SCORE_AT_END = re2.compile(r"(?:[,.;:!\n]\s*(?P<alone>[1-5])|\b(?P<of>[1-5]) ?(?:/ ?5|de 5|estrellas?|stars?))[\s.!]*$")
# A name below a closing formula is no part of the answer.
CLOSING = re2.compile(
    r"\n\s*(?:muchas |mil )?(?:gracias|saludos(?: cordiales)?|atentamente|cordialmente|un saludo|thanks|thank you|"
    r"(?:best |kind |warm )?regards|cheers|best|sincerely)[,.!]*\s*\n\s*[a-z.]+(?: [a-z.]+){0,3}\s*$"
)
