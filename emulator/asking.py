"""The other end of the control channel, for programs that are not the emulator's own: one request, one answer."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

__all__ = ["Refused", "ask", "wait"]

PATIENCE = 30.0  # seconds for an answer
PAUSE = 0.05  # seconds between two looks


class Refused(ValueError):
    """The emulator understood, and cannot do it; the text says why."""


def ask(place: str | Path, deed: str, **members: Any) -> Any:
    """Let an emulator do this (`channel.DEEDS`) and return its result. ``place``: what its --control was given.

    Raises `Refused`; OSError where nobody listens there.
    """
    request = json.dumps({"do": deed, **members}).encode() + b"\n"
    with _connected(str(place)) as end:
        end.settimeout(PATIENCE)
        end.sendall(request)
        line = end.makefile("rb").readline()
    if not line.endswith(b"\n"):
        raise ConnectionError(f"{place}: the emulator hung up")
    answer = json.loads(line)
    if not answer["ok"]:
        raise Refused(answer["error"])
    return answer["result"]


def wait(place: str | Path, seconds: float, module: int = 0) -> None:
    """Return when the module there has booted; TimeoutError when that takes longer."""
    end = time.monotonic() + seconds
    while True:
        try:
            if ask(place, "state", module=module)["running"]:
                return
            why = "the module boots still"
        except OSError as error:
            why = error.strerror or str(error)
        if time.monotonic() >= end:
            raise TimeoutError(f"{place}: no emulator after {seconds:g} s ({why})")
        time.sleep(PAUSE)


def _connected(place: str) -> socket.socket:
    if place.isdigit():
        return socket.create_connection(("127.0.0.1", int(place)), PATIENCE)
    end = socket.socket(socket.AF_UNIX)
    try:
        end.settimeout(PATIENCE)
        end.connect(place)
    except OSError:
        end.close()
        raise
    return end
