"""The one place that opens the module: the port, the tap on its wire, and an idle module at the end."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType

import serialx

import tencent_at

from ..tape import TapeWriter
from ..trace import Printer
from ..wire import FROM_HOST, FROM_MODULE, Line, Wire
from .exits import Exit, Stop
from .options import Session
from .output import note, standard_error

__all__ = ["Tap", "calm", "happenings", "open_port", "opened", "resolve"]

PATIENCE = 12.0  # seconds: longer than any command keeps the module busy (manual 3.1)
WAIT = 0.05  # seconds for one look at the port


class Tap:
    """A port that tells `wire` every byte that passes."""

    def __init__(self, port: serialx.BaseSerial, wire: Wire) -> None:
        self.port = port
        self.wire = wire
        self._lock = threading.Lock()

    def read(self, size: int, timeout: float = WAIT) -> bytes:
        """Up to `size` bytes, or b"" after `timeout` seconds without any."""
        buffer = bytearray(size)
        count = self.port.readinto(buffer, timeout=timeout)
        data = bytes(buffer[: count or 0])
        if data:
            with self._lock:
                self.wire.feed(FROM_MODULE, data, time.monotonic())
        return data

    read1 = read

    def write(self, data: bytes) -> None:
        """Write all of the bytes."""
        with self._lock:
            self.wire.feed(FROM_HOST, bytes(data), time.monotonic())
        sent = 0
        while sent < len(data):
            sent += self.port.write(data[sent:])

    def close(self) -> None:
        """Close the port; lines that never ended are told now."""
        self.port.close()
        with self._lock:
            self.wire.flush(echoes=True)


def resolve(session: Session) -> str:
    """The port to use: the one asked for, or the only one there is."""
    if session.port:
        return "emu://" if session.port in ("emu", "emu:", "emu:/") else session.port
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


def open_port(url: str, baud: int) -> serialx.BaseSerial:
    """The port, open; Stop with Exit.PORT where that fails."""
    if url.startswith("emu:"):
        _know_the_emulator()
    try:
        port = serialx.serial_for_url(url, baudrate=baud)
        if not port.is_open:
            port.open()
    except (OSError, ValueError, serialx.SerialException) as error:
        said = str(error) or type(error).__name__
        raise Stop(Exit.PORT, f"{serialx.redact_uri(url)}: {said}", port_advice(error)) from None
    return port


def _know_the_emulator() -> None:
    try:
        import_module("tencent_at_emulator")  # makes emu:// known to serialx
    except ImportError as error:
        text = f"the emulator does not run here: {error}"
        raise Stop(Exit.PORT, text, "It needs pip install 'tencent-at[emulator]'.") from None


def port_advice(error: Exception) -> str:
    """What to do about a port that does not open."""
    text = str(error).lower()
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


@contextmanager
def opened(
    session: Session,
    *,
    url: str | None = None,
    start: bool = True,
    sink: Callable[[Line], None] | None = None,
) -> Iterator[Modem]:
    """The modem on the session's port; afterwards, however it ended, the module is idle.

    sink: hears every line, besides -v and --capture. start=False: nothing is written at first.
    """
    url = url or resolve(session)
    with contextlib.ExitStack() as stack:
        wire = stack.enter_context(tapped(session, url, sink))
        stack.enter_context(terminable())
        modem = Modem(Tap(open_port(url, session.baud), wire))
        stack.callback(modem.close)
        try:
            if start:
                modem.start()
            yield modem
        except BaseException as error:
            with calm():
                _settle(modem, error)
            raise


@contextmanager
def tapped(
    session: Session, url: str, sink: Callable[[Line], None] | None = None
) -> Iterator[Wire]:
    """A wire whose lines go to the sink, to standard error with -v, and to the file of --capture."""
    sinks: list[Callable[[Line], None]] = [sink] if sink else []
    with contextlib.ExitStack() as stack:
        if session.verbose:
            sinks.append(Printer(standard_error(), session.language))
        if session.capture:
            tape = stack.enter_context(TapeWriter(session.capture, url, session.baud))
            sinks.append(tape.line)

        def tell(line: Line) -> None:
            for hear in sinks:
                hear(line)

        yield Wire(tell, session.masker)


class Modem(tencent_at.Modem):
    """A modem whose events are kept from the beginning."""

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap)
        self.stream = self.events()


def _settle(modem: Modem, error: BaseException) -> None:
    # Where a command was broken off, its answer may still come and a payload may be open: the next
    # command ends the payload and waits for silence. A module that is busy may need some of them.
    if isinstance(error, (KeyboardInterrupt, SystemExit)):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                modem.attention()
                return
            except tencent_at.PortError:
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
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        event = modem.stream.get(0)
        if event is not None:
            yield event
            continue
        message = modem.receive(WAIT)
        if message is not None:
            yield message
        elif end is not None and time.monotonic() >= end:
            return
