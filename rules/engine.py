"""The engine: the first matching rule with a team decides, those without a team above it add."""

from dataclasses import dataclass

from router.model.ids import TeamId
from router.model.team import Priority, Route
from rules.conditions import Condition, Reading
from rules.facts import Facts

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions and what follows from them; `description` is what people read as the reason."""

    name: str
    when: Condition
    team: TeamId | None = None
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A route with how it came about.

    `rule` names the deciding rule (`default` if none did), `matched` all that matched (the deciding one last), `words`
    what the deciding rule found, as its file has it; `tried` is how many rules were read, `version` of which book.
    """

    route: Route
    rule: str
    version: str
    matched: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    tried: int = 0


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules in their order; `version` is a hash of the files and of the default team."""

    default_team: TeamId
    rules: tuple[Rule, ...] = ()
    teams: frozenset[TeamId] = frozenset()
    version: str = "none"

    def route(self, facts: Facts) -> Verdict:
        """Which team `facts` go to, and why."""
        reading = Reading.of(facts)
        matched: list[Rule] = []
        tried = 0
        for rule in self.rules:
            tried += 1
            if rule.when.holds(reading):
                matched.append(rule)
                if rule.team:
                    break
        return self._verdict(matched, reading, tried)

    def _verdict(self, matched: list[Rule], reading: Reading, tried: int) -> Verdict:
        decided = matched[-1] if matched and matched[-1].team else None
        priorities = [rule.priority for rule in matched if rule.priority]
        route = Route(
            team=(decided and decided.team) or self.default_team,
            reason=(decided.description or decided.name) if decided else DEFAULT,
            priority=priorities[-1] if priorities else None,
            tags=tuple(dict.fromkeys(tag for rule in matched for tag in rule.tags)),
        )
        return Verdict(
            route=route,
            rule=decided.name if decided else DEFAULT,
            version=self.version,
            matched=tuple(rule.name for rule in matched),
            words=decided.when.found(reading) if decided else (),
            tried=tried,
        )
