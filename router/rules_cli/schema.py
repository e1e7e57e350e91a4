"""`hilo rules schema`: the JSON Schema of rules' files, for editors."""

import json
from pathlib import Path

import click

from router.options import config_option
from router.rules_cli.scope import scope_of
from rules.facts import CHANNELS
from rules.problems import SourceError, format_problems
from rules.schema import schema as schema_of


@click.command()
@config_option
def schema(config: Path) -> None:
    """Print the JSON Schema of rules' files, with the teams of the configuration.

    An editor that speaks YAML completes and checks rules with it: begin a file with
    `# yaml-language-server: $schema=rules.schema.json`.

    Example: hilo rules schema > rules.schema.json
    """
    try:
        # Where the rules are does not matter here.
        teams = scope_of(config, Path()).teams
    except SourceError as error:
        click.echo(format_problems(error.problems), err=True)
        raise SystemExit(1) from error
    click.echo(json.dumps(schema_of(teams, CHANNELS), ensure_ascii=False, indent=2))
