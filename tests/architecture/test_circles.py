"""Import circles, on planted trees."""

import pathlib

import pytest

from tests.architecture.circles import import_circles
from tests.architecture.tree import plant

LATE = "def f():\n    from .{0} import {0}\n"
CIRCLES = {
    "at once": (
        {"cli/a.py": "from .b import x", "cli/b.py": "from . import a"},
        "cli/a.py: imports itself: cli/a.py → cli/b.py → cli/a.py",
    ),
    "late": (
        {"boards/a.py": LATE.format("b"), "boards/b.py": "from boards.a import x"},
        "boards/a.py: imports itself: boards/a.py → boards/b.py → boards/a.py",
    ),
    "through folders": (
        {
            "cli/a.py": "from .inner import b",
            "cli/inner/b.py": "from ..c import x",
            "cli/c.py": "import tencent_at_cli.a",
        },
        "cli/a.py: imports itself: cli/a.py → cli/inner/b.py → cli/c.py → cli/a.py",
    ),
    "through a package's own names": (
        {"cli/__init__.py": "from .a import b", "cli/a.py": "from . import b"},
        "cli/__init__.py: imports itself: cli/__init__.py → cli/a.py → cli/__init__.py",
    ),
    "by a call": (
        {
            "cli/a.py": "import importlib\nimportlib.import_module('.b')",
            "cli/b.py": "from . import a",
        },
        "cli/a.py: imports itself: cli/a.py → cli/b.py → cli/a.py",
    ),
    "through the folders of one package": (
        {
            "runtime/engine/link.py": LATE.format("mail"),
            "runtime/cpython/mail.py": "from .tables import T",
            "generated/cpython/tencent_at/tables.py": "from .link import Link",
        },
        "generated/cpython/tencent_at/tables.py: imports itself: generated/cpython/tencent_at/tables.py"
        " → runtime/engine/link.py → runtime/cpython/mail.py → generated/cpython/tencent_at/tables.py",
    ),
    "between scripts": (
        {"examples/a.py": "import b", "examples/b.py": "import a"},
        "examples/a.py: imports itself: examples/a.py → examples/b.py → examples/a.py",
    ),
    "else than for types": (
        {"cli/a.py": "if TYPE_CHECKING:\n    pass\nelse:\n    from . import b", "cli/b.py": "from . import a"},
        "cli/a.py: imports itself: cli/a.py → cli/b.py → cli/a.py",
    ),
    "for types in the emulator": (
        {
            "emulator/a.py": "if TYPE_CHECKING:\n    from .b import B",
            "emulator/b.py": "from .a import A",
        },
        "emulator/a.py: imports itself: emulator/a.py → emulator/b.py → emulator/a.py",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CIRCLES)
def test_a_circle_is_named(tmp_path: pathlib.Path, name: str) -> None:
    files, complaint = CIRCLES[name]
    assert import_circles(plant(tmp_path, files)) == [complaint]


def test_each_circle_is_named_once(tmp_path: pathlib.Path) -> None:
    files = {
        "cli/a.py": "from . import b",
        "cli/b.py": "from . import a, c",
        "cli/c.py": "from . import d",
        "cli/d.py": "from . import c",
    }
    assert [line.split(":")[0] for line in import_circles(plant(tmp_path, files))] == [
        "cli/a.py",
        "cli/c.py",
    ]


def test_what_is_no_circle_is_left_alone(tmp_path: pathlib.Path) -> None:
    files = {
        "cli/__init__.py": "from .a import A",
        "cli/a.py": "import typing\nfrom . import b\nfrom .c import C",
        "cli/b.py": "if TYPE_CHECKING:\n    from .a import A\nfrom .c import C",
        "cli/c.py": "if typing.TYPE_CHECKING:\n    from .a import A\n",
        "boards/a.py": "import cli, c",
        "generated/cpython/tencent_at/link.py": "from .mail import a copy is not read",
        "runtime/cpython/link.py": "",
    }
    assert import_circles(plant(tmp_path, files)) == []
