"""`hilo rules`: what ops do with the rules before a change is live, one module a command."""

import click

from router.rules_cli.check import check
from router.rules_cli.diff import diff
from router.rules_cli.explain import explain
from router.rules_cli.schema import schema
from router.rules_cli.test import test


@click.group()
def rules() -> None:
    """The rules: check, test and explain them before they are live.

    Example: hilo rules check && hilo rules test
    """


rules.add_command(check)
rules.add_command(diff)
rules.add_command(explain)
rules.add_command(schema)
rules.add_command(test)
