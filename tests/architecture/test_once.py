"""Long files, and lines said twice, on planted trees."""

import pathlib

import pytest

from tests.architecture.doubles import SHARED, shared_lines
from tests.architecture.lengths import MOST, long_files
from tests.architecture.tree import plant


@pytest.mark.parametrize("name", ["a.py", "cli/a.js", "cli/a.css", "boards/a.mjs", "runtime/a.pyi"])
def test_a_long_file_is_named(tmp_path: pathlib.Path, name: str) -> None:
    plant(tmp_path, {name: "a\n" * MOST})
    assert long_files(tmp_path) == []
    plant(tmp_path, {name: "a\n" * MOST + "a"})
    (complaint,) = long_files(tmp_path)
    assert complaint.startswith(f"{name}: 401 lines, but at most 400 ")


@pytest.mark.parametrize("name", ["generated/a.py", "a.md", "spec/a.yaml"])
def test_what_nobody_edits_as_a_program_may_be_long(tmp_path: pathlib.Path, name: str) -> None:
    assert long_files(plant(tmp_path, {name: "a\n" * 1000})) == []


LINES = [f"value_{number} = compute({number})" for number in range(SHARED)]


def spaced(lines: list[str]) -> str:
    """The same, indented, with what says nothing between."""
    return "import os\nfirst = 1\n" + "".join(f"    {line}\n\n    # so\n    )\n" for line in lines)


@pytest.mark.parametrize("second", ["cli/b.py", "cli/b.js", "emulator/cloud/b.py", "setup.py"])
def test_lines_in_two_rooms_are_named(tmp_path: pathlib.Path, second: str) -> None:
    plant(tmp_path, {"bench/a.py": "\n".join(LINES), second: spaced(LINES)})
    (complaint,) = shared_lines(tmp_path)
    assert "from line " in complaint and " on the same 12 lines as " in complaint
    assert f"{second}:3" in complaint or f"{second}: from line 3 " in complaint
    assert "bench/a.py" in complaint


def test_a_room_and_the_room_within_are_two(tmp_path: pathlib.Path) -> None:
    text = "\n".join(LINES)
    assert len(shared_lines(plant(tmp_path, {"cli/a.py": text, "cli/desk/b.py": text}))) == 1


def test_what_is_said_once_is_left_alone(tmp_path: pathlib.Path) -> None:
    another = [*LINES[:5], "here = another", *LINES[5:]]
    files = {
        "bench/a.py": "\n".join(LINES),
        "bench/b.py": "\n".join(LINES),  # its own room's affair
        "cli/a.py": "\n".join(another),
        "cli/b.py": "\n".join(LINES[1:]),
        "generated/cpython/tencent_at/a.py": "\n".join(LINES),
        "boards/a.py": "import a\n" * 20 + "pass\n" * 20 + ")\n" * 20 + "# so\n" * 20,
        "examples/a.py": "import a\n" * 20 + "pass\n" * 20 + ")\n" * 20 + "# so\n" * 20,
    }
    assert shared_lines(plant(tmp_path, files)) == []
