"""The HTML of a mail as the desk may show it: nothing in it runs, loads, overlays or hides where a link leads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nh3 import Cleaner

from channels.email.plain_text import Allowance

NO_FILES: Mapping[str, str] = {}
STRUCTURE = ("blockquote", "br", "center", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li")
WORDS = ("a", "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd", "mark", "q", "s")
MORE_WORDS = ("samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var")
TABLES = ("caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr")
TAGS = frozenset((*STRUCTURE, "ol", "p", "pre", "ul", *WORDS, *MORE_WORDS, *TABLES))
# What stands in these is no text of the mail, or is read by other rules than the rest (SVG, MathML).
DROPPED = frozenset(
    (
        *("script", "style", "title", "template", "noscript", "svg", "math", "iframe", "object", "applet"),
        *("noembed", "noframes", "xmp", "select", "textarea", "audio", "video", "canvas", "frameset"),
    )
)
CELL = frozenset({"colspan", "rowspan", "align", "valign", "width", "height", "bgcolor"})
ATTRIBUTES = {
    "*": frozenset({"style", "dir", "lang"}),
    "a": frozenset({"href"}),
    "img": frozenset({"src", "alt", "width", "height"}),
    "font": frozenset({"color", "face", "size"}),
    "ol": frozenset({"start", "type"}),
    "table": frozenset({"align", "width", "bgcolor", "border", "cellpadding", "cellspacing"}),
    **dict.fromkeys(("td", "th"), CELL),
    **dict.fromkeys(("div", "p", "tr", "h1", "h2", "h3", "hr", "caption"), frozenset({"align"})),
}
# Neither places nor layers; margins may be negative, and so lay one thing over another.
STYLES = frozenset(
    (
        *("background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left"),
        *("border-right", "border-spacing", "border-style", "border-top", "border-width", "color", "font-family"),
        *("font-size", "font-style", "font-weight", "line-height", "list-style-type", "max-width", "padding"),
        *("padding-bottom", "padding-left", "padding-right", "padding-top", "text-align", "text-decoration"),
        *("vertical-align", "white-space", "width"),
    )
)
# Numbers, words and colours: no address, no escape, no function but those of colours.
STYLE_VALUE = re.compile(r"(?:[\w\s#%.,'\"-]|rgba?\([\d\s.,%/]{1,40}\)|hsla?\([\d\s.,%/deg]{1,40}\)){1,200}")
# What the cleaner writes out again with an escape: a unit that could be an exponent, one quote within the other.
WRITTEN_ESCAPED = re.compile(r"""[0-9]e(?![a-z])|'.*"|".*'""", re.IGNORECASE)
LINK = re.compile(r"(?:https?://|mailto:|tel:)\S", re.IGNORECASE)
REMOTE = re.compile(r"(?:https?:)?//\S", re.IGNORECASE)
LINK_LENGTH = 2000
# Private use characters that stand before a value while it passes the cleaner; the input has none of them.
LEADS, LATER, KEPT = "\ue011", "\ue012", "\ue013"
MARKS = dict.fromkeys(map(ord, (LEADS, LATER, KEPT)))
TARGET = re.compile(rf'href="{LEADS}([^"]*)"')
SCHEMES = frozenset({"http", "https", "mailto", "tel", "cid"})


def safe_html(html: str, allowance: Allowance, files: Mapping[str, str] = NO_FILES) -> str | None:
    """What may be shown of `html`, or None where nobody could clean it within the `allowance`.

    No image has a `src`, so nothing is loaded wherever it is shown: one of the mail's own (`files`: Content-ID to
    digest) has its digest in `data-file`, a remote one its address in `data-src`. Each link's `title` is its target.
    """
    data = html.encode("utf-8", "replace")
    if len(data) > allowance.size or not allowance.lets_parse(html):
        return None
    allowance.take(data)
    cleaner = Cleaner(
        tags=TAGS,
        clean_content_tags=DROPPED,
        attributes=ATTRIBUTES,
        attribute_filter=_Keeper(files).kept,
        url_schemes=SCHEMES,
        filter_style_properties=STYLES,
        link_rel=None,
    )
    cleaned = cleaner.clean(html.translate(MARKS))
    # The cleaner's own way to add these has no order: the same mail would have another digest each time.
    shown = TARGET.sub(r'href="\1" title="\1" target="_blank" rel="noopener noreferrer"', cleaned)
    shown = shown.replace(f'src="{LATER}', 'data-src="').replace(f'src="{KEPT}', 'data-file="').translate(MARKS)
    return shown.strip()


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Says of each attribute that the cleaner lets through what is kept of it; `files` as for `safe_html`."""

    files: Mapping[str, str]

    def kept(self, tag: str, name: str, value: str) -> str | None:
        """The value that stays; None for an attribute that goes."""
        match tag, name:
            case "a", "href":
                return LEADS + value.strip()[:LINK_LENGTH] if LINK.match(value.strip()) else None
            case "img", "src":
                return self._image(value.strip())
            case _, "style":
                return _styles(value)
        return value

    def _image(self, source: str) -> str | None:
        if source[:4].lower() == "cid:":
            digest = self.files.get(source[4:])
            return KEPT + digest if digest else None
        if not REMOTE.match(source):
            return None
        return LATER + (f"https:{source}" if source.startswith("//") else source)[:LINK_LENGTH]


def _styles(written: str) -> str | None:
    kept = [style for style in written[:2000].split(";") if _is_harmless(*style.partition(":")[::2])]
    return "; ".join(style.strip() for style in kept) or None


def _is_harmless(name: str, value: str) -> bool:
    is_plain = STYLE_VALUE.fullmatch(value) is not None and WRITTEN_ESCAPED.search(value) is None
    return is_plain and name.strip().lower() in STYLES
