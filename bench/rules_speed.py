"""Microseconds per message of the rules' engine beside others, on the same rules and messages, interleaved."""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from bench.rules_corpus import CARE, Asked, as_yaml, asked, book_of, messages
from bench.rules_peers import Match, by_cel, by_rule_engine, naive
from rules.document import load_rules
from rules.engine import DEFAULT, RuleBook
from rules.facts import Facts

SIZES = (100, 1_000, 10_000)
ROUNDS = 5
PER_FILE = 2_500
CHANNELS = ("email", "webchat", "twitter", "phone", "facebook", "telegram")
# How many messages each gets in a round: those that take a thousand times as long get fewer, of the same ones.
OURS, NAIVE, SLOW = 4_000, 60, 6


def rules_speed() -> Iterator[str]:
    """The lines of the report: a row for each number of rules and kind of text."""
    yield "µs per message, median of 5 rounds, all engines on the same messages in turn; (×) is Hilo's factor"
    names = ("Hilo", "naive in order", "rule-engine", "CEL (Rust)")
    yield f"{'rules':>7} {'texts':<9}{'match':>6} " + " ".join(f"{name:>18}" for name in names)
    ours: dict[tuple[int, bool], float] = {}
    for size in SIZES:
        rules = asked(size)
        book = book_of(rules)
        peers = [naive(rules), by_rule_engine(rules), by_cel(rules)]
        for is_miss in (False, True):
            facts = messages(OURS, of_unknown_words=is_miss)
            share = sum(book.route(each).rule != DEFAULT for each in facts) / len(facts)
            agree(book, peers[0], facts[:NAIVE])
            times = _interleaved([book.route, *peers], facts)
            ours[size, is_miss] = times[0]
            shown = [f"{times[0]:9.1f}", *(f"{each:9,.0f} ({each / times[0]:,.0f}×)" for each in times[1:])]
            kind = "unknown" if is_miss else "known"
            yield f"{size:>7,} {kind:<9}{share:>6.0%} " + " ".join(f"{each:>18}" for each in shown)
    for is_miss, kind in ((False, "known"), (True, "unknown")):
        growth = ours[10_000, is_miss] / ours[100, is_miss]
        yield f"from 100 to 10,000 rules on {kind} words: {growth:.1f} times the cost"
    yield from _loading()


def agree(book: RuleBook, other: Match, facts: list[Facts]) -> None:
    """Raise AssertionError if the two do not choose the same rules: then the figures mean nothing."""
    for each in facts:
        chosen = book.route(each).rule
        number = other(each)
        assert chosen == (DEFAULT if number < 0 else f"rule-{number}"), (each, chosen, number)


def _interleaved(engines: list[Callable[[Facts], object]], facts: list[Facts]) -> list[float]:
    counts = (OURS, NAIVE, SLOW, SLOW)
    found: list[list[float]] = [[] for _ in engines]
    for _ in range(ROUNDS):
        for times, engine, count in zip(found, engines, counts, strict=True):
            began = time.perf_counter()
            for each in facts[:count]:
                engine(each)
            times.append(1e6 * (time.perf_counter() - began) / count)
    return [statistics.median(times) for times in found]


def _loading() -> Iterator[str]:
    """How long 10,000 rules take from their files to a book that routes, and the part of it that is compiling."""
    rules = asked(10_000)
    with tempfile.TemporaryDirectory(prefix="hilo-bench-") as folder:
        size = _write(rules, Path(folder))
        whole, compiled = [], []
        for _ in range(ROUNDS):
            gc.collect()
            began = time.perf_counter()
            load_rules(Path(folder), [CARE], CARE, CHANNELS)  # type: ignore[arg-type]
            whole.append(time.perf_counter() - began)
            began = time.perf_counter()
            book_of(rules)
            compiled.append(time.perf_counter() - began)
        # What the YAML parser takes alone, written in C: no loader on it can be faster.
        began = time.perf_counter()
        for path in Path(folder).iterdir():
            for _ in yaml.parse(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
                pass
        parsing = time.perf_counter() - began
    yield (
        f"10,000 rules ({size / 1e6:.1f} MB of YAML) from files to a checked book: {statistics.median(whole):.2f} s "
        f"[{min(whole):.2f}..{max(whole):.2f}]; of it the YAML parser alone {parsing:.2f} s; "
        f"from conditions to a book: {statistics.median(compiled):.2f} s"
    )


def _write(rules: list[Asked], folder: Path) -> int:
    content = as_yaml(rules)
    every = list(content["rules"])
    (folder / "00-calendars.yaml").write_text(yaml.safe_dump({"calendars": content["calendars"]}), encoding="utf-8")
    for number, first in enumerate(range(0, len(every), PER_FILE)):
        text = yaml.safe_dump({"rules": every[first : first + PER_FILE]}, allow_unicode=True, sort_keys=False)
        (folder / f"{10 + number}-rules.yaml").write_text(text, encoding="utf-8")
    return sum(path.stat().st_size for path in folder.iterdir())
