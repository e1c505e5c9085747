"""Which hand-written file imports which, over the names that a package gives them.

A package is assembled from several folders, so `.link` in runtime/cpython is runtime/engine/link.py.
What codegen copies is looked at once, where it is written.
"""

import ast
import pathlib
from collections.abc import Iterator

# Where a package's modules are written, in the order of search.
PACKAGES = {
    "tencent_at": ("runtime/cpython", "runtime/procedures", "runtime/engine", "generated/cpython/tencent_at"),
    "tcat": ("runtime/micropython", "runtime/procedures", "runtime/engine", "generated/micropython/tcat"),
    "tencent_at_emulator": ("emulator",),
    "tencent_at_cli": ("cli",),
    "codegen": ("codegen",),
    "boards": ("boards",),
    "bench": ("bench",),
    "examples": ("examples",),
    "pages": ("pages",),
    "tests": ("tests",),
}  # fmt: skip
# Scripts import what lies beside them, and the examples' main job, by its bare name.
BARE = "examples"
# Engine, codec, link, dialogue and the shell, one behind the other.
JOINED = "generated/micropython/tcat/__init__.py"

Graph = dict[str, set[str]]


def within(name: str, folder: str) -> bool:
    return name.startswith(folder + "/")


def files(root: pathlib.Path) -> set[str]:
    """Every Python file of the packages that somebody edits, or that a template makes."""
    found = set()
    for folders in PACKAGES.values():
        for folder in folders:
            for file in (root / folder).rglob("*.py"):
                inner = file.relative_to(root / folder).as_posix()
                made = within(f"{folder}/{inner}", "generated")
                copied = made and any((root / other / inner).is_file() for other in folders[:-1])
                if not copied and not {"__pycache__", "node_modules"} & set(file.parts):
                    found.add(f"{folder}/{inner}")
    return found


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _statements(node: ast.AST, types: bool) -> Iterator[tuple[int, str, list[str]]]:
    """(level, module, names) of every import, late ones and calls included."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((0, alias.name, []) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield child.level, child.module or "", [alias.name for alias in child.names]
        elif isinstance(child, ast.Call) and child.args:
            called, first = child.func, child.args[0]
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in ("import_module", "__import__") and isinstance(first, ast.Constant):
                module = str(first.value)
                yield len(module) - len(module.lstrip(".")), module.lstrip("."), []
        if isinstance(child, ast.If) and _is_for_types(child) and not types:
            for other in child.orelse:
                yield from _statements(ast.Module([other], []), types)
        else:
            yield from _statements(child, types)


def _file_of(words: list[str], folders: tuple[str, ...], known: set[str]) -> str | None:
    """The file that is imported by these words below one of the folders."""
    for folder in folders:
        path = "/".join([folder, *words])
        for name in (f"{path}.py", f"{path}/__init__.py"):
            if name in known:
                return name
    return None


def _imported(name: str, tree: ast.Module, known: set[str], types: bool) -> Iterator[str]:
    folder, package = max(
        (folder, package)
        for package, folders in reversed(PACKAGES.items())
        for folder in folders
        if within(name, folder)
    )
    inner = name[len(folder) + 1 :].split("/")[:-1]
    for level, module, names in _statements(tree, types):
        words = module.split(".") if module else []
        if level:
            folders, words = PACKAGES[package], inner[: len(inner) - (level - 1)] + words
        elif words[0] in PACKAGES:
            folders, words = PACKAGES[words[0]], words[1:]
        else:
            folders = (name.rpartition("/")[0], BARE)
        whole = _file_of(words, folders, known)
        for target in [_file_of([*words, each], folders, known) or whole for each in names] or [
            whole
        ]:
            if target is not None and target != name:
                yield target


def graph(root: pathlib.Path, types: bool = False) -> Graph:
    """Who imports whom; with `types`, what is imported under TYPE_CHECKING, too."""
    known = files(root)
    return {
        name: set(_imported(name, ast.parse((root / name).read_bytes()), known, types))
        for name in sorted(known)
    }
