"""Every dialogue against the emulator: without a line, through a pty, over TCP, paced, and in pieces."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest
import serialx

from tencent_at_emulator import Background, Emulator, Scene, emu_url
from tencent_at_emulator.ports import PtyPort, TcpPort
from tests.spec import dialogues
from tests.spec.notation import Row, Value

ALL = dialogues.load(only="emulator")
# A wire has the time of day: what waits long is played on paper alone.
QUICK = [
    each
    for each in ALL
    if not any(
        (
            isinstance(step, dialogues.Happening)
            and step.words == ("wait",)
            and float(step.values[0]) > 3
        )
        or (isinstance(step, dialogues.Silence) and step.seconds > 3)
        for step in each.steps
    )
]
# One of each kind for the slow ways in.
SAMPLE = [
    each
    for each in ALL
    if each.name
    in """13-echo-off 13-too-long 33-publish-escapes 34-publish-long-json 34-publish-long-surplus
    34-publish-long-no-cr-lf 43-read-firmware 51-message-awkward 63-softap
    91-echo""".split()
]


class Stage(Protocol):
    """Where a dialogue is played."""

    def given(self, words: str) -> None: ...
    def happen(self, words: str) -> None: ...
    def wait(self, seconds: float) -> None: ...
    def write(self, data: bytes) -> None: ...
    def read(self, patience: float) -> bytes: ...


class OnPaper:
    """No line, and a clock that stands still."""

    def __init__(self, baud: int | None = None, size: int = 0, tick: float = 0.005) -> None:
        self.emulator = Emulator(boot=False, baud=baud)
        self.scene = Scene(self.emulator)
        self.size = size
        self.tick = tick

    def given(self, words: str) -> None:
        self.scene.given(words)

    def happen(self, words: str) -> None:
        self.scene.happen(words)

    def wait(self, seconds: float) -> None:
        self.emulator.advance(seconds)

    def write(self, data: bytes) -> None:
        for at in range(0, len(data), self.size or len(data)):
            self.emulator.write(data[at : at + (self.size or len(data))])

    def read(self, patience: float) -> bytes:
        self.emulator.advance(min(patience, self.tick))
        return self.emulator.read()


class OnAWire:
    """A descriptor, a thread, and real time that runs faster where a dialogue waits."""

    def __init__(self, emulator: Emulator, fd: int) -> None:
        self.emulator = emulator
        self.fd = fd

    def given(self, words: str) -> None:
        self.emulator.control.given(words)

    def happen(self, words: str) -> None:
        self.emulator.control.happen(words)

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def write(self, data: bytes) -> None:
        os.write(self.fd, data)

    def read(self, patience: float) -> bytes:
        ready, _, _ = select.select([self.fd], [], [], min(patience, 0.02))
        return os.read(self.fd, 65536) if ready else b""


class ThroughAUrl:
    """emu://, opened through serialx."""

    def __init__(self, name: str) -> None:
        self.port = serialx.serial_for_url(
            f"emu://{name}?given=", baudrate=115200, read_timeout=0.02
        )
        self.port.open()
        self.control = emu_url.module(name)

    def given(self, words: str) -> None:
        self.control.given(words)

    def happen(self, words: str) -> None:
        self.control.happen(words)

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def write(self, data: bytes) -> None:
        self.port.write(data)

    def read(self, patience: float) -> bytes:
        time.sleep(min(patience, 0.005))
        return self.port.read(self.port.num_unread_bytes() or 1)


def play(dialogue: dialogues.Dialogue, stage: Stage) -> None:
    """Say the host's part, and compare what the module says, to the byte and to the end."""
    stage.given("; ".join(_words(each.words, each.values) for each in dialogue.given))
    said = b""
    pending: list[bytes] = []

    def hear() -> None:
        nonlocal said
        owed = b"".join(pending)
        pending.clear()
        waited = 0.0
        while len(said) < len(owed) and waited < 2.0:
            said += stage.read(2.0 - waited)
            waited += 0.005
        assert said[: len(owed)] == owed, dialogue.name
        said = said[len(owed) :]

    to_say = b""
    for step in dialogue.steps:
        if to_say and not isinstance(step, dialogues.HostBytes):
            stage.write(to_say)
            to_say = b""
        match step:
            case dialogues.HostBytes():
                hear()
                to_say += step.data
                if step.data.endswith(b"\r\n"):
                    stage.write(to_say)
                    to_say = b""
            case dialogues.ModuleBytes():
                pending.append(step.data)
            case dialogues.Silence(seconds=seconds) | dialogues.Happening(
                words=("wait",), values=(seconds,)
            ):
                hear()
                stage.wait(float(seconds))
            case dialogues.Happening():
                hear()
                stage.happen(_words(step.words, step.values))
            case _:
                pass
    hear()
    said += stage.read(0.05)
    assert said == b"", f"{dialogue.name}: said more"


def _words(words: tuple[str, ...], values: Row) -> str:
    return " ".join([*words, *(_literal(each) for each in values)])


def _literal(value: Value) -> str:
    if isinstance(value, bytes):
        return 'b"' + "".join(f"\\x{byte:02x}" for byte in value) + '"'
    if isinstance(value, str):
        return '"' + value.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'
    return str(value)


@pytest.mark.parametrize("dialogue", ALL, ids=str)
def test_on_paper(dialogue: dialogues.Dialogue) -> None:
    play(dialogue, OnPaper())


@pytest.mark.parametrize("dialogue", ALL, ids=str)
def test_paced(dialogue: dialogues.Dialogue) -> None:
    play(dialogue, OnPaper(baud=115200))


@pytest.mark.parametrize("dialogue", SAMPLE, ids=str)
def test_through_a_url(dialogue: dialogues.Dialogue) -> None:
    stage = ThroughAUrl(f"dialogue-{dialogue.name}")
    with stage.port:
        play(dialogue, stage)


@pytest.fixture(scope="module")
def background() -> Iterator[Background]:
    thread = Background()
    yield thread
    thread.close()


def _on_a_wire(background: Background, dialogue: dialogues.Dialogue, way: str) -> None:
    loop = background.loop
    emulator = background.call(lambda: Emulator(loop=loop, boot=False))
    emulator.control.call = background.call
    close: Callable[[], None]
    if way == "pty":
        pty = background.call(lambda: PtyPort(loop, emulator))
        fd = os.open(pty.path, os.O_RDWR | os.O_NOCTTY)
        close = pty.close
    else:
        tcp = background.call(lambda: TcpPort(loop, emulator))
        with socket.create_connection(("127.0.0.1", tcp.port)) as end:
            fd = os.dup(end.fileno())
        time.sleep(0.01)
        close = tcp.close
    try:
        play(dialogue, OnAWire(emulator, fd))
    finally:
        os.close(fd)
        background.call(close)
        background.call(emulator.close)


@pytest.mark.parametrize("dialogue", QUICK, ids=str)
@pytest.mark.parametrize("way", ["pty", "tcp"])
def test_on_a_wire(background: Background, dialogue: dialogues.Dialogue, way: str) -> None:
    _on_a_wire(background, dialogue, way)
