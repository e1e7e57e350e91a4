"""The results of `hilo rules test` as JUnit's XML, which CI servers read."""

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

import click

from router.rules_cli.report import failure_lines
from rules.cases.results import Failure, Result
from rules.engine import RuleBook

# What XML 1.0 has no way to write (section 2.2).
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: Path, results: Sequence[Result], book: RuleBook) -> None:
    """Write the results to `path`, a suite for each file of rules. Raises OSError if it can't be written."""
    top = ElementTree.Element("testsuites", _counts(results))
    for name, each in groupby(results, lambda result: result.case.place.file):
        suite = list(each)
        parent = ElementTree.SubElement(top, "testsuite", {"name": _text(name), **_counts(suite)})
        for result in suite:
            _add(parent, result, book)
    ElementTree.indent(top)
    path.write_bytes(ElementTree.tostring(top, encoding="utf-8", xml_declaration=True) + b"\n")


def _add(parent: ElementTree.Element, result: Result, book: RuleBook) -> None:
    case = result.case
    name = {"name": _text(case.name), "classname": _text(case.place.file)}
    place = {"file": _text(case.place.file), "line": str(case.place.line)}
    element = ElementTree.SubElement(parent, "testcase", {**name, **place})
    if result.failure:
        told = ElementTree.SubElement(element, "failure", {"message": _text(_message(result.failure))})
        told.text = _text(click.unstyle("\n".join(failure_lines(result, result.failure, book))))


def _message(failure: Failure) -> str:
    found = (f"{each.key}: expected {each.expected}, actual {each.actual}" for each in failure.differences)
    return failure.impossible or "; ".join(found)


def _counts(results: Sequence[Result]) -> dict[str, str]:
    failed = sum(result.failure is not None for result in results)
    return {"tests": str(len(results)), "failures": str(failed), "errors": "0", "skipped": "0"}


def _text(value: str) -> str:
    return UNWRITABLE.sub("�", value)
