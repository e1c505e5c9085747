"""--groups: every single feature group and every pair gives packages that can be imported, on both sides."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import black
import pytest

from codegen.emit import render
from codegen.load import load

GROUPS = list(load().groups)
CUTS = [*combinations(GROUPS, 1), *combinations(GROUPS, 2)]
DESKTOP = """
import importlib, pathlib, sys
for cut in sys.argv[1:]:
    sys.path[0] = cut + "/cpython"
    for path in sorted(pathlib.Path(sys.path[0]).rglob("*.py")):
        name = ".".join(path.relative_to(sys.path[0]).with_suffix("").parts).removesuffix(".__init__")
        try:
            importlib.import_module(name)
        except Exception as error:
            print(cut.rpartition("/")[2], name, repr(error))
    package = sys.modules["tencent_at"]
    assert package.__file__.startswith(cut), package
    print(cut.rpartition("/")[2], len([each for each in package.manual.FORMS]) > 2)
    for name in [each for each in sys.modules if each.partition(".")[0] == "tencent_at"]:
        del sys.modules[name]
"""
BOARD = """
import sys
for cut in {cuts!r}:
    sys.path.insert(0, {place!r} + "/" + cut + "/micropython")
    for name in {modules!r}:
        try:
            __import__("tcat." + name if name else "tcat")
        except Exception as error:
            print(cut, name, repr(error))
    print(cut, "attention" in sys.modules["tcat"].FORMS)
    for name in list(sys.modules):
        if name.split(".")[0] == "tcat":
            del sys.modules[name]
    sys.path.pop(0)
"""


@pytest.fixture(scope="module")
def cuts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("cuts")
    spec = load()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(black, "format_str", lambda text, mode: text)  # how it looks plays no part
        for groups in CUTS:
            for name, text in render(spec.only(groups)).items():
                path = place / "-".join(groups) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return place


def test_a_desktop_imports_each(cuts: Path) -> None:
    names = ["-".join(groups) for groups in CUTS]
    words = [sys.executable, "-c", DESKTOP, *(str(cuts / name) for name in names)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == [f"{name} True" for name in names], done.stderr


def test_a_board_imports_each(cuts: Path, micropython: Any) -> None:
    names = ["-".join(groups) for groups in CUTS]
    modules = sorted(
        {"", *(path.stem for path in cuts.glob("*/micropython/tcat/*.py"))} - {"__init__"}
    )
    script = BOARD.format(cuts=names, place=str(cuts), modules=modules)
    ended = micropython.run(script, timeout=120)
    assert ended.stdout.splitlines() == [f"{name} True" for name in names], ended.stderr
