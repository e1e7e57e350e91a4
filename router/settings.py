"""The configuration as the daemon sees it: frozen, checked as a whole, every mistake told at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.settings import DeskSettings
from router.model.ids import TeamId
from router.model.secret import Secret
from router.model.team import Agent, Team
from router.settings_file import ChannelSettings, RedisSettings, RulesSettings, SandboxSettings

SANDBOX_FILE = "sandbox-password"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signs in to the desk."""

    agent: Agent
    password: Secret


@dataclass(frozen=True, slots=True)
class Settings:
    """All of config.yaml; paths are absolute."""

    data: Path
    redis: RedisSettings
    teams: Mapping[TeamId, Team]
    users: Mapping[str, User]
    channels: ChannelSettings
    rules: RulesSettings
    desk: DeskSettings
    sandbox: SandboxSettings

    @property
    def sandbox_password(self) -> Path:
        """The file with the sandbox's password, which the daemon makes on its first start with the sandbox on."""
        return self.data / SANDBOX_FILE
