"""The dialect of MicroPython: what a board would not read, or not run."""

import ast
import pathlib

from tests.architecture.tree import Complaints, files_of

DIALECT = ("runtime/engine", "runtime/procedures", "runtime/micropython", "generated/micropython")


def _not_in_the_dialect(node: ast.AST) -> str | None:
    if isinstance(node, ast.Delete) and any(
        isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice)
        for target in node.targets
    ):
        return 'del of a slice fails on a bytearray: write buf[:n] = b""'
    if isinstance(node, ast.Attribute) and node.attr in ("removeprefix", "removesuffix"):
        return f"there is no {node.attr}"
    if type(node).__name__ in ("Match", "TryStar", "TypeAlias"):
        return f"there is no {type(node).__name__.lower()} statement"
    return None


def foreign_dialect(root: pathlib.Path) -> Complaints:
    complaints = []
    for folder in DIALECT:
        for file, tree in files_of(root, folder):
            for node in ast.walk(tree):
                wrong = _not_in_the_dialect(node)
                if wrong:
                    place = f"{file.relative_to(root).as_posix()}:{getattr(node, 'lineno', 0)}"
                    complaints.append(f"{place}: not MicroPython: {wrong}")
    return complaints
