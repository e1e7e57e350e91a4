"""The engine: the first matching rule with a team decides, those without a team above it add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from router.model.calendar import ALWAYS_OPEN, Calendar
from router.model.commitment import ALWAYS, CallbackWish, Ladder, Target
from router.model.ids import TeamId
from router.model.policy import CallPolicy, CarePolicy
from router.model.route import Route
from router.model.team import Priority
from rules.clauses import Alternative, alternatives_of
from rules.compile import Index
from rules.conditions import ALWAYS_HOLDS, Condition
from rules.facts import Facts
from rules.marks import bits_of
from rules.reading import Reading

DEFAULT = "default"
VERDICTS_KEPT = 1_000
SHIPPED_CALLS, SHIPPED_CARE = CallPolicy(), CarePolicy()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Then:
    """What follows from a rule; what is empty adds nothing (see `Route` for what each is)."""

    team: TeamId | None = None
    is_reroute: bool = False
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    acknowledge: Mapping[str, str] = field(default_factory=dict)
    callback: CallbackWish | None = None
    ladder: Ladder | None = None
    skills: tuple[str, ...] = ()
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the rules' files; line and column count from 1."""

    file: str = ""
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions and what follows from them; `description` is what people read as the reason."""

    name: str
    when: Condition = ALWAYS_HOLDS
    then: Then = Then()
    description: str = ""
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A route with how it came about.

    `rule` names the deciding rule (`default` if none did), `matched` all that matched (the deciding one last), and
    `version` the book.
    """

    route: Route
    rule: str
    version: str
    matched: tuple[str, ...] = ()


class RuleBook:
    """The rules in their order; `version` is a hash of the files and of the default team.

    `calls` and `care` are what ops decide of calls and of promises.
    """

    def __init__(
        self,
        default_team: TeamId,
        rules: Sequence[Rule] = (),
        teams: frozenset[TeamId] = frozenset(),
        version: str = "none",
        calendars: Mapping[str, Calendar] | None = None,
        alternatives: Sequence[Sequence[Alternative]] | None = None,
        calls: CallPolicy = SHIPPED_CALLS,
        care: CarePolicy = SHIPPED_CARE,
    ) -> None:
        """Compile `rules`, whose `alternatives` may be known. Raises TooComplex for a condition that has too many."""
        self.default_team = default_team
        self.rules = tuple(rules)
        self.teams = teams
        self.version = version
        self.calls = calls
        self.care = care
        self.calendars = {**(calendars or {}), ALWAYS: ALWAYS_OPEN}
        if alternatives is None:
            alternatives = [alternatives_of(rule.when) for rule in self.rules]
        self._index = Index(alternatives, self.calendars)
        self._named = {rule.name: rule for rule in self.rules}
        self._verdicts: dict[tuple[int, ...], Verdict] = {}
        self._deciding = self._index.bits(number for number, rule in enumerate(self.rules) if rule.then.team)

    def calendar(self, name: str) -> Calendar:
        """The calendar of that name; the one of day and night where it is gone from the files meanwhile."""
        return self.calendars.get(name, ALWAYS_OPEN)

    def rule(self, name: str) -> Rule | None:
        """The rule of that name, if there is one."""
        return self._named.get(name)

    def route(self, facts: Facts) -> Verdict:
        """Which team `facts` go to, what else follows, and why."""
        numbers = self._matching(facts)
        verdict = self._verdicts.get(numbers)
        if verdict is None:
            # What follows depends on which rules matched alone, and most messages match the same few.
            if len(self._verdicts) >= VERDICTS_KEPT:
                self._verdicts.clear()
            verdict = self._verdicts[numbers] = self._verdict([self.rules[number] for number in numbers])
        return verdict

    def matching(self, facts: Facts) -> list[Rule]:
        """The rules that hold for `facts` up to the one that decides, which is the last; none may decide."""
        return [self.rules[number] for number in self._matching(facts)]

    def _matching(self, facts: Facts) -> tuple[int, ...]:
        alive = self._index.matching(Reading(facts))
        if not alive:
            return ()
        deciding = alive & self._deciding
        lowest = deciding & -deciding
        # Of the bits below the deciding one none has a team.
        bits = bits_of(alive & (lowest - 1) if lowest else alive)
        if lowest:
            bits.append(lowest.bit_length() - 1)
        return tuple(dict.fromkeys(map(self._index.owner, bits)))

    def _verdict(self, matched: Sequence[Rule]) -> Verdict:
        decided = matched[-1] if matched and matched[-1].then.team else None
        return Verdict(
            route=self._route(matched, decided),
            rule=decided.name if decided else DEFAULT,
            version=self.version,
            matched=tuple(rule.name for rule in matched),
        )

    def _route(self, matched: Sequence[Rule], decided: Rule | None) -> Route:
        then = _together([rule.then for rule in matched])
        return Route(
            team=then.team or self.default_team,
            reason=(decided.description or decided.name) if decided else DEFAULT,
            priority=then.priority,
            tags=then.tags,
            is_reroute=then.is_reroute,
            facts=then.facts,
            targets=then.targets,
            acknowledge=then.acknowledge,
            callback=then.callback,
            ladder=then.ladder,
            skills=then.skills,
            spoken=then.spoken,
        )


def _together(thens: Sequence[Then]) -> Then:
    """All of `thens`: what can be several comes together, of what can be only one the latest stays."""
    if len(thens) == 1:
        return thens[0]
    targets = {target.kind: target for then in thens for target in then.targets}
    last = thens[-1] if thens else Then()
    return Then(
        team=last.team,
        is_reroute=last.is_reroute,
        priority=_latest([then.priority for then in thens]),
        tags=tuple(dict.fromkeys(tag for then in thens for tag in then.tags)),
        facts={name: value for then in thens for name, value in then.facts.items()},
        targets=tuple(targets.values()),
        acknowledge=_latest([then.acknowledge for then in thens]) or {},
        callback=_latest([then.callback for then in thens]),
        ladder=_latest([then.ladder for then in thens]),
        skills=tuple(dict.fromkeys(skill for then in thens for skill in then.skills)),
        spoken=_latest([then.spoken for then in thens]) or "",
    )


def _latest(values: Sequence[T | None]) -> T | None:
    return next((value for value in reversed(values) if value), None)
