"""The reference of both drivers, from their docstrings, their types and the transcription's own words.

The desktop's package is imported and looked at; of the board's, which runs elsewhere, the stub is read. In Chinese a
call that is a command has the transcription's Chinese; all else is as the docstring says it.
"""

from __future__ import annotations

import ast
import enum
import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import tencent_at
from pages.contents import ROOT
from pages.made import manual

TCAT = ROOT / "generated" / "micropython" / "tcat"
SHOWN = ("tencent_at.", "typing.", "collections.abc.", "datetime.", "pathlib.", "os.")
HEADS = {
    "desktop": {
        "en": "# Reference: tencent_at\n\nEverything public of the package, from its docstrings. "
        "What `Modem` does blocking, `AsyncModem` does with `await`.",
        "zh": "# 参考：tencent_at\n\n软件包的全部公开内容，取自其 docstring（英文），凡是指令的调用附有中文说明。"
        "`Modem` 阻塞式的调用，在 `AsyncModem` 里加 `await` 即可。",
    },
    "board": {
        "en": "# Reference: tcat\n\n"
        "What the packages for boards have, from the stubs that editors read. Times are milliseconds.",
        "zh": "# 参考：tcat\n\n板上各软件包的内容，取自供编辑器使用的存根文件。时间单位为毫秒。",
    },
}
NAMES = {"enums": {"en": "Enums", "zh": "枚举"}, "errors": {"en": "Exceptions", "zh": "异常"}}
NAMES |= {"records": {"en": "Records", "zh": "应答记录"}, "events": {"en": "Events", "zh": "事件"}}
NAMES |= {"calls": {"en": "Functions and classes", "zh": "函数与类"}}


def about(call: str, language: str) -> str:
    """What the transcription says of a call; "" where it is none of its own."""
    for name, command in _commands.items():
        for each in command["forms"].values():
            if each.get("call") == call:
                title, said = command["title"][language], command.get("about", {}).get(language, "")
                stop = "。" if language == "zh" else ". "
                return f"`AT+{name}` · {title}{stop}{said}"
    return ""


_commands = manual()["commands"]


def plain(doc: str | None) -> str:
    """A docstring as Markdown: what is code-like stands as it is."""
    return re.sub(r"(?<![`\w])<(?=\w)", "&lt;", inspect.cleandoc(doc or ""))


def signature(thing: Any) -> str:
    """A signature without the packages' names."""
    try:
        said = str(inspect.signature(thing))
    except (TypeError, ValueError):
        return "()"
    for name in SHOWN:
        said = re.sub(rf"\b{re.escape(name)}(?:\w+\.)*(?=\w)", "", said)
    return re.sub(r"<([\w.]+)[^>]*>", r"\1", said).replace("'", "")


def desktop(language: str) -> str:
    """The page of tencent_at."""
    parts = [HEADS["desktop"][language], f"## {NAMES['calls'][language]}"]
    for name in tencent_at.__all__:
        thing = getattr(tencent_at, name)
        if isinstance(thing, ModuleType) or _is(thing, BaseException) or _is(thing, enum.Enum):
            continue
        if inspect.isclass(thing) or callable(thing):
            parts += _thing(name, thing, language)
    for kind in ("errors", "records", "events", "enums"):
        parts.append(f"## {NAMES[kind][language]}")
        module = getattr(tencent_at, kind)
        found = {name: vars(module)[name] for name in sorted(vars(module))}
        if kind == "errors":
            found |= {name: getattr(tencent_at, name) for name in tencent_at.__all__}
        for name, thing in sorted(found.items()):
            if _shown(kind, name, thing):
                parts += _enum(name, thing) if kind == "enums" else _record(name, thing)
    return "\n\n".join(parts) + "\n"


def _is(thing: Any, kind: type) -> bool:
    return inspect.isclass(thing) and issubclass(thing, kind)


def _shown(kind: str, name: str, thing: Any) -> bool:
    if not inspect.isclass(thing) or not thing.__module__.startswith("tencent_at"):
        return False
    wanted = {"errors": BaseException, "enums": enum.Enum}.get(kind)
    if wanted is None:
        return not _is(thing, enum.Enum) and not name.startswith("_")
    return issubclass(thing, wanted) and not name.startswith("_")


def _thing(name: str, thing: Any, language: str) -> Iterator[str]:
    if not inspect.isclass(thing):
        yield f"### `{name}`"
        yield f"`{name}{signature(thing)}`"
        yield plain(thing.__doc__)
        return
    yield f"### `{name}`"
    yield plain(thing.__doc__)
    known = dict(_members(tencent_at.Modem)) if thing is tencent_at.AsyncModem else {}
    for own, member in _members(thing):
        if own in known and inspect.iscoroutinefunction(member):
            continue  # as there, with await
        yield f"#### `{name}.{own}`"
        if callable(member):
            yield f"`{own}{signature(member).replace('(self, ', '(').replace('(self)', '()')}`"
        said = about(own, language)
        if said and language != "en":
            yield said
        yield plain(member.__doc__)


def _members(thing: type) -> Iterator[tuple[str, Any]]:
    seen = set()
    for kind in thing.__mro__:
        if not kind.__module__.startswith("tencent_at"):
            continue
        for own, member in vars(kind).items():
            said = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
            public = inspect.isfunction(said) or isinstance(said, property)
            if public and not own.startswith("_") and own not in seen and said.__doc__:
                seen.add(own)
                yield own, said


def _record(name: str, thing: type) -> Iterator[str]:
    fields = getattr(thing, "__annotations__", {})
    yield f"### `{name}`"
    doc = plain(thing.__doc__)
    if not doc.startswith(f"{name}("):
        yield doc
    if fields:
        yield "\n".join(f"- `{own}`: `{_kind(kind)}`" for own, kind in fields.items())


def _kind(kind: Any) -> str:
    return kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))


def _enum(name: str, thing: Any) -> Iterator[str]:
    yield f"### `{name}`"
    yield plain(thing.__doc__ if thing.__doc__ != enum.IntEnum.__doc__ else "")
    yield ", ".join(f"`{each.name}` = {each.value}" for each in thing)


def board(language: str) -> str:
    """The page of tcat, from the stubs."""
    parts = [HEADS["board"][language]]
    for file in sorted(TCAT.glob("*.pyi"), key=lambda file: (file.stem != "__init__", file.stem)):
        module = "tcat" if file.stem == "__init__" else f"tcat.{file.stem}"
        tree = ast.parse(file.read_text(encoding="utf-8"))
        parts += [f"## `{module}`", plain(ast.get_docstring(tree))]
        for node in tree.body:
            parts += _node(node, module, language)
    return "\n\n".join(part for part in parts if part) + "\n"


def _node(node: ast.stmt, within: str, language: str) -> Iterator[str]:
    if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
        yield f"### `{within}.{node.name}`"
        yield plain(ast.get_docstring(node))
        for inner in node.body:
            yield from _node(inner, node.name, language)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        if node.name.startswith("_") and node.name != "__init__":
            return
        shown = within if node.name == "__init__" else node.name
        wait = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
        arguments = re.sub(r"\bself(, )?", "", ast.unparse(node.args))
        returned = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
        yield f"`{wait}{shown}({arguments}){returned}`"
        said = about(node.name, language) if language != "en" else ""
        yield said or plain(ast.get_docstring(node))
