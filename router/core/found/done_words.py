"""The forms in which somebody says that a thing was done, in Spanish and English; built from a verb's stem.

They are the forms that tell of the past ("reinicié", "he reiniciado", "probé reiniciando", "I've tried restarting") or
of a habit ("lo reinicio y nada"); what is wished, asked or told to do has other forms, and is not found at all.
"""

_HAVE = r"(?:he|hemos|habia|habiamos|han|ha)(?: (?:ya|todo|hasta|incluso|tambien|estado|probado|intentado))?"
_ALSO = r"(?: (?:a|con|en|de|ya|hasta|incluso|tambien|todo))*"
_TRIED = (
    rf"(?:probe|probamos|probado|intente|intentamos|intentado|trate|tratamos|tratado|despues|tras|luego|a pesar"
    rf"|me hicieron|nos hicieron|me han hecho|hicieron|logre|termine"
    rf"|acabo|acabamos|acabe|volvi|volvimos|vuelto|vuelvo|procedi|tuve que|pude){_ALSO}"
)
_BEEN = (
    r"(?:probe|probamos|probado|intente|intentamos|intentado|llevo|estuve|estuvimos|estado|estoy|sigo|vengo"
    rf"|anduve|incluso|segui){_ALSO}"
)
SUFFIX = r"(?:me|te|se)?(?:l[aoe]s?)?"


def _forms(finite: str, participle: str, infinitive: str, gerund: str) -> str:
    return (
        rf"(?:(?:ya )?(?:(?:yo|lo|la|los|las|le|les|me|te|nos|se lo|se los|se las|se la) )*(?:{finite})"
        rf"|(?:ya )?(?:(?:lo|la|los|las|le|les|me) )?{_HAVE} (?:{participle})"
        rf"|{_TRIED} (?:{infinitive}){SUFFIX}|{_BEEN} (?:{gerund}){SUFFIX})"
    )


def ar(*stems: str, first: str = "") -> str:
    """The forms of verbs in -ar; `first` is the stem before an e where it is written otherwise (apag-, apagu-)."""
    stem = _one_of(stems)
    before_e = _one_of((first,)) if first else stem
    return _forms(rf"{before_e}e|{stem}(?:amos|aron|o)", rf"{stem}ad[oa]s?", rf"{stem}ar", rf"{stem}ando")


def er(*stems: str) -> str:
    """The forms of verbs in -er and -ir."""
    stem = _one_of(stems)
    return _forms(rf"{stem}(?:i|imos|ieron|io|o)", rf"{stem}id[oa]s?", rf"{stem}(?:er|ir)", rf"{stem}iendo")


def odd(finite: str, participle: str, infinitive: str, gerund: str) -> str:
    """The forms of a verb that goes its own way."""
    return _forms(finite, participle, infinitive, gerund)


def did(past: str, gerund: str, base: str) -> str:
    """The forms of an English verb: its past, "tried …ing", "managed to …", "they had me …"."""
    return (
        rf"(?:(?:(?:i|we|i've|ive|i have|we have|we've|already|i already|i've already|i have already|i also"
        rf"|i just|have already) )?(?:{past})"
        rf"|(?:tried|after|despite|been|i keep|even tried|attempted|also tried|finished)(?: (?:already|also|to"
        rf"|by|just|with|both))* (?:{gerund})"
        rf"|(?:tried to|i did(?: also)?|managed to|have to keep|having to|(?:they|she|he|rep|agent|tech|you guys"
        rf"|support)(?: also)? (?:had|made) me) (?:{base}))"
    )


def _one_of(stems: tuple[str, ...]) -> str:
    return stems[0] if len(stems) == 1 else f"(?:{'|'.join(stems)})"
