"""Each entry point of a wheel loads with what that wheel brings, and costs nothing where it is not used."""

from __future__ import annotations

import pathlib

import pytest

from tests.installed.conftest import Only, ran

DRIVER = ("serialx",)  # what `pip install tencent-at` brings
COMMAND = ("serialx", "typer", "rich", "prompt-toolkit", "aiomqtt")
LOAD = """
from importlib.metadata import distribution
for point in distribution('tencent-at').entry_points:
    assert callable(point.load()) or point.group == 'pytest11', point
    print(point.name)
"""
PROJECT = """
import sys

def test_of_somebody_else():
    heavy = {'tencent_at', 'tencent_at_emulator', 'serialx', 'aiomqtt', 'yaml'} & set(sys.modules)
    assert HEAVY or not heavy, heavy
"""
FIXTURES = """
import os

def test_a_module(tencent_at_emulator, tencent_at_emulators):
    os.close(os.open(tencent_at_emulator.path, os.O_RDWR | os.O_NOCTTY))
    assert tencent_at_emulators(open_topics=True).path != tencent_at_emulator.path
"""
NAMED = ("", "-p tencent_at_emulator.pytest_plugin", "-p tencent_at_emulator")


@pytest.mark.parametrize("brought", [DRIVER, COMMAND], ids=["driver", "command"])
def test_every_entry_point_loads(only: Only, brought: tuple[str, ...]) -> None:
    done = ran(only("pytest", *brought), "-c", LOAD)
    assert sorted(done.stdout.split()) == ["emu", "tencent-at", "tencent_at_fixtures"], done.stderr
    assert done.returncode == 0, done.stderr


def test_the_command_without_its_libraries_says_what_to_install(only: Only) -> None:
    done = ran(only(*DRIVER), "-m", "tencent_at_cli", "info")
    assert done.returncode == 1 and "pip install 'tencent-at[cli]'" in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("named", NAMED)
def test_a_stranger_project_is_tested_as_before(only: Only, named: str) -> None:
    site = only("pytest", *DRIVER)
    heavy = str(bool(named))  # who names it asks for the emulator
    (site.parent / "test_it.py").write_text(PROJECT.replace("HEAVY", heavy), encoding="utf-8")
    words = named.split()
    done = ran(site, "-m", "pytest", "-q", *words, "test_it.py")
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("alone", ["", "1"], ids=["found", "named"])
@pytest.mark.parametrize("named", NAMED)
def test_the_fixtures_however_they_are_named(only: Only, named: str, alone: str) -> None:
    site = only("pytest", *DRIVER)
    (site.parent / "test_it.py").write_text(FIXTURES, encoding="utf-8")
    words = ["-m", "pytest", "-q", *named.split(), "test_it.py"]
    done = ran(site, *words, PYTEST_DISABLE_PLUGIN_AUTOLOAD=alone)
    there = bool(named) or not alone
    said = "1 passed" if there else "fixture 'tencent_at_emulator' not found"
    assert said in done.stdout and (done.returncode == 0) == there, done.stdout + done.stderr


def test_the_wheel_holds_its_marks_of_types(wheels: pathlib.Path) -> None:
    for name in ("tencent_at", "tencent_at_emulator"):
        assert (wheels / name / "py.typed").exists(), name
