"""What every rule reads: the files of a tree, their imports, and a tree planted for a test."""

import ast
import pathlib
import subprocess
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
Complaints = list[str]


def files_of(root: pathlib.Path, folder: str) -> Iterator[tuple[pathlib.Path, ast.Module]]:
    for file in sorted((root / folder).rglob("*.py")):
        if "__pycache__" not in file.parts:
            yield file, ast.parse(file.read_bytes(), str(file))


def untyped(tree: ast.Module) -> ast.Module:
    """A file as a board reads it: without what stands under `if TYPE_CHECKING`, which codegen leaves behind."""
    kept = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        and not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TYPE_CHECKING")
    ]
    return ast.Module(kept, tree.type_ignores)


def imports_of(tree: ast.Module) -> Iterator[tuple[int, int, str]]:
    """(line, level, module) of every import in a file, the ones by name in a call included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, 0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.level, node.module or ""
        elif isinstance(node, ast.Call) and node.args:
            called, first = node.func, node.args[0]
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in ("import_module", "__import__") and isinstance(first, ast.Constant):
                module = str(first.value)
                yield node.lineno, len(module) - len(module.lstrip(".")), module.lstrip(".")


def files_in_the_repository(root: pathlib.Path) -> list[pathlib.Path]:
    """What git tracks or would track; in a tree without git, everything."""
    words = ["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        done = subprocess.run(words, capture_output=True, timeout=30)
        names = done.stdout.decode().split("\0") if done.returncode == 0 else None
    except FileNotFoundError:
        names = None
    if names is None:
        return sorted(file for file in root.rglob("*") if file.is_file())
    return sorted({root / name for name in names if name and (root / name).is_file()})


EDITED = {".py", ".pyi", ".js", ".mjs", ".css"}
MADE = ("generated/", "bench/before/")  # by codegen; by an earlier one, kept to measure against


def edited_files(root: pathlib.Path) -> list[pathlib.Path]:
    """Python, JavaScript and CSS that a person edits."""
    return [
        file
        for file in files_in_the_repository(root)
        if file.suffix in EDITED and not file.relative_to(root).as_posix().startswith(MADE)
    ]


def plant(root: pathlib.Path, files: dict[str, str]) -> pathlib.Path:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root
