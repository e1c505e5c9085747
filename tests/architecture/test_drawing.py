"""The drawing of the rooms, and tests that are borrowed, on planted trees."""

import pathlib

import pytest

from tests.architecture.drawing import DESIGN, borrowed_tests, drawn, false_drawing
from tests.architecture.tree import plant

TREE = {
    "spec/commands.yaml": "a: b\n",
    "runtime/engine/link.py": "from .tables import T\nfrom .dialect import const\n",
    "runtime/cpython/dialect.py": "const = int\n",
    "runtime/cpython/modem.py": "from .link import Link\ndef f():\n    from . import wire\n",
    "runtime/cpython/wire/__init__.py": "from ..link import Link\nfrom ..modem import Modem\n",
    "runtime/micropython/dialect.py": "from micropython import const\n",
    "generated/cpython/tencent_at/tables.py": "T = b''\n",
    "generated/cpython/tencent_at/link.py": "from .tables import T\n",
    "generated/micropython/tcat/__init__.py": "from .row import value\n",
    "runtime/engine/row.py": "",
    "cli/a.py": "import tencent_at.modem, tencent_at\nfrom tencent_at_emulator import cloud\n",
    "emulator/cloud/__init__.py": "import asyncio\n",
}
DRAWING = """\
# The design

```
bytes → lines
```

```rooms
spec
generated
runtime/engine → generated
runtime/cpython → runtime/engine, runtime/cpython/wire
runtime/cpython/wire → runtime/engine, runtime/cpython
runtime/micropython → runtime/engine
emulator/cloud
cli → runtime/cpython, emulator/cloud
```
"""


def test_a_true_drawing_is_left_alone(tmp_path: pathlib.Path) -> None:
    assert false_drawing(plant(tmp_path, TREE | {DESIGN: DRAWING})) == []


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("cli → runtime/cpython, ", "cli → ", ["cli → runtime/cpython, emulator/cloud"]),
        ("engine → generated", "engine → generated, cli", ["runtime/engine → generated"]),
        ("spec\n", "spec → cli\n", ["spec"]),
        ("\ngenerated\n", "\n", ["generated"]),
        ("/cloud\ncli", "/cloud\nnowhere\ncli", ["'nowhere' is no room"]),
        ("```rooms", "```", 8),
    ],
)
def test_a_false_line_is_named(
    tmp_path: pathlib.Path, old: str, new: str, wanted: list[str] | int
) -> None:
    assert DRAWING.count(old) == 1
    plant(tmp_path, TREE | {DESIGN: DRAWING.replace(old, new)})
    complaints = false_drawing(tmp_path)
    if isinstance(wanted, int):
        assert len(complaints) == wanted
    else:
        assert [line.removeprefix(f"{DESIGN}: ").split(": ")[-1] for line in complaints] == wanted


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("emulator/cloud/b.py", "import tencent_at.modem", "emulator/cloud → runtime/cpython"),
        ("emulator/cloud/b.py", "def f():\n    import boards.a", "emulator/cloud → boards"),
        ("spec/a.py", "", None),
    ],
)
def test_an_import_that_is_not_drawn_is_named(
    tmp_path: pathlib.Path, name: str, text: str, line: str | None
) -> None:
    plant(tmp_path, TREE | {DESIGN: DRAWING, "boards/a.py": "", name: text})
    complaints = false_drawing(tmp_path)
    assert (f"{DESIGN}: the imports as they are: {line}" in complaints) == (line is not None)
    assert complaints[-1] == f"{DESIGN}: the imports as they are: boards"


def test_without_a_drawing_every_room_is_missing(tmp_path: pathlib.Path) -> None:
    assert drawn("# nothing") == {}
    assert len(false_drawing(plant(tmp_path, TREE))) == 8


@pytest.mark.parametrize("name", ["bench/a.py", "examples/a.py", "cli/desk/a.py", "boards/a.py"])
def test_a_borrowed_test_is_named(tmp_path: pathlib.Path, name: str) -> None:
    tests = {"tests/peer.py": "", "tests/core/__init__.py": "from tests import peer"}
    plant(tmp_path, {name: "def f():\n    from tests import peer\n", **tests})
    (complaint,) = borrowed_tests(tmp_path)
    assert complaint.startswith(f"{name}: imports tests/peer.py, but ")
