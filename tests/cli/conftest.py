"""The command in this process (`cli`), on a pretend module that stays (`module`), or in a terminal (`terminal`)."""

import io
import itertools
import json
import os
import pathlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

pytest.importorskip("typer")
pytest.importorskip("tencent_at_emulator")

import tencent_at_emulator
from tencent_at_cli.__main__ import main
from tencent_at_emulator import emu_url

_numbers = itertools.count()


@dataclass
class Result:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """No settings of the one who runs the tests; a home of its own; wide lines."""
    for name in list(os.environ):
        if name.startswith("TENCENT_AT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Call the command with arguments; `input` is what its standard input holds."""

    def call(*arguments: str, input: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(input), encoding="utf-8"))
        code = main(arguments)
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return call


@dataclass
class Module:
    """A pretend module that stays from one opening to the next."""

    url: str
    name: str

    @property
    def control(self) -> tencent_at_emulator.Control:
        """Its other side; there from the first opening on."""
        return emu_url.module(self.name)


Make = Callable[..., Module]


@pytest.fixture
def module(cli: Cli) -> Make:
    """Make a module in a scene (spec/dialogues/README.md), awake, every topic open."""

    def make(given: str = "", seed: int = 0) -> Module:
        name = f"cli{os.getpid()}x{next(_numbers)}"
        words = given.replace(" ", "+").replace(";", "%3B").replace('"', "%22")
        made = Module(f"emu://{name}?open=1&given={words}&seed={seed}", name)
        assert cli("--port", made.url, "ports").code == 0
        import serialx

        serialx.serial_for_url(made.url).open()
        return made

    return make


@dataclass
class Terminal:
    """A command in a terminal of its own: what it wrote, and the screen as a person sees it."""

    child: Any
    screen: Any
    stream: Any
    written: str = ""

    def read(self, seconds: float = 0.1) -> None:
        """Take in what is written for so long."""
        import pexpect  # type: ignore[import-untyped]

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                text = self.child.read_nonblocking(4096, 0.05)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                return
            self.written += text
            self.stream.feed(text)
            if "\x1b[6n" in text:  # where is the cursor?
                cursor = self.screen.cursor
                self.child.send(f"\x1b[{cursor.y + 1};{cursor.x + 1}R")

    def see(self, text: str, seconds: float = 20.0) -> None:
        """Wait until the text was written or stands on the screen."""
        end = time.monotonic() + seconds
        while text not in self.written and text not in self.shown:
            assert time.monotonic() < end, f"{text!r} did not come:\n{self.shown}\n{self.written}"
            self.read()

    @property
    def shown(self) -> str:
        """The screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def type(self, text: str) -> None:
        """Press keys."""
        self.child.send(text)

    def resize(self, rows: int, columns: int) -> None:
        """Pull at the window's corner."""
        self.child.setwinsize(rows, columns)
        self.screen.resize(rows, columns)

    def end(self, seconds: float = 20.0) -> int:
        """Wait for the end; the exit code."""
        end = time.monotonic() + seconds
        while self.child.isalive():
            assert time.monotonic() < end, f"it does not end:\n{self.shown}"
            self.read()
        self.read(0.2)
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Start the command in a terminal of 30 rows and 100 columns."""
    pexpect = pytest.importorskip("pexpect")
    pyte = pytest.importorskip("pyte")
    children = []

    def start(*arguments: str, **environment: str) -> Terminal:
        env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
        env |= {"TERM": "xterm-256color", "PYTHONUNBUFFERED": "1"} | environment
        words = ["-m", "tencent_at_cli", *arguments]
        child = pexpect.spawn(
            sys.executable, words, env=env, dimensions=(30, 100), encoding="utf-8", timeout=20
        )
        screen = pyte.Screen(100, 30)
        made = Terminal(child, screen, pyte.Stream(screen))
        children.append(child)
        return made

    yield start
    for child in children:
        child.close(force=True)
