"""Each broken file under tests/broken/rules, named after its fault, gives the mistakes expected and no other."""

import json
import shutil
from pathlib import Path

import pytest

from router.model.ids import TeamId
from rules.document import load_rules
from rules.engine import RuleBook
from rules.problems import SourceError, format_problems, json_text, plain, to_json

BROKEN = Path(__file__).parents[1] / "broken" / "rules"
CARE = TeamId("care")

# name: (line, column, words of the message, words of the hint) of each mistake
EXPECTED: dict[str, list[tuple[int, int, str, str]]] = {
    "acknowledge-as-text": [(8, 20, "a text for each language is expected here", "`{es: …, en: …}`")],
    "acknowledge-in-no-language": [(9, 9, "`español` is no code of a language", "did you mean `es`?")],
    "acknowledge-without-text": [(9, 13, "a text is expected here, this one is empty", "")],
    "anchor": [(6, 13, "`&words`: anchors and aliases are not used here", "write the value out")],
    "any-as-mapping": [(6, 7, "a list is expected here", "")],
    "attachments-as-text": [(6, 20, "keys with their values are expected here", "known: `at_least`, `at_most`")],
    "attributes-empty": [(6, 18, "there is nothing in this: put something in, or take the key out", "")],
    "backslash": [(7, 31, "a backslash within double quotes", "single quotes")],
    "bound-as-text": [(7, 31, "a number is expected here", "")],
    "bound-below-nothing": [(7, 31, "this is less than 0, the least that makes sense", "")],
    "bounds-without-any": [(7, 9, "this asks for nothing", "give one of `at_least`, `at_most`")],
    "bracket-never-closed": [(7, 14, "the `[` that opens here", "close it with `]`")],
    "calendar-alone": [(10, 5, "nothing follows from this rule", "give `team`, `priority`, `tags` or another of")],
    "calendar-named-always": [(2, 3, "`always` is day and night, every day", "choose another name")],
    "calendar-with-strange-name": [(2, 3, "`office\x1b[2J` can't be a calendar's name", "letters, digits")],
    "calendar-without-hours": [(2, 3, "`hours` is missing in `office`", "")],
    "callback-both": [(8, 7, "a callback is offered, or owed within a time", "`offer`, or `{within: 1h}`")],
    "callback-misspelt": [(8, 17, "keys with their values are expected here", "known: `offer`, `within`")],
    "callback-neither": [(8, 7, "a callback is offered, or owed within a time", "`offer`, or `{within: 1h}`")],
    "channels-empty": [(5, 7, "this list is empty: put something in, or take the key out", "")],
    "closed-on-no-date": [(5, 26, "`2026-13-01` is no date", "year, month and day: `2026-12-24`")],
    "colon-in-text": [(3, 21, "a colon within a text", "put quotes around")],
    "contacts-without-number": [(6, 7, "this asks for no number", "give `at_least` or `at_most`")],
    "contacts-without-window": [(6, 7, "`within` is missing in `contacts`", "")],
    "contradiction-in-bounds": [(4, 5, "this never holds: `customer.followers` at most 50 and", "take one of the")],
    "contradiction-in-hours": [(4, 5, "this never holds: `always` closed is never so", "take one of the")],
    "contradiction-in-tags": [(4, 5, "this never holds: `conversation.tags: vip` and not", "take one of the")],
    "contradiction-in-values": [(4, 5, "this never holds: `channel: email` and `channel:", "take one of the")],
    "contradiction-in-words": [(4, 5, "this never holds: `factura vencida` in the text and no", "take one of the")],
    "contradiction-of-everything": [(4, 5, "this never holds: what `not` excludes is always so", "take one of the")],
    "control-character": [(3, 21, "a control character (U+0007)", "remove it")],
    "deadline-of-nothing": [(8, 32, "a duration is longer than nothing and at most ten years", "")],
    "deadline-unknown": [(8, 19, "unknown key `first_replay`", "did you mean `first_reply`?")],
    "deadline-without-unit": [(8, 32, "a duration is a whole number with a unit", "for example `500ms`, `30s`,")],
    "deadlines-empty": [(8, 7, "no deadline is given here", "`first_reply: 15m`, for example")],
    "deep": [(1, 27, "more than 20 levels", "flatter")],
    "exact-as-text": [(6, 35, "`true` or `false` is expected here", "")],
    "exploding-aliases": [(1, 4, "anchors and aliases are not used here", "write the value out")],
    "facts-as-list": [(8, 7, "keys with their values are expected here", "")],
    "facts-empty": [(8, 7, "there is nothing in this: put something in, or take the key out", "")],
    "followers-as-number": [(7, 20, "keys with their values are expected here", "known: `at_least`, `at_most`")],
    "holidays-of-no-country": [(5, 20, "no holidays are known of a country `XX`: write its two letters as in", "")],
    "holidays-of-no-region": [(5, 15, "no holidays are known of a region `XX` in ES: write one of AN, AR, AS,", "")],
    "glued-colon": [(8, 7, "`team:billing` is no key", "`team:billing` needs a space after the colon")],
    "glued-colon-alone": [
        (9, 7, "keys with their values are expected", "`team:billing` needs a space after the colon")
    ],
    "hours-overlap": [(4, 5, "the hours `08:00-18:00` and `17:00-20:00` on Tuesday overlap: write each hour once", "")],
    "hours-unreadable": [(5, 16, "`8 to 18` are no opening hours: write, for example, `08:00-18:00`", "")],
    "item-without-value": [(2, 4, "this item has no value", "take the key out")],
    "key-twice": [(11, 7, "the key `team` stands here a second time; the first is on line 9", "one of the two")],
    "ladder-as-mapping": [(8, 7, "a list is expected here", "")],
    "ladder-empty": [(8, 7, "this list is empty: put something in, or take the key out", "")],
    "ladder-out-of-order": [(10, 19, "this step does not come later than the one before it", "each `after` is")],
    "ladder-step-after-team": [(10, 11, "no step comes after one that names a team: this", "make the step with")],
    "ladder-step-idle": [(9, 11, "this step does nothing", "give `priority`, `tags`, `tell` or `team`")],
    "ladder-step-tells-nobody": [(9, 30, "`supervisors` is not known here", "did you mean `supervisor`?")],
    "ladder-step-unknown-priority": [(9, 34, "`upp` is not known here", "did you mean `up`?")],
    "ladder-step-without-time": [(9, 11, "`after` is missing", "")],
    "ladder-to-its-own-team": [(9, 30, "this step leads back to the rule's own team, `billing`", "name another team,")],
    "language-of-agent-unknown": [(8, 17, "`unknown` is no language that an agent speaks", "`es`, `en`, …")],
    "language-spelt-out": [(6, 22, "`english` is no code of a language", "did you mean `en`?")],
    "language-tag": [(3, 18, "tags (`!name`) are not used here", "put quotes around")],
    "latin-1": [(3, 27, "not text in UTF-8", "save the file as UTF-8")],
    "list-as-key": [(3, 5, "can't be a key", "put quotes around")],
    "list-at-the-top": [(1, 1, "keys with their values are expected here", "known: `rules`")],
    "list-empty": [(2, 3, "this list is empty: put something in, or take the key out", "")],
    "list-for-name": [(2, 5, "a text is expected here", "")],
    "list-of-lists": [(3, 20, "`$pay`: a list holds no other lists", "write its words out")],
    "list-with-strange-name": [(3, 3, "`1st` can't be a list's name", "a letter, then letters, digits and `-`:")],
    "list-with-unfound-word": [(2, 20, "`fac*ura` can never be found: `*` stands at the end only", "")],
    "lists-as-list": [(1, 1, "keys with their values are expected here", "")],
    "mapping-for-list": [(1, 1, "a list is expected here", "")],
    "missing-colon": [(8, 5, "a key without a colon", "write `key: value`")],
    "name-twice": [(12, 11, "a second rule named `bills`", "a name of its own")],
    "name-without-value": [(2, 5, "`name` has no value", "give it a value")],
    "named-default": [(2, 11, "`default` can't be a rule's name", "not `default`")],
    "no-key": [(3, 5, "this fits nothing above it", "indentation")],
    "no-name": [(2, 5, "`name` is missing", "")],
    "no-text": [(6, 7, "this asks for nothing", "give one of `any`, `all`, `none`")],
    "no-when": [(2, 5, "`when` is missing", "")],
    "no-words": [(7, 9, "this list is empty", "")],
    "not-as-list": [(6, 7, "keys with their values are expected here", "known: `channel`, `public`, `kind`,")],
    "nothing-follows": [(8, 5, "nothing follows from this rule", "give `team`, `priority`, `tags`")],
    "open-on-no-date": [(5, 12, "`christmas` is no date", "year, month and day: `2026-12-24`")],
    "open-without-hours": [(5, 24, "`all day` are no opening hours: write, for example, `08:00-18:00`", "")],
    "phrase-too-long": [(7, 24, "a phrase has at most 12 words", "")],
    "public-as-text": [(6, 15, "`true` or `false` is expected here", "")],
    "quote-never-closed": [(7, 24, "the quote that opens here is never closed", "")],
    "regex-back-reference": [(7, 27, "RE2 does not know `\\1` (there are no back-references)", "")],
    "regex-capitals": [(6, 7, "looked for in text without capitals and accents", "write it in small letters without")],
    "regex-look-ahead": [(7, 16, "RE2 has no look-around ((?=): ask for the word itself, with `any` or `none`", "")],
    "regex-too-large": [(7, 16, "this regular expression is too large: ask for less at once", "")],
    "regex-unbalanced": [(7, 16, "RE2 refuses this: missing ): (pedido", "")],
    "reroute-without-team": [(7, 16, "`reroute` needs a `team`", "name the team that takes it over")],
    "rule-without-value": [(1, 1, "`rules` has no value", "`[]` for an empty list")],
    "several": [
        (3, 5, "unknown key `descripcion`", "did you mean `description`?"),
        (5, 24, "unknown channel `webchta`", "did you mean `webchat`?"),
        (9, 13, "unknown team `biling`", "did you mean `billing`?"),
        (10, 17, "`hihg` is not known here", "did you mean `high`?"),
    ],
    "sign-at-the-beginning": [(3, 18, "a text can't begin with this sign", "put quotes around")],
    "skills-empty": [(8, 7, "this list is empty: put something in, or take the key out", "")],
    "star-alone": [(7, 15, "no letter and no digit", "")],
    "star-in-the-middle": [(7, 15, "`*` stands at the end only", "")],
    "star-unquoted": [(7, 14, "`*factura`: anchors and aliases", "put quotes around a text that begins with `*`")],
    "tab-after-spaces": [(5, 5, "a tab: YAML indents with spaces only", "by spaces")],
    "tab-indentation": [(4, 1, "a tab: YAML indents with spaces only", "by spaces")],
    "tag-with-space": [(11, 14, "`dos palabras` can't be a tag", "without spaces")],
    "tags-asked-of-nothing": [(6, 18, "this asks for nothing", "give one of `any`, `all`, `none`")],
    "text-at-the-top": [(1, 1, "keys with their values are expected here", "known: `rules`")],
    "too-complex": [(4, 5, "this has too many alternatives at once: write it as several rules", "")],
    "two-documents": [(12, 1, "a second document begins here", "remove the line `---`")],
    "unknown-calendar-in-hours": [(10, 23, "unknown calendar `offcie`", "did you mean `office`?")],
    "unknown-calendar-key": [(5, 5, "unknown key `holiday`", "did you mean `holidays`?")],
    "unknown-calendar-of-rule": [(13, 17, "unknown calendar `ofice`", "did you mean `office`?")],
    "unknown-channel": [(5, 16, "unknown channel `emial`", "did you mean `email`?")],
    "unknown-condition": [(6, 7, "unknown key `txet`", "did you mean `text`?")],
    "unknown-consequence": [(8, 7, "unknown key `dedlines`", "did you mean `deadlines`?")],
    "unknown-expertise": [(6, 37, "`advance` is not known here", "did you mean `advanced`?")],
    "unknown-key": [(3, 5, "unknown key `descripcion`", "did you mean `description`?")],
    "unknown-key-of-conversation": [(6, 22, "unknown key `ownr`", "did you mean `owner`?")],
    "unknown-key-of-customer": [(6, 18, "unknown key `teir`", "did you mean `tier`?")],
    "unknown-key-of-hours": [(6, 15, "unknown key `inisde`", "did you mean `inside`?")],
    "unknown-key-of-load": [(6, 21, "unknown key `wating`", "did you mean `waiting`?")],
    "unknown-key-of-text": [(6, 28, "unknown key `non`", "did you mean `none`?")],
    "unknown-key-within-not": [(6, 20, "unknown key `chanel`", "did you mean `channel`?")],
    "unknown-list": [(7, 19, "unknown list `money`", "did you mean `monye`?")],
    "unknown-owner": [(6, 36, "unknown team `biling`", "did you mean `billing`?")],
    "unknown-priority": [(10, 17, "`hihg` is not known here", "did you mean `high`?")],
    "unknown-team": [(9, 13, "unknown team `biling`", "did you mean `billing`?")],
    "unknown-team-of-load": [(6, 14, "unknown team `caer`", "did you mean `care`?")],
    "unknown-team-of-step": [(9, 30, "unknown team `caer`", "did you mean `care`?")],
    "unknown-top-level-key": [(1, 1, "unknown key `ruels`", "did you mean `rules`?")],
    "unknown-weekday": [(5, 7, "`fry` in `mon-fry` is no weekday: write `mon-fri`, `sat` or `lun-vie`, `sáb`", "")],
    "unknown-zone": [(3, 11, "there is no time zone `America/Panma`; did you mean `America/Panama` or", "")],
    "waiting-without-unit": [(6, 42, "a duration is a whole number with a unit", "for example `500ms`, `30s`,")],
    "word-without-letters": [(7, 15, "no letter and no digit", "")],
    "wrong-indentation": [(4, 4, "no part of the list above it", "indentation")],
    "zone-as-offset": [(3, 11, "there is no time zone `Etc/GMT-5` here: name a place, such as `America/Panama`", "")],
}


def load(folder: Path) -> RuleBook:
    return load_rules(folder, [CARE, TeamId("billing")], CARE)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_file_is_refused_where_it_is_broken(name: str, tmp_path: Path) -> None:
    # given a folder with that file alone
    shutil.copy(BROKEN / f"{name}.yaml", tmp_path)
    # when it is loaded
    with pytest.raises(SourceError) as refused:
        load(tmp_path)
    # then each mistake is told at its place, with what to do, and no other
    found = refused.value.problems
    places = [(problem.line, problem.column) for problem in found]
    assert places == [(line, column) for line, column, _, _ in EXPECTED[name]]
    for problem, (_, _, message, hint) in zip(found, EXPECTED[name], strict=True):
        assert message in problem.message
        assert hint in problem.hint


def test_no_broken_file_goes_unexpected() -> None:
    assert {path.stem for path in BROKEN.glob("*.yaml")} == {*EXPECTED, "none"}


def test_the_same_file_without_a_fault_is_taken(tmp_path: Path) -> None:
    shutil.copy(BROKEN / "none.yaml", tmp_path)
    assert [rule.name for rule in load(tmp_path).rules] == ["bills"]


def test_mistakes_of_all_files_are_told_at_once() -> None:
    # when the folder of all broken files is loaded
    with pytest.raises(SourceError) as refused:
        load(BROKEN)
    # then there is none without its mistake
    assert {Path(problem.file).stem for problem in refused.value.problems} >= set(EXPECTED)


def test_a_name_is_given_once_in_all_files(tmp_path: Path) -> None:
    # given two files with a rule of the same name, one of them broken elsewhere
    shutil.copy(BROKEN / "none.yaml", tmp_path / "10-a.yaml")
    shutil.copy(BROKEN / "unknown-team.yaml", tmp_path / "20-b.yaml")
    # then the second is told where the first is
    with pytest.raises(SourceError) as refused:
        load(tmp_path)
    first, second = refused.value.problems
    assert (first.line, first.message) == (2, f"a second rule named `bills`; the first is at {tmp_path}/10-a.yaml:2")
    assert second.line == 9


def test_a_problem_reads_well(tmp_path: Path) -> None:
    shutil.copy(BROKEN / "unknown-team.yaml", tmp_path)
    with pytest.raises(SourceError) as refused:
        load(tmp_path)
    assert format_problems(refused.value.problems) == (
        f"{tmp_path}/unknown-team.yaml:9:13: unknown team `biling`\n"
        "          team: biling\n"
        "                ^\n"
        "    did you mean `billing`?"
    )
    assert str(refused.value) == format_problems(refused.value.problems)
    assert json.loads(to_json(refused.value.problems)) == [
        {
            "file": f"{tmp_path}/unknown-team.yaml",
            "line": 9,
            "column": 13,
            "message": "unknown team `biling`",
            "hint": "did you mean `billing`?",
            "source_line": "      team: biling",
            "severity": "error",
        }
    ]


def test_a_problem_keeps_the_terminal_quiet(tmp_path: Path) -> None:
    # given a name with an escape sequence in it, and far to the right
    (tmp_path / "a.yaml").write_text('rules: [{name: "\\e[2J", when: {}, then: {' + " " * 300 + "team: caer}}]")
    with pytest.raises(SourceError) as refused:
        load(tmp_path)
    # then what is printed has none, and stays within the width of a terminal
    shown = str(refused.value)
    assert "\x1b" not in shown
    assert max(len(line) for line in shown.splitlines() if not line.startswith("/")) <= 104


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ñandú, 日本 ✓", "ñandú, 日本 ✓"),
        ("\x1b]0;title\x07", "�]0;title�"),
        ("\x9b2J\x7f\x08", "�2J��"),
        ("two\r\nlines\tand\u2028three", "two  lines and three"),
        ("right\u202eto left\udcff", "right�to left�"),
    ],
)
def test_what_could_tell_the_terminal_what_to_do_is_left_out(text: str, told: str) -> None:
    assert plain(text) == told


def test_json_is_printable_and_means_the_same() -> None:
    value = {"a\x1b\x9b": ["\x7f\u202e\U000e0001", "ñ ✓\n", 1]}
    told = json_text(value)
    assert told.replace("\n", "").isprintable()
    assert "ñ ✓" in told
    assert json.loads(told) == value


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can't be read"):
        load(tmp_path / "nowhere")


def test_a_default_team_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="did you mean `care`"):
        load_rules(tmp_path, [CARE], TeamId("caer"))
