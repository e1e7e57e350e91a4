"""systemd hears of us by its own protocol (sd_notify(3))."""

import socket
from pathlib import Path

import pytest

from router.notify import notify, watchdog_seconds


@pytest.mark.parametrize("abstract", [False, True])
def test_a_state_reaches_the_service_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        name = f"@hilo-test-{tmp_path.name}" if abstract else str(tmp_path / "notify")
        manager.bind("\0" + name[1:] if abstract else name)
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        assert notify("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_without_a_service_manager_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify("READY=1")


@pytest.mark.parametrize(("limit", "seconds"), [("30000000", 15.0), ("", None), ("soon", None), ("0", None)])
def test_the_watchdog_hears_twice_in_its_limit(
    monkeypatch: pytest.MonkeyPatch, limit: str, seconds: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", limit)
    assert watchdog_seconds() == seconds
