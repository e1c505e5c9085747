"""A wire-tap between a host and a module on a pty: passes bytes on and shows them line by line, secrets masked."""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from collections.abc import Callable
from typing import Any


class Tap:
    """Between `module`, a tty by name, and `host`, a socket that behaves as the module's line.

    show(direction, line) is called for each line, "→" to the module and "←" from it. `secrets` are
    shown as ***. A host that has its own end of a line already lends it as `ours`.
    """

    def __init__(
        self,
        module: str,
        secrets: tuple[str, ...],
        show: Callable[[str, str], None],
        ours: socket.socket | None = None,
    ) -> None:
        self.module = os.open(module, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.module)
        self.host, pair = socket.socketpair()
        self.ours = ours or pair
        self.secrets = [secret.encode() for secret in secrets]
        self.show = show
        self._begun = {"→": b"", "←": b""}
        self._quit, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.close()
        self._thread.join(5)
        for end in (self.ours, self.host, self._quit):
            end.close()
        os.close(self.module)

    def _carry(self) -> None:
        ends: list[Any] = [self.ours, self.module, self._quit]
        while True:
            ready, _, _ = select.select(ends, [], [])
            if self._quit in ready:
                return
            if self.ours in ready:
                data = self.ours.recv(4096)
                if not data:
                    return
                self._note("→", data)
                while data:
                    data = data[os.write(self.module, data) :]
            if self.module in ready:
                data = os.read(self.module, 4096)
                self._note("←", data)
                self.ours.sendall(data)

    def _note(self, direction: str, data: bytes) -> None:
        *lines, self._begun[direction] = (self._begun[direction] + data).split(b"\r\n")
        for line in filter(None, lines):
            for secret in self.secrets:
                line = line.replace(secret, b"***")
            self.show(direction, line.decode("utf-8", "backslashreplace"))
