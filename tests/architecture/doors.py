"""A name with a leading underscore is for the room that makes it; another room comes in by a public door."""

import ast
import pathlib
from collections.abc import Iterator

from tests.architecture.drawing import room_of
from tests.architecture.graph import Graph, graph
from tests.architecture.tree import Complaints

DOUBT = "tests"  # may look behind every door
NAMED_TUPLES = frozenset({"_asdict", "_field_defaults", "_fields", "_make", "_replace"})
BY_NAME = frozenset({"getattr", "setattr", "hasattr", "delattr"})


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in NAMED_TUPLES | {"_"}


def made(tree: ast.Module) -> set[str]:
    """The private names that a file gives: its own, its classes', and those that a method sets on its object."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _own(node):
            found.add(node.attr)
    return {name for name in found if is_private(name)}


def reached(tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """(line, private name, by way of the object itself?) of each that a file takes from something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr, _own(node)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, alias.name, False) for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in BY_NAME:
            name = node.args[1] if len(node.args) > 1 else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield node.lineno, name.value, False


def _own(node: ast.Attribute) -> bool:
    return ast.unparse(node.value) in ("self", "cls", "super()")


def _near(name: str, imports: Graph) -> set[str]:
    # The files of its room that it imports, by way of others too, and those that import it.
    room = room_of(name)
    found = {name}
    left = [name]
    while left:
        new = {each for each in imports.get(left.pop(), ()) if room_of(each) == room} - found
        found |= new
        left += new
    return found | {each for each in imports if room_of(each) == room and name in imports[each]}


def private_doors(root: pathlib.Path) -> Complaints:
    """What a file reaches of another object is made in its own room, in a file that it imports or that imports it;
    what it reaches of itself may be a library's, but no other room's."""
    imports = graph(root, types=True)
    trees = {name: ast.parse((root / name).read_bytes(), name) for name in imports}
    own = {name: made(tree) for name, tree in trees.items() if room_of(name) != DOUBT}
    complaints = []
    for name in own:
        room = room_of(name)
        near = set().union(*(own[each] for each in _near(name, imports)))
        here = set().union(*(own[each] for each in own if room_of(each) == room))
        theirs = set().union(*(own[each] for each in own if room_of(each) != room))
        for line, what, itself in reached(trees[name]):
            shut = what not in near and (not itself or what in theirs - here)
            if is_private(what) and shut:
                complaints.append(f"{name}:{line}: {what} is private to where it is made")
    return complaints
