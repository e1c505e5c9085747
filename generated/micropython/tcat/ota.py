# Copied from runtime/micropython/ota.py: edit that.
"""Firmware update over the module: enable, wait for the download, read the image, check it (manual 4).

How it is used:

    version = modem.run(update(modem, "1.0.0", open("new.bin", "wb")))
"""

from micropython import const

from . import Error, form
from .outcome import Outcome, row

_REFUSED = const(1)  # kinds of an Error
_FAILED = const(2)

_TRIES = 5  # readings in a row that bring no byte


def update(modem, running, target, timeout=0, chunk=1024, progress=None, hex=False):
    """Generator: report the version that is running, wait for an upgrade, store its image in `target`.

    Returns the version of the stored image, or None if `timeout` ms passed without an upgrade (0: look once). See
    fetch for the rest. OTA is off again when this returns; while it is on, most commands are refused. Raises
    Error(2, "ota", number) where the module could not download the image.
    """
    outcome = Outcome(modem, "ota_status")
    try:
        yield from modem.call("set_ota", (1, running))
        while True:
            _, values = yield from outcome.wait(timeout or 1000)
            if not values:
                info = None
                break
            if values[0] == "UPDATEFAIL":
                number = values[-1]
                raise Error(_FAILED, "ota", number if isinstance(number, int) else None, "dc")
            timeout = 600000  # the download has begun: ten minutes
            if values[0] == "UPDATESUCCESS":
                info = yield from fetch(modem, target, chunk, 0, progress, hex)
                break
        try:
            yield from modem.call("set_ota", (0, running))
        except Error as error:
            if error.args[0] != _REFUSED:  # the connection is gone, and OTA with it
                raise
        return info and info[0]
    finally:
        outcome.close()


def fetch(modem, target, chunk=1024, stored=0, progress=None, hex=False):
    """Generator: read the image that the module holds into `target`, and check its MD5 where the port has it.

    target: something with write(bytes), or a writable buffer, which then needs room for the size rounded up to a
    multiple of 4. chunk: bytes asked for at a time, a multiple of 4, at most 4096; memory for one is taken once.
    stored: so many bytes are there already; they are read and checked, and not written again.
    progress(stored, size) is called after each chunk; what it raises ends the reading.
    hex: the module sends images as hex text, one line for each chunk (manual 4.3, erratum E56); the modem needs room
    for such a line: Modem(uart, size) with at least 2 * chunk + 60.

    Returns (version, size, md5, ...). After an error the image is read again from its beginning, up to what is
    stored, in vain at most five times in a row; then, or where the image has changed, the Error is raised:
    (2, "md5", None, "") for a wrong checksum.
    """
    try:
        from hashlib import md5

        digest = md5()
    except ImportError:
        digest = None
    reading = form("read_firmware")
    if hex:
        reading = reading.replace(" kdf ", " kr ")
    room = memoryview(bytearray(chunk) if hasattr(target, "write") else target)
    info = None
    hashed = tries = 0
    while True:
        try:
            found = yield from row(modem, "firmware_info", str, int, str)  # the offset is 0 again
            if info and found[1:3] != info[1:3]:
                raise Error(_FAILED, "firmware_info", None, "")
            info = found
            size = info[1]
            at = 0
            while at < size:
                n = min(chunk, (size - at + 3) & ~3)
                sink = room[:n] if hasattr(target, "write") else room[at : at + n]
                n = yield from modem.call(reading, (n,), (), sink)
                if hex:
                    n = _laid(n, sink)
                if (n & 3 or not n) and at + n < size:  # the next would be refused (manual 4.3)
                    raise Error(_FAILED, "read_firmware", None, "")
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
        except Error as error:
            tries += 1
            if tries > _TRIES or error.args[0] == _FAILED and error.args[1] != "read_firmware":
                raise
    if digest:
        from binascii import hexlify

        if hexlify(digest.digest()).decode() != info[2].lower():
            raise Error(_FAILED, "md5", None, "")
    return info


def _laid(values, sink):
    # Lay the bytes of a row `size,hex digits` into sink; returns their number.
    try:
        size, digits = values[:2]
        if size <= len(sink):
            if isinstance(digits, int):  # no letter among them: the row took them for a number
                digits = "%0*d" % (2 * size, digits)
            from binascii import unhexlify

            data = unhexlify(digits)
            if len(data) == size:
                sink[:size] = data
                return size
    except (TypeError, ValueError):
        pass
    raise Error(_FAILED, "read_firmware", None, "")
