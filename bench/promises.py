"""How well promises are told from what only sounds like them, and by when, by the lines of tests/unit/promises.txt."""

from collections.abc import Iterator, Sequence

from tests.promised import Line, labelled, scored


def promise_quality() -> Iterator[str]:
    """The table, a line each, and then what was got wrong."""
    lines = labelled()
    held = [line for line in lines if line.is_held]
    yield f"{'':24}{'lines':>7}{'promises':>10}{'precision':>11}{'recall':>8}{'due':>7}"
    yield from _row("worked on", [line for line in lines if not line.is_held])
    yield from _row("held apart", held)
    for lang in ("es", "en"):
        yield from _row(f"held apart, {lang}", [line for line in held if line.lang == lang])
    yield from (f"  {miss}" for miss in scored(lines).misses)


def _row(name: str, lines: Sequence[Line]) -> Iterator[str]:
    score = scored(lines)
    yield (f"{name:24}{len(lines):>7}{score.wanted:>10}{score.precision:>11.3f}{score.recall:>8.3f}{score.due:>7.3f}")
