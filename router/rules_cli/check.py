"""`hilo rules check`: every mistake in the rules at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from router.options import config_option, json_option
from router.rules_cli.scope import path_argument, scope_of
from router.settings_checks import problems_beside
from rules.cases.found import cases_in
from rules.document import load_library, read_library
from rules.folder import unread
from rules.problems import Problem, SourceError, format_problems, to_json

FORM_FIRST = "mistakes of form first: others may follow once these are mended"


@click.command()
@path_argument
@config_option
@json_option
@click.option("--strict", "is_strict", is_flag=True, help="End with 1 for warnings, too.")
def check(path: Path | None, config: Path, as_json: bool, is_strict: bool) -> None:
    """Check the rules at PATH, or those of the configuration: every mistake at once, with its line.

    The guard's wordings and the kinds of facts in that folder are checked with them.

    Warnings are about rules that work, but hardly as they were meant: one that never matches, a word that adds nothing.

    Example: hilo rules check rules/playbook
    """
    beside: Sequence[Problem] = ()
    is_form = False
    try:
        scope = scope_of(config, path)
        found = scope.path
        beside = problems_beside(found, scope.teams)
        is_form = True
        read_library(found, scope.teams, scope.default_team)
        is_form = False
        library = load_library(found, scope.teams, scope.default_team)
        # A test that expects a rule that is not there stops no change of rules, but is a mistake all the same.
        cases_in(library)
    except SourceError as error:
        _refuse((*error.problems, *beside), as_json=as_json, is_form=is_form)
    if beside:
        _refuse(beside, as_json=as_json)
    warnings = (*library.warnings, *unread(found))
    if as_json:
        click.echo(to_json(warnings))
    else:
        if warnings:
            click.echo(f"{format_problems(warnings)}\n")
        click.echo(f"{len(library.rules)} rules in {len(library.documents)} files: {_told(len(warnings))}.")
    if is_strict and warnings:
        raise SystemExit(1)


def _refuse(problems: Sequence[Problem], *, as_json: bool, is_form: bool = False) -> NoReturn:
    """Tell what is wrong, and end with 1."""
    click.echo(to_json(problems) if as_json else format_problems(problems))
    if is_form and not as_json:
        click.echo(f"\n{FORM_FIRST}")
    raise SystemExit(1)


def _told(warnings: int) -> str:
    if not warnings:
        return "no mistakes"
    return f"no mistakes, {warnings} {'warning' if warnings == 1 else 'warnings'}"
