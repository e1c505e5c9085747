"""The wheels as somebody installs them: `wheels` holds their files, `only` a place with what they bring, no more."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import distribution

import pytest

from packaging.requirements import Requirement

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 100.0
Only = Callable[..., pathlib.Path]


@contextmanager
def alone(place: pathlib.Path) -> Iterator[None]:
    """Within it no other process of this run is at work at `place`."""
    lock = place.with_suffix(".lock")
    end = time.monotonic() + PATIENCE
    while True:
        try:
            lock.mkdir()
            break
        except FileExistsError:
            assert time.monotonic() < end, f"{lock}: somebody never left"
            time.sleep(0.1)
    try:
        yield
    finally:
        lock.rmdir()


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder into which both wheels were unpacked, which is all that installing one does."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "wheels"
    with alone(place):
        if not (place / "done").exists():
            spec = importlib.util.spec_from_file_location("wheels", ROOT / "packaging/wheels.py")
            assert spec and spec.loader
            build = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(build)
            for wheel in build.build(place / "built", *build.CIRCUMSTANCES[0]):
                with zipfile.ZipFile(wheel) as archive:
                    archive.extractall(place / "site")
            (place / "done").touch()
    return place / "site"


def needed(*names: str) -> set[str]:
    """The distributions of these names, and all that they need here."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        found.add(name)
        for text in distribution(name).requires or ():
            need = Requirement(text)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                waiting.append(need.name)
    return found


@pytest.fixture
def only(wheels: pathlib.Path, tmp_path: pathlib.Path) -> Only:
    """Make a site-packages with the wheels' files and these distributions; returns its path."""

    def make(*names: str) -> pathlib.Path:
        site = tmp_path / "site-packages"
        site.mkdir()
        for entry in wheels.iterdir():
            (site / entry.name).symlink_to(entry)
        for name in needed(*names):
            there = distribution(name)
            for top in {file.parts[0] for file in there.files or ()} - {"..", "__pycache__"}:
                (site / top).symlink_to(str(there.locate_file(top)))
        return site

    return make


def ran(site: pathlib.Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Python with this site-packages and no other."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env |= {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"} | more
    whole = [sys.executable, "-S", *words]
    return subprocess.run(
        whole, env=env, cwd=site.parent, capture_output=True, text=True, timeout=PATIENCE
    )
