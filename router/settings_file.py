"""The shape of config.yaml: what each key may hold. What the keys mean to each other is checked elsewhere."""

import ipaddress
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from channels.email.settings import EmailSettings
from channels.phone.settings import PhoneSettings
from channels.twitter.settings import TwitterSettings
from channels.webchat.settings import WebchatSettings
from desk.settings import DeskSettings
from directory.settings import DirectorySettings
from router.core.found.phones import COUNTRIES
from router.model.ids import PARTITIONS, TeamId
from router.model.secret import SecretField
from router.model.team import Role, Team
from router.model.units import Duration, Endpoint, Listen, Size, Slice, Switch, Text, Whole, mistake
from router.store.cluster import cluster_address, is_cluster
from router.store.fullness import Bounds
from rules.problems import did_you_mean

REDIS_SCHEMES = ("redis", "rediss", "unix")


def _path(value: object, info: ValidationInfo) -> Path:
    """A path, absolute, taken from the folder of the configuration."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise mistake("a path is expected here")
    folder = info.context["folder"] if info.context else Path()
    return Path(folder / value).absolute()


def _redis_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        if is_cluster(value):
            cluster_address(value)
            is_whole = True
        else:
            is_whole = parts.scheme in REDIS_SCHEMES and bool(parts.path if parts.scheme == "unix" else parts.hostname)
        password = parts.password
    except ValueError:
        is_whole, password = False, None
    if not is_whole:
        raise mistake(
            "a Redis address begins with redis://, rediss:// or unix://, a cluster's with redis+cluster:// or "
            "rediss+cluster://",
            "for example `redis://127.0.0.1:6379/0`, `redis+cluster://10.0.0.1:6379,10.0.0.2:6379`",
        )
    if parts.query:
        raise mistake("a Redis address has no options behind a `?`", "give the password beside `url`", is_hidden=True)
    if password:
        hint = "give it beside `url`: `password: {env: NAME}`"
        raise mistake("the password never stands in the address", hint, is_hidden=True)
    return value


def _with_url(value: int, info: ValidationInfo) -> int:
    if value and info.data.get("url") is None:
        raise mistake("Hilo's own Redis has no replicas", "leave `replicas` out, or name a server in `url`")
    return value


def _loopback(value: Endpoint) -> Endpoint:
    try:
        is_loopback = value.host == "localhost" or ipaddress.ip_address(value.host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise mistake("the sandbox listens on this machine only", "for example `127.0.0.1:8425`")
    return value


def _short_name(value: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9_.-]{0,39}", value):
        raise mistake(f"`{value[:60]}` can't be a name here", "small letters a to z, digits, `-`, `_` and `.`")
    return value


def _team(value: str, info: ValidationInfo) -> TeamId:
    teams = info.context["teams"] if info.context else ()
    # Without any team that is the mistake, told once.
    if teams and value not in teams:
        raise mistake(f"unknown team `{value[:60]}`", did_you_mean(value, teams))
    return TeamId(value)


def _some(value: Mapping[str, "TeamEntry"]) -> Mapping[str, "TeamEntry"]:
    if not value:
        raise mistake(
            "there are no teams, and somebody has to answer", "for example `care: {name: Atención al cliente}`"
        )
    return value


def _language(value: str) -> str:
    if not re.fullmatch("[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", value):
        raise mistake(f"`{value[:60]}` is no language's code", "for example `es`, `en`, `es-PA`")
    return value


def _phone(value: str) -> str:
    """Where an agent takes calls, as a handle."""
    if re.fullmatch(r"\+[0-9]{7,15}", value):
        return f"phone:{value}"
    if re.fullmatch(r"sips?:[^\s@]{1,64}@[0-9A-Za-z.:\[\]-]{1,255}", value):
        return value
    raise mistake(f"`{value[:60]}` is no phone", "a number as `+50761234567`, or `sip:ana@pbx.example.org`")


ListenPort = Annotated[Whole, Field(ge=0, le=65_535)]
FilePath = Annotated[Path, BeforeValidator(_path)]
ShortName = Annotated[str, AfterValidator(_short_name)]
KnownTeam = Annotated[TeamId, AfterValidator(_team)]
Language = Annotated[str, AfterValidator(_language)]


class RedisSettings(Slice):
    """Where Redis is (without a `url` Hilo starts its own), how its partitions are shared, and what it may hold."""

    url: Annotated[str, AfterValidator(_redis_url)] | None = None
    password: SecretField | None = None
    lease: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=10))] = timedelta(seconds=10)
    partitions: Annotated[Whole, Field(ge=1, le=99)] = PARTITIONS
    replicas: Annotated[Whole, Field(ge=0, le=5), AfterValidator(_with_url)] = 0
    memory: Size | None = None
    backlog: Annotated[Whole, Field(ge=100, le=10_000_000)] = 100_000
    free_disk: Size = 512 * 10**6

    @property
    def bounds(self) -> Bounds:
        """What the store may hold before nothing new is taken."""
        return Bounds(memory=self.memory, backlog=self.backlog, free_disk=self.free_disk)


class TeamEntry(Slice):
    """A team as the configuration has it."""

    name: Text
    signature: Text | None = None
    language: Language = "es"

    def team(self, name: str) -> Team:
        """The team that goes by `name`."""
        return Team(TeamId(name), self.name, self.signature or "", self.language)


class UserEntry(Slice):
    """Somebody who signs in to the desk, as the configuration has them; `phone` is where they take calls."""

    name: Text
    teams: tuple[KnownTeam, ...] = ()
    role: Role = Role.AGENT
    password: SecretField
    phone: Annotated[str, AfterValidator(_phone)] = ""
    languages: tuple[Language, ...] = ()
    skills: tuple[Text, ...] = ()


class ChannelSettings(Slice):
    """Each channel's slice; None is a channel that is off."""

    webchat: WebchatSettings | None = None
    email: EmailSettings | None = None
    twitter: TwitterSettings | None = None
    phone: PhoneSettings | None = None


class RulesSettings(Slice):
    """Where the rules are, who gets what no rule decides, and how long what is resolved can be taken up again."""

    folder: FilePath
    default_team: KnownTeam
    reopen_within: Duration = timedelta(hours=72)


class SandboxSettings(Slice):
    """The servers on loopback that stand in for the providers; off unless `enabled`."""

    enabled: Switch = False
    listen: Annotated[Listen, AfterValidator(_loopback)] = Endpoint("127.0.0.1", 8425)
    smtp_port: ListenPort = 2525
    imap_port: ListenPort = 1143
    x_port: ListenPort = 8426
    phone_port: ListenPort = 8429


class GuardSettings(Slice):
    """What a reply may show in public: the company's own numbers, mail addresses (`@domain` for all) and places."""

    public: tuple[Text, ...] = ()


def _country(value: str) -> str:
    code = value.upper()
    if code not in COUNTRIES:
        raise mistake(
            f"`{value[:60]}` is no country whose numbers are known here",
            did_you_mean(code, COUNTRIES) or f"one of {', '.join(sorted(COUNTRIES))}",
        )
    return code


class FactSettings(Slice):
    """What is taken for granted in facts: the country (`PA`) of phone and ID numbers that name none."""

    region: Annotated[str, AfterValidator(_country)] | None = None


class SettingsFile(Slice):
    """config.yaml's top level."""

    data: FilePath
    redis: RedisSettings = RedisSettings()
    teams: Annotated[Mapping[ShortName, TeamEntry], AfterValidator(_some)]
    users: Mapping[ShortName, UserEntry] = Field(default_factory=dict)
    channels: ChannelSettings = ChannelSettings()
    rules: RulesSettings
    facts: FactSettings = FactSettings()
    directory: DirectorySettings | None = None
    guard: GuardSettings = GuardSettings()
    desk: DeskSettings = DeskSettings()
    sandbox: SandboxSettings = SandboxSettings()
