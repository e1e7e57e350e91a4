"""What ops write of calls and of promises, `calls:` and `care:`, is what the book says; a mistake says where it is."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from router.model.clock import SystemClock
from router.model.ids import TeamId
from router.model.opening import week
from router.model.policy import CallPolicy, CarePolicy, RingingHours, Shift
from router.rules_watch.watch import RulesWatch
from rules.diff import diff
from rules.document import load_library, load_rules
from rules.engine import RuleBook
from rules.problems import Problem, SourceError

CARE, TECH = TeamId("care"), TeamId("tech")
OFFICE = "calendars: {office: {zone: America/Panama, hours: {mon-fri: 08:00-18:00}}}\n"
PLAYBOOK = Path(__file__).parents[2] / "rules" / "playbook"
ALL = """\
calls:
  zone: America/Panama
  ringing:
    default: {hours: {mon-sat: 09:00-19:00}, holidays: false}
    PA: {hours: {lun-vie: [08:00-12:00, 13:00-20:00]}}
  within: 1h
  slot: 15m
  ahead: 2d
  handling: 5m
  occupancy: 80%
  offer: 30s
  again_after: 10s
  grace: 5m
  retries: [10m, 1h, 4h]
  countries: [PA, DO]
  asks: 3
  silent: 3m
  longest: 1h
  shifts:
    care: {agents: 4, calendar: office}
    tech: {agents: 2}
  briefing: false
care:
  vague: {within: 3h, calendar: office}
  chase: {agent: 20m, team: 10m, supervisor: 1m}
  late: {within: 2h, calendar: office}
  visit: {remind: 3h, ask: 20m, missed: 2h}
  follow_up: {after: 12h}
  silence: {every: 8h, calendar: office, waiting: true}
"""


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def hours(count: int) -> timedelta:
    return timedelta(hours=count)


def book_of(folder: Path, text: str, calendars: str = OFFICE) -> RuleBook:
    (folder / "00-calendars.yaml").write_text(calendars)
    (folder / "05-calls.yaml").write_text(text)
    return load_rules(folder, [CARE, TECH], CARE)


def problems_of(folder: Path, text: str) -> list[Problem]:
    with pytest.raises(SourceError) as refused:
        book_of(folder, text)
    return list(refused.value.problems)


def test_everything_that_can_be_said_is_in_the_book(tmp_path: Path) -> None:
    book = book_of(tmp_path, ALL)
    assert book.calls == CallPolicy(
        zone="America/Panama",
        ringing={
            "": RingingHours(week({"mon-sat": "09:00-19:00"}), holidays=False),
            "PA": RingingHours(week({"mon-fri": "08:00-12:00, 13:00-20:00"})),
        },
        within=hours(1),
        slot=minutes(15),
        ahead=timedelta(days=2),
        handling=minutes(5),
        occupancy=0.8,
        offer=timedelta(seconds=30),
        again_after=timedelta(seconds=10),
        grace=minutes(5),
        retries=(minutes(10), hours(1), hours(4)),
        countries=("PA", "DO"),
        asks=3,
        silent=minutes(3),
        longest=hours(1),
        shifts={"care": Shift(4, "office"), "tech": Shift(2)},
        briefing=False,
    )
    assert book.care == CarePolicy(
        vague_within=hours(3),
        vague_calendar="office",
        chase_agent=minutes(20),
        chase_team=minutes(10),
        chase_supervisor=minutes(1),
        again_within=hours(2),
        again_calendar="office",
        remind_before=hours(3),
        visit_asked_every=minutes(20),
        visit_unknown_after=hours(2),
        follow_up_after=hours(12),
        silence=hours(8),
        silence_calendar="office",
        silence_waiting=True,
    )


def test_what_is_left_out_is_as_it_ships(tmp_path: Path) -> None:
    assert book_of(tmp_path, "rules: []\n").calls == CallPolicy()
    book = book_of(tmp_path, "calls: {within: 3h, occupancy: 0.7, retries: []}\ncare: {chase: {agent: 1h}}\n")
    assert book.calls == CallPolicy(within=timedelta(hours=3), occupancy=0.7, retries=())
    assert book.care == CarePolicy(chase_agent=timedelta(hours=1))


def test_off_is_a_value(tmp_path: Path) -> None:
    book = book_of(tmp_path, "care: {follow_up: off, silence: off}\n")
    assert (book.care.follow_up_after, book.care.silence) == (None, None)


MISTAKES: list[tuple[str, int, int, str, str]] = [
    ("calls: {zone: America/Panamá}", 1, 15, "America/Panam", ""),
    ("calls: {ringing: {UK: {hours: {mon: 08:00-20:00}}}}", 1, 19, "`UK` is no country", "did you mean `GB`?"),
    ("calls: {ringing: {pa: {hours: {mon: 08:00-20:00}}}}", 1, 19, "`pa` is no country", "did you mean `PA`?"),
    ("calls: {ringing: {defalt: {hours: {mon: 08:00-20:00}}}}", 1, 19, "is no country", "did you mean `default`?"),
    ("calls: {ringing: {PA: {hours: {mon: 8 to 8}}}}", 1, 37, "`8 to 8` are no opening hours", ""),
    ("calls: {ringing: {PA: {hours: {lunez: 08:00-20:00}}}}", 1, 32, "is no weekday", ""),
    ("calls: {ringing: {PA: {hours: {mon: 22:00-06:00, tue: 05:00-07:00}}}}", 1, 24, "overlap", ""),
    ("calls: {ringing: {PA: {holidays: true}}}", 1, 19, "`hours` is missing in `PA`", ""),
    ("calls: {ringing: {PA: {hours: {mon: 08:00-20:00}, holidays: yes}}}", 1, 61, "`true` or `false`", ""),
    ("calls: {within: 2}", 1, 17, "a duration is a whole number with a unit", "`15m`"),
    ("calls: {withn: 2h}", 1, 9, "unknown key `withn`", "did you mean `within`?"),
    ("calls: {slot: 2d, ahead: 1d}", 1, 1, "no slot fits", "`slot` is shorter than `ahead`"),
    ("calls: {occupancy: 120%}", 1, 20, "a share of the time", "`85%`, or `0.85`"),
    ("calls: {occupancy: 85}", 1, 20, "a share of the time", "`85%`, or `0.85`"),
    ("calls: {countries: [PA, UK]}", 1, 25, "`UK` is no country whose numbers are known", "`GB`"),
    ("calls: {retries: [15m, 2]}", 1, 24, "a duration is a whole number with a unit", "`15m`"),
    ("calls: {shifts: {cair: {agents: 2}}}", 1, 18, "unknown team `cair`", "did you mean `care`?"),
    ("calls: {shifts: {care: {agents: 0}}}", 1, 33, "the least that makes sense", ""),
    ("calls: {shifts: {care: {agents: 2, calendar: ofice}}}", 1, 46, "unknown calendar `ofice`", "`office`?"),
    ("care: {vague: {calendar: office}}", 1, 8, "`within` is missing in `vague`", ""),
    ("care: {late: {within: 4h, calendar: ofice}}", 1, 37, "unknown calendar `ofice`", "`office`?"),
    ("care: {chase: {agent: 5m}}", 1, 8, "the agent hears of it first", "supervisor: 5m"),
    ("care: {follow_up: {afer: 24h}}", 1, 20, "unknown key `afer`", "did you mean `after`?"),
    ("care: {follow_up: 24h}", 1, 19, "keys with their values are expected here", "known: `after`"),
    ("care: {silence: {every: 24}}", 1, 25, "a duration is a whole number with a unit", ""),
    ("llamadas: {within: 2h}", 1, 1, "unknown key `llamadas`", "did you mean `calls`?"),
]


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), MISTAKES, ids=lambda value: str(value)[:50])
def test_a_mistake_says_where_it_is(tmp_path: Path, text: str, line: int, column: int, message: str, hint: str) -> None:
    (problem,) = problems_of(tmp_path, f"{text}\n")
    assert (problem.line, problem.column) == (line, column)
    assert message in problem.message
    assert hint in problem.hint


def test_every_mistake_at_once(tmp_path: Path) -> None:
    text = "calls:\n  within: 2\n  ringing: {UK: {hours: {mon: 08:00-20:00}}}\ncare:\n  late: {within: soon}\n"
    assert [problem.line for problem in problems_of(tmp_path, text)] == [2, 3, 5]


@pytest.mark.parametrize(("key", "said"), [("calls", "{within: 1h}"), ("care", "{follow_up: off}")])
def test_at_most_one_file_gives_each(tmp_path: Path, key: str, said: str) -> None:
    (tmp_path / "10-more.yaml").write_text(f"\n{key}: {said}\n")
    (problem,) = problems_of(tmp_path, f"{key}: {said}\n")
    assert (Path(problem.file).name, problem.line, problem.column) == ("10-more.yaml", 2, 1)
    assert f"`{key}` stands in a second file" in problem.message
    assert "05-calls.yaml:1" in problem.message


def test_a_calendar_that_only_promises_count_on_is_used(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(OFFICE + "care: {late: {within: 4h, calendar: office}}\n")
    assert load_library(tmp_path, [CARE], CARE).warnings == ()


def test_a_difference_is_told(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, text in (
        (old, "care: {follow_up: {after: 24h}}\n"),
        (new, "calls: {within: 1h}\ncare: {silence: off}\n"),
    ):
        folder.mkdir()
        (folder / "a.yaml").write_text(text)
    found = diff(old, new).policies
    assert found.added == ("calls",)
    assert [part.key for part in found.changed["care"]] == ["follow_up.after", "silence"]


async def test_what_is_saved_is_in_force(tmp_path: Path) -> None:
    # given Hilo runs by what ships
    (tmp_path / "a.yaml").write_text("rules: []\n")
    watch = RulesWatch(tmp_path, [CARE], CARE, SystemClock())
    assert watch.book.calls.within == timedelta(hours=2)
    # when ops save another word
    (tmp_path / "a.yaml").write_text("calls: {within: 30m}\ncare: {silence: {every: 6h}}\n")
    await watch.reload(is_asked=True)
    # then the book in force says so
    assert watch.book.calls.within == timedelta(minutes=30)
    assert watch.book.care.silence == timedelta(hours=6)


def test_the_playbook_lets_nobodys_phone_ring_at_night_or_on_a_sunday() -> None:
    teams = [TeamId(name) for name in ("care", "billing", "tech", "sales", "retention")]
    book = load_rules(PLAYBOOK, teams, CARE)
    assert ZoneInfo(book.calls.zone)
    for country, each in book.calls.ringing.items():
        assert each.holidays, country
        assert 6 not in each.hours, country
        for spans in each.hours.values():
            assert all(span.start >= 8 * 60 and span.end <= 20 * 60 for span in spans), country
