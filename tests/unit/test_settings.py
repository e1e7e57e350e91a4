"""The configuration, loaded: what it says, what it leaves unsaid, and its secrets."""

import shutil
from dataclasses import FrozenInstanceError
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from channels.email.settings import Tls
from router.model.errors import StartError
from router.model.ids import TeamId
from router.model.secret import Secret
from router.model.team import Role
from router.model.units import Endpoint
from router.settings import load_settings
from router.store.cluster import cluster_address
from rules.problems import SourceError

TOP = Path(__file__).parents[2]
LEAST = """
data: state
teams: {care: {name: Atención al cliente}}
rules: {folder: rules, default_team: care}
"""


def configuration(folder: Path, text: str) -> Path:
    (folder / "rules").mkdir()
    path = folder / "config.yaml"
    path.write_text(text)
    return path


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """The configuration and the playbook as shipped, in a folder where nothing has been started yet."""
    shutil.copy(TOP / "config.yaml", tmp_path)
    shutil.copytree(TOP / "rules" / "playbook", tmp_path / "rules" / "playbook")
    return tmp_path / "config.yaml"


def test_the_shipped_configuration_is_whole_before_the_first_start(shipped: Path) -> None:
    # given no data folder, and so no password of the sandbox's yet
    settings = load_settings(shipped)
    # then all is there that `make run` needs
    assert set(settings.teams) == {"care", "billing", "tech", "sales", "retention"}
    assert settings.teams[TeamId("tech")].name == "Soporte técnico"
    ana, beto = settings.users["ana"].agent, settings.users["beto"].agent
    assert (ana.role, ana.teams) == (Role.SUPERVISOR, frozenset(settings.teams))
    assert (beto.role, beto.teams) == (Role.AGENT, frozenset({TeamId("billing")}))
    email = settings.channels.email
    assert email is not None
    assert email.imap is not None
    assert (email.imap.port, email.smtp.port) == (settings.sandbox.imap_port, settings.sandbox.smtp_port)
    assert (email.imap.tls, email.max_size) == (Tls.NONE, 25_000_000)
    assert settings.sandbox.enabled
    assert settings.directory
    assert settings.directory.refresh == timedelta(hours=1)
    # and only the password has to be made
    assert settings.users["ana"].password == email.imap.password == Secret(file=settings.sandbox_password)
    with pytest.raises(StartError, match="is not there"):
        settings.users["ana"].password.reveal()


def test_the_sandbox_turned_off_asks_for_the_password(shipped: Path) -> None:
    # given the shipped configuration without the sandbox that would make the password
    shipped.write_text(shipped.read_text().replace("enabled: true", "enabled: false"))
    # then each place that needs it is a mistake
    with pytest.raises(SourceError) as refused:
        load_settings(shipped)
    assert len(refused.value.problems) == 9
    # but not for a process that runs a part without secrets
    assert load_settings(shipped, with_secrets=False).users["ana"].agent.name == "Ana"


def test_what_is_unsaid_has_its_default(tmp_path: Path) -> None:
    settings = load_settings(configuration(tmp_path, LEAST))
    assert settings.data == tmp_path / "state"
    assert settings.rules.folder == tmp_path / "rules"
    assert settings.rules.reopen_within == timedelta(hours=72)
    assert settings.guard.public == ()
    assert settings.directory is None
    assert settings.facts.region is None
    assert (settings.redis.url, settings.redis.lease, settings.redis.partitions) == (None, timedelta(seconds=10), 16)
    assert (settings.channels.email, settings.channels.webchat) == (None, None)
    assert (settings.desk.listen, settings.desk.session) == (Endpoint("127.0.0.1", 8420), timedelta(hours=12))
    assert settings.teams[TeamId("care")].language == "es"
    assert not settings.sandbox.enabled
    assert dict(settings.users) == {}


@pytest.mark.parametrize(
    ("url", "user", "nodes"),
    [
        ("redis+cluster://10.0.0.1:6379", None, [("10.0.0.1", 6379)]),
        ("rediss+cluster://hilo@a.example:7000,b.example", "hilo", [("a.example", 7000), ("b.example", 6379)]),
        ("redis+cluster://[::1]:7000,[::1]:7001/0", None, [("::1", 7000), ("::1", 7001)]),
    ],
)
def test_a_cluster_is_named_by_its_nodes(
    tmp_path: Path, url: str, user: str | None, nodes: list[tuple[str, int]]
) -> None:
    settings = load_settings(configuration(tmp_path, f'{LEAST}redis: {{url: "{url}", replicas: 1}}\n'))
    assert (settings.redis.url, settings.redis.replicas) == (url, 1)
    assert cluster_address(url) == (user, nodes)


def test_nothing_changes_once_it_is_read(tmp_path: Path) -> None:
    settings = load_settings(configuration(tmp_path, LEAST))
    with pytest.raises(FrozenInstanceError):
        settings.data = tmp_path  # type: ignore[misc]
    with pytest.raises(ValidationError):
        settings.desk.session = timedelta(hours=1)
    with pytest.raises(TypeError):
        settings.teams[TeamId("x")] = settings.teams[TeamId("care")]  # type: ignore[index]


@pytest.mark.parametrize(
    ("webchat", "sandbox", "origins"),
    [
        ("{}", "{}", ("http://127.0.0.1:8421", "http://localhost:8421")),
        ("{public_url: https://Chat.example.org/x/}", "{}", ("https://chat.example.org",)),
        (
            "{public_url: https://chat.example.org}",
            "{enabled: true}",
            ("https://chat.example.org", "http://127.0.0.1:8425", "http://localhost:8425"),
        ),
        ("{origins: ['https://WWW.example.org/', http://a.example:81]}", "{enabled: true}",
         ("https://www.example.org", "http://a.example:81")),
        ("{origins: []}", "{}", ()),
    ],
)  # fmt: skip
def test_who_may_embed_the_chat(tmp_path: Path, webchat: str, sandbox: str, origins: tuple[str, ...]) -> None:
    text = f"{LEAST}channels: {{webchat: {webchat}}}\nsandbox: {sandbox}\n"
    loaded = load_settings(configuration(tmp_path, text)).channels.webchat
    assert loaded is not None
    assert loaded.origins == origins


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("30s", timedelta(seconds=30)),
        ("15 m", timedelta(minutes=15)),
        ("72h", timedelta(hours=72)),
        ("2d", timedelta(days=2)),
        *[(wrong, None) for wrong in ("72", "-1h", "0s", "1.5h", "1h30m", "15M", "[1h]", "true", "99999999999d", "''")],
    ],
)
def test_a_duration_has_a_unit(tmp_path: Path, written: str, meant: timedelta | None) -> None:
    path = configuration(tmp_path, f"{LEAST}desk: {{session: {written}}}\n")
    if meant:
        assert load_settings(path).desk.session == meant
        return
    with pytest.raises(SourceError) as refused:
        load_settings(path)
    assert [problem.line for problem in refused.value.problems] == [5]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("127.0.0.1:80", Endpoint("127.0.0.1", 80)),
        ("'[::1]:80'", Endpoint("::1", 80)),
        ("desk.internal:0", Endpoint("desk.internal", 0)),
        *[(wrong, None) for wrong in ("8420", "':80'", "127.0.0.1:65536", "a b:80", "http://a:80", "::1:80", "a:80/")],
    ],
)
def test_an_address_is_a_host_and_a_port(tmp_path: Path, written: str, meant: Endpoint | None) -> None:
    path = configuration(tmp_path, f"{LEAST}desk: {{listen: {written}}}\n")
    if meant:
        assert load_settings(path).desk.listen == meant
        return
    with pytest.raises(SourceError) as refused:
        load_settings(path)
    assert [problem.line for problem in refused.value.problems] == [5]


@pytest.mark.parametrize(
    ("tls", "ports"), [("none", (143, 25)), ("starttls", (143, 587)), ("implicit", (993, 465)), ("", (993, 587))]
)
def test_mail_servers_have_their_usual_ports(tmp_path: Path, tls: str, ports: tuple[int, int]) -> None:
    (tmp_path / "password").write_text("x")
    said = f", tls: {tls}" if tls else ""
    email = f"""
channels:
  email:
    address: care@hilo.example
    imap: {{host: a.example, user: care, password: {{file: password}}{said}}}
    smtp: {{host: a.example{said}}}
"""
    loaded = load_settings(configuration(tmp_path, LEAST + email)).channels.email
    assert loaded is not None
    assert loaded.imap is not None
    assert (loaded.imap.port, loaded.smtp.port) == ports


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "config.yaml", tmp_path):
        with pytest.raises(SourceError) as refused:
            load_settings(path)
        assert len(refused.value.problems) == 1


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HILO_TEST_SECRET", "hunter2")
    secret = Secret(env="HILO_TEST_SECRET")
    assert secret.reveal() == "hunter2"
    assert "hunter2" not in repr(secret)
    monkeypatch.delenv("HILO_TEST_SECRET")
    with pytest.raises(StartError, match="HILO_TEST_SECRET is not set"):
        secret.reveal()


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    secret = Secret(file=path)
    path.write_text("hunter2 \n")
    assert secret.reveal() == "hunter2 "
    assert "hunter2" not in repr(secret)
    # a file that holds nothing, or no text, says so
    for content in (b"\n", b"\xff\xfe"):
        path.write_bytes(content)
        with pytest.raises(StartError, match="write the secret into it"):
            secret.reveal()
    with pytest.raises(StartError, match="can't be read"):
        Secret(file=tmp_path).reveal()


def test_a_secret_that_a_test_made_does_not_show() -> None:
    secret = Secret.of("hunter2")
    assert secret.reveal() == "hunter2"
    assert "hunter2" not in repr(secret)


def test_a_mistake_in_the_kinds_of_facts_is_told_too(tmp_path: Path) -> None:
    # given a country in small letters, and a new kind of fact that nobody has a word for
    path = configuration(tmp_path, LEAST + "facts: {region: pa}\n")
    assert load_settings(path).facts.region == "PA"
    kinds = tmp_path / "rules" / "facts"
    kinds.mkdir()
    (kinds / "00.yaml").write_text("facts:\n  - {name: meter, patterns: 'medidor ([0-9]{5})'}\n")
    # then `hilo check` and every start tell it
    with pytest.raises(SourceError, match="`meter` is a new kind of fact"):
        load_settings(path)
