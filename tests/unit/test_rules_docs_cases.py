"""The tests that docs/rules.md shows pass, together with the rules that it shows."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rules_folder import said_of

RULES = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", RULES, re.MULTILINE | re.DOTALL)
TESTS = [text for text in EXAMPLES if "tests" in yaml.safe_load(text)]


def rules_expected(example: dict[str, Any]) -> set[str]:
    """The rules that the tests of `example` name and that it does not hold itself."""
    steps = [step for test in example["tests"] for step in test.get("story", [test])]
    named = {step["expect"]["rule"] for step in steps if "rule" in step.get("expect", {})}
    return named - {rule["name"] for rule in example.get("rules", [])}


def test_there_are_tests_in_it() -> None:
    assert len(TESTS) == 2


@pytest.mark.parametrize("text", TESTS)
def test_what_is_shown_passes(tmp_path: Path, text: str) -> None:
    # given an example with tests, and those with the rules that it speaks of
    wanted = rules_expected(yaml.safe_load(text))
    rest = [other for other in EXAMPLES if wanted & {rule["name"] for rule in yaml.safe_load(other).get("rules", [])}]
    (tmp_path / "rules").mkdir()
    for number, each in enumerate([text, *rest]):
        (tmp_path / "rules" / f"{number}0-example.yaml").write_text(each)
    # then they pass
    said = said_of(tmp_path)
    assert (said.last, said.status) == ("1 passed", 0), said.text
