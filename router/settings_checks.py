"""What the parts of config.yaml mean to each other, read off the tree so that one mistake hides no other."""

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from channels.email.settings import LmtpSettings
from channels.phone.settings import PhoneSettings
from channels.twitter.settings import WebhookSettings
from channels.webchat.settings import WebchatSettings
from desk.settings import DeskSettings
from router.model.ids import TeamId
from router.model.team import Team
from router.model.units import Endpoint, Slice, endpoint
from router.settings_file import SandboxSettings
from rules.document import load_rules
from rules.fact_kinds import FOLDER as FACTS
from rules.fact_kinds import load_fact_kinds
from rules.guard.book import folder_of, load_guard
from rules.problems import Problem, SourceError
from rules.source import Source
from rules.syntax import Mark

SANDBOX_FILE = "sandbox-password"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - named to tell that they take the port of every other host
# Those that listen: where their slice stands, and the slice itself for what it says by default.
LISTENERS: tuple[tuple[tuple[str, ...], type[Slice]], ...] = (
    (("desk",), DeskSettings),
    (("channels", "webchat"), WebchatSettings),
    (("channels", "email", "lmtp"), LmtpSettings),
    (("channels", "twitter", "webhook"), WebhookSettings),
    (("channels", "phone"), PhoneSettings),
    (("sandbox",), SandboxSettings),
)


def team_ids(source: Source) -> list[TeamId]:
    """The teams that `source` names, right or wrong in other ways."""
    return list(teams_in(source))


def teams_in(source: Source) -> dict[TeamId, Team]:
    """The teams that `source` names, right or wrong in other ways; one whose name can't be read goes by its id."""
    teams = source.root.find("teams") if source.root else None
    entries = teams.value if teams and isinstance(teams.value, dict) else {}
    names = {TeamId(str(key)): entry.get("name") if isinstance(entry, dict) else None for key, entry in entries.items()}
    return {team: Team(team, name if isinstance(name, str) else team) for team, name in names.items()}


def made_later(source: Source, folder: Path) -> Path | None:
    """The secret's file that need not be there yet: the sandbox's own, where the sandbox is on."""
    data = _value(source, "data")
    is_on = _value(source, "sandbox", "enabled") is True
    return (folder / data / SANDBOX_FILE).absolute() if is_on and isinstance(data, str) else None


def add_clashes(source: Source) -> None:
    """Add a problem for each address to listen on that another part has."""
    taken: list[tuple[str, Endpoint]] = []
    for name, mark, address in sorted(_listeners(source), key=lambda listener: listener[1]):
        other = next((who for who, known in taken if _is_same(known, address)), None)
        if other:
            source.add(mark, f"`{name}` listens on {address}, as `{other}` does", "give each a port of its own")
        taken.append((name, address))


def rules_problems(source: Source, folder: Path) -> list[Problem]:
    """What is wrong in the rules; a folder that is not there is a problem of `source`, where it is named."""
    teams, place = teams_in(source), _value(source, "rules", "folder")
    if not teams or not isinstance(place, str) or not place or "\0" in place:
        return []
    found = folder / place
    node = source.at("rules", "folder")
    if node and not _is_folder(found):
        source.add(node.mark, f"there is no folder {place}", "make it, or name another")
        return []
    default_team = _value(source, "rules", "default_team")
    chosen = default_team if default_team in teams else next(iter(teams))
    return [*problems_in(lambda: load_rules(found, teams, chosen)), *problems_beside(found, teams)]


def problems_beside(rules: Path, teams: Collection[TeamId]) -> list[Problem]:
    """What is wrong in the guard's files and in the kinds of facts that belong to the rules at `rules`."""
    kinds = rules / FACTS
    return [
        *problems_in(lambda: load_guard(folder_of(rules), teams)),
        *(problems_in(lambda: load_fact_kinds(kinds)) if _is_folder(kinds) else []),
    ]


def problems_in(load: Callable[[], object]) -> Sequence[Problem]:
    """What is wrong in what `load` reads."""
    try:
        load()
    except SourceError as error:
        return error.problems
    return ()


def _listeners(source: Source) -> Iterator[tuple[str, Mark, Endpoint]]:
    """Everything that is to listen: its name, where it is said, and the address; what can't be read is left out."""
    for path, model in LISTENERS:
        address = _address(source, path, model)
        if address is None:
            continue
        if path != ("sandbox",):
            yield ".".join((*path, "listen")), _place(source, *path, "listen"), address
        elif _value(source, "sandbox", "enabled") is True:
            yield "sandbox.listen", _place(source, "sandbox", "listen"), address
            for key in ("smtp_port", "imap_port", "x_port", "phone_port"):
                written = _value(source, "sandbox", key)
                port = SandboxSettings.model_fields[key].default if written is None else written
                if isinstance(port, int):
                    yield f"sandbox.{key}", _place(source, "sandbox", key), Endpoint(address.host, port)


def _address(source: Source, path: tuple[str, ...], model: type[Slice]) -> Endpoint | None:
    """Where the part with its slice at `path` listens; the desk does so unsaid, the others only if they are named."""
    if path != ("desk",) and not isinstance(_value(source, *path), dict):
        return None
    written = _value(source, *path, "listen")
    try:
        return endpoint(model.model_fields["listen"].default if written is None else written)
    except PydanticCustomError:
        return None


def _is_same(one: Endpoint, other: Endpoint) -> bool:
    return one.port == other.port != 0 and (
        one.host == other.host or one.host in EVERYWHERE or other.host in EVERYWHERE
    )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _value(source: Source, *path: str) -> Any:
    node = source.root.find(*path) if source.root else None
    return node.value if node else None


def _place(source: Source, *path: str) -> Mark:
    """Where `path` stands, or the nearest above it that does."""
    node = source.at(*path)
    return node.place if node else Mark(1, 1)
