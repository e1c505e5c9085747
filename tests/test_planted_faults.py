"""The driver broken on purpose: each fault must be noticed by the dialogues or by the dialogue tests.

A fault (planted_faults.py) is a change of the shared runtime's text. One that nothing notices is a hole in the
tests; one whose place is gone fails as well, so that the list cannot go stale.
"""

from __future__ import annotations

import inspect
import itertools
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

import tencent_at
from codegen.paths import RUNTIME
from tests.core import (
    replay,
    test_dialogue,
    test_doubt,
    test_messages,
    test_refusals,
    test_restart,
    test_rows,
    test_torn,
)
from tests.core.scripts import all_scripts
from tests.planted_faults import FAULTS

JUDGES = (
    test_dialogue,
    test_doubt,
    test_messages,
    test_refusals,
    test_restart,
    test_rows,
    test_torn,
)
PARTS = "dialect", "tables", "codec", "row", "refusal", "link", "dialogue"


def broken(part: str, old: str, new: str) -> types.ModuleType:
    """The shared runtime as a package of its own, with one place of one file changed."""
    package = types.ModuleType("planted")
    package.__path__ = []
    sys.modules["planted"] = package
    for name in PARTS:
        source = (
            inspect.getsource(getattr(tencent_at, name))
            if name in ("dialect", "tables")
            else engine(name)
        )
        if name == part:
            places = source.count(old) if old else 1
            assert (
                places == 1
            ), f"{name}.py has the place {old!r} {places} times: plant the fault anew"
            source = source.replace(old, new)
        module = types.ModuleType(f"planted.{name}")
        module.__package__ = "planted"
        sys.modules[f"planted.{name}"] = module
        setattr(package, name, module)
        exec(compile(source, f"planted/{name}.py", "exec"), module.__dict__)
    return package


def engine(name: str) -> str:
    return (RUNTIME / "engine" / f"{name}.py").read_text(encoding="utf-8")


def judged(package: Any) -> Iterator[str]:
    """Who notices: the names of dialogues and tests that fail."""
    driver = replay.Driver(package.codec, package.link, package.row)
    for name, script, wanted in all_scripts():
        for step in (1 << 20, 1):
            try:
                same = replay.play(driver, script, None, step) == wanted
            except Exception:
                same = False
            if not same:
                yield name
    for module in JUDGES:
        names = vars(module)
        whole: dict[str, Any] = {name: names[name] for name in ("dialogue", "row") if name in names}
        names.update({name: getattr(package, name) for name in whole})
        try:
            for name, test, args in each_of(module):
                try:
                    test(**args)
                except (Exception, pytest.fail.Exception):
                    yield name
        finally:
            names.update(whole)


def each_of(module: types.ModuleType) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Each test of a module, with each of its parameters."""
    for name, test in vars(module).items():
        if name.startswith("test_"):
            rows: list[dict[str, Any]] = [{}]
            for mark in getattr(test, "pytestmark", []):
                names, values = mark.args
                names = [names] if isinstance(names, str) else names
                rows = [
                    {**row, **dict(zip(names, value if len(names) > 1 else [value], strict=True))}
                    for row, value in itertools.product(rows, values)
                ]
            yield from ((name, test, row) for row in rows)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault: str) -> None:
    assert next(judged(broken(*FAULTS[fault])), None), f"nothing notices: {fault}"


def test_the_sound_driver_passes() -> None:
    assert list(judged(broken("link", "", ""))) == []


def test_there_are_enough() -> None:
    assert len(FAULTS) >= 20
