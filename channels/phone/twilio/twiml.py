"""What Twilio is told to do with a call: TwiML, made as XML so that no word of a briefing is taken for markup."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from router.model.message import Handle

# What XML 1.0 can't hold (section 2.2).
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST_SAID = 1500
KEY_SECONDS = "10"
PRESS = {"es": "Pulsa cualquier tecla para hablar.", "en": "Press any key to talk."}
CALLING = {"es": "Llamada de Hilo.", "en": "A call from Hilo."}
NOBODY = {
    "es": "En este momento nadie puede contestar. Te llamamos en cuanto podamos.",
    "en": "Nobody can answer right now. We will call you back as soon as we can.",
}


def language_of(code: str) -> str:
    """Which of our two languages is nearest to `code` (`es-PA`)."""
    return "en" if code.lower().startswith("en") else "es"


class Words:
    """TwiML in the voices that are configured."""

    def __init__(self, voices: Mapping[str, str]) -> None:
        self._voices = voices

    def whisper(self, text: str, language: str, accept: str) -> str:
        """Say what it is about to whoever took the call, and go on at `accept` once they press a key; else hang up."""
        root = Element("Response")
        # A voicemail presses no key: without one, a customer would be put through to it.
        gather = SubElement(
            root, "Gather", numDigits="1", timeout=KEY_SECONDS, action=accept, method="POST", finishOnKey=""
        )
        self._say(gather, f"{text[:LONGEST_SAID] or CALLING[language]} {PRESS[language]}", language)
        SubElement(root, "Hangup")
        return _written(root)

    def nobody(self, language: str) -> str:
        """Say that nobody can answer, and hang up."""
        root = Element("Response")
        self._say(root, NOBODY[language], language)
        SubElement(root, "Hangup")
        return _written(root)

    def _say(self, parent: Element, text: str, language: str) -> None:
        said = SubElement(parent, "Say", language=self._voices.get(language, "es-MX"))
        said.text = _UNWRITABLE.sub(" ", text)


def dialling(phone: Handle, dial: Mapping[str, str], leg: Mapping[str, str]) -> str:
    """Ring `phone`, and connect it with who is on the line."""
    root = Element("Response")
    verb = SubElement(root, "Dial", dict(dial))
    noun = SubElement(verb, "Number" if phone.kind == "phone" else "Sip", dict(leg))
    noun.text = address_of(phone)
    return _written(root)


def hangup() -> str:
    """Hang up."""
    root = Element("Response")
    SubElement(root, "Hangup")
    return _written(root)


def connect() -> str:
    """Nothing more to say: the two are connected."""
    return _written(Element("Response"))


def address_of(phone: Handle) -> str:
    """`phone` as Twilio takes it: a number in E.164, or `sip:…`."""
    return phone.address if phone.kind == "phone" else str(phone)


def _written(root: Element) -> str:
    return tostring(root, encoding="unicode", xml_declaration=True)
