"""What stands below the words of a mail and says nothing new: signatures, a telephone's line, disclaimers."""

import re

from channels.email.quote_marks import BLANK, is_rule

# A signature is no longer (lines with something in them), a disclaimer begins no farther from the end.
SIGNATURE_LINES = 12
CONTACT_LINES = 8
REACH = 60
LINE = 300


def is_sent_from(line: str) -> bool:
    """Whether a telephone or a mail program wrote the line: "Enviado desde mi iPhone"."""
    told = line.strip(BLANK + "<>()[]*_-")
    if not 4 < len(told) < 160 or len(told.split()) > 16:
        return False
    if LONG_NUMBER.search(told.partition("http")[0]):
        return False
    device = SENT_BY.match(told) or MINE.match(told)
    if device and all(_is_of_name(word) for word in END.split(told[device.end() :], maxsplit=1)[0].split()):
        return True
    return any(each.match(told) for each in SENT_FROM)


def _is_of_name(word: str) -> bool:
    """Whether `word` may stand in a device's name, unlike in a sentence: "Samsung Galaxy s5", not "app to all users"."""
    return not word.islower() or any(letter.isdigit() for letter in word) or word in AFTER_DEVICE


def signed_from(lines: list[str], stop: int) -> int:
    """Where the sign-off begins that ends `lines[:stop]`; `stop` if there is none. Nothing before it is looked at twice."""
    for find in (_sent_from, _disclaimer, _marked, _ruled, _closed):
        begin = find(lines, stop)
        if begin < stop:
            return begin
    return stop


def _sent_from(lines: list[str], stop: int) -> int:
    return stop - 1 if stop and (is_sent_from(lines[stop - 1]) or ADVERT.match(lines[stop - 1].strip(BLANK))) else stop


def _disclaimer(lines: list[str], stop: int) -> int:
    """The first paragraph, near the end, that opens as disclaimers do and goes on in their words."""
    for begin in range(max(0, stop - REACH), stop):
        if begin and not _ends_paragraph(lines[begin - 1]):
            continue
        opening = lines[begin].strip(BLANK + "*_-<>")[:LINE]
        if PRINTING.match(opening) and _is_last(lines, begin, stop):
            return begin
        if opening and OPENING.match(opening) and _is_legal(lines, begin, stop):
            return begin
    return stop


def _ends_paragraph(line: str) -> bool:
    return not line.strip(BLANK) or is_rule(line)


def _is_last(lines: list[str], begin: int, stop: int) -> bool:
    return sum(bool(line.strip(BLANK)) for line in lines[begin:stop]) <= 3


def _is_legal(lines: list[str], begin: int, stop: int) -> bool:
    """Whether what follows, some lines of it, holds at least three of the words that disclaimers are made of."""
    told = " ".join(line[: 8 * LINE] for line in lines[begin : min(stop, begin + 8)])[: 8 * LINE].casefold()
    return len({found.group()[:6] for found in LEGAL.finditer(told)}) >= 3


def _marked(lines: list[str], stop: int) -> int:
    """The mark of a signature, `--` on a line of its own, with few lines below it (RFC 3676 section 4.3)."""
    below = 0
    for place in range(stop - 1, -1, -1):
        line = lines[place].strip(BLANK)
        if line in ("--", "—", "–", "- --"):
            return place if below <= SIGNATURE_LINES else stop
        below += bool(line)
        if below > SIGNATURE_LINES or len(line) > LINE or ASKS.search(line):
            return stop
    return stop


def _ruled(lines: list[str], stop: int) -> int:
    """A drawn line with somebody's title, addresses or telephone below it."""
    below = 0
    for place in range(stop - 1, -1, -1):
        line = lines[place].strip(BLANK)
        if is_rule(line) and len(line) > 2:
            is_contact = any(CONTACT.search(each[:LINE]) for each in lines[place + 1 : stop])
            return place if 1 < below <= CONTACT_LINES and is_contact and not _tells(lines, place, stop) else stop
        below += bool(line)
        if below > CONTACT_LINES or len(line) > 100:
            return stop
    return stop


def _closed(lines: list[str], stop: int) -> int:
    """A closing, a name and at least a title, all of whose lines say how to reach somebody and nothing else."""
    found: list[int] = []
    for place in range(stop - 1, max(-1, stop - 16), -1):
        line = lines[place].strip(BLANK)
        if CLOSING.fullmatch(line):
            rest = [lines[each].strip(BLANK) for each in reversed(found)]
            is_card = len(rest) > 1 and bool(NAME.fullmatch(rest[0])) and all(CONTACT.search(each) for each in rest[1:])
            return place if is_card and not _tells(lines, place, stop) else stop
        if line:
            found.append(place)
        if len(found) > CONTACT_LINES or len(line) > 100:
            return stop
    return stop


def _tells(lines: list[str], begin: int, stop: int) -> bool:
    """Whether a line asks, or names what an agent needs: the number of a customer, a contract, an order."""
    return any(ASKS.search(line[:LINE]) or NUMBERS.search(line[:LINE]) for line in lines[begin:stop])


DEVICES = (
    r"i ?phone|i ?pad|i ?pod|android|samsung|galaxy|huawei|xiaomi|redmi|motorola|moto|nokia|htc|sony|xperia|lg|pixel"
    r"|oneplus|oppo|blackberry|windows|mac|mobile|phone|smartphone|cell(?:ular)?|celular|m[óo]vil|telem[óo]vel|tel[ée]fono"
    r"|tablet|tableta|dispositivo|device|e?-?mail(?=\W{0,3}(?:for|f[üo]r|para|pour|per|$|http))|correo para|courrier pour|outlook|airmail|mailbox|yahoo!?|proton ?mail|gmail|hotmail"
    r"|typeapp|bluemail|spark|k-9|thunderbird|newton|zoho|handy|mobiltelefon|mobilger[äa]t|telefon|wiko|alcatel|verizon"
    r"|desktop|smart ?phone|mobil|iphonen?i?|myMail|superhuman|fairphone|lumia|surface|webmail"
)
SENT = (
    r"sent|sendt|skickat|sänt|gesendet|verzonden|verstuurd|enviado|enviada|enviat|envoyé|inviato|lähetetty|wysłane|wysłano"
    r"|odesláno|odoslané|trimis|отправлено|надіслано|posted|написано"
)
FROM = (
    r"from|via|with|by|using|desde|de|do|da|pelo|pela|mediante|con|com|através|depuis|à partir|avec|von|vom|mit|über"
    r"|dal|dallo|da|tramite|met|vanaf|van|fra|från|med|z|ze|с|из|через|през|din|del|meu|på"
)
SENT_BY = re.compile(rf"(?:{SENT})\s(?:{FROM})\b\W{{0,3}}(?:[^\s]{{1,40}}\s){{0,4}}?\W{{0,3}}(?:{DEVICES})(?!\w)", re.I)
END = re.compile(r"[.,;:!(<\[\]\-]|http")
AFTER_DEVICE = frozenset(
    (
        *("on", "for", "from", "by", "via", "with", "using", "para", "pour", "per", "en", "de", "da", "do", "na", "no"),
        *("phone", "mobile", "device", "smartphone", "app", "mail", "email", "secure", "client", "tablet", "windows"),
        *(
            "iphone",
            "android",
            "telefon",
            "handy",
            "móvil",
            "celular",
            "mit",
            "met",
            "auf",
            "von",
            "sur",
            "dispositivo",
        ),
    )
)
# Whatever is mine, if its name is one.
MINE = re.compile(
    rf"(?:{SENT})\s(?:from my|desde mi|do meu|da minha|des del meu|de mon|depuis mon|von meinem|dal mio|fra min|från min"
    r"|met mijn|vanaf mijn|van mijn|z mojego|с моего)\s(?=\S)",
    re.I,
)
SENT_FROM = (
    re.compile(r"from my (?:iphone|ipad|android|phone|mobile|galaxy|samsung)\b.{0,20}$", re.I),
    re.compile(r"(?:von meine[mr]|diese (?:nachricht|e-?mail) wurde von)\s.{2,60}\sgesendet\W*$", re.I),
    re.compile(r"(?:get|obtener|obtén|obtenga|descargar?|obter|obtenha|baixe|télécharger|obtenir|holen|scarica|ottieni|download)"
               r"\W{1,3}(?:o |el )?\W?outlook (?:for|para|pour|für|per)\b", re.I),
    re.compile(r"(?:outlook|outlook-app) (?:für|voor|til|för) (?:ios|android)\b", re.I),
    re.compile(r"(?:someone )?(?:sent )?(?:from|by|via) (?:a )?(?:mobile|phone|galaxy)\W*$", re.I),
    re.compile(r"(?:從我的|从我的|發自我的|发自我的|我的).{1,30}(?:傳送|发送|發送|iphone|ipad)|(?:发自|發自).{1,30}$", re.I),
    re.compile(r"iphone\s?から送信|나의 .{1,20}에서 보냄", re.I),
)  # fmt: skip
# A parcel was sent from somewhere, too, but under a number.
LONG_NUMBER = re.compile(r"\d{5}|(?!19|20)\d{4}")
ADVERT = re.compile(
    r"(?:libre de virus|virus-free|livre de v[íi]rus|sin virus|garanti sans virus|virenfrei)\W{0,4}(?:www\.|https?:|$)"
    r"|\W{0,3}www\.(?:avast|avg)\.com\W{0,3}$|yahoo mail: search, organize, conquer",
    re.I,
)
PRINTING = re.compile(
    r"\W{0,4}(?:antes de imprimir|piense? (?:en el medio|antes de imprimir)|por favor,? (?:considere|piense|no imprima)"
    r"|please (?:consider the environment|don.t print|think before)|before printing|pense (?:no meio|antes de imprimir)"
    r"|considere o meio|proteja el medio|pensez à l.environnement|save (?:paper|a tree))",
    re.I,
)
OPENING = re.compile(
    r"\W{0,4}(?:(?:este|el presente|esta|la presente|o presente|a presente)\s(?:\S{1,20}\s)?(?:mensaje|correo|e-?mail|mail|comunicaci[óo]n"
    r"|comunicaç[ãa]o|mensagem|documento|transmisi[óo]n|informaci[óo]n)|(?:el contenido|la informaci[óo]n|o conte[úu]do"
    r"|as informaç[õo]es|a informaç[ãa]o|toda la informaci[óo]n|los datos)\s|aviso\s|advertencia|nota (?:legal|de confid)|confidencial"
    r"|this\s(?:\S{1,20}\s){0,3}(?:e-?mail|message|communication|transmission|document)|the (?:information|contents?|message)\s"
    r"|confidential|disclaimer|important notice|legal notice|privileged|notice:|if you (?:are not|have received)"
    r"|si (?:usted )?(?:no es|ha recibido|recibe)|se (?:você )?(?:não|recebeu)"
    r"|diese\s(?:e-?mail|nachricht|mail)|der inhalt|ce\s(?:message|courriel|mail|courrier)|les informations|l.information"
    r"|le informazioni|questo messaggio|questa e-?mail|il presente|dit (?:bericht|e-?mail)|de informatie|aquest (?:missatge|correu))",
    re.I,
)
LEGAL = re.compile(
    r"confidencia|confidential|confident|privileg|destinat|recipient|addressee|intended|divulg|disclos|disseminat|distribu"
    r"|prohibid|prohibit|proibid|interdi|unauthori|no autoriz|não autoriz|error|erro\b|mistake|delet|elimin|borr|apag|destru"
    r"|adjunt|anexo|attach|exclusiv|sole use|legal|notif|vertraulich|empfänger|irrtüm|erreur|riservat|allegat"
    r"|protecci[óo]n de datos|tratamiento|reserv|vertrouwelijk|geadresseerde|derechos|responsab|liab|virus"
)
ASKS = re.compile(r"[?¿]")
NUMBERS = re.compile(
    r"c[ée]dula|\bdni\b|\bnie\b|\bnif\b|\bruc\b|\bnit\b|\bcpf\b|\brut\b|\bc\.?i\.?\b|pasaporte|passport|client[e]?\b|customer|contrat"
    r"|contract|cuenta|conta\b|account|p[óo]liza|pedido|order|factura|invoice|fatura|ticket|l[íi]nea|servicio",
    re.I,
)
CLOSING = re.compile(
    r"(?:(?:un |muchos |best |kind |warm |many |com os melhores )?(?:regards|saludos?|cumprimentos|wishes)(?: cordial(?:es)?| cordialmente)?"
    r"|sincerely|yours (?:truly|sincerely|faithfully)|cordialmente|atentamente|atte\.?|att\.?|atenciosamente|cordialement"
    r"|(?:mit )?(?:freundlichen|viele|beste|liebe) gr[üu](?:ß|ss)en?|cheers|saluti|distinti saluti)\s?[,.!:]?",
    re.I,
)
NAME = re.compile(r"(?:[^\W\d_][\w.'’-]{0,25},?\s?){1,5}")
CONTACT = re.compile(
    r"\b(?:ceo|cto|cfo|coo|manager|director[a]?|gerente|ingenier[oa]|engineer|consult[oa]r?|consultant|president[ea]?|departamento"
    r"|department|developer|sales|ventas|jefe|jefa|coordinador[a]?|coordenador[a]?|analista|analyst|abogad[oa]|advogad[oa]|asistente|assistant"
    r"|founder|co-founder|fundador[a]?|partner|s\.?a\.?|s\.?l\.?|inc|gmbh|ltda?|corp|fax|tel|m[óo]vil|cel|mobile|phone|www)\b"
    r"|https?://|www\.|[^\s@]{1,60}@[^\s@]{1,60}\.[a-z]|\+\d[\d ()-]{6,18}|📱|📧",
    re.I,
)
