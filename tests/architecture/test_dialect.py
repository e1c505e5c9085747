"""The dialect, on planted trees."""

import pathlib

import pytest

from tests.architecture.dialect import foreign_dialect
from tests.architecture.tree import plant


@pytest.mark.parametrize(
    "source",
    [
        "del buf[:3]",
        "x = name.removeprefix('a')",
        "x = name.removesuffix('a')",
        "match x:\n    case 1:\n        pass",
    ],
)
def test_a_foreign_dialect_is_named(tmp_path: pathlib.Path, source: str) -> None:
    name = "runtime/engine/a.py"
    plant(tmp_path, {name: f"# first\n{source}\n"})
    (complaint,) = foreign_dialect(tmp_path)
    assert complaint.startswith(f"{name}:2: not MicroPython: ")
    plant(tmp_path, {name: "buf[:3] = b''\ndel a[1]\n"})
    assert foreign_dialect(tmp_path) == []
