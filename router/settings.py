"""The configuration as the daemon sees it: frozen, checked as a whole, every mistake told at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from desk.settings import DeskSettings
from directory.settings import DirectorySettings
from router.model.ids import AgentId, TeamId
from router.model.secret import Secret
from router.model.team import Agent, Team
from router.settings_checks import SANDBOX_FILE, add_clashes, made_later, rules_problems, team_ids
from router.settings_file import (
    ChannelSettings,
    FactSettings,
    GuardSettings,
    RedisSettings,
    RulesSettings,
    SandboxSettings,
    SettingsFile,
)
from rules.problems import SourceError
from rules.source import Source
from rules.validation import validated


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signs in to the desk."""

    agent: Agent
    password: Secret


@dataclass(frozen=True, slots=True)
class Settings:
    """All of config.yaml; paths are absolute, `users` go by the name that they sign in with."""

    data: Path
    redis: RedisSettings
    teams: Mapping[TeamId, Team]
    users: Mapping[str, User]
    channels: ChannelSettings
    rules: RulesSettings
    facts: FactSettings
    directory: DirectorySettings | None
    guard: GuardSettings
    desk: DeskSettings
    sandbox: SandboxSettings

    @property
    def sandbox_password(self) -> Path:
        """The file with the sandbox's password, which the daemon makes on its first start with the sandbox on."""
        return self.data / SANDBOX_FILE


def load_settings(path: Path, *, with_secrets: bool = True) -> Settings:
    """The configuration at `path`; SourceError with every mistake in it and in the rules that it names.

    A secret that is not where the configuration says is a mistake too, save the sandbox's own, which is made later.
    A process that runs one part, and so has that part's secrets only, leaves them out (`with_secrets=False`).
    """
    source = Source.read(path)
    folder = path.absolute().parent
    if source.is_empty:
        source = Source.failed(source.name, "the file is empty", "docs/configuration.md has an example to begin with")
    context = {
        "folder": folder,
        "teams": team_ids(source),
        "with_secrets": with_secrets,
        "made_later": made_later(source, folder),
    }
    document = validated(source, SettingsFile, context)
    add_clashes(source)
    in_rules = rules_problems(source, folder)
    if document is None or source.problems or in_rules:
        raise SourceError([*source.sorted_problems(), *in_rules])
    return _assembled(document)


def _assembled(document: SettingsFile) -> Settings:
    teams = {TeamId(name): entry.team(name) for name, entry in document.teams.items()}
    users = {
        name: User(
            Agent(
                AgentId(name),
                entry.name,
                frozenset(entry.teams),
                entry.role,
                entry.phone,
                entry.languages,
                entry.skills,
            ),
            entry.password,
        )
        for name, entry in document.users.items()
    }
    return Settings(
        data=document.data,
        redis=document.redis,
        teams=MappingProxyType(teams),
        users=MappingProxyType(users),
        channels=_with_origins(document.channels, document.sandbox),
        rules=document.rules,
        facts=document.facts,
        directory=document.directory,
        guard=document.guard,
        desk=document.desk,
        sandbox=document.sandbox,
    )


def _with_origins(channels: ChannelSettings, sandbox: SandboxSettings) -> ChannelSettings:
    """`channels` where the web chat knows who may embed it: without a list its own page and the sandbox's."""
    webchat = channels.webchat
    if webchat is None or "origins" in webchat.model_fields_set:
        return channels
    urls = [webchat.url, *([f"http://{sandbox.listen}"] if sandbox.enabled else [])]
    origins = tuple(dict.fromkeys(origin for url in urls for origin in _origins(url)))
    return channels.model_copy(update={"webchat": webchat.model_copy(update={"origins": origins})})


def _origins(url: str) -> list[str]:
    """The origin of `url`, and its other name where that is this machine."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}.get(parts.hostname or "")
    return [origin, origin.replace(parts.hostname or "", other)] if other else [origin]
