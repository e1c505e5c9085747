"""The two distributions agree with one another and with what they install."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = sorted((ROOT / "packaging/requirements").glob("*.txt"))

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    tomllib = pytest.importorskip("tomli")


def project(path: str) -> dict[str, object]:
    table: dict[str, object] = tomllib.loads((ROOT / path).read_text(encoding="utf-8"))["project"]
    return table


def test_both_have_one_version() -> None:
    driver, command = project("pyproject.toml"), project("packaging/cli/pyproject.toml")
    assert driver["version"] == command["version"]
    assert command["dependencies"] == [f"tencent-at[cli]=={driver['version']}"]
    assert driver["requires-python"] == command["requires-python"]


def test_the_driver_needs_one_package() -> None:
    assert [str(need).split(">")[0] for need in project("pyproject.toml")["dependencies"]] == ["serialx"]  # type: ignore[attr-defined]


def test_the_command_is_installed() -> None:
    (script,) = entry_points(group="console_scripts", name="tencent-at")
    assert callable(script.load())


def test_the_licence_lies_beside_the_second_project() -> None:
    """A wheel takes its licence from the project's own folder, so there are two copies of one text."""
    assert (ROOT / "packaging/cli/LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def pins(file: Path) -> dict[str, list[str]]:
    """The versions that a file of requirements allows of each package; where it says more, it fails here."""
    found: dict[str, list[str]] = {}
    lines = re.sub(r"\\\n\s*", "", file.read_text(encoding="ascii")).splitlines()
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        words = re.fullmatch(
            r"([a-z0-9.-]+)==([^ ;]+)( ; [^-]+?)?((?: *--hash=sha256:[0-9a-f]{64})+)", line
        )
        assert words, f"{file.name}: neither a pinned package nor its hashes: {line[:90]}"
        found.setdefault(words[1], []).append(words[2])
    return found


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.stem)
def test_what_is_installed_is_pinned_by_hash(file: Path) -> None:
    """All that an extra asks for, in versions that it takes, the same in every file; no address, no option."""
    extras: dict[str, list[str]] = project("pyproject.toml")["optional-dependencies"]  # type: ignore[assignment]
    there, everywhere = pins(file), pins(ROOT / "packaging/requirements/dev.txt")
    asked = [Requirement(text) for text in extras[file.stem]]
    for need in asked:
        name = re.sub(r"[-_.]+", "-", need.name.lower())
        if name == "tencent-at":  # the extra of another extra
            continue
        assert name in there, f"{file.name} does not pin {name}: make pins"
        assert all(need.specifier.contains(version) for version in there[name]), (need, there[name])
    for name, versions in there.items():
        assert (
            everywhere.get(name, versions) == versions
        ), f"{name} is another in dev.txt: make pins"


def test_every_extra_is_pinned() -> None:
    extras = project("pyproject.toml")["optional-dependencies"]
    assert {file.stem for file in REQUIREMENTS} == set(extras) - {"emulator"}  # type: ignore[call-overload]


def test_wheels_are_the_same_bytes_wherever_they_are_built(tmp_path: Path) -> None:
    """Built twice by packaging/wheels.py, and here under another umask: one sum, and the licence in each."""
    sums = []
    for number, umask in enumerate((0o022, 0o077)):
        words = [sys.executable, str(ROOT / "packaging/wheels.py"), str(tmp_path / str(number))]
        done = subprocess.run(words, umask=umask, capture_output=True, text=True, timeout=110)
        assert done.returncode == 0, done.stdout + done.stderr
        sums.append((tmp_path / str(number) / "SHA256SUMS").read_text(encoding="ascii"))
    assert sums[0] == sums[1]
    wheels = sorted((tmp_path / "0").glob("*.whl"))
    assert len(wheels) == 2
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            (licence,) = [name for name in archive.namelist() if name.endswith("licenses/LICENSE")]
            assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_a_difference_between_two_wheels_is_named(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("wheels", ROOT / "packaging/wheels.py")
    assert spec and spec.loader
    wheels = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(wheels)
    for name, text, day in (("a", "one", 1), ("b", "two", 2)):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(zipfile.ZipInfo("x.py", (2020, 1, day, 0, 0, 0)), text)
    said = wheels.differences(tmp_path / "a", tmp_path / "b")
    assert [line.split(": ")[2].split()[0] for line in said] == ["date_time", "CRC"]
    assert wheels.differences(tmp_path / "a", tmp_path / "a") == []
