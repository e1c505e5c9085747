"""The one place that opens the module: the port, the tap on its wire, and an idle module at the end."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import serialx

import tencent_at
from tencent_at.reopening import FIRST, LAST, AnotherModule, adapter, compare, moved
from tencent_at.revision import Revision, of
from tencent_at.revisions import DEFAULT, REVISIONS
from tencent_at.schemes import brought, make_known
from tencent_at.wire.reading import FROM_HOST, FROM_MODULE, Line, Reading
from tencent_at.wire.tape import TapeWriter

from ..desk.printer import Printer
from .exits import Exit, Stop
from .options import Session
from .output import doing, note, standard_error, still

__all__ = ["Tap", "calm", "happenings", "open_port", "opened", "reopened", "resolve"]

PATIENCE = 12.0  # seconds: longer than any command keeps the module busy (manual 3.1)
WAIT = 0.05  # seconds for one look at the port
UNTAKEN = 1.0  # seconds in which a port must take what is written


class Tap:
    """A port that tells `wire` every byte that passes."""

    def __init__(self, port: serialx.BaseSerial, wire: Reading) -> None:
        self.port = port
        self.wire = wire
        self._lock = threading.Lock()

    def read(self, size: int, timeout: float = WAIT) -> bytes:
        """Up to `size` bytes, or b"" after `timeout` seconds without any. PortError where the port is gone."""
        buffer = bytearray(size)
        try:
            count = self.port.readinto(buffer, timeout=timeout)
        except (OSError, ValueError, serialx.SerialException) as error:
            raise gone(error) from None
        data = bytes(buffer[: count or 0])
        if data:
            with self._lock:
                self.wire.feed(FROM_MODULE, data, time.monotonic())
        return data

    read1 = read

    def write(self, data: bytes) -> None:
        """Write all of the bytes. PortError where the port is gone, or takes nothing."""
        with self._lock:
            self.wire.feed(FROM_HOST, bytes(data), time.monotonic())
        patience = UNTAKEN + len(data) * 10 / self.port.baudrate
        try:
            sent = 0
            while sent < len(data):
                sent += self.port.write(data[sent:], timeout=patience)
        except TimeoutError:
            raise tencent_at.PortTimeout(
                f"the port has taken nothing for {UNTAKEN:g} s: "
                "does flow control hold it, or does nobody read its other end?"
            ) from None
        except (OSError, ValueError, serialx.SerialException) as error:
            raise gone(error) from None

    @property
    def baudrate(self) -> int:
        """The port's speed."""
        return int(self.port.baudrate)

    @baudrate.setter
    def baudrate(self, rate: int) -> None:
        self.port.reconfigure_port(baudrate=rate)

    def close(self) -> None:
        """Close the port; lines that never ended are told now."""
        self.port.close()
        with self._lock:
            self.wire.flush(echoes=True)


def resolve(session: Session) -> str:
    """The port to use: the one asked for, or the only one there is."""
    if session.port:
        name = session.port.rstrip("/").removesuffix(":")
        return f"{name}://" if name in brought() else session.port
    with contextlib.suppress(Exception):
        found = [port for port in serialx.list_serial_ports() if port.vid is not None]
        if len(found) == 1:
            note(f"using {found[0].device}, the only USB serial port")
            return str(found[0].device)
    raise Stop(
        Exit.USAGE,
        "which port?",
        "Give --port, or set TENCENT_AT_PORT; tencent-at ports lists what there is; "
        "emu:// is a pretend module.",
    )


def gone(error: Exception) -> tencent_at.PortError:
    """What is raised for a port that is lost, whatever the system said."""
    number = getattr(error, "errno", None)
    said = os.strerror(number) if number else type(error).__name__
    return tencent_at.PortError(f"the port is gone: {said}")


class Opener:
    """Opens the session's port, as often as it is asked to: what the modem gets as its port."""

    def __init__(self, session: Session, url: str, wire: Reading) -> None:
        self.session = session
        self.url = url
        self.wire = wire
        self.first: Tap | None = Tap(open_port(url, session.baud, session.pins), wire)

    def __call__(self) -> Tap:
        """The port, open."""
        tap, self.first = self.first, None
        try:
            return tap or Tap(open_port(self.url, self.session.baud, self.session.pins), self.wire)
        except Stop as error:
            raise tencent_at.PortError(str(error)) from None

    def __str__(self) -> str:
        return serialx.redact_uri(self.url)


def open_port(url: str, baud: int, pins: dict[str, bool]) -> serialx.BaseSerial:
    """The port, open, with DTR and RTS as they are to be; Stop with Exit.PORT where that fails."""
    try:
        has_pins = make_known(url)
    except tencent_at.PortError as error:
        raise Stop(Exit.PORT, str(error)) from None
    if pins and not has_pins:
        raise Stop(Exit.USAGE, f"--{min(pins)}: {serialx.redact_uri(url)} has no such line")
    try:
        levels: Any = {f"{name}_on_open": serialx.PinState.convert(pins[name]) for name in pins}
        port = serialx.serial_for_url(url, baudrate=baud, **levels)
        if not port.is_open:
            port.open()
    except (OSError, ValueError, serialx.SerialException) as error:
        said = str(error) or type(error).__name__
        raise Stop(Exit.PORT, f"{serialx.redact_uri(url)}: {said}", port_advice(error)) from None
    return port


def port_advice(error: Exception) -> str:
    """What to do about a port that does not open."""
    text = str(error).lower()
    number = getattr(error, "errno", None)
    if number in (errno.ENOTTY, errno.EISDIR, errno.EINVAL) or "inappropriate ioctl" in text:
        return "That is no serial port. tencent-at ports lists what there is."
    if isinstance(error, PermissionError) or "permission" in text or "access is denied" in text:
        return (
            "Close the program that holds the port; on Linux, join the group that may use it "
            "(dialout or uucp) and log in again."
        )
    if isinstance(error, FileNotFoundError) or "no such" in text or "not find" in text:
        return "Is the adapter plugged in? tencent-at ports lists what there is."
    if "busy" in text or "lock" in text:
        return "Another program holds the port. Close it."
    return "tencent-at ports lists what there is."


def reopened(
    session: Session, url: str, was: serialx.SerialPortInfo | None, over: float | None
) -> serialx.BaseSerial | None:
    """The port that went, open again; None when `over` has come. AnotherModule where it is another adapter now."""
    pause = FIRST
    while True:
        until = time.monotonic() + pause
        pause = min(pause * 2, LAST)
        while time.monotonic() < until:
            if over is not None and time.monotonic() >= over:
                return None
            still(lambda: "still trying to open it again", "the port")
            time.sleep(WAIT)
        now = adapter(url)
        try:
            compare(was, now)
        except AnotherModule:
            if moved(was) is None:
                raise
            now = None
        place = url if now is not None or was is None else moved(was) or url
        with contextlib.suppress(Stop):
            return open_port(place, session.baud, session.pins)


@contextmanager
def opened(
    session: Session,
    *,
    url: str | None = None,
    start: bool = True,
    sink: Callable[[Line], None] | None = None,
    reopen: bool = False,
) -> Iterator[Modem]:
    """The modem on the session's port; afterwards, however it ended, the module is idle.

    sink: hears every line, besides -v and --capture. start=False: nothing is written at first. reopen: when the port
    goes, it is opened again, and happenings() tells of it.
    """
    url = url or resolve(session)
    with contextlib.ExitStack() as stack:
        wire = stack.enter_context(tapped(session, url, sink))
        stack.enter_context(terminable())
        stack.enter_context(doing("waiting for the module"))
        modem = Modem(Opener(session, url, wire), session.baud, reopen, spoken(session))
        stack.callback(modem.close)
        try:
            if start:
                modem.start()
            yield modem
        except BaseException as error:
            with calm():
                _settle(modem, error)
            raise


def recorder(path: Path, url: str, baud: int) -> TapeWriter:
    """A capture that begins at `path`; Stop where it cannot."""
    try:
        return TapeWriter(path, url, baud)
    except OSError as error:
        raise Stop(Exit.USAGE, f"{path}: {error.strerror}") from None


@contextmanager
def tapped(
    session: Session, url: str, sink: Callable[[Line], None] | None = None
) -> Iterator[Reading]:
    """A wire whose lines go to the sink, to standard error with -v, and to the file of --capture."""
    sinks: list[Callable[[Line], None]] = [sink] if sink else []
    with contextlib.ExitStack() as stack:
        if session.verbose:
            sinks.append(Printer(standard_error(), session.language))
        if session.capture:
            tape = stack.enter_context(recorder(session.capture, url, session.baud))
            sinks.append(tape.line)

        def tell(line: Line) -> None:
            for hear in sinks:
                hear(line)

        yield Reading(tell, session.masks)


class Modem(tencent_at.Modem):
    """A modem whose messages and events are kept from the beginning, in order."""

    def __init__(
        self, port: Opener, baud: int, reopen: bool, revision: Revision | None = None
    ) -> None:
        super().__init__(
            port, baud, reopen=reopen, speaks=revision.async_modem() if revision else None
        )
        self.stream = self.everything()
        self.on_wait = lambda: still(lambda: self.seen)


def spoken(session: Session) -> Revision:
    """The revision that the session's module speaks; Stop where there is none of that name."""
    try:
        return of(session.revision or DEFAULT)
    except tencent_at.InvalidArgument:
        there = ", ".join(REVISIONS)
        raise Stop(Exit.USAGE, f"--revision {session.revision}: there are {there}") from None


def _settle(modem: Modem, error: BaseException) -> None:
    # Where a command was broken off, its answer may still come and a payload may be open: the next
    # command ends the payload and waits for silence. A module that is busy may need some of them.
    if not isinstance(error, (KeyboardInterrupt, SystemExit)):
        return
    end = time.monotonic() + PATIENCE

    def look() -> None:
        if time.monotonic() > end:
            raise Stop(Exit.BUSY)
        still(lambda: f"it is not idle yet; {modem.seen}")

    modem.on_wait = look
    while time.monotonic() < end:
        try:
            modem.attention()
            return
        except (tencent_at.PortError, Stop):
            return
        except tencent_at.TencentAtError:
            time.sleep(WAIT)


@contextmanager
def terminable() -> Iterator[None]:
    """Within it a request to terminate ends the command as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def calm() -> Iterator[None]:
    """Within it Ctrl-C waits; a second one ends the program at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def later(number: int, frame: FrameType | None) -> None:
        came.append(number)
        if len(came) > 1:
            sys.exit(Exit.INTERRUPTED)
        note("leaving the module idle … (Ctrl-C again ends at once)", "yellow")

    before = signal.signal(signal.SIGINT, later)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def happenings(
    modem: tencent_at.Modem, timeout: float | None = None
) -> Iterator[tencent_at.Message | tencent_at.Event]:
    """Messages and events as they come; ends when `timeout` seconds have passed altogether."""
    assert isinstance(modem, Modem)
    away = ""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        item = modem.stream.get(WAIT)
        if item is None:
            if away:
                still(lambda: "still trying to open it again", "the port")
            if end is not None and time.monotonic() >= end:
                return
            continue
        if isinstance(item, tencent_at.Message):
            modem.receive(0)  # it is kept there, too, where nobody else would fetch it
        elif item.name in ("port_lost", "port_back"):
            away = str(item.values[0]) if item.name == "port_lost" else ""
            note(f"{away}; opening it again …" if away else "the port is open again", "yellow")
        yield item
