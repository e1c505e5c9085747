"""No import circle in any package, late imports included."""

import pathlib

from tests.architecture.graph import Graph, graph, within
from tests.architecture.tree import Complaints

# Here not even a type is taken in a circle.
NOT_FOR_TYPES_EITHER = "emulator"


def circles_of(graph: Graph) -> list[list[str]]:
    """One circle through every file that is part of one, each circle once, from its first name on."""
    found: dict[frozenset[str], list[str]] = {}
    for start in sorted(graph):
        ways, seen = [[start]], {start}
        for way in ways:  # breadth first, so that the shortest is found
            if start in graph[way[-1]]:
                found.setdefault(frozenset(way), way)
                break
            ways += [[*way, each] for each in sorted(graph[way[-1]] - seen)]
            seen |= graph[way[-1]]
    return list(found.values())


def import_circles(root: pathlib.Path) -> Complaints:
    strict = {
        name: {target for target in targets if within(target, NOT_FOR_TYPES_EITHER)}
        for name, targets in graph(root, types=True).items()
        if within(name, NOT_FOR_TYPES_EITHER)
    }
    circles = circles_of(graph(root) | strict)
    return [
        f"{circle[0]}: imports itself: {' → '.join([*circle, circle[0]])}" for circle in circles
    ]
