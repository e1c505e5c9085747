"""The two distributions agree with one another and with what they install."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    tomllib = pytest.importorskip("tomli")


def project(path: str) -> dict[str, object]:
    table: dict[str, object] = tomllib.loads((ROOT / path).read_text(encoding="utf-8"))["project"]
    return table


def test_both_have_one_version() -> None:
    driver, command = project("pyproject.toml"), project("packaging/cli/pyproject.toml")
    assert driver["version"] == command["version"]
    assert command["dependencies"] == [f"tencent-at[cli]=={driver['version']}"]
    assert driver["requires-python"] == command["requires-python"]


def test_the_driver_needs_one_package() -> None:
    assert [str(need).split(">")[0] for need in project("pyproject.toml")["dependencies"]] == ["serialx"]  # type: ignore[attr-defined]


def test_the_command_is_installed() -> None:
    (script,) = entry_points(group="console_scripts", name="tencent-at")
    assert callable(script.load())
