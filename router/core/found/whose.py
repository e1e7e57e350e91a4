"""Whose a datum is: the customer's own, unless they call it somebody else's ("la cédula de mi esposo")."""

import re2

_KIN = (
    "espos[oa]|marido|mujer|parej[ao]|novi[oa]|mam[ai]|mami|pap[ai]|madre|padre|padres|hij[oa]s?|herman[oa]s?|abuel[oa]s?|ti[oa]s?"
    "|prim[oa]s?|suegr[oa]s?|cunad[oa]s?|niet[oa]s?|sobrin[oa]s?|amig[oa]s?|vecin[oa]s?|jef[ea]|companer[oa]s?|inquilin[oa]s?"
    "|roommate|conocid[oa]|familiar|client[ea]s?"
)
_KIN_EN = (
    "wife|husband|spouse|partner|boyfriend|girlfriend|fiancee?|mom|mother|mum|dad|father|parents?|son|daughter|kids?|brother"
    "|sister|grandm[ao]ther|grandma|grandpa|grandfather|uncle|aunt|cousin|friend|neighbou?r|boss|roommate|landlord|tenant"
    "|in-laws?|coworker|colleague"
)
OTHER = rf"(?:\b(?:mi|mis|un|una|el|la|otr[oa]) (?:{_KIN})\b|\bmy (?:[a-z]+ )?(?:{_KIN_EN})(?:'?s)?\b)"
_OTHER_BEFORE = re2.compile(rf"(?:{OTHER}|\b(?:his|her|their)\b)[^.;!?\n]{{0,32}}$")
_OTHER_WORD = re2.compile(rf"{OTHER}|\b(?:his|her|their)\b")
_OWN = re2.compile(r"\b(?:mi|mio|mia|mine|my|soy|i'm|mis|tengo|pero|but)\b")
_OTHER_AFTER = re2.compile(
    rf" *[(]? *(?:que )?(?:(?:es|son|era) (?:(?:el|la|lo) (?:(?:numero|cedula|dni|rut|cuenta|celular"
    rf"|correo) )?)?)?(?:de|del) {OTHER}"
    rf"|[ ,(]*(?:which |that )?(?:is|belongs to|of|for) {OTHER}"
)
REACH = 60


def is_of_other(text: str, start: int, end: int) -> bool:
    """Whether the words around say that what stands there in `text` (small letters) is not the customer's."""
    if _OTHER_AFTER.match(text[end : end + REACH]):
        return True
    before = text[max(start - REACH, 0) : start]
    if not _OTHER_BEFORE.search(before):
        return False
    last = max(match.end() for match in _OTHER_WORD.finditer(before))
    return not _OWN.search(before[last:])
