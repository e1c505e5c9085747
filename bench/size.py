"""What the board driver costs, in bytes: source, .mpy, heap kept and peak, beside the aims. `make size`.

Heap is what a 32-bit MicroPython keeps after the import from .mpy (compiled with -O3), after a collection. Peak is
what the import allocates when nothing is collected meanwhile. Exits with 1 where a limit is passed.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.sidebyside import BEFORE, Row, note  # noqa: E402
from boards import mpy, runtimes  # noqa: E402

PORT = "import machine\nuart = machine.UART(0, 115200)"
CORE = "import tcat"
ROWS = "import tcat, tcat.row"
TASKS = f"{ROWS}\nimport asyncio\nasyncio.Event, asyncio.Lock, asyncio.wait_for_ms"
# what, package, files, imported before, imported, aim, limit
TABLE = (
    ("MQTT core, blocking", "tcat-mqtt", ("__init__",), "", CORE, 8500, 10200),
    ("all 22 commands and ESP", mpy.ALL, ("__init__", "row"), "", ROWS, 11500, 13400),
    ("  of it without row.py", mpy.ALL, ("__init__",), "", CORE, None, None),
    ("  asyncio shell, more", mpy.ALL, ("aio",), TASKS, "import tcat.aio", 1600, 2000),
    ("  rows, more", mpy.ALL, ("row",), CORE, ROWS, None, None),
    ("  refusal, more", mpy.ALL, ("refusal",), ROWS, "import tcat.refusal", None, None),
    ("  keeper, more", mpy.ALL, ("outcome", "keeper"), ROWS, "import tcat.keeper", None, None),
    ("  OTA, more", mpy.ALL, ("outcome", "ota"), ROWS, "import tcat.ota", None, None),
    (
        "  provisioning, more",
        mpy.ALL,
        ("outcome", "provisioning"),
        ROWS,
        "import tcat.provisioning",
        None,
        None,
    ),
)
INSTANCES = (
    ("an instance, 2 KB buffer", 2048, 2900, 3300),
    ("an instance, 2 KB message, head", 2048 + 60 + 128, None, None),  # with the longest topic
)
NOTE = """\
MicroPython keeps names in pools. The one that the core begins has room for about 58 names: the first further module
that passes this pays about 600 bytes for the next pool, whichever module it is."""


def package(name: str, place: Path) -> Path:
    """A package, compiled below `place`/mpy, its sources below `place`/source."""
    shutil.copytree(mpy.sources(name, place / "made"), place / "source" / "tcat")
    mpy.compiled(name, place / "mpy" / "tcat")
    return place


def files(place: Path, names: tuple[str, ...]) -> tuple[int, int]:
    """Bytes of these modules as source and as .mpy."""
    sources = [place / "source" / "tcat" / f"{name}.py" for name in names]
    compiled = [place / "mpy" / "tcat" / f"{name}.mpy" for name in names]
    return sum(f.stat().st_size for f in sources), sum(f.stat().st_size for f in compiled)


def peak(code: str, path: Path, before: str) -> int:
    """Bytes allocated while importing, collected or not."""
    script = (
        f"import gc\n{before}\ngc.collect()\na = gc.mem_alloc()\ngc.disable()\n{code}\n"
        "print('peak', gc.mem_alloc() - a)\n"
    )
    done = runtimes.from_lib(script, [path])
    found = re.search(r"^peak (\d+)$", done.stdout, re.M)
    if not found:
        raise RuntimeError(done.stdout + done.stderr)
    return int(found[1])


def from_rom(place: Path, code: str) -> int:
    """Bytes kept where the code stays in a ROMFS image."""
    mpy.romfs(place / "mpy" / "tcat", place / "rom" / "tcat.romfs")
    mount = (
        "import sys, vfs\nvfs.mount(vfs.VfsRom(open('/lib/tcat.romfs', 'rb').read()), '/rom')\n"
        "sys.path[:] = ['/rom/lib', '.frozen']"
    )
    return runtimes.heap_after(code, [place / "rom"], before=mount)


def was() -> Iterator[tuple[str, int]]:
    """What the text before keeps, where it can be told from all that is kept of it (bench/before)."""
    with tempfile.TemporaryDirectory() as folder:
        runtimes.compile_mpy(BEFORE / "tcat_before", Path(folder) / "tcat_before", options=["-O3"])
        code = "import tcat_before, tcat_before.row"
        yield TABLE[1][0], runtimes.heap_after(code, [Path(folder)])
        made = f"modem = tcat_before.Modem(uart, {INSTANCES[0][1]})"
        yield INSTANCES[0][0], runtimes.heap_after(
            made, [Path(folder)], before=f"import tcat_before\n{PORT}"
        )


def main() -> int:
    passed = []
    earlier = dict(was())

    def line(what: str, figures: tuple[object, ...], aim: int | None, limit: int | None) -> None:
        heap = figures[2]
        over = limit is not None and isinstance(heap, int) and heap > limit
        row = "".join(f"{figure:>8}" for figure in figures)
        print(f"{what:34}{row}{aim or '':>8}{limit or '':>8}{'  over' if over else ''}", flush=True)
        if limit and isinstance(heap, int):
            title = "Heap that a board keeps, bytes"
            note(title, [Row(what.strip(), earlier.get(what), heap, heap, limit, aim, most=True)])
        if over:
            passed.append(f"{what.strip()}: {heap} bytes, the limit is {limit}")

    print(f"{'':34}{'.py':>8}{'.mpy':>8}{'heap':>8}{'peak':>8}{'aim':>8}{'limit':>8}")
    with tempfile.TemporaryDirectory() as folder:
        places = {name: package(name, Path(folder) / name[5:]) for name in ("tcat-mqtt", mpy.ALL)}
        for what, name, names, before, code, aim, limit in TABLE:
            path = places[name] / "mpy"
            heap = runtimes.heap_after(code, [path], before=before)
            figures = (*files(places[name], names), heap, peak(code, path, before))
            line(what, figures, aim, limit)
        for what, code in (("  core from ROMFS", CORE), ("  core and rows from ROMFS", ROWS)):
            bounds = (2900, 3400) if code == ROWS else (None, None)
            line(what, ("", "", from_rom(places[mpy.ALL], code), ""), *bounds)
        for what, size, aim, limit in INSTANCES:
            made = f"modem = tcat.Modem(uart, {size})"
            heap = runtimes.heap_after(made, [places[mpy.ALL] / "mpy"], before=f"{CORE}\n{PORT}")
            line(what, ("", "", heap, ""), aim, limit)
        for file in sorted((places[mpy.ALL] / "mpy" / "tcat").glob("*.mpy")):
            print(f"    {file.stem:24}{'':6}{file.stat().st_size:8}")
    print(NOTE)
    for text in passed:
        print(f"over its limit: {text}", file=sys.stderr)
    return int(bool(passed))


if __name__ == "__main__":
    sys.exit(main())
