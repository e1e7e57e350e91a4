"""The scan of logs finds what somebody wrote, however it is written there; else it would prove nothing."""

import json
from pathlib import Path

import pytest

from tests.log_scan import Said


@pytest.mark.parametrize(
    "line",
    [
        "committed: Mi clave es ñandú",
        json.dumps({"error": "no Mi clave es ñandú here"}),
        json.dumps({"error": "no Mi clave es ñandú here"}, ensure_ascii=False),
        "smtp: {'ana@mail.example': (550, b'unknown')}",
        "twitter:4400000017 is gone",
    ],
)
def test_a_line_with_something_that_was_said_is_found(tmp_path: Path, line: str) -> None:
    said, log = Said(), tmp_path / "up.log"
    said.add("Mi clave es ñandú\ny más", "ana@mail.example", "4400000017", "Ana", "care@hilo.example", None)
    log.write_text(f"redis_started\n{line}\nready of care@hilo.example, Ana signs in, 44000000177\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="a log holds"):
        said.check([log])


def test_a_line_without_it_is_not(tmp_path: Path) -> None:
    said, log = Said(), tmp_path / "up.log"
    said.add("Mi clave es ñandú", "4400000017")
    log.write_text("ready, 44000000177 of c-07-mfk3xz\n", encoding="utf-8")
    said.check([log, tmp_path / "none.log"])
