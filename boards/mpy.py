"""The board packages compiled, as mip and ROMFS take them: python boards/mpy.py [DIR [REVISION]]. `make mpy`

`tcat` has all; tcat-mqtt and what stands on it (spec/commands.yaml, packages) have the words of one purpose.

DIR/NAME/tcat/*.mpy     the package: copy the folder tcat to the board's /lib
DIR/NAME.json           mpremote mip install DIR/NAME.json
DIR/NAME.romfs          mpremote romfs deploy DIR/NAME.romfs
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
from codegen.emit import PACKAGES, VERSION, board_package, render  # noqa: E402
from codegen.load import load  # noqa: E402
from codegen.model import Spec  # noqa: E402
from codegen.strict import SpecError  # noqa: E402

ALL = "tcat"
OPTIONS = ("-O3",)
OLDEST = (
    "1.22"  # what the driver needs; bytecode without native code loads wherever the ABI is the same
)


def names(revision: str = "") -> list[str]:
    """The packages there are."""
    return [ALL, *load(revision=revision).packages]


def sources(name: str, place: Path, revision: str = "") -> Path:
    """The folder `tcat` of a package's sources; below `place`, where it has to be made."""
    if name == ALL and not revision:
        return runtimes.TCAT / "tcat"
    folder = place / "tcat"
    folder.mkdir(parents=True, exist_ok=True)
    spec = load(revision=revision)
    files = whole(spec) if name == ALL else board_package(spec, name)
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def whole(spec: Spec) -> dict[str, str]:
    """The sources of `tcat` itself, as this revision has it."""
    below = f"{PACKAGES['micropython']}/"
    return {
        path.removeprefix(below): text
        for path, text in render(spec).items()
        if path.startswith(below)
    }


def compiled(name: str, folder: Path, revision: str = "") -> None:
    """Compile a package into `folder`, which is to be called tcat."""
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as place:
        runtimes.compile_mpy(sources(name, Path(place), revision), folder, options=OPTIONS)


def build(out: Path, revision: str = "") -> int:
    """Write all of it below `out`; returns the number of the ABI."""
    abi = 0
    for name in names(revision):
        folder = out / name / "tcat"
        compiled(name, folder, revision)
        abi = (folder / "__init__.mpy").read_bytes()[1]  # "M", ABI, …
        urls = [
            [f"tcat/{file.name}", f"{name}/tcat/{file.name}"] for file in sorted(folder.iterdir())
        ]
        package = {"urls": urls, "deps": [], "version": VERSION, "mpy": abi}
        (out / f"{name}.json").write_text(json.dumps(package, indent=2) + "\n", encoding="utf-8")
        romfs(folder, out / f"{name}.romfs")
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
    revision = sys.argv[2] if sys.argv[2:] else ""
    try:
        abi = build(out, revision)
    except SpecError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{out}: .mpy, ABI {abi}, no native code: MicroPython {OLDEST} and later")
    for name in names(revision):
        print(f"{name + '.romfs':24}{(out / f'{name}.romfs').stat().st_size:8,} bytes of ROMFS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
