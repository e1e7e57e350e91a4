"""The project as a project: locks for everybody, no trace of a machine, no markup, a service of little reach."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

TOP = Path(__file__).parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt", "package-lock.json")
SCRIPTS = ("desk/console", "channels/webchat", "sandbox/pages")
# What turns text into markup or code: a customer's message would be one of them sooner or later.
MARKUP = re.compile(r"\.(innerHTML|outerHTML)\b|\binsertAdjacentHTML\b|\bdocument\.write|\beval\(|\bnew Function\(")


@pytest.mark.parametrize("name", [*LOCKS, "pyproject.toml", "package.json", ".npmrc"])
def test_locks_name_no_address(name: str) -> None:
    assert re.findall(r".*(?:://|index-url|find-links|trusted-host|registry=).*", text_of(TOP / name)) == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_its_hashes(name: str) -> None:
    pins = [entry for entry in re.split(r"\n(?=\S)", text_of(TOP / name)) if not entry.startswith("#")]
    assert len(pins) > 30
    assert [
        pin for pin in pins if not re.fullmatch(r"[\w.-]+==\S+( ; [^\\]+)?( \\\n +--hash=sha256:[0-9a-f]{64})+\n?", pin)
    ] == []


def test_locks_hold_what_the_project_asks_for() -> None:
    # given what pyproject.toml asks for, for running, testing and building
    project = tomllib.loads(text_of(TOP / "pyproject.toml"))
    runtime = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    development = [*runtime, *project["project"]["optional-dependencies"]["dev"]]
    # then each lock fulfils its share (else: make lock), and both agree on every version
    run, dev = pins_of(TOP / "requirements.txt"), pins_of(TOP / "requirements-dev.txt")
    assert [each for each in runtime if not is_met(Requirement(each), run)] == []
    assert [each for each in development if not is_met(Requirement(each), dev)] == []
    assert run.items() <= dev.items()


def test_nothing_tracked_names_a_machine_or_a_registry() -> None:
    trace = re.compile(r"(?<![\w.~*-])/(?:work|root|opt/pypi)/|pypi\.org|pythonhosted\.org|registry\.npmjs\.org")
    assert [f"{name}: {match.group()}" for name, text in tracked() for match in trace.finditer(text)] == []


def test_nothing_tracked_holds_a_secret() -> None:
    secret = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|xox[abp]-\d{6}|AKIA[0-9A-Z]{16}|ghp_\w{30}")
    assert [f"{name}: {match.group()}" for name, text in tracked() for match in secret.finditer(text)] == []


def test_the_configuration_says_where_a_secret_is_never_what_it_is() -> None:
    for path in TOP.glob("*.yaml"):
        assert [key for key, value in entries(yaml.safe_load(text_of(path))) if is_told(key, value)] == []


def test_each_module_says_what_it_is() -> None:
    modules = [(name, text) for name, text in tracked() if name.endswith(".py") and text]
    assert [
        name for name, text in modules if not name.startswith("tests/") and not ast.get_docstring(ast.parse(text))
    ] == []


def test_scripts_write_text_never_markup() -> None:
    scripts = [(name, text) for name, text in tracked() if name.endswith((".js", ".html", ".jinja"))]
    assert [f"{name}: {match.group()}" for name, text in scripts for match in MARKUP.finditer(text)] == []
    # and the check itself finds what it looks for
    assert MARKUP.search("list.innerHTML = message.text")
    assert MARKUP.search("eval(answer)")
    assert not MARKUP.search("list.textContent = message.text; retrieval(x)")


def test_every_script_of_a_page_is_checked_by_tsc() -> None:
    scripts = [name for name, _ in tracked() if name.endswith((".js", ".mjs"))]
    assert [name for name in scripts if not name.startswith(SCRIPTS)] == []


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_the_service_has_little_reach() -> None:
    # The score goes from 0 (none) to 10; a bare unit has 9.2. The threshold is in tenths.
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=15", "systemd/hilo.service"]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


def test_ci_fails_on_a_browser_test_that_is_skipped(tmp_path: Path) -> None:
    # given a test that wants a browser, on a machine that has none
    (tmp_path / "test_page.py").write_text("async def test_page(page):\n    assert page\n", encoding="utf-8")
    machine = {"PATH": "", "PYTHONPATH": str(TOP)}
    # when it runs at home, then in CI
    home, ci = (run_pytest(tmp_path, machine | more) for more in ({}, {"HILO_REQUIRE_BROWSER": "1"}))
    # then it is skipped aloud at home, and red in CI
    assert "no Chromium here" in home.stdout
    assert (home.returncode, ci.returncode) == (0, 1)
    assert "skipped, but HILO_REQUIRE_BROWSER is set" in ci.stdout


def run_pytest(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "tests.browser", "-c", os.devnull]
    command += ["-o", "asyncio_mode=auto", "-o", "markers=browser", "--rootdir", str(folder), str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def tracked() -> Iterator[tuple[str, str]]:
    """Each text file that git knows, by its name and with its text; a skip, aloud, outside of a clone."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    if not (TOP / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git clone: what is tracked is not known")
    names = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (TOP / name).is_file() and not name.endswith((".png", ".ico", ".wav", ".eml", ".jpg")):
            yield name, text_of(TOP / name)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def pins_of(lock: Path) -> dict[str, str]:
    """The version of each package in `lock`."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text_of(lock), re.MULTILINE))


def is_met(requirement: Requirement, pins: dict[str, str]) -> bool:
    """Whether the lock has what is asked for, in a version that will do; names compare as in PEP 503."""
    version = pins.get(re.sub(r"[-_.]+", "-", requirement.name).lower())
    return version is not None and version in requirement.specifier


def entries(node: object) -> Iterator[tuple[str, object]]:
    """Each key of a configuration, however deep, with its value."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key), value
            yield from entries(value)
    elif isinstance(node, list):
        for item in node:
            yield from entries(item)


def is_told(key: str, value: object) -> bool:
    """Whether `key` is a secret's and `value` is the secret itself, not the name of a variable or a file."""
    is_secret = bool(re.search(r"password|secret|token|api_?key", key)) and not key.endswith(("_env", "_file"))
    is_place = value is None or (isinstance(value, dict) and set(value) <= {"env", "file"})
    return is_secret and not is_place
