"""What has been declared so far, and how names are read: known ones, new ones, and those that are taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from codegen import names
from codegen.model import Enum, Group, State, Wire, Words
from codegen.strict import Node, similar

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


@dataclass
class Known:
    """What has been declared so far, and who has taken which name."""

    revisions: Mapping[str, object] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    states: Mapping[str, State] = field(default_factory=dict)
    errors: Mapping[str, object] = field(default_factory=dict)
    reasons: Mapping[str, object] = field(default_factory=dict)
    enums: Mapping[str, Enum] = field(default_factory=dict)
    wire: Wire = field(default_factory=Wire)
    taken: dict[tuple[str, str], str] = field(default_factory=dict)

    def claim(self, what: str, name: str, node: Node) -> str:
        """Take a name of a kind; SpecError where it is taken."""
        where = self.taken.setdefault((what, name), node.where)
        if where is not node.where:
            raise node.fail(f"the {what} {name!r} is already at {where}: give this one another")
        return name


def one(what: str, where: Mapping[str, object]) -> Callable[[Node], str]:
    """Reads the name of something that is declared."""

    def check(node: Node) -> str:
        name = node.text()
        if name not in where:
            there = ", ".join(where) or "none"
            raise node.fail(
                f"no {what} is called {name!r}; there are: {there}{similar(name, where)}"
            )
        return name

    return check


def several(what: str, where: Mapping[str, object]) -> Callable[[Node], tuple[str, ...]]:
    check = one(what, where)
    return lambda node: tuple(check(item) for item in node.unique())


def texts(pattern: re.Pattern[str], what: str) -> Callable[[Node], tuple[str, ...]]:
    """Reads a word, or a list of words, of a shape."""

    def read(node: Node) -> tuple[str, ...]:
        nodes = node.unique() if isinstance(node.value, list) else [node]
        return tuple(each.matching(pattern, what) for each in nodes)

    return read


def identifier(node: Node, what: str, taken: Mapping[str, str]) -> str:
    """A name in Python: small letters, digits and _, and not one that is taken."""
    name = node.matching(
        IDENTIFIER, f"{what}: small letters, digits and _, beginning with a letter"
    )
    if name in taken:
        raise node.fail(f"{name!r} can be no {what}: {taken[name]}")
    return name


def words(node: Node) -> Words:
    f = node.fields()
    found = Words(f.need("en", Node.text), f.need("zh", Node.text))
    f.done()
    return found


def type_of(what: str, kind: str, name: str, node: Node, known: Known) -> None:
    """The class that a call or an event gets must be free."""
    made = names.camel(name)
    if made in names.types():
        raise node.fail(f"the {kind} of the {what} {name} would be {made}: {names.types()[made]}")
    known.claim(kind, made, node)
