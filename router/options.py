"""The options that commands have in common."""

from pathlib import Path

import click

config_option = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    default="config.yaml",
    show_default=True,
    envvar="HILO_CONFIG",
    help="The configuration.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")
