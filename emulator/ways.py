"""The ways in of the command line: opened, announced on standard output, and written to a file when all are there."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

from .builder import numbered
from .emulator import Emulator
from .paths import write
from .ports import PtyPort, StdioPort, TcpPort

__all__ = ["Ways"]


class Ways:
    """All that one run opens. ``ended``: what is over when the host goes; ``stack`` closes everything."""

    def __init__(
        self,
        options: argparse.Namespace,
        loop: asyncio.AbstractEventLoop,
        stack: contextlib.AsyncExitStack,
        say: Callable[[str], str] = str,
    ) -> None:
        self.say = say
        self.options = options
        self.loop = loop
        self.stack = stack
        self.ports: list[str] = []
        self.more: dict[str, str] = {}
        self.ended: list[asyncio.Event] = []
        self.whys: list[str] = []

    async def open(self, emulator: Emulator, at: int) -> None:
        """The way to module number ``at``; raises OSError."""
        options, loop = self.options, self.loop
        if options.stdio:
            stdio = StdioPort(loop, emulator)
            self.stack.callback(stdio.close)
            self.ended.append(stdio.ended)
        elif options.serial is not None:
            await self._serial(emulator, options.serial)
        elif options.tcp is not None or options.rfc2217 is not None:
            self._tcp(emulator, at)
        else:
            pty = PtyPort(loop, emulator, numbered(options.link, at) if options.link else None)
            self.stack.callback(pty.close)
            self._announce(emulator.path)

    async def _serial(self, emulator: Emulator, name: str) -> None:
        from .serial_port import SerialPort  # only now is its library needed

        port = await SerialPort.open(self.loop, emulator, name)
        self.stack.callback(lambda: self.whys.append(port.why))
        self.stack.callback(port.close)
        self.ended.append(port.ended)
        self._announce(f"{name} at {emulator.module.baud} baud")

    def _tcp(self, emulator: Emulator, at: int) -> None:
        from .rfc2217 import Rfc2217Port

        options = self.options
        made, scheme, first = (
            (TcpPort, "socket", options.tcp)
            if options.tcp is not None
            else (Rfc2217Port, "rfc2217", options.rfc2217)
        )
        port = made(self.loop, emulator, first + at if first else 0)
        self.stack.callback(port.close)
        self._announce(f"{scheme}://127.0.0.1:{port.port}")

    def _announce(self, name: str) -> None:
        self.ports.append(name)
        print(name, flush=True)

    def ready(self) -> None:
        """All are open: say so in the file, and what to type next."""
        if self.options.ready_file:
            path = Path(self.options.ready_file)
            write(path, json.dumps({"ports": self.ports, **self.more}) + "\n")
            self.stack.callback(path.unlink, missing_ok=True)
        if not self.options.stdio and self.options.serial is None:
            control = self.more.get("control")
            beside = ""
            if control:
                place = "" if control == f"{self.ports[0]}.control" else f" --control {control}"
                beside = (
                    f"; the cloud's side: tencent-at --port {self.ports[0]} cloud{place} --help"
                )
            then = self.say(f"next: tencent-at --port {self.ports[0]} info")
            print(then + self.say(beside), file=sys.stderr)
