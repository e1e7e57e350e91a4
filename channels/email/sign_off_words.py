"""The words of what stands below a mail's words: a telephone's line, disclaimers, the card of a person.

Each row holds pieces of regular expressions, which see lines of bounded length only, in any case of letters.
"""

import re


def one_of(*rows: str) -> str:
    """An expression for any of the pieces in `rows`, which are parted by bars."""
    return f"(?:{'|'.join(rows)})"


def _compiled(*rows: str, before: str = "", after: str = "") -> re.Pattern[str]:
    return re.compile(before + one_of(*rows) + after, re.IGNORECASE)


SENT = one_of(
    r"sent|sendt|skickat|sänt|gesendet|verzonden|verstuurd|enviado|enviada|enviat|envoyé|inviato|lähetetty|wysłane",
    r"wysłano|odesláno|odoslané|trimis|отправлено|надіслано|posted|написано",
)
BY = one_of(
    r"from|via|with|by|using|desde|de|do|da|pelo|pela|mediante|con|com|através|depuis|à partir|avec|von|vom|mit|über",
    r"dal|dallo|tramite|met|vanaf|van|fra|från|med|z|ze|с|из|через|през|din|del|på",
)
DEVICE = one_of(
    r"i ?phone|i ?pad|i ?pod|android|samsung|galaxy|huawei|xiaomi|redmi|motorola|moto|nokia|htc|sony|xperia|lg|pixel",
    r"oneplus|oppo|blackberry|windows|mac|mobile|phone|smart ?phone|cell(?:ular)?|celular|m[óo]vil|telem[óo]vel",
    r"tel[ée]fono|tablet|tableta|dispositivo|device|correo para|courrier pour|outlook|airmail|mailbox|yahoo!?",
    r"proton ?mail|gmail|hotmail|typeapp|bluemail|spark|k-9|thunderbird|newton|zoho|handy|mobiltelefon",
    r"mobilger[äa]t|telefon|wiko|alcatel|verizon|desktop|mobil|iphonen?i?|mymail|superhuman|fairphone|lumia|surface",
    r"webmail|e?-?mail(?=\W{0,3}(?:for|f[üo]r|para|pour|per|$|http))",
)
SENT_BY = re.compile(rf"{SENT}\s{BY}\b\W{{0,3}}(?:[^\s]{{1,40}}\s){{0,4}}?\W{{0,3}}{DEVICE}(?!\w)", re.IGNORECASE)
# Whatever is mine, if its name is one.
MINE = _compiled(
    r"from my|desde mi|do meu|da minha|des del meu|de mon|depuis mon|von meinem|dal mio|fra min|från min|met mijn",
    r"vanaf mijn|van mijn|z mojego|с моего",
    before=rf"{SENT}\s",
    after=r"\s(?=\S)",
)
# The name of a device ends here; in it there may be small words, but not those of a sentence.
NAME_ENDS = re.compile(r"[.,;:!(<\[\]\-]|http")
IN_NAMES = frozenset(
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
# A parcel was sent from somewhere, too, but under a number.
LONG_NUMBER = re.compile(r"\d{5}|(?!19|20)\d{4}")
SENT_FROM = (
    re.compile(r"from my (?:iphone|ipad|android|phone|mobile|galaxy|samsung)\b.{0,20}$", re.IGNORECASE),
    re.compile(r"(?:von meine[mr]|diese (?:nachricht|e-?mail) wurde von)\s.{2,60}\sgesendet\W*$", re.IGNORECASE),
    _compiled(
        r"get|obtener|obtén|obtenga|descargar?|obter|obtenha|baixe|télécharger|obtenir|holen|scarica|ottieni|download",
        after=r"\W{1,3}(?:o |el )?\W?outlook (?:for|para|pour|für|per)\b",
    ),
    re.compile(r"outlook(?:-app)? (?:für|voor|til|för) (?:ios|android)\b", re.IGNORECASE),
    re.compile(r"(?:someone )?(?:sent )?(?:from|by|via) (?:a )?(?:mobile|phone|galaxy)\W*$", re.IGNORECASE),
    re.compile(r"(?:從我的|从我的|發自我的|发自我的|我的).{1,30}(?:傳送|发送|發送|iphone|ipad)", re.IGNORECASE),
    re.compile(r"(?:发自|發自).{1,30}$|iphone\s?から送信|나의 .{1,20}에서 보냄", re.IGNORECASE),
)
ADVERT = _compiled(
    r"(?:libre de virus|virus-free|livre de v[íi]rus|sin virus|garanti sans virus|virenfrei)\W{0,4}(?:www\.|https?:|$)",
    r"\W{0,3}www\.(?:avast|avg)\.com\W{0,3}$|yahoo mail: search, organize, conquer",
)
PRINTING = _compiled(
    r"antes de imprimir|piense? (?:en el medio|antes de imprimir)|por favor,? (?:considere|piense|no imprima)",
    r"please (?:consider the environment|don.t print|think before)|before printing|considere o meio",
    r"pense (?:no meio|antes de imprimir)|proteja el medio|pensez à l.environnement|save (?:paper|a tree)",
    before=r"\W{0,4}",
)
_A_MAIL = one_of(
    r"mensaje|correo|e-?mail|mail|comunicaci[óo]n|comunicaç[ãa]o|mensagem|documento|transmisi[óo]n|informaci[óo]n",
    r"message|communication|transmission|document|information|nachricht|courriel|courrier|bericht|missatge|messaggio",
)
OPENING = _compiled(
    rf"(?:este|el presente|esta|la presente|o presente|a presente|this|diese|ce|questo|questa|dit|aquest)"
    rf"\s(?:\S{{1,20}}\s){{0,3}}?{_A_MAIL}",
    r"(?:el contenido|la informaci[óo]n|o conte[úu]do|as informaç[õo]es|a informaç[ãa]o|los datos|der inhalt)\s",
    r"toda la informaci[óo]n\s|aviso\s|advertencia|nota (?:legal|de confid)|confidencial|confidential|disclaimer",
    r"the (?:information|contents?|message)\s|important notice|legal notice|privileged|notice:|il presente",
    r"if you (?:are not|have received)|si (?:usted )?(?:no es|ha recibido|recibe)|se (?:você )?(?:não|recebeu)",
    r"les informations|l.information|le informazioni|de informatie",
    before=r"\W{0,4}",
)
LEGAL = _compiled(
    r"confiden|privileg|destinat|recipient|addressee|intended|divulg|disclos|disseminat|distribu|prohibi|proibid",
    r"interdi|unauthori|no autoriz|não autoriz|error|erro\b|mistake|delet|elimin|borr|apag|destru|adjunt|anexo|attach",
    r"exclusiv|sole use|legal|notif|vertraulich|adressat|empfänger|irrtüm|erreur|riservat|allegat",
    r"protecci[óo]n de datos|tratamiento|reserv|vertrouwelijk|geadresseerde|derechos|responsab|liab|virus",
)
ASKS = re.compile(r"[?¿]")
ASKED = re.compile(
    r"(?!(?:[tmpf]|tel|tel[ée]fono|cel|m[óo]vil|mobile?|phone|fax|direct|web|www|https?|e-?mail)\W)[^\W\d][^:]{0,30}:",
    re.IGNORECASE,
)
# What an agent needs to know is no decoration, wherever it stands.
NUMBERS = _compiled(
    r"c[ée]dula|\b(?:dni|nie|nif|ruc|nit|cpf|rut|c\.?i)\b|pasaporte|passport|client[e]?\b|customer|contrat|contract",
    r"cuenta|conta\b|account|p[óo]liza|pedido|order|factura|invoice|fatura|ticket|l[íi]nea|servicio",
)
CLOSING = _compiled(
    r"(?:un |muchos |best |kind |warm |many |com os melhores )?(?:regards|saludos?|cumprimentos|wishes)",
    r"saludos? cordial(?:es|mente)?|un cordial saludo|sincerely|yours (?:truly|sincerely|faithfully)|cordialmente",
    r"atentamente|atte\.?|att\.?|atenciosamente|cordialement|cheers|saluti|distinti saluti",
    r"(?:mit )?(?:freundlichen|viele|beste|liebe) gr[üu](?:ß|ss)en?",
    after=r"\s?[,.!:]?",
)
NAME = re.compile(r"[^\W\d_][\w.'’-]{0,25}(?:,?\s[^\W\d_][\w.'’-]{0,25}){0,4},?")
CONTACT = _compiled(
    r"\b(?:ceo|cto|cfo|coo|manager|directora?|gerente|ingenier[oa]|engineer|consult[oa]r?|consultant|president[ea]?)\b",
    r"\b(?:departamento|department|developer|sales|ventas|jefe|jefa|coordinadora?|coordenadora?|analista|analyst)\b",
    r"\b(?:abogad[oa]|advogad[oa]|asistente|assistant|(?:co-)?founder|fundadora?|partner|inc|gmbh|ltda?|corp|fax)\b",
    r"\b(?:s\.?a|s\.?l|tel|m[óo]vil|cel|mobile|phone|www)\b|https?://|[^\s@]{1,60}@[^\s@]{1,60}\.[a-z]",
    r"\+\d[\d ()-]{6,18}|📱|📧",
)
