"""YAML text to a tree that knows where everything stands, in bounded time and memory.

The YAML of people who edit rules, not of programs: only `true` and `false` are booleans, a number is one only if it
would be written back the same (`no`, `12:30`, `0123` and `1.10` stay texts). A key given twice is a fault. At an
anchor, an alias or a tag reading stops.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

from rules.syntax import Fault, Mark, explained

DEEPEST = 20
MOST_NODES = 200_000
LONGEST_NUMBER = 18
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NO_CHILDREN: Mapping[str | int, "Node"] = MappingProxyType({})
NOTHING = ("", "~", "null")


@dataclass(slots=True)
class Node:
    """A value, where it begins, and for a value under a key where the key does. `is_broken`: its fault is told."""

    value: Any
    mark: Mark
    key: Mark | None = None
    children: Mapping[str | int, "Node"] = field(default_factory=lambda: NO_CHILDREN)
    is_broken: bool = False

    @property
    def place(self) -> Mark:
        """Where to point: at the value, but for what has parts (or is missing) at its key."""
        return self.key if self.key and (self.value is None or isinstance(self.value, dict | list)) else self.mark

    def find(self, *path: str | int) -> "Node | None":
        """The node at exactly `path`, if there is one."""
        node: Node | None = self
        for step in path:
            node = node.children.get(step) if node else None
        return node


class Slot(NamedTuple):
    """The key whose value comes next; without a name the value is dropped."""

    name: str | None
    mark: Mark


class Unreadable(Exception):
    """The rest of the text can't be read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Tree:
    """The tree of one text: `root` (None where there is nothing but comments), and the `faults` met on the way."""

    def __init__(self, text: str) -> None:
        self.root: Node | None = None
        self.faults: list[Fault] = []
        self.is_whole = True
        self._open: list[Node] = []
        self._slots: list[Slot | None] = []
        self._nodes = 0
        try:
            for event in _events(text):
                self._take(event)
        except Unreadable as error:
            self.faults.append(error.fault)
            self.is_whole = False

    def _take(self, event: yaml.Event) -> None:
        start = event.start_mark
        mark = Mark(start.line + 1, start.column + 1) if start else Mark(1, 1)
        match event:
            case yaml.NodeEvent() if event.anchor is not None or getattr(event, "tag", None) is not None:
                raise Unreadable(_reference(event, mark))
            case yaml.DocumentStartEvent() if self.root:
                raise Unreadable(Fault(mark, "a second document begins here", "remove the line `---`"))
            case yaml.CollectionStartEvent():
                self._begin(event, mark)
            case yaml.CollectionEndEvent():
                self._open.pop()
                self._slots.pop()
            case yaml.ScalarEvent():
                node = Node(_plain_value(event.value) if event.implicit[0] else event.value, mark)
                self._attach(node, event.value)

    def _begin(self, event: yaml.CollectionStartEvent, mark: Mark) -> None:
        if len(self._open) >= DEEPEST:
            raise Unreadable(Fault(mark, f"more than {DEEPEST} levels within one another", "write it flatter"))
        node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], mark, children={})
        self._attach(node, None)
        self._open.append(node)
        self._slots.append(None)

    def _attach(self, node: Node, name: str | None) -> None:
        """Put `node` where it belongs; `name` is its text should it be a key, None if it can't be one."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise Unreadable(Fault(node.mark, f"more than {MOST_NODES:,} values in one file", "split the file"))
        if not self._open:
            self.root = node
            return
        parent, slot = self._open[-1], self._slots[-1]
        if isinstance(parent.value, list):
            self._adopt(parent, len(parent.value), node)
        elif slot is None:
            self._slots[-1] = self._slot(parent, node, name)
        else:
            self._slots[-1] = None
            if slot.name is not None:
                node.key = slot.mark
                self._adopt(parent, slot.name, node)

    def _adopt(self, parent: Node, name: str | int, node: Node) -> None:
        assert isinstance(parent.children, dict)
        parent.children[name] = node
        if isinstance(parent.value, list):
            parent.value.append(node.value)
        else:
            parent.value[name] = node.value

    def _slot(self, parent: Node, node: Node, name: str | None) -> Slot:
        if name is None:
            self.faults.append(Fault(node.mark, "a list or a mapping can't be a key", "put quotes around a text"))
        elif not name:
            self.faults.append(Fault(node.mark, "there is no key before the colon"))
        elif name in parent.children:
            first = parent.children[name].key or node.mark
            message = f"the key `{name[:40]}` stands here a second time; the first is on line {first.line}"
            self.faults.append(Fault(node.mark, message, "keep one of the two"))
        else:
            return Slot(name, node.mark)
        return Slot(None, node.mark)


def _events(text: str) -> Iterator[yaml.Event]:
    """What the YAML parser meets, one by one, so that depth and number are bounded before anything is built."""
    try:
        yield from yaml.parse(text, Loader=LOADER)
    except yaml.YAMLError as error:
        raise Unreadable(explained(error, text)) from error


def _reference(event: yaml.NodeEvent, mark: Mark) -> Fault:
    """The fault of naming a value to use it elsewhere, or a type: a few lines of it can stand for gigabytes."""
    if event.anchor is None:
        return Fault(mark, "tags (`!name`) are not used here", "put quotes around a text that begins with `!`")
    sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
    message = f"`{sign}{event.anchor[:40]}`: anchors and aliases are not used here"
    return Fault(mark, message, f"write the value out; put quotes around a text that begins with `{sign}`")


def _plain_value(text: str) -> Any:
    """What the plain scalar `text` stands for: nothing, a boolean, a number, or the text itself."""
    if text in NOTHING:
        return None
    if text in ("true", "false"):
        return text == "true"
    if len(text) <= LONGEST_NUMBER and text[-1].isdecimal() and text.isascii():
        for kind in (int, float):
            try:
                number = kind(text)
            except ValueError:
                continue
            if str(number) == text:
                return number
    return text
