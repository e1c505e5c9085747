"""The firmware in C of examples/own_firmware, as its page has it: compiled, run, and tested by pytest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/own_firmware"


def played(folder: Path, path: str | None = None, *more: str) -> subprocess.CompletedProcess[str]:
    """pytest on the example, in a process of its own."""
    environment = {**os.environ, "PATH": os.environ.get("PATH", "") if path is None else path}
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rs",
        "-p",
        "no:cacheprovider",
        str(folder),
        *more,
    ]
    return subprocess.run(words, capture_output=True, text=True, env=environment, timeout=110)


def test_it_is_compiled_and_passes() -> None:
    """Where there is no compiler the example says so itself, and the rest of the suite goes on."""
    there = any(map(shutil.which, ("cc", "gcc", "clang")))
    done = played(EXAMPLE)
    assert done.returncode == 0, done.stdout
    assert ("4 passed" if there else "no C compiler here") in done.stdout, done.stdout


def test_without_a_compiler_it_fails_nothing_and_says_so() -> None:
    done = played(EXAMPLE, path="")
    assert done.returncode == 0 and "4 skipped" in done.stdout
    assert "no C compiler here (cc, gcc or clang): the firmware in C was not tested" in done.stdout


@pytest.mark.parametrize(
    ("sound", "broken", "what"),
    [
        (
            "quoted >= 0 ? n == quoted :",
            "",
            "test_the_lamp",
        ),  # a payload's line end taken for a line's
        ('|| strstr(text, ":FAIL")', "", "test_a_refusal"),
    ],
)
def test_a_broken_firmware_is_noticed(tmp_path: Path, sound: str, broken: str, what: str) -> None:
    if not any(map(shutil.which, ("cc", "gcc", "clang"))):
        assert "no C compiler here" in played(EXAMPLE).stdout
        return
    for name in ("test_node.py", "node.c"):
        text = (EXAMPLE / name).read_text(encoding="utf-8")
        if name == "node.c":
            assert text.count(sound) == 1
            text = text.replace(sound, broken)
        (tmp_path / name).write_text(text.replace("15000", "3000"), encoding="utf-8")
    done = played(tmp_path, None, "-k", what)
    assert done.returncode == 1 and f"_ {what}" in done.stdout, done.stdout
