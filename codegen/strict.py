"""Strict YAML: text scalars, no duplicate keys, no unknown keys; every complaint names file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import yaml

T = TypeVar("T")
D = TypeVar("D")
DEPTH = 40  # collections inside each other; the transcription has about a dozen


class SpecError(Exception):
    """The transcription says something that it must not say; the text names file and line."""


class Node:
    """A YAML value that knows where it stands. `value` is a str, a list of nodes, or a dict of nodes."""

    __slots__ = ("value", "where")

    def __init__(self, value: str | list[Node] | dict[str, Node], where: str) -> None:
        self.value = value
        self.where = where

    def fail(self, message: str) -> SpecError:
        return SpecError(f"{self.where}: {message}")

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.fail("text is wanted here")
        return self.value

    def integer(self) -> int:
        try:
            return int(self.text(), 16 if self.text().lower().startswith(("0x", "-0x")) else 10)
        except ValueError:
            raise self.fail(f"an integer is wanted here, not {self.text()!r}") from None

    def number(self) -> float:
        try:
            return float(self.text())
        except ValueError:
            raise self.fail(f"a number is wanted here, not {self.text()!r}") from None

    def flag(self) -> bool:
        if self.text() not in ("true", "false"):
            raise self.fail(f"true or false is wanted here, not {self.text()!r}")
        return self.text() == "true"

    def span(self) -> tuple[int, int]:
        low, dots, high = self.text().partition("..")
        if not dots:
            raise self.fail(f"a range such as 1..128 is wanted here, not {self.text()!r}")
        least, most = Node(low, self.where).integer(), Node(high, self.where).integer()
        if least > most:
            raise self.fail(f"the range {self.text()} is empty")
        return least, most

    def items(self) -> list[Node]:
        if not isinstance(self.value, list):
            raise self.fail("a list is wanted here")
        return self.value

    def mapping(self) -> dict[str, Node]:
        if not isinstance(self.value, dict):
            raise self.fail("a mapping is wanted here")
        return self.value

    def fields(self) -> Fields:
        return Fields(self)

    def one_of(self, words: tuple[str, ...]) -> str:
        if self.text() not in words:
            raise self.fail(f"{self.text()!r} is not one of: {', '.join(words)}")
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
            raise self.node.fail(f"the key {key!r} is missing")
        return read(self.left.pop(key))

    def done(self) -> None:
        for key, node in self.left.items():
            raise node.fail(f"unknown key {key!r}; known here: {', '.join(self.known)}")


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
                f"{file}:{line}: duplicate key {key.value!r}, first on line {seen[key.value]}"
            )
        seen[key.value] = line
        yield key.value, _node(value, file)


def overlay(base: Node, change: Node) -> Node:
    """`base` with `change` laid over it: mappings merge, lists of named things merge by name, other lists grow."""
    if isinstance(base.value, dict) and isinstance(change.value, dict):
        merged = dict(base.value)
        for key, node in change.value.items():
            merged[key] = overlay(merged[key], node) if key in merged else node
        return Node(merged, base.where)
    if isinstance(base.value, list) and isinstance(change.value, list):
        return Node(_merged(base.value, change.value), base.where)
    return change


def _merged(base: list[Node], change: list[Node]) -> list[Node]:
    def label(node: Node) -> str:
        return (
            node.value["name"].text()
            if isinstance(node.value, dict) and "name" in node.value
            else str(node.value)
        )

    out = {label(node): node for node in base}
    for node in change:
        out[label(node)] = overlay(out[label(node)], node) if label(node) in out else node
    return list(out.values())
