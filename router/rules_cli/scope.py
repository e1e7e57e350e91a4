"""What every command about rules needs to know of the configuration: where the rules are, and which teams there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from router.model.ids import TeamId
from router.model.team import Team
from router.settings_checks import teams_in
from rules.folder import refuse_no_files
from rules.problems import SourceError, did_you_mean
from rules.source import Source

path_argument = click.argument("path", type=click.Path(path_type=Path), required=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the rules are (`folder`, or one file), the teams there are, and the one that gets what no rule decides."""

    folder: Path
    teams: Mapping[TeamId, Team]
    default_team: TeamId

    @property
    def path(self) -> Path:
        """Where the rules are; SourceError if that is a folder without any file of rules."""
        refuse_no_files(self.folder)
        return self.folder


def scope_of(config: Path, path: Path | None) -> Scope:
    """The scope that `config` gives, with the rules at `path` where one is named; SourceError if it gives none.

    Mistakes elsewhere in the configuration do not matter here.
    """
    source = Source.read(config)
    if source.problems:
        raise SourceError(source.sorted_problems())
    teams = teams_in(source)
    folder, default = (source.root.find("rules", key) if source.root else None for key in ("folder", "default_team"))
    if not teams:
        source.add(source.place("teams"), "no teams are named here", "rules give conversations to teams: name one")
    if path is None and not (folder and isinstance(folder.value, str)):
        source.add(source.place("rules"), "`rules.folder` is missing", "name it, or give the path of the rules")
    if default and default.value not in teams:
        source.add(default.place, f"unknown team `{default.value}`", did_you_mean(str(default.value), teams))
    if source.problems:
        raise SourceError(source.sorted_problems())
    found = path or config.absolute().parent / str(folder.value if folder else "")
    return Scope(found, teams, TeamId(str(default.value)) if default else next(iter(teams)))
