"""TwiML: XML in, verbs out (https://www.twilio.com/docs/voice/twiml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from yarl import URL


class UnusableTwiml(Exception):
    """It can't be run; `code` is Twilio's error."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb, or a noun within one."""

    name: str
    attributes: Mapping[str, str]
    text: str = ""
    inner: tuple[Verb, ...] = ()

    def given(self, name: str, default: str = "") -> str:
        """An attribute."""
        return self.attributes.get(name, default)

    def number(self, name: str, default: float) -> float:
        """An attribute that is a number. Raises UnusableTwiml (12200) if it is none."""
        text = self.attributes.get(name, str(default))
        if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text):
            raise UnusableTwiml(12200, f"{self.name}: {name} should be a number")
        return float(text)


@dataclass(frozen=True, slots=True)
class Document:
    """TwiML and where it came from, to which its relative addresses belong; None where it came with the request."""

    verbs: tuple[Verb, ...]
    url: str | None = None

    def address(self, reference: str) -> str:
        """`reference` in full; the document's own address where it is empty."""
        if self.url is None:
            return reference
        return str(URL(self.url).join(URL(reference))) if reference else self.url


def read_twiml(text: str, url: str | None = None) -> Document:
    """The verbs of `text`. Raises UnusableTwiml: 12100 if it is no XML, 12102 if it does not begin with Response."""
    if "<!DOCTYPE" in text:
        raise UnusableTwiml(12100, "TwiML has no document type")
    try:
        # Entities need a document type, so none can be declared.
        top = ElementTree.fromstring(text.strip())  # noqa: S314
    except ElementTree.ParseError as error:
        raise UnusableTwiml(12100, f"Document parse failure: {error}") from error
    if top.tag != "Response":
        raise UnusableTwiml(12102, "The first element should be Response")
    return Document(tuple(_verb(one) for one in top), url)


def _verb(element: ElementTree.Element) -> Verb:
    inner = tuple(_verb(one) for one in element)
    text = (element.text or "") if element.tag != "Say" else "".join(element.itertext())
    return Verb(element.tag, dict(element.attrib), " ".join(text.split()), inner)
