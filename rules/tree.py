"""YAML text to a tree that knows where everything stands, in bounded time and memory.

The YAML of people who edit rules, not of programs: only `true` and `false` are booleans, a number is one only if it
would be written back the same (`no`, `12:30`, `0123` and `1.10` stay texts). A key given twice is a fault. At an
anchor, an alias or a tag reading stops.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import yaml

from rules.syntax import Fault, Mark, explained

DEEPEST = 20
MOST_NODES = 200_000
LONGEST_NUMBER = 18
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NO_CHILDREN: Mapping[str | int, "Node"] = MappingProxyType({})
PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}


class Node:
    """A value, where it begins, and for a value under a key where the key does. `is_broken`: its fault is told."""

    __slots__ = ("_key", "_mark", "children", "is_broken", "value")

    def __init__(self, value: Any, mark: Any, children: "Mapping[str | int, Node]") -> None:
        self.value = value
        self.children = children
        self.is_broken = False
        # The parser's own marks: most are never asked for.
        self._mark = mark
        self._key: Any = None

    @property
    def mark(self) -> Mark:
        """Where the value begins."""
        return _counted(self._mark)

    @property
    def key(self) -> Mark | None:
        """Where the key of this value begins, if it has one."""
        return _counted(self._key) if self._key else None

    def is_under(self, key: Any) -> None:
        """Note where the key of this value begins."""
        self._key = key

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


class Unreadable(Exception):
    """The rest of the text can't be read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Tree:
    """The tree of one text: `root` (None where there is nothing but comments), and the `faults` met on the way.

    `has_nothing` tells whether some key or item has no value.
    """

    def __init__(self, text: str) -> None:
        self.root: Node | None = None
        self.faults: list[Fault] = []
        self.is_whole = True
        self.has_nothing = False
        # What is open, innermost last; for a mapping the name and the mark of the key whose value comes next. A value
        # whose name is None after its key came is dropped.
        self._open: list[Node] = []
        self._names: list[str | None] = []
        self._keys: list[Any] = []
        self._nodes = 0
        try:
            for event in _events(text):
                self._take(event)
        except Unreadable as error:
            self.faults.append(error.fault)
            self.is_whole = False

    def _take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            if event.anchor is not None or event.tag is not None:
                raise Unreadable(_reference(event))
            text = event.value
            value = _plain_value(text) if event.implicit[0] else text
            if value is None:
                self.has_nothing = True
            node = Node(value, event.start_mark, NO_CHILDREN)
            self._attach(node, text)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._begin(event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._open.pop()
            self._names.pop()
            self._keys.pop()
        elif kind is yaml.AliasEvent:
            raise Unreadable(_reference(event))
        elif kind is yaml.DocumentStartEvent and self.root:
            fault = Fault(_counted(event.start_mark), "a second document begins here", "remove the line `---`")
            raise Unreadable(fault)

    def _begin(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            raise Unreadable(_reference(event))
        mark = event.start_mark
        if len(self._open) >= DEEPEST:
            deep = f"more than {DEEPEST} levels within one another"
            raise Unreadable(Fault(_counted(mark), deep, "write it flatter"))
        node = Node({} if type(event) is yaml.MappingStartEvent else [], mark, {})
        self._attach(node, None)
        self._open.append(node)
        self._names.append(None)
        self._keys.append(None)

    def _attach(self, node: Node, name: str | None) -> None:
        """Put `node` where it belongs; `name` is its text should it be a key, None if it can't be one."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise Unreadable(Fault(node.mark, f"more than {MOST_NODES:,} values in one file", "split the file"))
        if not self._open:
            self.root = node
            return
        parent, key = self._open[-1], self._keys[-1]
        if type(parent.value) is list:
            self._adopt(parent, len(parent.value), node)
        elif key is None:
            self._names[-1] = self._name(parent, node, name)
            self._keys[-1] = node._mark
        else:
            self._keys[-1] = None
            known = self._names[-1]
            if known is not None:
                node.is_under(key)
                self._adopt(parent, known, node)

    def _adopt(self, parent: Node, name: str | int, node: Node) -> None:
        assert isinstance(parent.children, dict)
        parent.children[name] = node
        if isinstance(parent.value, list):
            parent.value.append(node.value)
        else:
            parent.value[name] = node.value

    def _name(self, parent: Node, node: Node, name: str | None) -> str | None:
        """The name that `node` gives to the value after it; None, the fault being noted, if it can't give any."""
        if name is None:
            self.faults.append(Fault(node.mark, "a list or a mapping can't be a key", "put quotes around a text"))
        elif not name:
            self.faults.append(Fault(node.mark, "there is no key before the colon"))
        elif name in parent.children:
            first = parent.children[name].key or node.mark
            message = f"the key `{name[:40]}` stands here a second time; the first is on line {first.line}"
            self.faults.append(Fault(node.mark, message, "keep one of the two"))
        else:
            return name
        return None


def _counted(mark: Any) -> Mark:
    """The parser's `mark`, counted from 1."""
    return Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)


def _events(text: str) -> Iterator[yaml.Event]:
    """What the YAML parser meets, one by one, so that depth and number are bounded before anything is built."""
    loader = LOADER(text)
    try:
        # `yaml.parse` does the same with two calls more for each of a file's hundred thousand events.
        while (event := loader.get_event()) is not None:
            yield event
    except yaml.YAMLError as error:
        raise Unreadable(explained(error, text)) from error
    finally:
        loader.dispose()


def _reference(event: Any) -> Fault:
    """The fault of naming a value to use it elsewhere, or a type: a few lines of it can stand for gigabytes."""
    mark = _counted(event.start_mark)
    if event.anchor is None:
        return Fault(mark, "tags (`!name`) are not used here", "put quotes around a text that begins with `!`")
    sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
    message = f"`{sign}{event.anchor[:40]}`: anchors and aliases are not used here"
    return Fault(mark, message, f"write the value out; put quotes around a text that begins with `{sign}`")


def _plain_value(text: str) -> Any:
    """What the plain scalar `text` stands for: nothing, a boolean, a number, or the text itself."""
    found = PLAIN.get(text, text)
    if found is not text:
        return found
    if len(text) <= LONGEST_NUMBER and text[-1].isdecimal() and text.isascii():
        for kind in (int, float):
            try:
                number = kind(text)
            except ValueError:
                continue
            if str(number) == text:
                return number
    return text
