"""Logs hold no personal data, whoever writes them."""

import json

import pytest
import structlog

from router.logs import configure_logs


@pytest.fixture(autouse=True)
def _usual_logs() -> object:
    yield
    structlog.reset_defaults()


def test_what_people_wrote_and_who_they_are_never_reaches_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    # given logs as a service writes them, to no terminal
    configure_logs("debug")
    # when a part logs more than it should
    structlog.get_logger().info(
        "accepted", event_id="07-1-0", text="my secret", address="ada@example.org", token="t0k3n"
    )
    # then the ids are there and the rest is not
    line = capsys.readouterr().err
    assert json.loads(line)["event_id"] == "07-1-0"
    assert not [word for word in ("my secret", "ada@example.org", "t0k3n") if word in line]


def test_a_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["loud"]
