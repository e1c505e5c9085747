"""`emu://`: an emulator in this process, opened through serialx as any other port.

    serialx.serial_for_url("emu://?stored=1&seed=7")

Each opening starts a fresh module, and closing it ends it. With a name, `emu://kitchen?…`, the module stays
until the process ends, as if it kept its power, and `module("kitchen")` gives its control object.

| parameter | meaning |
|---|---|
| `flash=FILE` | keep what the module stores |
| `stored=1` | the first access point in the air is stored, and joined at boot; a FILE that exists decides for itself |
| `given=WORDS` | start in this scene, awake and silent (spec/dialogues/README.md) |
| `open=1` | permit every topic |
| `broker=URL` | a real broker, `mqtt://host:port` |
| `revision=NAME` | of the manual, `V3.2.1` |
| `baud=RATE`, `seed=N`, `noise=0` | as on the command line |
| `fetch_anywhere=1` | as on the command line |
| `quirk=NAME`, `fault=NAME:VALUE` | as often as needed |
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import serialx
from serialx.platforms.serial_socket import SocketSerial, SocketSerialTransport

from .background import Background
from .builder import build
from .control import Control
from .emulator import Emulator
from .ports import SocketPort

__all__ = ["EmuSerial", "EmuTransport", "module", "register"]

SCHEME = "emu://"
PARAMETERS = (
    "flash",
    "stored",
    "given",
    "open",
    "baud",
    "broker",
    "seed",
    "noise",
    "quirk",
    "fault",
    "fetch_anywhere",
    "revision",
)

_lock = threading.Lock()
_background: Background | None = None
_named: dict[str, Emulator] = {}
_unregister: Callable[[], None] | None = None


class EmuSerial(SocketSerial):
    """The blocking port."""

    def __init__(self, path: Any = None, *args: Any, **kwargs: Any) -> None:
        # The parent wants an address; the true one is known once the port is opened.
        super().__init__("socket://127.0.0.1:1", *args, **kwargs)
        self._path = path

    def _open(self) -> None:
        self._close()  # serialx opens an open port again at the head of a with block
        self._host, self._port = "127.0.0.1", _start(str(self._path))
        super()._open()

    def num_unread_bytes(self) -> int:
        """So many bytes can be read at once."""
        if self._socket is None:
            return 0
        with self._socket_timeout(0):
            try:
                return len(self._socket.recv(65536, socket.MSG_PEEK))
            except BlockingIOError:
                return 0


class EmuTransport(SocketSerialTransport):
    """The asyncio transport."""

    transport_name = "emu"

    async def _connect(self, *, path: str | None, **kwargs: Any) -> None:
        port = await self._loop.run_in_executor(None, _start, str(path))
        await super()._connect(path=f"socket://127.0.0.1:{port}", **kwargs)


def register() -> bool:
    """Make `emu://` known to serialx, a second time nothing; False: it is no serial line."""
    global _unregister
    if _unregister is None:
        _unregister = serialx.register_uri_handler(
            scheme=SCHEME,
            unique_scheme=SCHEME,
            sync_cls=EmuSerial,
            async_transport_cls=EmuTransport,
        )
    return False


def module(name: str) -> Control:
    """The control object of the module `emu://name`; KeyError when none was opened under that name."""
    return _named[name].control


def _loop() -> Background:
    global _background
    with _lock:
        if _background is None:
            _background = Background()
        return _background


def _start(url: str) -> int:
    """Start or find the module of a URL; returns the loopback port on which one host may call."""
    background = _loop()
    name, order = _parse(url)

    def work() -> int:
        emulator = _named.get(name) if name else None
        if emulator is None:
            emulator = build(background.loop, **order)
            emulator.control.call = background.call
            emulator.path = url
            if name:
                _named[name] = emulator
        return _listen(background, emulator, keep=bool(name))

    return background.call(work)


def _listen(background: Background, emulator: Emulator, keep: bool) -> int:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    port: int = listener.getsockname()[1]

    def accept() -> None:
        end, _ = listener.accept()
        background.loop.remove_reader(listener.fileno())
        listener.close()
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        joined = SocketPort(background.loop, emulator, end)
        if not keep:
            joined.hung_up = emulator.close

    background.loop.add_reader(listener.fileno(), accept)
    return port


def _integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{name}: {text!r} is not a whole number") from None


def _parse(url: str) -> tuple[str, dict[str, Any]]:
    parts = urlsplit(url)
    asked = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    unknown = sorted(set(asked) - set(PARAMETERS))
    if unknown:
        raise ValueError(f"{url}: no parameter {unknown[0]!r}; there are: {', '.join(PARAMETERS)}")
    last = {name: values[-1] for name, values in asked.items()}
    order: dict[str, Any] = {
        "flash": last.get("flash"),
        "broker": last.get("broker") or None,
        "baud": _integer("baud", last["baud"]) if "baud" in last else None,
        "seed": _integer("seed", last.get("seed", "0")),
        "noise": last.get("noise") != "0",
        "joined": last.get("stored") == "1",
        "open_topics": last.get("open") == "1",
        "given": last.get("given"),
        "quirks": asked.get("quirk", ()),
        "faults": [(name, value) for name, _, value in map(_pair, asked.get("fault", ()))],
        "fetch_anywhere": last.get("fetch_anywhere") == "1",
        "revision": last.get("revision") or None,
    }
    return parts.netloc, order


def _pair(fault: str) -> tuple[str, str, str]:
    return fault.partition(":")
