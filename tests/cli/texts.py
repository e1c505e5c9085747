"""The texts of the command, found in its source: what its Chinese catalogue must have."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Calls whose first arguments are shown to a person, whatever they look like.
SHOWN = {"note", "doing", "still", "facts", "table", "Stop", "said", "say", "skip", "secret"}
HELP = {"help", "epilog", "rich_help_panel", "advice", "description"}
# What a person does not read: patterns, and the text of a mistake in this program.
HIDDEN = {"compile", "sub", "search", "match", "findall", "split", "getattr", "add_parser"}
WORDS = re.compile(r"[A-Za-z]{2,}[,;:…]? [A-Za-z({]|[A-Za-z{}] ?[A-Za-z]{2,}[.:!?…]$")
STYLE = re.compile(r"(bold|dim|red|green|yellow|cyan|magenta|bright_black| )*")


def template(node: ast.AST) -> str | None:
    """A text as its catalogue names it: {} where a value stands."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    return None


def parts(node: ast.AST) -> Iterator[ast.AST]:
    """A text of an argument, or those that it chooses from or lists."""
    yield node
    if isinstance(node, (ast.IfExp, ast.List, ast.Tuple, ast.BoolOp, ast.Starred)):
        for inner in ast.iter_child_nodes(node):
            yield from parts(inner)


def docstrings(tree: ast.AST) -> set[int]:
    """The constants that document."""
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def texts(path: Path) -> Iterator[str]:
    """The texts for people in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = docstrings(tree)
    shown: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            hidden |= {id(part) for part in node.values}
            hidden |= {
                id(inner)
                for part in node.values
                if isinstance(part, ast.FormattedValue) and part.format_spec
                for inner in ast.walk(part.format_spec)
            }
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if (
                name == "Text"
                and len(node.args) == 2
                and re.search("[一-鿿]", ast.unparse(node.args[1]))
            ):
                hidden |= {id(inner) for inner in ast.walk(node)}  # its Chinese stands beside it
            if name in HIDDEN:
                hidden |= {id(inner) for inner in ast.walk(node)}
            if name in SHOWN:
                first = node.args[:1] if name == "note" else node.args
                shown |= {id(inner) for each in first for inner in parts(each)}
            shown |= {id(each.value) for each in node.keywords if each.arg in HELP}
    for node in ast.walk(tree):
        text = template(node)
        if text is None or id(node) in hidden:
            continue
        if (WORDS.search(text) and not STYLE.fullmatch(text)) or (
            id(node) in shown and re.search("[A-Za-z]{2}", text)
        ):
            yield text
