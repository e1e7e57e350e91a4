"""A file that people edit, read: its tree, its lines, and every problem found in it so far."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

from rules.problems import Problem, shown_path
from rules.syntax import LINE_END, Mark
from rules.tree import Node, Tree

# The configuration where no other was named.
CONFIGURATION = Path("config.yaml")
ELSEWHERE = "run it in Hilo's folder, or give `--config FILE`"
MOST_BYTES = 1_000_000
MOST_TOLD = 50
# What YAML may hold (YAML 1.2 section 5.1); UTF-8 has no lone surrogates.
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ufffd\U00010000-\U0010ffff]")


class Source:
    """A file's text as a tree. `root` is None where nothing could be read; `untold` counts problems not kept.

    `has_nothing` tells whether some key or item has no value, `has_curled` whether there is a typographic quote.
    """

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.digest = hashlib.sha256(content).hexdigest()
        self.problems: list[Problem] = []
        self.untold = 0
        self.root: Node | None = None
        self.has_nothing = False
        self.has_curled = False
        self._lines: list[str] = []
        text = self._decoded(content)
        if text is None:
            return
        self._lines = LINE_END.split(text)
        strange = UNPRINTABLE.search(text)
        if strange:
            before = LINE_END.split(text[: strange.start()])
            mark = Mark(len(before), len(before[-1]) + 1)
            self.add(mark, f"a control character (U+{ord(strange[0]):04X})", "remove it")
            return
        tree = Tree(text)
        for fault in tree.faults:
            self.add(*fault)
        self.root = tree.root if tree.is_whole else None
        self.has_nothing = tree.has_nothing
        self.has_curled = any(quote in text for quote in "“”„‘’")

    @classmethod
    def read(cls, path: Path) -> "Source":
        """The file at `path`; one that can't be read is a source with that problem."""
        name = shown_path(path)
        try:
            if path.exists() and not path.is_file():
                return cls.failed(name, "this is not a file")
            with path.open("rb") as opened:
                return cls(name, opened.read(MOST_BYTES + 1))
        except FileNotFoundError:
            return cls.failed(name, "there is no such file", ELSEWHERE if path == CONFIGURATION else "")
        except (OSError, ValueError) as error:
            return cls.failed(name, f"this file can't be read: {getattr(error, 'strerror', None) or error}")

    @classmethod
    def failed(cls, name: str, message: str, hint: str = "") -> "Source":
        """A source that holds nothing but a problem."""
        source = cls(name, b"")
        source.add(Mark(1, 1), message, hint)
        return source

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read but comments, and no problem."""
        return not self.problems and (self.root is None or self.root.value is None)

    def add(self, mark: Mark, message: str, hint: str = "", *, is_hidden: bool = False) -> None:
        """Keep a problem at `mark`; `is_hidden` leaves out the rest of its line, which must not be shown."""
        line = self._lines[mark.line - 1] if mark.line <= len(self._lines) else ""
        shown = line[: mark.column - 1] + "…" if is_hidden else line
        self.problems.append(Problem(self.name, mark.line, mark.column, message, hint, shown))

    def sign_at(self, mark: Mark) -> str:
        """The sign that stands at `mark`, or nothing at the end of a line."""
        return self._lines[mark.line - 1][mark.column - 1 : mark.column]

    def at(self, *path: str | int) -> Node | None:
        """The node at `path`; steps that are not written out (a list of one, say) are left out."""
        node = self.root
        for step in path:
            if node is not None:
                node = node.children.get(step, node)
        return node

    def place(self, *path: str | int) -> Mark:
        """Where `path` stands, or the nearest above it that does."""
        node = self.at(*path)
        return node.place if node else Mark(1, 1)

    def sorted_problems(self) -> list[Problem]:
        """The problems in the file's order, one for each place; past the fiftieth the rest is only counted."""
        by_place: dict[tuple[int, int], Problem] = {}
        for problem in self.problems:
            by_place.setdefault((problem.line, problem.column), problem)
        told = [by_place[place] for place in sorted(by_place)]
        more = len(told[MOST_TOLD:]) + self.untold
        if more and told:
            rest = f"and {more:,} more mistakes in this file"
            told[MOST_TOLD:] = [replace(told[:MOST_TOLD][-1], message=rest, hint="", source_line="")]
        return told

    def _decoded(self, content: bytes) -> str | None:
        if len(content) > MOST_BYTES:
            self.add(Mark(1, 1), f"the file is larger than {MOST_BYTES:,} bytes", "split it")
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = LINE_END.split(content[: error.start].decode("utf-8-sig", "replace"))
            self._lines = before
            self.add(Mark(len(before), len(before[-1]) + 1), "this is not text in UTF-8", "save the file as UTF-8")
            return None
