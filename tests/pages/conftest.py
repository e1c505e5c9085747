"""Carries out the blocks of a page: `play(block, …)` on a module of its own, in a folder of its own."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tencent_at_emulator
from boards import runtimes
from pages.blocks import Block
from tencent_at_emulator import Emulator
from tests.ptys import opened

PORT = "/dev/ttyUSB0"  # in a page; when carried out, the emulator's
PAUSE = 0.25  # seconds between two happenings
LONG = 60.0
SECRETS = {
    "TENCENT_AT_WIFI_PASSWORD": "12345678",
    "TENCENT_AT_SOFTAP_PASSWORD": "12345678",
    "TENCENT_AT_DEVICE_SECRET": "ZHNkIGRzZCA=",
    "TENCENT_AT_PRODUCT_SECRET": "ZHNkIGRzZCA=",
}
# A line of a shell block that never ends by itself says so: `# until Ctrl-C`.
SHELL = """\
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
until_ctrl_c() { timeout --foreground -s INT 3 "$@" || [ $? -eq 130 ] || [ $? -eq 124 ]; }
"""


class Enough(BaseException):
    """The block has printed what it was to print."""


class Heard(io.StringIO):
    """What a block prints; raises Enough once that holds the text."""

    def __init__(self, until: str | None) -> None:
        super().__init__()
        self.until = until

    def enough(self) -> bool:
        return self.until is not None and self.until in self.getvalue()


class Player:
    """Carries out blocks of one page."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.names: dict[str, Any] = {}
        self.script = ""  # the shell block's, so far

    def play(self, block: Block) -> str:
        """Carry out a block, and return what it printed."""
        if (name := block.mark("file")) is not None:
            (self.place / name).write_text(self._placed(block.text), encoding="utf-8")
            return ""
        with self._module(block) as emulator:
            if block.language == "sh":
                return self._shell(block, emulator)
            if block.mark("board") is not None:
                return self._board(block, emulator)
            return self._python(block, emulator)

    @contextlib.contextmanager
    def _module(self, block: Block) -> Iterator[Emulator]:
        with tencent_at_emulator.running(boot=False, noise=False) as emulator:
            emulator.control.given(block.mark("given") or "")
            emulator.module.updater.download_time = PAUSE
            done = threading.Event()
            work = (emulator, block.marks.get("@", []), done)
            thread = threading.Thread(target=_happenings, args=work, daemon=True)
            thread.start()
            try:
                yield emulator
            finally:
                done.set()
                thread.join()

    def _placed(self, text: str, port: str = PORT) -> str:
        return text.replace("/tmp/", f"{self.place}/").replace(PORT, port)

    def _python(self, block: Block, emulator: Emulator) -> str:
        if block.mark("continues") is None:
            self.names = {"__name__": "__main__"}
        heard = Heard(block.mark("until"))

        def printed(*args: object, **settings: Any) -> None:
            settings.pop("flush", None)
            settings.setdefault("file", heard)
            builtins.print(*args, **settings)
            if heard.enough():
                raise Enough

        self.names["print"] = printed
        code = compile(
            "\n" * block.line + self._placed(block.text, emulator.path), block.file, "exec"
        )
        with _within(self.place):
            try:
                exec(code, self.names)
            except Enough:
                return heard.getvalue()
        assert heard.until is None or heard.enough(), f"{block.where}: printed {heard.getvalue()!r}"
        return heard.getvalue()

    def _board(self, block: Block, emulator: Emulator) -> str:
        with runtimes.MicroPython("unix") as runtime, opened(emulator.path) as fd:
            text = self._placed(block.text)
            process = runtime.start(
                text, uart=[fd] * 3, path=[runtimes.TCAT, self.place], cwd=self.place
            )
            return _watched(process, block)

    def _shell(self, block: Block, emulator: Emulator) -> str:
        text = self._placed(block.text, emulator.path)
        text = re.sub(r"^(.*\S) +# until Ctrl-C$", r"until_ctrl_c \1", text, flags=re.M)
        if block.mark("continues") is None:
            self.script = ""
        env = {
            **os.environ,
            **SECRETS,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.place),
            "COLUMNS": "100",
            "NO_COLOR": "1",
        }
        exports = "".join(
            line + "\n" for line in self.script.splitlines() if line.startswith("export ")
        )
        process = subprocess.Popen(
            ["bash", "-c", SHELL + exports + text],
            cwd=self.place,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.script += text
        try:
            return _watched(process, block)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)


@contextlib.contextmanager
def _within(place: Path) -> Iterator[None]:
    """In a folder. A block may call asyncio.run; what it leaves of its loop is no other block's."""
    before = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)
        asyncio.set_event_loop(None)


def _happenings(emulator: Emulator, words: list[str], done: threading.Event) -> None:
    once = [each for each in words if each.startswith("ota offer")]  # it lasts until it is taken
    again = [each for each in words if each not in once]
    for each in once:
        emulator.control.happen(each)
    were_up = False
    while not done.wait(PAUSE):
        up = emulator.control.state()["mqtt"] == "up"
        for each in again:
            if each == "mqtt lost" and not (up and were_up):
                continue  # what is not there cannot be lost; and what was just connected, subscribes
            with contextlib.suppress(ValueError, RuntimeError):
                emulator.control.happen(each)
        were_up = up


def _watched(process: subprocess.Popen[str], block: Block) -> str:
    """All that a process printed, until it ended well or printed what the block is to print."""
    assert process.stdout is not None
    until, said = block.mark("until"), ""
    timer = threading.Timer(LONG, process.kill)
    timer.start()
    try:
        for line in process.stdout:
            said += line
            if until is not None and until in said:
                process.kill()
                process.wait()
                return said
        code = process.wait()
    finally:
        timer.cancel()
        end = time.monotonic() + 5
        while process.poll() is None and time.monotonic() < end:
            process.kill()
            time.sleep(0.01)
    more = process.stderr.read() if process.stderr is not None else ""
    assert until is None and code == 0, f"{block.where} ended with {code}: {said}{more}"
    return said


@pytest.fixture
def player(tmp_path: Path) -> Player:
    """In a folder that holds what the pages take from the repository."""
    (tmp_path / "README.md").symlink_to(runtimes.ROOT / "README.md")
    return Player(tmp_path)
