"""The HTML that the desk keeps of mails: what people wrote stays, nothing of it runs, loads, overlays or hides."""

import itertools
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.plain_text import Allowance, text_of_html
from channels.email.safe_html import safe_html
from tests.mail_checks import harmless, read

DIGEST = "d" * 64
TABLE = '<table bgcolor="red"><tbody><tr>'
SECONDS = 2.0
HTML_HEAD = b"From: ana@example.org\r\nMessage-ID: <1@x>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"

# Ways to run something, to load something, to lay something over the page, to lead astray: each is put into each frame.
CALLS = ("alert(1)", "alert`1`", "&#97;lert(1)", "top[`al`+`ert`](1)")
SCHEMES = (
    *("javascript:{}", "JaVaScRiPt:{}", "java\tscript:{}", "java\nscript:{}", " javascript:{}", "\x01javascript:{}"),
    *(
        "&#106;avascript:{}",
        "&#x6A&#x61vascript:{}",
        "javascript&colon;{}",
        "java&Tab;script:{}",
        "java&NewLine;script:{}",
    ),
    *("vbscript:{}", "data:text/html,<script>{}</script>", "data:image/svg+xml,<svg onload={}>", "feed:javascript:{}"),
    *("jar:javascript:{}!/", "view-source:javascript:{}", "livescript:{}", "mocha:{}", "javascript://%0a{}"),
    *(
        "blob:https://evil.example/{}",
        "filesystem:{}",
        "file:///etc/passwd",
        "//evil.example/{}",
        "\\\\evil.example\\{}",
    ),
)
CARRIERS = (
    *('<a href="{}">x</a>', "<a href={}>x</a>", "<a href='{}'>x</a>", '<img src="{}">', '<img srcset="{}">'),
    *('<iframe src="{}"></iframe>', '<embed src="{}">', '<object data="{}"></object>', '<form action="{}"><input>'),
    *('<button formaction="{}">x', '<base href="{}">', '<link rel=stylesheet href="{}">', '<area href="{}">'),
    *('<meta http-equiv=refresh content="0;url={}">', '<body background="{}">', '<table background="{}">'),
    *('<svg><a xlink:href="{}"><text>x</text></a></svg>', '<math href="{}">x</math>', '<video poster="{}">'),
    *('<div style="background:url({})">', '<img dynsrc="{}">', '<img lowsrc="{}">', '<isindex action="{}">'),
)
EVENTS = (
    "onerror",
    "onload",
    "onclick",
    "ONMOUSEOVER",
    "onfocus",
    "onpointerrawupdate",
    "ontoggle",
    "on\x0cload",
    "/onload",
)
TAGS = (
    "img src=x",
    "svg",
    "body",
    "input autofocus",
    "details open",
    "video src=x",
    "a href=https://x.example",
    "p",
    "marquee",
)
WHOLE = (
    "<script>{}</script>",
    "<script src=//evil.example/x.js></script>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<SCRIPT/x>{}</SCRIPT >",
    "<style>@import'//evil.example/x.css';*{{background:url(//evil.example)}}</style>",
    "<style><img src=x onerror={}></style>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<template><script>{}</script></template>",
    "<textarea><img src=x onerror={}></textarea>",
    "<title><img src=x onerror={}></title>",
    "<xmp><img src=x onerror={}></xmp>",
    "<plaintext><img src=x onerror={}>",
    "<!--><img src=x onerror={}>-->",
    "<!--[if gte IE 4]><script>{}</script><![endif]-->",
    "<![CDATA[<img src=x onerror={}>]]>",
    "<?xml version=1.0?><x onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg><style><img src=x onerror={}></style></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>{}</script>'></foreignObject></svg>",
    "<svg><animate onbegin={} attributeName=x></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload={}>#x'></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror={}&gt;'>",
    "<math><mi//xlink:href='data:x,<script>{}</script>'>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id='</style><img onerror={} src>'>",
    "<table><td><svg><desc><td></svg><img src=x onerror={}>",
    "<iframe srcdoc='&lt;script&gt;{}&lt;/script&gt;'></iframe>",
    "<object type=text/x-scriptlet data=//evil.example></object>",
    "<div style='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999'>{}</div>",
    "<div style='width:expression({})'>",
    "<div style='behavior:url(//evil.example/x.htc)'>",
    "<div style='-moz-binding:url(//evil.example/x.xml#x)'>",
    "<div style='background-color:red;background-image:\\75rl(//evil.example)'>",
    "<div style='color:red/**/;margin:-999px'>",
    "<p style='width:calc(100% + 1px);color:var(--x)'>",
    "<p style='border-color:red;border:1px solid url(//evil.example)'>",
    "<a href='https://a.example' target=_top ping=//evil.example rel=opener download>x</a>",
    "<a href='https://a.example' title='https://bank.example'>x</a>",
    "<input type=password name=p><select><option>x</select><keygen><isindex>",
    "<form action=//evil.example method=post><input type=image src=//evil.example></form>",
    "<meta charset=utf-7>+ADw-script+AD4-{}+ADw-/script+AD4-",
    "<link rel=prefetch href=//evil.example><link rel=import href=//evil.example>",
    "<audio src=//evil.example autoplay><source srcset=//evil.example><track src=//evil.example>",
    "<picture><source srcset=//evil.example><img src=//evil.example/x.png></picture>",
    "<p id=getElementById name=cookie class=modal contenteditable tabindex=1 accesskey=x>x</p>",
    "<x-custom is=y slot=z onclick={}>x</x-custom>",
    "<img src='cid:a' onerror={} usemap=#m ismap><map name=m><area href=javascript:{}></map>",
    "\ue011\ue012\ue013<img src='\ue013x' alt='\ue011\"onerror={}'>&#xe011;&#xe012;&#xe013;",
    "<img src='&#xe013;' title='src=\"&#xe012;'><a href='&#xe011;javascript:{}'>x</a>",
)


def payloads() -> list[str]:
    """More than a thousand ways, put together from the tables above."""
    links = [carrier.format(scheme.format(CALLS[0])) for carrier in CARRIERS for scheme in SCHEMES]
    events = [f"<{tag} {event}={call}>" for tag in TAGS for event in EVENTS for call in CALLS[:2]]
    return [*links, *events, *(whole.replace("{}", call) for whole in WHOLE for call in CALLS)]


def made_safe(html: str) -> str:
    found = safe_html(html, Allowance(), {"a": DIGEST})
    assert found is not None
    return found


def test_of_no_payload_anything_survives_that_runs_loads_or_overlays() -> None:
    hostile = payloads()
    assert len(hostile) > 500
    for payload in hostile:
        for html in (payload, f"<p>Hola</p><table><tr><td>{payload}</table>", f"<blockquote>{payload}<b>x"):
            harmless(made_safe(html))


def test_what_is_safe_stays_as_it_is_when_it_is_made_safe_again() -> None:
    for payload in payloads()[::7]:
        once = made_safe(payload).replace(f'data-file="{DIGEST}"', 'src="cid:a"').replace("data-src=", "src=")
        again = made_safe(once).replace(f'data-file="{DIGEST}"', 'src="cid:a"').replace("data-src=", "src=")
        assert again == once


PIECES = st.sampled_from(
    [
        *(
            "<",
            ">",
            "</",
            "/>",
            '"',
            "'",
            "=",
            " ",
            "\n",
            "\0",
            "&",
            ";",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "&lt;",
            "&quot;",
        ),
        *(
            "script",
            "style",
            "svg",
            "math",
            "img",
            "a",
            "p",
            "table",
            "td",
            "noscript",
            "iframe",
            "title",
            "textarea",
            "mtext",
        ),
        *(
            "mglyph",
            "form",
            "b",
            "src",
            "href",
            "onerror",
            "title",
            "data-src",
            "data-file",
            "alert(1)",
            "javascript:",
            "cid:a",
        ),
        *(
            "//evil.example",
            "https://a.example/?a=1&b",
            "url(",
            ")",
            "color:red",
            "position:fixed",
            "\ue011",
            "\ue012",
            "\ue013",
        ),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_pieces_of_html_make_anything_harmful(html: str) -> None:
    harmless(made_safe(html))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(payloads()), min_size=2, max_size=5), st.integers(0, 200))
def test_nor_do_payloads_cut_and_joined(parts: list[str], cut: int) -> None:
    harmless(made_safe("".join(part[: cut or None] for part in parts)))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<p>Hola<br><b>Ana</b></p>", "<p>Hola<br><b>Ana</b></p>"),
        ('<p style="color:red; position:fixed">x', '<p style="color:red">x</p>'),
        ('<p style="color: rgb(1, 2, 3)">x', '<p style="color:rgb(1, 2, 3)">x</p>'),
        ("<ul><li>uno<li>dos</ul>", "<ul><li>uno</li><li>dos</li></ul>"),
        ('<table bgcolor="red"><td colspan="2">x', f'{TABLE}<td colspan="2">x</td></tr></tbody></table>'),
        ("<form><input><button>x</button></form>", "x"),
        ('<img src="cid:a" alt="Foto">', f'<img data-file="{DIGEST}" alt="Foto">'),
        ('<img src="cid:other" alt="Foto">', '<img alt="Foto">'),
        ('<img src="//a.example/1.png">', '<img data-src="https://a.example/1.png">'),
        ("<title>x</title><style>p{}</style>Hola", "Hola"),
    ],
)
def test_what_people_write_stays(written: str, kept: str) -> None:
    assert made_safe(written) == kept


def test_remote_images_are_named_but_not_loaded() -> None:
    html = '<img src="https://a.example/1.png"><img src="http://b.example/2.gif"><img src="cid:a"><img src="x.png">'
    safe = made_safe(html)
    assert re.findall(r' data-src="([^"]*)"', safe) == ["https://a.example/1.png", "http://b.example/2.gif"]
    assert not re.search(r"\ssrc=", safe)


def test_a_link_tells_where_it_leads_whatever_its_text() -> None:
    safe = made_safe(
        '<a href="https://evil.example/?a=1&amp;b=&quot;2" title="https://bank.example">https://bank.example</a>'
    )
    where = "https://evil.example/?a=1&amp;b=&quot;2"
    assert f'href="{where}" title="{where}"' in safe
    assert "bank.example" not in safe.partition(">")[0]
    assert 'rel="noopener noreferrer"' in safe


@pytest.mark.parametrize(
    "piece", ["<div>", "<b><p>", "<table><td>", "<a href=http://x>", "<p><font color=red>", "<li><i>", "<svg>"]
)
def test_as_much_as_is_allowed_is_made_safe_in_a_moment(piece: str) -> None:
    html = piece * (14_900 // piece.count("<"))
    began = time.thread_time()
    harmless(made_safe(html))
    assert time.thread_time() - began < 2 * SECONDS


def test_what_is_too_much_is_left_out_and_said() -> None:
    assert safe_html("<b>" * 20_000, Allowance()) is None
    assert safe_html("a" * 3_000_000, Allowance()) is None
    mail = read(HTML_HEAD + b"<b>Hola" * 20_000)
    assert mail.message.html == ""
    assert "html_left_out" in mail.problems
    # and the text and the mail itself are there
    assert "Hola" in mail.message.text
    assert mail.message.original in mail.contents


def test_pictures_within_the_mail_are_its_files() -> None:
    # given a picture as a part, one that is written into the HTML, and one that is a program
    raw = (
        b"From: ana@example.org\r\nContent-Type: multipart/related; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/html\r\n\r\n"
        b'<img src="cid:one@x"><img src="data:image/png;base64,' + b"QUJD" * 20 + b'"><img src="cid:two@x">\r\n'
        b"--x\r\nContent-Type: image/png\r\nContent-ID: <one@x>\r\n\r\nPNG\r\n"
        b"--x\r\nContent-Type: image/svg+xml\r\nContent-ID: <two@x>\r\n\r\n<svg onload=x>\r\n--x--"
    )
    # when the mail is read
    mail = read(raw)
    # then the first two are shown from the files that are kept, and all three are listed
    html = mail.contents[mail.message.html].decode()
    first, svg, second = mail.message.attachments
    assert [file.media_type for file in (first, svg, second)] == ["image/png", "image/svg+xml", "image/png"]
    assert html == f'<img data-file="{first.digest}"><img data-file="{second.digest}"><img>'
    assert mail.contents[second.digest] == b"ABC" * 20


def test_the_desk_sees_the_html_where_customers_see_it_and_the_plain_text_is_the_message() -> None:
    parts = itertools.starmap(
        "--x\r\nContent-Type: text/{}; charset=utf-8\r\n\r\n{}\r\n".format,
        [("plain", "Hola"), ("html", "<p><b>Hola</b></p>")],
    )
    raw = "From: ana@example.org\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n" + "".join(parts) + "--x--"
    mail = read(raw.encode())
    assert (mail.message.text, mail.contents[mail.message.html]) == ("Hola", b"<p><b>Hola</b></p>")
    # and a mail without HTML has none
    assert read(b"From: ana@example.org\r\n\r\nHola").message.html == ""


def test_the_text_of_safe_html_is_the_text_of_the_mail() -> None:
    html = "<div>Hola<p>Tengo <i>dos</i> preguntas:<ol><li>¿Cuándo?<li>¿Cuánto?</ol></div>"
    assert text_of_html(made_safe(html).encode(), Allowance()) == text_of_html(html.encode(), Allowance())


@pytest.mark.parametrize("value", ["1e", "1E", "1e; width:2px", "1e-x", "'a\"b'"])
def test_no_style_is_one_that_would_be_written_out_with_an_escape(value: str) -> None:
    quoted = value.replace('"', "&quot;")
    shown = made_safe(f'<p style="padding-left:{quoted};color:red">x</p>')
    assert "\\" not in shown
    assert "color:red" in shown
