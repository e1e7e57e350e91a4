"""What commands that read lines of JSON have in common: each line comes back, and one that can't be read is told."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import click

LONGEST_LINE = 1_000_000


class BadLine(Exception):
    """A line is not what is asked for; it says why."""


def each_line(answered: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Answer the lines of standard input; 1 if any of them can't be read, else 0."""
    failed = 0
    for number, raw in enumerate(_raw_lines(sys.stdin.buffer if sys.stdin else io.BytesIO()), 1):
        if not raw.strip():
            continue
        try:
            click.echo(as_line(answered(_object(raw))))
        except BadLine as bad:
            failed = 1
            click.echo(f"line {number}: {bad}", err=True)
    return failed


def text_of(line: dict[str, Any], key: str) -> str | None:
    """The text under `key`, None if there is none. Raises BadLine if it is something else."""
    value = line.get(key)
    if value is not None and not isinstance(value, str):
        raise BadLine(f"its `{key}` is no text")
    return value


def as_line(value: object) -> str:
    """One line; lone halves of a letter, which UTF-8 has not, stay escaped."""
    told = json.dumps(value, ensure_ascii=False)
    return told if told.isprintable() else json.dumps(value)


def _raw_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Each line; of one that is too long the beginning, which can't be read then."""
    while line := stream.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE + 1)


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > LONGEST_LINE:
        raise BadLine(f"it is longer than {LONGEST_LINE:,} bytes")
    try:
        value = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadLine("it is not text in UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise BadLine(f"it is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise BadLine('it is no object; one looks like this: {"text": "Llámanos al 611", "lang": "es"}')
    return value
