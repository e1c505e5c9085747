"""The main job on everything that ships: desktop, both MicroPythons from source and .mpy, and a flashed board."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import tencent_at
import tencent_at_emulator
from boards import runtimes

EXAMPLES = runtimes.ROOT / "examples"
RESULTS = """module answers, echo is off
joined tencent-at
connected as CTQS08Y5LGDev01
published 44 bytes, came back unchanged
published 1500 bytes, came back unchanged
MQTT state 1
disconnected
"""
ON_BOARD = (EXAMPLES / "on_board.py").read_text(encoding="utf-8")


@pytest.fixture
def main_job(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The example as its own users import it."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return importlib.import_module("main_job")


@pytest.fixture
def tap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return importlib.import_module("tap")


@pytest.fixture
def module() -> Iterator[tencent_at_emulator.Emulator]:
    with tencent_at_emulator.running() as emulator:
        yield emulator


def test_desktop(module: tencent_at_emulator.Emulator, main_job: ModuleType) -> None:
    said: list[str] = []
    with tencent_at.Modem(str(module.path)) as modem:
        assert main_job.run(modem, lambda modem: modem.receive(10), said.append)
    assert "\n".join(said) + "\n" == RESULTS


@pytest.mark.parametrize("form", ["source", "mpy"])
def test_micropython(
    form: str,
    micropython: runtimes.MicroPython,
    module: tencent_at_emulator.Emulator,
    tap: ModuleType,
    tmp_path: Path,
) -> None:
    place = runtimes.TCAT
    if form == "mpy":
        place = tmp_path
        runtimes.compile_mpy(runtimes.TCAT / "tcat", place / "tcat")
    wire = tap.Tap(module.path, (), lambda *line: None)
    try:
        ended = micropython.run(
            EXAMPLES / "on_board.py", uart=[wire.host], path=[place, EXAMPLES], timeout=60
        )
    finally:
        wire.close()
    assert (ended.stdout, ended.returncode) == (RESULTS, 0), ended.stderr


@pytest.mark.parametrize("form", ["source", "mpy"])
def test_flashed_with_mpremote(
    form: str,
    board: runtimes.Board,
    module: tencent_at_emulator.Emulator,
    tap: ModuleType,
    tmp_path: Path,
) -> None:
    """A board that mpremote has filled: copy the package, import it, do the job."""
    package = runtimes.TCAT / "tcat"
    if form == "mpy":
        runtimes.compile_mpy(package, tmp_path / "tcat")
        package = tmp_path / "tcat"
    files = sorted(package.glob("*.mpy" if form == "mpy" else "*.py"))
    wire = tap.Tap(module.path, (), lambda *line: None, ours=board.uart)
    try:
        for words in (
            ["mkdir", ":tcat"],
            ["cp", *files, ":tcat/"],
            ["cp", EXAMPLES / "main_job.py", ":"],
        ):
            done = board(*words)
            assert done.returncode == 0, done.stdout + done.stderr
        done = board("run", EXAMPLES / "on_board.py")
    finally:
        wire.close()
    assert done.stdout.replace("\r\n", "\n") == RESULTS, done.stdout + done.stderr
    where = board("exec", "import tcat; print(tcat.__file__)")
    assert where.stdout.strip().endswith("__init__.mpy" if form == "mpy" else "__init__.py")
