"""Firmware update over the module: enable, wait for the download, read the image, check it (manual 4).

How it is used:

    version = modem.run(update(modem, "1.0.0", open("new.bin", "wb")))
"""

from gc import mem_free

from micropython import const

from . import Error, encode, form
from .firmware import take, upgrade

_FAILED = const(2)  # kinds of an error
_ROOMY = const(24576)  # bytes of heap left where a chunk may be large


def update(modem, running, target, timeout=0, chunk=0, progress=None, hex=False):
    """Generator: report the version that is running, wait for an upgrade, store its image in `target`.

    Returns the version of the stored image, or None if `timeout` ms passed without an upgrade (0: look once). See
    fetch for the rest. OTA is off again when this ends; while it is on, most commands are refused. Raises
    Error(2, "ota", number) where the module could not download the image, Error(4, "set_ota") where it restarted.
    """
    info = yield from upgrade(
        modem, running, timeout, fetch(modem, target, chunk, 0, progress, hex)
    )
    return info and info[0]


def fetch(modem, target, chunk=0, stored=0, progress=None, hex=False):
    """Generator: read the image that the module holds into `target`, and check its MD5 where the port has it.

    target: something with write(bytes), which has returned before the next question goes out (flash that writes
    loses what comes meanwhile); or a writable buffer, with room for the size rounded up to a multiple of 4. chunk:
    bytes asked for at a time, a multiple of 4, at most 4096; memory for one is taken once; 0: 4096 where the heap has
    room for that, else 1024. Less is asked for once bytes were lost (a small rxbuf and a program that pauses).
    stored: so many bytes are there already; they are read and checked, and not written again.
    progress(stored, size) is called after each chunk; what it raises ends the reading.
    hex: the module sends images as hex text, one line for each chunk (manual 4.3, erratum E56); the modem needs room
    for such a line: Modem(uart, size) with at least 2 * chunk + 60.

    Returns (version, size, md5, ...). After an error the image is read again from its beginning, up to what is
    stored, in vain at most five times in a row; then, or where there is no image or it has changed, the Error is
    raised: (2, "md5", None, "") for a wrong checksum.
    """
    try:
        from hashlib import md5

        digest = md5()
    except ImportError:
        digest = None
    if not chunk:
        chunk = 1024 if hex or mem_free() < _ROOMY else 4096
    return take(modem, target, chunk, stored, progress, digest, _unhexed if hex else _reader())


def _reader():
    # As read(), but a question that is asked again is not spelled anew.
    spelled = [0, None]

    def read(modem, n, sink):
        if n != spelled[0]:
            spelled[:] = n, encode(form("read_firmware"), (n,), ())
        return modem.call(spelled[1], (), (), sink)

    return read


def _unhexed(modem, n, sink):
    # As read(), where the module answers in hex.
    reading = form("read_firmware").replace(" kdf ", " kr ")
    return _laid((yield from modem.call(reading, (n,))), sink)


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
