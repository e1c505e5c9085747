"""What the board driver costs, in bytes: source, .mpy, heap kept and peak, beside the aims. `make size`.

Heap is what a 32-bit MicroPython keeps after the import from .mpy (compiled with -O3), after a collection. Peak is
what the import allocates when nothing is collected meanwhile. Exits with 1 where a limit is passed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.upy import runtimes  # noqa: E402

OPTIONS = ("-O3",)
PORT = "import machine\nuart = machine.UART(0, 115200)"
ROWS = (
    # what, groups, modules, code behind the import, aim, limit
    ("MQTT core, blocking", "mqtt", "tcat", 5360, 6800),
    ("all 22 commands and ESP", "", "tcat", 9000, 10400),
    ("  asyncio shell, more", "", "tcat.aio", 1500, 1500),
    ("  session, more", "", "tcat.session", None, None),
    ("  OTA, more", "", "tcat.ota", None, None),
    ("  provisioning, more", "", "tcat.provisioning", None, None),
)
CORE = ("__init__", "port", "tables", "codec", "link", "dialogue", "modem")
SMALLEST = 2048 + 60 + 128  # a 2 KB message, its head, the longest topic


def package(groups: str, place: Path) -> Path:
    """The package for these groups, compiled; returns the directory that holds it."""
    words = [sys.executable, "-m", "codegen", "--out", str(place / "source")]
    subprocess.run(
        [*words, *(["--groups", groups] if groups else [])], cwd=ROOT, check=True, timeout=60
    )
    source = place / "source" / "micropython" / "tcat"
    runtimes.compile_mpy(source, place / "mpy" / "tcat", options=OPTIONS)
    return place


def files(place: Path, names: tuple[str, ...]) -> tuple[int, int]:
    """Bytes of these modules as source and as .mpy."""
    sources = [place / "source" / "micropython" / "tcat" / f"{name}.py" for name in names]
    compiled = [place / "mpy" / "tcat" / f"{name}.mpy" for name in names]
    return sum(f.stat().st_size for f in sources), sum(f.stat().st_size for f in compiled)


def peak(module: str, path: Path, before: str = "") -> int:
    """Bytes allocated while importing, collected or not."""
    script = (
        f"import gc\n{before}\ngc.collect()\na = gc.mem_alloc()\ngc.disable()\nimport {module}\n"
        "print('peak', gc.mem_alloc() - a)\n"
    )
    with runtimes.MicroPython("wasm") as runtime:
        done = runtime.run(script, path=[path])
    found = re.search(r"^peak (\d+)$", done.stdout, re.M)
    if not found:
        raise RuntimeError(done.stdout + done.stderr)
    return int(found[1])


def main() -> int:
    worst = 0
    print(f"{'':34}{'.py':>8}{'.mpy':>8}{'heap':>8}{'peak':>8}{'aim':>8}{'limit':>8}")
    with tempfile.TemporaryDirectory() as folder:
        places = {
            groups: package(groups, Path(folder) / (groups or "all")) for groups in ("mqtt", "")
        }
        for what, groups, module, aim, limit in ROWS:
            place = places[groups]
            name = module.partition(".")[2]
            path = place / "mpy"
            before = (
                "import tcat, asyncio\nasyncio.Event, asyncio.Lock, asyncio.wait_for_ms"
                if name
                else ""
            )
            heap = runtimes.heap_after_import(module, [path], before=before)
            names = (name,) if name else CORE
            figures = (*files(place, names), heap, peak(module, path, before))
            worst |= line(what, figures, aim, limit)
        for what, size, limit in (
            ("2 KB buffer", 2048, 2600),
            ("2 KB message and head", SMALLEST, None),
        ):
            code = f"modem = tcat.Modem(uart, {size})"
            before = f"import tcat\n{PORT}"
            modem = runtimes.heap_after(code, [places[""] / "mpy"], before=before)
            worst |= line(f"an instance, {what}", ("", "", modem, ""), limit, limit)
        for file in sorted((places[""] / "mpy" / "tcat").glob("*.mpy")):
            print(f"    {file.stem:24}{'':8}{file.stat().st_size:8}")
    return worst


def line(what: str, figures: tuple[int | str, ...], aim: int | None, limit: int | None) -> int:
    """Print one row; 1 if the heap passes the limit."""
    heap = figures[2]
    over = limit is not None and isinstance(heap, int) and heap > limit
    row = "".join(f"{figure:>8}" for figure in figures)
    print(f"{what:34}{row}{aim or '':>8}{limit or '':>8}{'  over' if over else ''}", flush=True)
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
