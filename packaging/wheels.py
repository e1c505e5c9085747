"""Both wheels, built twice: python packaging/wheels.py [DIR], dist unless it is named. `make dist`

The second build differs in all that must not matter: folder, times of the files, time zone, language, the seed of
Python's hashes. Rights are always those of umask 022, for a zip holds them. Where a byte differs nothing is written
but what it is. Beside the wheels lies SHA256SUMS, as sha256sum -c reads it. SOURCE_DATE_EPOCH dates the files in a
wheel; without it the last commit does, and where there is no git, the first day that a zip can hold.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECTS = (".", "packaging/cli")
# What a wheel is made of; a stranger's build/ is not, for a file removed since would still lie there.
SOURCES = (
    "pyproject.toml",
    "setup.py",
    "README.md",
    "LICENSE",
    "generated",
    "emulator",
    "cli",
    "packaging",
)
NOT_THESE = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
FIRST_DAY = "315532800"  # 1980-01-01
PATIENCE = 300.0
CIRCUMSTANCES: tuple[
    tuple[float, dict[str, str]], ...
] = (  # when the files were written; the environment
    (1e9, {"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C"}),
    (1.5e9, {"TZ": "Asia/Shanghai", "PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8"}),
)


def epoch() -> str:
    """The seconds that date the files in a wheel."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    if said:
        return said
    words = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
    except FileNotFoundError:
        return FIRST_DAY
    return done.stdout.strip() or FIRST_DAY


def copied(tree: Path, written: float) -> None:
    """What the wheels are made of, below `tree`, with rights and times that this machine has no part in."""
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, tree / name, ignore=NOT_THESE, copy_function=shutil.copyfile
            )
        else:
            tree.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tree / name)
    for file in tree.rglob("*"):
        os.utime(file, (written, written))


def build(folder: Path, written: float, environment: dict[str, str]) -> list[Path]:
    """The wheels, built from a copy of the sources below `folder`."""
    tree, out = folder / "tree", folder / "out"
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    words += ["--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(out)]
    env = {**os.environ, **environment, "SOURCE_DATE_EPOCH": epoch()}
    before = os.umask(0o022)
    try:
        copied(tree, written)
        here = [str(tree / project) for project in PROJECTS]
        subprocess.run([*words, *here], check=True, env=env, timeout=PATIENCE)
    finally:
        os.umask(before)
    return sorted(out.glob("*.whl"))


def differences(one: Path, other: Path) -> list[str]:
    """Which member differs, and in what; nothing where both have the same bytes."""
    if one.read_bytes() == other.read_bytes():
        return []
    with zipfile.ZipFile(one) as left, zipfile.ZipFile(other) as right:
        names = [left.namelist(), right.namelist()]
        said = [] if names[0] == names[1] else [f"{one.name}: other files, or another order"]
        for name in sorted({*names[0]} & {*names[1]}):
            a, b = left.getinfo(name), right.getinfo(name)
            for what in ("date_time", "external_attr", "CRC", "compress_size"):
                if getattr(a, what) != getattr(b, what):
                    said.append(
                        f"{one.name}: {name}: {what} {getattr(a, what)}, {getattr(b, what)}"
                    )
    return said or [f"{one.name}: the archive itself"]


def main(out: Path) -> int:
    with tempfile.TemporaryDirectory() as place:
        built = [
            build(Path(place, str(number), "a" * number), *circumstances)
            for number, circumstances in enumerate(CIRCUMSTANCES, 1)
        ]
        said = [line for pair in zip(*built, strict=True) for line in differences(*pair)]
        if said:
            print("\n".join(said), file=sys.stderr)
            return 1
        out.mkdir(parents=True, exist_ok=True)
        sums = []
        for wheel in built[0]:
            shutil.copyfile(wheel, out / wheel.name)
            sums.append(f"{hashlib.sha256(wheel.read_bytes()).hexdigest()}  {wheel.name}\n")
    (out / "SHA256SUMS").write_text("".join(sums), encoding="ascii")
    print(f"{out}: {len(sums)} wheels, built twice, the same bytes\n{''.join(sums)}", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if sys.argv[1:] else "dist")))
