"""The control channel: `Control` as JSON lines over a local socket.

One request per line, `{"do": "cloud_publish", "topic": "…", "payload": "…"}`; one answer per line,
`{"ok": true, "result": …}` or `{"ok": false, "error": "…"}`. `"module": 3` picks one of several. Bytes may be
given as `{"base64": "…"}`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from .emulator import Emulator
from .paths import listener

__all__ = ["DEEDS", "answer", "serve"]

DEEDS = (
    "access_points",
    "allow",
    "clear_faults",
    "cloud_publish",
    "device_data",
    "drop_mqtt",
    "drop_wifi",
    "fail_next",
    "fail_ota",
    "fault",
    "gateway",
    "given",
    "happen",
    "no_ack",
    "offer_ota",
    "open_topics",
    "power_cycle",
    "provision",
    "quirk",
    "refuse_connect",
    "refuse_subscribe",
    "registration",
    "restore_mqtt",
    "restore_wifi",
    "run_action",
    "set_property",
    "state",
    "store_access_point",
    "store_firmware",
    "stray",
)
LINE = 4 << 20  # bytes: an image in base64 fits


def answer(emulators: Sequence[Emulator], line: bytes) -> bytes:
    """Carry out one request; the answer is a line. Never raises for what the request holds."""
    try:
        request: Any = json.loads(line)
        if not isinstance(request, dict):
            raise ValueError("a request is an object")
        deed = request.pop("do", None)
        if deed not in DEEDS:
            raise ValueError(f"do: one of {', '.join(DEEDS)}")
        which = request.pop("module", 0)
        if not isinstance(which, int) or not 0 <= which < len(emulators):
            raise ValueError(f"module: 0 to {len(emulators) - 1}")
        values = {name: _value(value) for name, value in request.items()}
        result = getattr(emulators[which].control, deed)(**values)
        return json.dumps({"ok": True, "result": result}, ensure_ascii=False).encode() + b"\n"
    except RecursionError:
        return _refusal("the request is nested too deeply")
    except (ValueError, TypeError, binascii.Error) as error:
        return _refusal(str(error))
    except Exception as error:  # whatever it was: the line stays, and the one who asked hears of it
        return _refusal(f"{type(error).__name__}: {error}")


def _refusal(words: str) -> bytes:
    return json.dumps({"ok": False, "error": words}).encode() + b"\n"


def _value(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"base64"}:
        return base64.b64decode(value["base64"], validate=True)
    return value


@asynccontextmanager
async def serve(emulators: Sequence[Emulator], path: str | Path) -> AsyncIterator[None]:
    """Listen on a local socket at ``path`` while the block runs; FileExistsError when the name is taken.

    Digits alone are a TCP port on loopback, for systems without such sockets; whoever is on this machine may use it.
    """

    clients: set[asyncio.Task[None]] = set()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        clients.add(task)
        try:
            while line := await reader.readline():
                writer.write(answer(emulators, line))
                await writer.drain()
        except ValueError:
            writer.write(_refusal(f"a line has at most {LINE} bytes"))
        except (ConnectionError, asyncio.CancelledError):
            pass  # gone, or it is over
        finally:
            clients.discard(task)
            writer.close()

    if str(path).isdigit():
        place = None
        server = await asyncio.start_server(client, "127.0.0.1", int(str(path)), limit=LINE)
    else:
        place = Path(path)
        end = listener(place)
        mine = os.lstat(place).st_ino
        server = await asyncio.start_unix_server(client, sock=end, limit=LINE)
    try:
        yield
    finally:
        server.close()
        for task in clients:
            task.cancel()
        if clients:
            await asyncio.wait(clients, timeout=1.0)
        with contextlib.suppress(FileNotFoundError):
            if place is not None and os.lstat(place).st_ino == mine:
                place.unlink()
