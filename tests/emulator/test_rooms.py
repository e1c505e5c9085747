"""The emulator's own rooms: no circle among its files, none too long, one builder for every way in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serialx

import tencent_at_emulator
from tencent_at_emulator import Background, Emulator, emu_url, running
from tencent_at_emulator.builder import build

ROOT = Path(__file__).resolve().parents[2] / "emulator"


def imported(name: str, tree: ast.Module, names: set[str]) -> Iterator[str]:
    """The siblings a module imports, those under TYPE_CHECKING and within functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            package = name.split(".")[:-1]
            base = package[: len(package) - (node.level - 1)] + (node.module or "").split(".")
            head = ".".join(filter(None, base))
            for each in node.names:
                inner = f"{head}.{each.name}".lstrip(".")
                yield inner if inner in names else head


def circles(root: Path) -> list[str]:
    trees = {
        ".".join(path.relative_to(root).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for path in root.rglob("*.py")
        if path.name != "__init__.py"
    }
    graph = {
        name: set(imported(name, tree, set(trees))) & set(trees) for name, tree in trees.items()
    }
    found = []

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            found.append(" -> ".join([*way[way.index(name) :], name]))
        elif name not in done:
            for each in sorted(graph[name]):
                visit(each, (*way, name))
            done.add(name)

    done: set[str] = set()
    for name in sorted(graph):
        visit(name, ())
    return found


def test_a_circle_is_found(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.py").write_text("from .inner import b\n")
    (tmp_path / "inner" / "b.py").write_text("def f():\n    from ..c import x\n")
    (tmp_path / "c.py").write_text("if TYPE_CHECKING:\n    from .a import A\n")
    assert circles(tmp_path) == ["a -> inner.b -> c -> a"]


def test_there_is_no_circle() -> None:
    assert circles(ROOT) == []


@pytest.mark.parametrize("settings", [{"quirks": ["nonsense"]}, {"faults": [("lose", "2")]}])
def test_an_order_that_cannot_be_met_leaves_nothing_running(settings: dict[str, Any]) -> None:
    background = Background()
    try:
        with pytest.raises(ValueError):
            background.call(lambda: build(background.loop, **settings))
        with pytest.raises(ValueError), running(**settings):
            pass
    finally:
        background.close()


def test_every_way_in_takes_the_same_order() -> None:
    def told(emulator: Emulator) -> tuple[object, ...]:
        state = emulator.control.state()
        return (
            emulator.quirks,
            emulator.faults,
            emulator.module.mac,
            emulator.flash.access_point,
            emulator.cloud.open_topics,
            state["wifi"],
        )

    order = (
        "seed=3&quirk=no-null-server&quirk=cme-err&fault=late:0.5&open=1&given=wifi%20off&stored=1"
    )
    with serialx.serial_for_url(f"emu://same?{order}", baudrate=115200):
        one = told(emu_url._named["same"])
    with running(
        seed=3,
        quirks=["no-null-server", "cme-err"],
        faults=[("late", "0.5")],
        open_topics=True,
        given="wifi off",
        joined=True,
    ) as emulator:
        assert told(emulator) == one
    assert one[0].cme_err and not one[0].null_server  # type: ignore[attr-defined]
    assert tencent_at_emulator.Emulator is Emulator
