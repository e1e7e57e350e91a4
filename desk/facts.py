"""What is known of customers and matters, as the API tells it, in the words that ops have for it."""

from collections.abc import Callable, Iterable

from aiohttp import web

from desk.problems import Problem
from desk.services import Services
from router.core.facts_kept import is_of_the_matter
from router.core.found.finder import FactFinder
from router.core.known import latest_first
from router.model.event import Command, FactSet
from router.model.fact import OPEN_KINDS, Fact, FactKind
from router.model.ids import AgentId
from router.store import wire
from rules.fact_words import kind_names, kind_words, step_names, step_words

Json = dict[str, object]


class FactView:
    """Tells facts with their labels; `finder` knows the kinds of ops as they are now."""

    def __init__(self, finder: FactFinder, named: Callable[[AgentId | None], Json | None]) -> None:
        """`named` gives an agent's name."""
        self._finder = finder
        self._named = named

    def all(self, facts: Iterable[Fact]) -> list[Json]:
        """FACT, the latest first: for those alone who may open the conversation."""
        return [self._one(fact) for fact in latest_first(tuple(facts))]

    def _one(self, fact: Fact) -> Json:
        kinds = self._finder.kinds
        is_open = fact.is_open or fact.kind in kinds.whole
        return {
            "kind": fact.kind,
            "label": kind_words(kinds, fact.kind).label,
            "value": fact.value,
            "masked": fact.value if is_open else fact.masked,
            "words": step_words(kinds, fact.value) if fact.kind == FactKind.TRIED else None,
            "sort": fact.sort or None,
            "proved": fact.proved,
            "of_other": fact.of_other,
            "is_claimed": fact.is_claimed,
            "confirmed_by": self._named(fact.confirmed_by),
            "confirmed_at": fact.confirmed_at,
            "at": fact.at,
            "source": fact.source or None,
            "phrase": fact.phrase,
        }


class FactKindsReading:
    """Answers which facts there may be."""

    def __init__(self, services: Services) -> None:
        self._finder = services.finder

    def routes(self) -> list[web.RouteDef]:
        """The one question."""
        return [web.get("/api/fact-kinds", self.kinds)]

    async def kinds(self, _request: web.Request) -> web.Response:
        """The kinds with their labels and how to ask for each, and the steps that customers may have tried."""
        kinds = self._finder.kinds
        told: list[Json] = []
        for name in kind_names(kinds):
            words = kind_words(kinds, name)
            is_open = name in OPEN_KINDS or name in kinds.whole
            of_matter = is_of_the_matter(name)
            told.append(
                {"kind": name, "label": words.label, "ask": words.ask, "is_open": is_open, "of_the_matter": of_matter}
            )
        steps = [{"value": step, "words": step_words(kinds, step)} for step in step_names(kinds)]
        return web.Response(body=wire.encode({"kinds": told, "steps": steps}), content_type="application/json")


def require_known_kind(command: Command, finder: FactFinder) -> None:
    """Raise Problem if an agent adds a fact of a kind that nobody has named; what is there already may be confirmed."""
    if isinstance(command, FactSet) and not command.instead_of and command.kind not in kind_names(finder.kinds):
        raise Problem("unknown_fact_kind")
