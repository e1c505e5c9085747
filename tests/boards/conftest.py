"""Fixtures: `module`, an emulator on a pty, and `on_board`, a script on MicroPython wired to it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tencent_at_emulator
from boards import runtimes
from tencent_at_emulator import Emulator
from tests.ptys import opened

REFUSED, FAILED, BUSY, RESET, TIMEOUT, DAMAGED = range(1, 7)  # kinds of an Error
BEGIN = """
import machine, time
from tcat import Modem, Error
modem = Modem(machine.UART(0, 115200))
"""
FAST = BEGIN.replace(
    "115200", "2000000, rxbuf=4200"
)  # for images, and for what is long and not about the line
# For scripts that bring the other side with them, and a clock that stands still (ALONE as their path).
PLUGGED = """
import machine, time
from tcat import Modem, Error
def plugged(peer, *more):
    machine.plug(0, peer)
    return Modem(machine.UART(0, 115200), *more)
"""
ALONE = (runtimes.VIRTUAL, runtimes.TCAT)


@pytest.fixture
def module() -> Iterator[Emulator]:
    """A module that has its device information and an access point, and is not yet connected."""
    with tencent_at_emulator.running(boot=False, noise=False) as emulator:
        emulator.control.given("device set")
        yield emulator


@pytest.fixture(params=["source", "mpy"])
def tcat(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The directory that holds the package, as source and compiled."""
    if request.param == "source":
        return runtimes.TCAT
    runtimes.compile_mpy(runtimes.TCAT / "tcat", tmp_path / "tcat", options=["-O3"])
    return tmp_path


class Wired:
    """Runs scripts on one MicroPython whose UART(0) is the module's port."""

    def __init__(self, runtime: runtimes.MicroPython, module: Emulator) -> None:
        self.runtime = runtime
        self.module = module

    def start(
        self, script: str, path: Path = runtimes.TCAT, begin: str = BEGIN, **more: Any
    ) -> Any:
        with opened(self.module.path) as fd:
            text = begin + textwrap.dedent(script)
            return self.runtime.start(text, uart=[fd], path=[path], **more)

    def __call__(
        self, script: str, path: Path = runtimes.TCAT, timeout: float = 60, **more: Any
    ) -> str:
        """What the script printed; it must end well."""
        process = self.start(script, path, **more)
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            print(*process.communicate())
            raise
        assert process.returncode == 0, out + err
        return str(out)


Runs = Callable[..., str]


@pytest.fixture
def on_board(micropython: runtimes.MicroPython, module: Emulator) -> Wired:
    return Wired(micropython, module)


@pytest.fixture
def on_unix(unix: runtimes.MicroPython, module: Emulator) -> Wired:
    return Wired(unix, module)
