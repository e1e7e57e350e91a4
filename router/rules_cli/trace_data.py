"""A trace as plain data, for programs."""

import json
from typing import Any

from router.core.facts import kept
from router.model.commitment import LadderStep
from rules.checks import Check, duration_words
from rules.explain import Due, Trace, Tried
from rules.facts import Facts

Plain = dict[str, Any]


def trace_data(trace: Trace) -> Plain:
    """The facts, the rules tried, each with its checks, and the verdict; durations as in rules, instants in UTC."""
    return {
        "facts": facts_data(trace.facts),
        "tried": [_tried(tried) for tried in trace.tried],
        "verdict": _verdict(trace),
    }


def facts_data(facts: Facts) -> Plain:
    """What rules could see, without what is as it usually is."""
    seen: Plain = {"text": facts.text, "subject": facts.subject}
    rest: Plain = json.loads(kept(facts))
    return {name: value for name, value in seen.items() if value} | rest


def step_words(step: LadderStep) -> str:
    """What a step of a ladder does: `priority up, tell supervisor`."""
    does = [
        "priority up" if step.raises else f"priority {step.priority}" if step.priority else "",
        f"tags {', '.join(step.tags)}" if step.tags else "",
        "tell supervisor" if step.tell_supervisor else "",
        f"team {step.team}" if step.team else "",
    ]
    return ", ".join(filter(None, does))


def _tried(tried: Tried) -> Plain:
    return {
        "rule": tried.rule.name,
        "file": tried.rule.place.file,
        "line": tried.rule.place.line,
        "matched": tried.has_matched,
        "decides": tried.is_deciding,
        "checks": [_check(check) for check in tried.check.parts],
    }


def _check(check: Check) -> Plain:
    found: Plain = {"label": check.label, "held": check.is_held}
    if check.parts:
        return found | {"parts": [_check(part) for part in check.parts]}
    return found | {"asked": list(check.asked), "found": check.found}


def _verdict(trace: Trace) -> Plain:
    verdict, route = trace.verdict, trace.verdict.route
    return {
        "team": route.team,
        "rule": verdict.rule,
        "reason": route.reason,
        "matched": list(verdict.matched),
        "version": verdict.version,
        "reroute": route.is_reroute,
        "priority": route.priority,
        "tags": list(route.tags),
        "facts": dict(route.facts),
        "skills": list(route.skills),
        "language": route.spoken,
        "acknowledge": dict(route.acknowledge),
        "callback": route.callback.kind if route.callback else None,
        "ladder": [step_words(step) for step in route.ladder.steps] if route.ladder else [],
        "due": [_due(due) for due in trace.due],
    }


def _due(due: Due) -> Plain:
    within = duration_words(due.within)
    return {"what": due.what, "within": within, "calendar": due.calendar, "at": due.at.isoformat() if due.at else None}
