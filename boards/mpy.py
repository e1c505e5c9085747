"""The board driver compiled, as mip and ROMFS take it: python boards/mpy.py [DIR]. `make mpy`

DIR/tcat/*.mpy, DIR/cores/*.mpy     the whole package; cores with the tables of MQTT and one feature group
DIR/package.json, package-GROUP.json    mpremote mip install DIR/package.json
DIR/tcat.romfs                      mpremote romfs deploy DIR/tcat.romfs
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from boards import runtimes  # noqa: E402

OPTIONS = ("-O3",)
OLDEST = (
    "1.22"  # what the driver needs; bytecode without native code loads wherever the ABI is the same
)


def build(out: Path) -> int:
    """Write all of it below `out`; returns the number of the ABI."""
    for name in ("tcat", "cores"):
        shutil.rmtree(out / name, ignore_errors=True)
        runtimes.compile_mpy(runtimes.TCAT / name, out / name, options=OPTIONS)
    abi = (out / "tcat" / "__init__.mpy").read_bytes()[1]  # "M", ABI, …
    for file in runtimes.TCAT.glob("package*.json"):
        package = json.loads(file.read_text(encoding="utf-8"))
        for pair in package["urls"]:
            pair[:] = [name.removesuffix(".py") + ".mpy" for name in pair]
        package["mpy"] = abi
        (out / file.name).write_text(json.dumps(package, indent=2) + "\n", encoding="utf-8")
    romfs(out / "tcat", out / "tcat.romfs")
    return abi


def romfs(package: Path, image: Path) -> None:
    """A ROMFS image with the package in /rom/lib, where MicroPython looks."""
    image.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as root:
        shutil.copytree(package, Path(root) / "lib" / "tcat")
        words = [sys.executable, "-m", "mpremote", "romfs", "-o", str(image), "build", root]
        subprocess.run(words, check=True, timeout=60, stdout=subprocess.DEVNULL)


def main() -> int:
    out = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build" / "mpy"
    abi = build(out)
    print(f"{out}: .mpy, ABI {abi}, no native code: MicroPython {OLDEST} and later")
    print(f"{out / 'tcat.romfs'}: {(out / 'tcat.romfs').stat().st_size:,} bytes of ROMFS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
