"""Telephone numbers as people write them, to E.164, by the numbering plans that libphonenumber knows."""

from router.model.call import PHONE
from router.model.message import Handle

# Mexico dropped the 1 behind its code for mobiles in 2019; people still write it (https://www.ift.org.mx).
MEXICAN_MOBILE = "+521"


# What phones of people and offices are. Premium rates, shared costs, pagers and the like are nobody's whom we call: who
# names one has us pay for it.
EVERYDAY = frozenset({"FIXED_LINE", "MOBILE", "FIXED_LINE_OR_MOBILE", "VOIP", "TOLL_FREE"})
# What the library gives as the country of satellites, and of numbers of the whole world.
NOWHERE = "001"


def dialable(text: str, region: str = "") -> Handle | None:
    """The number that `text` names, as a handle; None where nobody can be rung there, or only for a special price.

    `region` is the country (`PA`) of a number that names none.
    """
    # A hundredth of a second to import, and most processes never dial.
    import phonenumbers

    try:
        number = phonenumbers.parse(_without_mobile_one(text.strip()), region or None)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(number))
    if kind not in EVERYDAY or phonenumbers.region_code_for_number(number) == NOWHERE:
        return None
    return Handle(PHONE, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def country_of(number: Handle) -> str:
    """The country (`PA`) of an E.164 `number`, `` where it is no one country's."""
    import phonenumbers

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number.address, None)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _without_mobile_one(text: str) -> str:
    digits = "".join(sign for sign in text if sign.isdigit() or sign == "+")
    is_old = digits.startswith(MEXICAN_MOBILE) and len(digits) == len(MEXICAN_MOBILE) + 10
    return f"+52{digits[len(MEXICAN_MOBILE) :]}" if is_old else text
