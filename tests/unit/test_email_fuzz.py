"""Mails as programs build them, nested, encoded and then broken: none stops the reading, none takes long or much.

`make fuzz` looks for more of them, for as long as it is told; HILO_FUZZ is how many are made here (300).
"""

import base64
import os
import quopri
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.report import report_of
from router.inspect_cli import as_data
from tests.mail_checks import ACCOUNT, RECEIVED, carried, read

TOP = Path(__file__).parent.parent.parent
EXAMPLES = int(os.environ.get("HILO_FUZZ", "300"))
SECONDS = 2.0
LIMIT = 10**7

CHARSETS = (
    *("utf-8", "iso-8859-1", "windows-1252", "us-ascii", "utf-16", "utf-7", "gb18030", "big5", "iso-2022-jp", "euc-kr"),
    *(
        "koi8-r",
        "windows-1251",
        "shift_jis",
        "x-unknown",
        "",
        "utf-8; format=flowed",
        '"utf-8',
        "idna",
        "=?utf-8?q?x?=",
    ),
)
TEXTS = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=80),
    st.sampled_from(
        [
            *(
                "Llevo tres días sin señal.",
                "转发：整体提升企业服务水平",
                "カテゴリ：全メンバー",
                "Здравствуйте",
                "=E9 =3D =",
                "--x\n--x--",
            ),
            *(
                "<p>Hola <a href='https://a.example'>aquí</a><img src=cid:a@b><img src=//t.example/1.gif>",
                "<div><table><td>x",
            ),
            *(
                "<!--<p>",
                "<style>p{",
                "BEGIN:VEVENT\nDTSTART:20260303T100000Z\nSUMMARY:x\\, y\nEND:VEVENT",
                "begin 644 x\nM\n`\nend",
            ),
            "<img src='data:image/png;base64," + "QUJD" * 30 + "'>",
        ]
    ),
)
KINDS = (
    *("text/plain", "text/html", "text/calendar", "text/enriched", "TEXT/HTML ", "text/", "text", "", "image/png"),
    *("application/ms-tnef", "application/pkcs7-mime", "message/delivery-status", "message/partial", "message/rfc822"),
)
NAMES = (
    *(
        "",
        "; name=foto.png",
        '; name="=?utf-8?q?se=C3=B1al?=.png"',
        "; name*=utf-8''se%C3%B1al.png",
        "; name*0*=x''%; name*1=b",
    ),
    *("; name*0=a; name*2=c; name*1*=%E9", '; name="', "; name=../../etc/passwd", "; name*=x'y", "; name=" + "a" * 300),
)
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "8bit": bytes,
    "7-bit": bytes,
    "base64": base64.encodebytes,
    "quoted-printable": quopri.encodestring,
    "BASE64 ": lambda data: base64.b64encode(data)[:-1],
    "x-uuencode": lambda data: b"begin 644 x\n" + data + b"\nend\n",
    "binary": bytes,
}
HEADERS = st.sampled_from(
    [
        *(
            "From: Ana <ana@example.org>",
            "From: ana@example.org (Ana)",
            "From: <>",
            "From: a@b, c@d",
            "From: =?utf-8?b?QW5h?= <a@b.example>",
        ),
        *(
            "Subject: =?utf-8?q?Sin_se=C3=B1al?=",
            "Subject: =?gb2312?b?16q3og==?=",
            "Subject:",
            "Subject: se\xf1al",
            "Subject: =?x?",
        ),
        *(
            "To: undisclosed-recipients:;",
            'Cc: x@example.org, "y',
            "Reply-To: eva@example.org",
            "Date: Tue, 3 Mar 2026 08:00:00 +0000",
        ),
        *(
            "Date: ",
            "Message-ID: <1@x>",
            "Message-ID: x",
            "References: <a@b><c@d>",
            "In-Reply-To: <a@b> <",
            "Auto-Submitted: auto-replied",
        ),
        *(
            "Content-Disposition: inline",
            'Content-Disposition: attachment; filename="a\\".txt"',
            "Content-ID: <a@b>",
            "Content-Location: http://x/y.png",
        ),
        *(
            "Content-Description: Foto / 1",
            "MIME-Version: 1.0",
            "a stray line",
            "Received : x",
            ">From x",
            "X: " + "x" * 1100,
        ),
    ]
)


def joined(headers: list[str], own: str, body: bytes, line_end: str) -> bytes:
    lines = line_end.join([*headers, *([own] if own else []), "", ""])
    return lines.encode("latin-1", "replace") + body


@st.composite
def leaves(draw: st.DrawFn) -> bytes:
    """A part without parts."""
    encoding, charset, kind = (
        draw(st.sampled_from(sorted(ENCODINGS))),
        draw(st.sampled_from(CHARSETS)),
        draw(st.sampled_from(KINDS)),
    )
    text = draw(TEXTS)
    try:
        data = text.encode(charset or "utf-8")
    except (LookupError, ValueError):
        data = text.encode("utf-8", "replace")
    own = (
        f"Content-Type: {kind}; charset={charset}{draw(st.sampled_from(NAMES))}\nContent-Transfer-Encoding: {encoding}"
    )
    return joined(draw(st.lists(HEADERS, max_size=3)), own, ENCODINGS[encoding](data), "\n")


def parts_of(children: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """A part with parts, or a mail within a mail; sometimes its boundary is another than it says."""

    @st.composite
    def build(draw: st.DrawFn) -> bytes:
        kind = draw(
            st.sampled_from(["mixed", "alternative", "related", "signed", "report", "digest", "encrypted", "x"])
        )
        said, used = draw(
            st.sampled_from([("x", "x"), ("y", "y"), ("x", "y"), ('"x y"', "x y"), ("", "x"), ("x ", "x")])
        )
        inner = draw(st.lists(children, max_size=4))
        body = b"".join(b"\n--" + used.encode() + b"\n" + part for part in inner)
        end = draw(st.sampled_from(["", f"\n--{used}--\n", f"\n--{used}--\n--{used}\n\nepilogue"]))
        own = f"Content-Type: multipart/{kind}; boundary={said}"
        return joined(
            draw(st.lists(HEADERS, max_size=3)),
            own,
            draw(st.sampled_from([b"", b"Hola\n"])) + body + end.encode(),
            "\n",
        )

    within = children.map(lambda inner: b"Content-Type: message/rfc822\n\n" + inner)
    return st.one_of(build(), build(), within)


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """A mail of nested parts, then cut, doubled or overwritten in a few places, with line ends of any kind."""
    raw = b"From: ana@example.org\n" + draw(st.recursive(leaves(), parts_of, max_leaves=12))
    for _ in range(draw(st.integers(0, 3))):
        place, length = draw(st.integers(0, len(raw))), draw(st.integers(0, 40))
        put = draw(st.one_of(st.just(b""), st.binary(max_size=8), st.just(raw[place : place + length] * 2)))
        raw = raw[:place] + put + raw[place + length :]
    return raw.replace(b"\n", draw(st.sampled_from([b"\n", b"\r\n", b"\r", b"\r\r\n"])))


@settings(max_examples=EXAMPLES, deadline=None)
@given(mails())
def test_no_mail_that_a_program_might_build_stops_the_reading(raw: bytes) -> None:
    began = time.thread_time()
    mail = read(raw)
    assert time.thread_time() - began < SECONDS
    carried(mail)
    assert read(raw) == mail
    report = report_of(raw, ACCOUNT, RECEIVED, LIMIT)
    assert set(as_data(report)) == set(as_data(None))


HEAD = b"From: ana@example.org\nMIME-Version: 1.0\n"
NOISE = bytes(range(256)) * 72_000
# Each as large as a mail may be, in the forms in which one is in memory several times over.
LARGE = {
    "one line": HEAD + b"\n" + b"a" * 25_000_000,
    "bytes as they are": HEAD + b"Content-Type: application/octet-stream\n\n" + NOISE,
    "base64": HEAD + b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(NOISE),
    "a picture in HTML": HEAD
    + b"Content-Type: text/html\n\n<img src='data:image/png;base64,"
    + base64.b64encode(NOISE)
    + b"'>",
    "HTML of another script": HEAD
    + b"Content-Type: text/html\n\n"
    + ("привет мир " * 100 + "\n").encode("koi8-r") * 22_000,
    "a mail in a mail": HEAD + b"Content-Type: message/rfc822\n\n" * 15 + b"\n" + b"Hola\n" * 490_000,
    "parameters": HEAD
    + b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain; "
    + b"a*0*=x;" * 3_000_000,
}


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
def test_no_mail_takes_more_than_200_mb(tmp_path: Path) -> None:
    # given the largest mails that are taken
    for number, raw in enumerate(LARGE.values()):
        (tmp_path / f"{number}.eml").write_bytes(raw)
    # when a process reads them that may have 200 MB more than at its start, then it can
    command = [sys.executable, "-m", "bench.fuzz_memory", str(tmp_path)]
    run = subprocess.run(command, check=False, cwd=TOP, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
