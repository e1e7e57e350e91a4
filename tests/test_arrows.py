"""Imports point one way: each part of the house imports only what stands to its left, and neighbours stay strangers.

The table is the law; a new room is put into it at its place. The reasons are in the style page, "The house".
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent

# From left to right; the rooms of one bar do not know each other. A name stands for the module and all within it.
HOUSE: tuple[tuple[str, ...], ...] = (
    ("router.model",),
    ("rules",),
    ("router.core",),
    # What the company knows of its customers: asked by the router, and a stranger to the store.
    ("directory",),
    ("router.store",),
    ("router.decider",),
    (
        "router.worker",
        "router.errands",
        "router.asker",
        "router.dispatcher",
        "router.ticker",
        "router.trimmer",
        "router.lease_keeper",
        "router.removed_teams",
        "channels",
        "history",
    ),
    ("desk",),
    # Each part declares its slice of the configuration; the settings assemble them, so they stand right of the parts.
    ("router.settings_file",),
    ("router.settings_checks", "router.settings_odd"),
    ("router.settings",),
    # Plays the tests beside the rules through the real core.
    ("router.rehearsal",),
    # What only the daemon uses, to be watched.
    ("router.log_masks",),
    ("router.logs", "router.notify", "router.health", "router.sandbox", "router.rules_watch"),
    # What commands have in common, and how they get at a store that runs.
    ("router.options", "router.running_store", "router.guard_told", "router.json_lines", "router.guard_options"),
    (
        *(
            "router.daemon",
            "router.rules_cli",
            "router.store_cli",
            "router.inspect_cli",
            "router.guard_cli",
            "router.promises_cli",
        ),
        *("router.facts_cli", "router.customer_cli", "router.directory_cli"),
    ),
    ("router.cli",),
)
# Servers that stand in for the providers: strangers to the house, which only these rooms start.
STRANGER = "sandbox"
HOSTS = ("router.settings", "router.daemon", "router.cli")
# Among the channels' folders only the registry knows each by its name.
CHANNELS = "channels"
REGISTRY = "channels.registry"
PACKAGES = ("router", "channels", "rules", "desk", "history", "directory", STRANGER)


def test_imports_point_one_way() -> None:
    assert violations(TOP) == []


@pytest.mark.parametrize(
    ("importer", "statement", "found"),
    [
        ("router/model/team.py", "import rules.engine", "router.model.team imports rules.engine"),
        ("router/core/decide.py", "from router.store import keys", "router.core.decide imports router.store.keys"),
        ("router/worker.py", "from channels.host import Host", "router.worker imports channels.host"),
        ("channels/host.py", "from router import worker", "channels.host imports router.worker"),
        ("channels/email/adapter.py", "from channels.webchat import adapter", "channels.webchat.adapter"),
        ("channels/email/adapter.py", "from ..webchat.adapter import X", "channels.webchat.adapter"),
        ("channels/host.py", "from channels.email.adapter import X", "channels.email.adapter"),
        ("desk/app.py", "from router.cli import main", "desk.app imports router.cli"),
        ("desk/app.py", "from router.settings import Settings", "desk.app imports router.settings"),
        ("sandbox/mail.py", "from router.model.team import Team", "sandbox.mail imports router.model.team"),
        ("desk/app.py", "import sandbox.mail", "desk.app imports sandbox.mail"),
        ("router/daemon.py", "import tests.conftest", "router.daemon imports tests.conftest"),
        ("router/attic.py", "", "router.attic has no place in the table"),
    ],
)
def test_an_import_against_the_arrow_is_found(tmp_path: Path, importer: str, statement: str, found: str) -> None:
    # given a small house that keeps the rules
    build(
        tmp_path, {"channels/registry.py": "from channels.email.adapter import X", "router/daemon.py": "import sandbox"}
    )
    assert violations(tmp_path) == []
    # when one file imports against the arrow, inside of a function where it is easily overlooked
    build(tmp_path, {importer: f"def later() -> None:\n    {statement or 'pass'}\n"})
    # then it is named
    (line,) = violations(tmp_path)
    assert found in line


def test_the_package_of_the_daemon_is_empty() -> None:
    assert (TOP / "router/__init__.py").read_text(encoding="utf-8") == ""


def build(top: Path, files: dict[str, str]) -> None:
    """A house of nearly empty rooms in `top`, with `files` among them."""
    rooms = ("router/store/keys.py", "channels/host.py", "channels/email/adapter.py", "channels/webchat/adapter.py")
    for name in (*rooms, "router/worker.py", "sandbox/mail.py", "sandbox/__init__.py", *files):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in files or not path.exists():
            path.write_text(files.get(name, ""), encoding="utf-8")


def violations(top: Path) -> list[str]:
    """Each import in the house at `top` that the table does not allow, as `importer imports what (file:line)`."""
    modules = {
        module_of(path.relative_to(top)): path for name in PACKAGES for path in sorted((top / name).rglob("*.py"))
    }
    folders = {path.name for path in (top / CHANNELS).iterdir() if path.is_dir()}
    found = [f"{name} has no place in the table" for name in modules if name not in PACKAGES and bar_of(name) is None]
    for name, path in modules.items():
        for target, line in sorted(set(imports_of(name, path, set(modules)))):
            if not is_allowed(name, target) or not is_allowed_among_channels(name, target, folders):
                found.append(f"{name} imports {target} ({path.relative_to(top)}:{line})")
    return found


def module_of(path: Path) -> str:
    """The dotted name of the module in `path`, as seen from the top folder."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(name: str, path: Path, modules: set[str]) -> Iterator[tuple[str, int]]:
    """What the module `name` imports of this project, wherever the statement stands, each with its line."""
    ours = (*PACKAGES, "tests", "bench")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names if alias.name.split(".")[0] in ours)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(name, path, node)
            if base.split(".")[0] in ours:
                inside = [f"{base}.{alias.name}" for alias in node.names]
                # `from package import module` means the module, `from module import name` the module before the name.
                yield from ((each if each in modules or base in PACKAGES else base, node.lineno) for each in inside)


def absolute(name: str, path: Path, node: ast.ImportFrom) -> str:
    """The module that a `from … import` names, its leading dots resolved."""
    if not node.level:
        return node.module or ""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


def bar_of(module: str) -> int | None:
    """The place of `module` in the table, counted from the left; None for what is not in it."""
    if is_within(module, STRANGER):
        return -1
    return next((place for place, bar in enumerate(HOUSE) if any(is_within(module, room) for room in bar)), None)


def room_of(module: str) -> str | None:
    """The row of the table that `module` stands in; None for what is not in it."""
    return next(
        (room for room in (STRANGER, *(room for bar in HOUSE for room in bar)) if is_within(module, room)), None
    )


def is_within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def is_allowed(importer: str, target: str) -> bool:
    """Whether the table lets `importer` import `target`."""
    if room_of(importer) == room_of(target):
        return True
    if room_of(target) == STRANGER:
        return room_of(importer) in HOSTS
    here, there = bar_of(importer), bar_of(target)
    if there is None:
        # A module without a place is told once, by its own name.
        return target.split(".")[0] in PACKAGES
    return here is None or there < here


def is_allowed_among_channels(importer: str, target: str, folders: set[str]) -> bool:
    """Whether one module of the channels may import another: a channel's folder is known to itself and the registry."""
    if not (is_within(importer, CHANNELS) and is_within(target, CHANNELS)) or importer == REGISTRY:
        return True
    theirs, ours = (set(module.split(".")[1:2]) & folders for module in (target, importer))
    return not theirs or theirs == ours
