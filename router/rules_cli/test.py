"""`hilo rules test`: whether the tests beside the rules hold, and which rules no test reached."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from router.options import config_option, json_option
from router.rehearsal.player import Rehearsal
from router.rules_cli.junit import write_junit
from router.rules_cli.report import report
from router.rules_cli.scope import Scope, path_argument, scope_of
from rules.cases.case import Case
from rules.cases.compare import run
from rules.cases.found import cases_in
from rules.cases.results import Coverage, Failure, Result, coverage
from rules.document import Library, load_library
from rules.engine import RuleBook
from rules.problems import SourceError, format_problems, json_text, to_json
from rules.words import fold


@click.command()
@path_argument
@config_option
@click.option("-k", "word", metavar="WORD", help="Only tests with WORD in their name or their file's.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit's XML there.")
@click.option("--no-coverage", is_flag=True, help="Don't tell which rules no test reached.")
@click.option("--fail-under", type=click.IntRange(0, 100), metavar="PERCENT", help="Fail with less coverage.")
@json_option
def test(
    path: Path | None,
    config: Path,
    word: str | None,
    junit: Path | None,
    no_coverage: bool,
    fail_under: int | None,
    as_json: bool,
) -> None:
    """Play the tests beside the rules at PATH, or beside those of the configuration.

    Example: hilo rules test rules/playbook --fail-under 90
    """
    if fail_under is not None and (word or no_coverage):
        raise click.UsageError("--fail-under needs the coverage of all tests: leave out -k and --no-coverage")
    book, cases = _loaded(config, path, as_json=as_json)
    chosen = _chosen(cases, word)
    player = Rehearsal(book, sorted(book.teams))
    results = [run(case, player) for case in chosen]
    covered = coverage(book.rules, results) if not (word or no_coverage) else None
    if junit:
        _write(junit, results, book)
    click.echo(_json(results, covered) if as_json else report(results, book, covered))
    is_under = covered is not None and fail_under is not None and covered.is_under(fail_under)
    if is_under and not as_json:
        click.echo(click.style(f"the coverage is under {fail_under} %", fg="red"))
    raise SystemExit(1 if is_under or any(result.failure for result in results) else 0)


def _loaded(config: Path, path: Path | None, *, as_json: bool) -> tuple[RuleBook, tuple[Case, ...]]:
    """The rules and their tests; with a mistake in them it is told, and the command ends."""
    try:
        scope = scope_of(config, path)
        library = load_library(scope.path, scope.teams, scope.default_team)
        return _book(scope, library), cases_in(library)
    except SourceError as error:
        click.echo(to_json(error.problems) if as_json else format_problems(error.problems))
        raise SystemExit(1) from error


def _book(scope: Scope, library: Library) -> RuleBook:
    return library.book(scope.default_team, scope.teams)


def _chosen(cases: Sequence[Case], word: str | None) -> list[Case]:
    """The cases with `word` in their name or their file's."""
    if not word:
        return list(cases)
    sought = fold(word)
    chosen = [case for case in cases if sought in fold(case.name) or sought in fold(Path(case.place.file).name)]
    if not chosen:
        raise click.BadParameter(f"none of {len(cases)} tests has `{word}` in its name or its file's", param_hint="-k")
    return chosen


def _write(path: Path, results: Sequence[Result], book: RuleBook) -> None:
    try:
        write_junit(path, results, book)
    except OSError as error:
        raise click.BadParameter(f"{path} can't be written: {error.strerror}", param_hint="--junit") from error


def _json(results: Sequence[Result], covered: Coverage | None) -> str:
    failed = sum(result.failure is not None for result in results)
    found: dict[str, Any] = {
        "passed": len(results) - failed,
        "failed": failed,
        "tests": [_result(result) for result in results],
    }
    if covered:
        unreached = [
            {"name": rule.name, "file": rule.place.file, "line": rule.place.line} for rule in covered.unreached
        ]
        found["coverage"] = {
            "rules": covered.total,
            "reached": covered.reached,
            "percent": covered.percent,
            "unreached": unreached,
        }
    return json_text(found)


def _result(result: Result) -> dict[str, Any]:
    place = result.case.place
    found = {"name": result.case.name, "file": place.file, "line": place.line, "passed": result.failure is None}
    return found | ({"failure": _failure(result.failure)} if result.failure else {})


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "step": failure.number,
        "line": failure.step.line,
        "differences": [asdict(difference) for difference in failure.differences],
        "impossible": failure.impossible,
    }
