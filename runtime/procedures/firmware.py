"""A firmware image out of the module: report, wait, read, check, begin anew (manual 4). No clock, no port, no file."""

from .dialect import TYPE_CHECKING, const
from .outcome import Outcome, row

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .outcome import Steps

_REFUSED = const(1)  # kinds of an error
_FAILED = const(2)
_RESET = const(4)
_LATE = const(5)  # and what is worse: damaged, swallowed

_LEAST = const(64)  # bytes of a chunk, where larger ones do not arrive
_TRIES = const(5)  # readings in a row that bring no byte, after the first
_DOWNLOAD = const(600000)  # ms at the most until the module has its image
_NOTHING = const(205)  # no image is stored (manual 7.2)
_NOT_NOW = const(208)  # not in this state


def upgrade(modem: "Any", running: str | bytes, timeout: int, image: "Steps") -> "Steps":
    """Generator: report the version that is running, wait for an upgrade, carry out `image`, which fetches it.

    Returns what `image` returns, or None if `timeout` ms passed without an upgrade (0: look once). OTA is off again
    when this ends, by an error too.
    """
    outcome = Outcome(modem, "ota_status", "ready")
    info = None
    failure: Exception | None = None
    try:
        yield from modem.call("set_ota", (1, running))
        try:
            if (yield from _ready(modem, outcome, timeout or 1000)):
                info = yield from image
        except Exception as error:
            failure = error
        try:
            yield from modem.call("set_ota", (0, running))
        except modem.error as error:
            if not failure and error.args[0] != _REFUSED:  # the connection is gone, and OTA with it
                raise
    finally:
        outcome.close()
    if failure:
        raise failure
    return info


def _ready(modem: "Any", outcome: Outcome, timeout: int) -> "Steps":
    # Generator: has the module an image before the time is up?
    while True:
        name, values = yield from outcome.wait(timeout)
        if name == "ready":  # a restart: it waits for no upgrade any more
            raise modem.error(_RESET, "set_ota", None, "")
        if not values or values[0] == "UPDATESUCCESS":
            return values
        if values[0] == "UPDATEFAIL":
            number = values[-1]
            raise modem.error(_FAILED, "ota", number if isinstance(number, int) else None, "dc")
        timeout = _DOWNLOAD


def read(modem: "Any", n: int, sink: "Any") -> "Steps":
    """Generator: lay the next `n` bytes of the image into `sink`; returns their number."""
    return modem.call("read_firmware", (n,), (), sink)


def take(
    modem: "Any",
    target: "Any",
    chunk: int,
    stored: int,
    progress: "Callable[[int, int], object] | None",
    digest: "Any",
    read: "Callable[[Any, int, Any], Steps]",
) -> "Steps":
    """Generator: read the image that the module holds into `target`, whose write() has returned before the next
    question goes out; or into a writable buffer.

    After an error the image is read again from its beginning, up to what is stored: in vain at most five times in a
    row, and in smaller chunks where bytes were lost. digest: hashes what is stored, or None. read: see there. Returns
    the row of firmware_info.
    """
    room = memoryview(bytearray(chunk) if hasattr(target, "write") else target)
    info = None
    hashed = tries = 0
    while True:
        try:
            found = yield from row(modem, "firmware_info", str, int, str)  # the offset is 0 again
            if info and found[1:3] != info[1:3]:
                raise modem.error(_FAILED, "firmware_info", None, "")
            info = found
            size = info[1]
            at = 0
            while at < size:
                n = min(chunk, (size - at + 3) & ~3)
                sink = room[:n] if hasattr(target, "write") else room[at : at + n]
                n = yield from read(modem, n, sink)
                if (n & 3 or not n) and at + n < size:  # the next would be refused (manual 4.3)
                    raise modem.error(_FAILED, "read_firmware", None, "")
                if digest and at + n > hashed:
                    digest.update(sink[max(hashed - at, 0) : n])
                    hashed = at + n
                at += n
                if at > stored:
                    if hasattr(target, "write"):
                        target.write(sink[max(stored - at + n, 0) : n])
                    stored = at
                    tries = 0
                    if progress:
                        progress(stored, size)
            break
        except modem.error as error:
            tries += 1
            kind, call, number = error.args[:3]
            if (
                tries > _TRIES
                or kind == _FAILED
                and call != "read_firmware"
                or kind == _REFUSED
                and number in (_NOTHING, _NOT_NOW)
            ):
                raise
            if (
                kind >= _LATE
            ):  # bytes were lost on their way: a UART's buffer may have room for less
                chunk = max(chunk >> 2 & ~3, _LEAST)
    if digest:
        from binascii import hexlify

        if hexlify(digest.digest()).decode() != info[2].lower():
            raise modem.error(_FAILED, "md5", None, "")
    return info
