"""A family: a sister module's transcription, beside that of the ESP8266. spec/README.md describes it.

It names what it takes from commands.yaml and says the rest itself; what it takes comes without its history.
"""

from __future__ import annotations

from codegen.strict import Node, similar

Mapping = dict[str, Node]
OWN = ("manual", "revisions")  # what no family shares


def family(base: Node, said: Node) -> tuple[Node, Node]:
    """What it takes from `base`, as it stands there, and what it says, to be laid over that."""
    entries = dict(said.mapping())
    if "after" in entries:
        raise entries["after"].fail("a family stands beside the others, not over one: leave it out")
    takes = entries.pop("takes", None)
    taken = {} if takes is None else {k: _taken(base, k, v) for k, v in takes.filled().items()}
    return Node(taken, said.where), Node(entries, said.where)


def _taken(base: Node, part: str, names: Node) -> Node:
    # The entries of one part of `base`.
    parts = [k for k, v in base.mapping().items() if isinstance(v.value, dict) and k not in OWN]
    if part not in parts:
        there = ", ".join(parts)
        hint = similar(part, parts)
        raise names.fail(f"take of what? no part is called {part!r}; there are: {there}{hint}")
    there_is = base.mapping()[part].mapping()
    taken: Mapping = {}
    for each in names.unique():
        name = each.text()
        if name not in there_is:
            raise each.fail(f"{part} has no {name!r} to take{similar(name, there_is)}")
        taken[name] = _without_history(there_is[name])
    return Node(taken, names.where)


def _without_history(node: Node) -> Node:
    if isinstance(node.value, dict):
        inside = {k: _without_history(v) for k, v in node.value.items() if k != "since"}
        return Node(inside, node.where)
    if isinstance(node.value, list):
        return Node([_without_history(each) for each in node.value], node.where)
    return node
