"""`make demo`: the main job on both runtimes, against the emulator, with the wire beside the results."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import main_job  # noqa: E402
from tap import Tap  # noqa: E402

import tencent_at  # noqa: E402
import tencent_at_emulator  # noqa: E402
from boards import runtimes  # noqa: E402

WIDTH = 100
SECRETS = main_job.SECRET, main_job.PASSWORD


def show(direction: str, line: str) -> None:
    line = "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in line)
    if len(line) > WIDTH:
        line = f"{line[: WIDTH - 20]} … {len(line)} characters"
    write(f"  {direction} {line}")


def say(text: str) -> None:
    write(f"✓ {text}" if "came back as" not in text else f"✗ {text}")


def write(line: str) -> None:
    """A line in one piece: two threads print."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def desktop(tap: Tap) -> bool:
    """tencent_at on CPython."""
    with tencent_at.Modem(SocketPort(tap.host)) as modem:
        whole: bool = main_job.run(modem, lambda modem: modem.receive(10), say)
        return whole


class SocketPort:
    """A socket as a port: any object with read and write will do."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.settimeout(0.05)

    def read(self, size: int) -> bytes:
        try:
            return self.sock.recv(size)
        except TimeoutError:
            return b""

    def write(self, data: bytes) -> None:
        self.sock.sendall(data)


def board(kind: str, tap: Tap) -> bool:
    """tcat on real MicroPython."""
    with runtimes.MicroPython(kind) as micropython:
        process = micropython.start(
            HERE / "on_board.py", uart=[tap.host], path=[runtimes.TCAT, HERE]
        )
        assert process.stdout and process.stderr
        for line in process.stdout:
            say(line.rstrip())
        print(process.stderr.read(), end="")
        return process.wait() == 0


def main() -> int:
    whole = run("tencent_at on CPython " + sys.version.split()[0], desktop)
    for kind in sorted(runtimes.find(), key=["unix", "wasm"].index)[:1]:
        whole = run(f"tcat on MicroPython ({kind})", partial(board, kind)) and whole
    print(f"What came back is {'' if whole else 'not '}byte for byte what was sent.")
    print("next: .venv/bin/tencent-at --port emu:// shell")
    return 0 if whole else 1


def run(title: str, job: Callable[[Tap], bool]) -> bool:
    print(f"\n── {title} ─────\n", flush=True)
    with tencent_at_emulator.running() as emulator:
        tap = Tap(emulator.path, SECRETS, show)
        try:
            return job(tap)
        finally:
            tap.close()


if __name__ == "__main__":
    sys.exit(main())
