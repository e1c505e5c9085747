"""Strict YAML: text scalars, no duplicate keys, no unknown keys; every complaint names file and line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar
from unicodedata import category

import yaml

T = TypeVar("T")
D = TypeVar("D")
INTEGER = re.compile(r"-?[0-9]+|0[xX][0-9a-fA-F]+")
SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
LEAST, MOST = -(2**31), 2**32 - 1  # numbers, signed or not
DAY = 86400  # seconds
DEPTH = 40  # collections inside each other; the transcription has about a dozen


class SpecError(Exception):
    """The transcription says something that it must not say; the text names file and line."""


def shown(text: str) -> str:
    """A word as a complaint repeats it, not too long and fit to print."""
    return (
        ascii(text if len(text) <= 60 else text[:60] + "…")
        if not text.isprintable()
        else repr(text if len(text) <= 60 else text[:60] + "…")
    )


def similar(word: str, words: Iterable[str], verb: str = "did you mean") -> str:
    """What may have been meant: "; did you mean 'group'?", or nothing."""
    found = difflib.get_close_matches(word, list(words), 1, 0.7)
    return f"; {verb} {found[0]!r}{'?' if verb[0] == 'd' else ''}" if found else ""


class Node:
    """A YAML value that knows where it stands. `value` is a str, a list of nodes, or a dict of nodes."""

    __slots__ = ("since", "value", "where")

    def __init__(self, value: str | list[Node] | dict[str, Node], where: str) -> None:
        self.value = value
        self.where = where
        self.since = ""  # the layer that brought it

    def fail(self, message: str) -> SpecError:
        return SpecError(f"{self.where}: {message}")

    def text(self) -> str:
        """A line of text: not empty, and of characters that can be written and seen."""
        if not isinstance(self.value, str):
            raise self.fail(f"text is wanted here, not a {self.shape}")
        if not self.value.strip():
            raise self.fail(
                "text is wanted here, and there is none: write it, or leave the key out"
            )
        for at, character in enumerate(self.value):
            if category(character) in ("Cc", "Cs", "Zl", "Zp"):
                raise self.fail(
                    f"the character U+{ord(character):04X} (at {at}) is not allowed: one line of plain text"
                )
        return self.value

    @property
    def shape(self) -> str:
        return {str: "text", list: "list", dict: "mapping"}[type(self.value)]

    def integer(self) -> int:
        text = self.text()
        if not INTEGER.fullmatch(text):
            raise self.fail(f"an integer is wanted here, such as 12 or 0x0C, not {shown(text)}")
        number = int(text, 16 if text[:2].lower() == "0x" else 10) if len(text) < 20 else MOST + 1
        if not LEAST <= number <= MOST:
            raise self.fail(f"{shown(text)} is no number of 32 bits: {LEAST} to {MOST}")
        return number

    def seconds(self) -> float:
        text = self.text()
        if not SECONDS.fullmatch(text) or not 0 < float(text) <= DAY:
            raise self.fail(
                f"seconds are wanted here, more than 0 and at most {DAY}, not {shown(text)}"
            )
        return float(text)

    def flag(self) -> bool:
        """A key that is only written where it is true."""
        if self.text() != "true":
            raise self.fail(
                f"true is wanted here, not {shown(self.text())}; else leave the key out"
            )
        return True

    def span(self) -> tuple[int, int]:
        low, dots, high = self.text().partition("..")
        if not dots:
            raise self.fail(f"a range such as 1..128 is wanted here, not {shown(self.text())}")
        least, most = Node(low, self.where).integer(), Node(high, self.where).integer()
        if least > most:
            raise self.fail(f"the range {self.text()} is empty: write the lesser number first")
        return least, most

    def items(self) -> list[Node]:
        if not isinstance(self.value, list):
            raise self.fail(f"a list is wanted here, not {self.shape}")
        if not self.value:
            raise self.fail("the list is empty: leave the key out")
        return self.value

    def unique(self) -> list[Node]:
        """The items, of which no two may be the same text."""
        seen: set[str] = set()
        for item in self.items():
            if item.text() in seen:
                raise item.fail(f"{shown(item.text())} is in the list twice")
            seen.add(item.text())
        return self.items()

    def mapping(self) -> dict[str, Node]:
        if not isinstance(self.value, dict):
            raise self.fail(f"a mapping is wanted here, not {self.shape}")
        return self.value

    def filled(self) -> dict[str, Node]:
        """A mapping that has something in it."""
        if not self.mapping():
            raise self.fail("the mapping is empty: fill it, or leave the key out")
        return self.mapping()

    def fields(self) -> Fields:
        return Fields(self)

    def one_of(self, words: Iterable[str]) -> str:
        words = list(words)
        if self.text() not in words:
            raise self.fail(
                f"{shown(self.text())} is not one of: {', '.join(words)}{similar(self.text(), words)}"
            )
        return self.text()

    def matching(self, pattern: re.Pattern[str], what: str) -> str:
        """Text of a shape; `what` says in words which."""
        if not pattern.fullmatch(self.text()):
            raise self.fail(f"{shown(self.text())} is no {what}")
        return self.text()


class Fields:
    """Reads a mapping key by key; done() refuses the keys nobody asked for."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.left = dict(node.mapping())
        self.known: list[str] = []

    def get(self, key: str, read: Callable[[Node], T], default: D) -> T | D:
        self.known.append(key)
        node = self.left.pop(key, None)
        return default if node is None else read(node)

    def need(self, key: str, read: Callable[[Node], T]) -> T:
        self.known.append(key)
        if key not in self.left:
            raise self.node.fail(
                f"the key {key!r} is missing{similar(key, self.left, 'you wrote')}"
            )
        return read(self.left.pop(key))

    def done(self) -> None:
        for key, node in self.left.items():
            hint = similar(key, self.known)
            raise node.fail(f"unknown key {shown(key)}; known here: {', '.join(self.known)}{hint}")


class _Loader(yaml.SafeLoader):
    """Refuses anchors, aliases, tags and bottomless nesting where they stand."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        problem = None
        if isinstance(event, yaml.AliasEvent):
            problem = f"the alias *{event.anchor} is not allowed here: write the value out"
        elif event.anchor is not None:
            problem = f"the anchor &{event.anchor} is not allowed here: leave it out"
        elif event.tag is not None:
            problem = f"the tag {event.tag} is not allowed here: leave it out"
        elif self.depth >= DEPTH:
            problem = f"nested more than {DEPTH} deep"
        if problem is not None:
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read(path: Path) -> Node:
    """The file as nodes; raises SpecError for bad YAML, anchors, tags and duplicate keys."""
    try:
        text = _text(path)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = ord(text[error.position])
        raise SpecError(f"{path.name}:{line}: the character U+{code:04X} is not allowed") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or error
        raise SpecError(f"{path.name}:{line}: {problem}") from None
    if root is None:
        raise SpecError(f"{path.name}:1: the file is empty")
    return _node(root, path.name)


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SpecError(
            f"{path.name}:{line}: byte 0x{data[error.start]:02X} is not UTF-8: save the file as UTF-8"
        ) from None


def _node(node: yaml.Node, file: str) -> Node:
    where = f"{file}:{node.start_mark.line + 1}"
    if isinstance(node, yaml.MappingNode):
        return Node(dict(_pairs(node, file)), where)
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(item, file) for item in node.value], where)
    assert isinstance(node, yaml.ScalarNode)
    return Node(node.value, where)


def _pairs(node: yaml.MappingNode, file: str) -> Iterator[tuple[str, Node]]:
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise SpecError(f"{file}:{line}: a key must be plain text")
        if key.value in seen:
            raise SpecError(
                f"{file}:{line}: duplicate key {shown(key.value)}, first on line {seen[key.value]}"
            )
        seen[key.value] = line
        yield key.value, _node(value, file)
