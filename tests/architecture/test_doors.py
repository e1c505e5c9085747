"""Private names, on planted trees."""

import pathlib

import pytest

from tests.architecture.doors import private_doors
from tests.architecture.tree import plant

TALK = "class Talk:\n    open = True\n    _ready = True\n    def _pump(self):\n        self._left = 1\n"
BEHIND = [
    "talk._pump()",
    "talk._ready = False",
    "print(self.modem.talk._left)",
    "class Modem(Talk):\n    def poll(self):\n        self._pump()",
    "class Modem(Talk):\n    def poll(self):\n        super()._pump()",
    "getattr(talk, '_ready')",
    "from .talk import _pump",
]


@pytest.mark.parametrize("source", BEHIND)
def test_a_private_name_of_another_room_is_named(tmp_path: pathlib.Path, source: str) -> None:
    text = f"from .talk import Talk\n{source}\n"
    plant(tmp_path, {"runtime/engine/talk.py": TALK, "runtime/cpython/modem.py": text})
    (complaint,) = private_doors(tmp_path)
    assert complaint.startswith("runtime/cpython/modem.py:")


def test_a_name_that_the_own_room_has_too_is_no_excuse(tmp_path: pathlib.Path) -> None:
    """Its own is in a file that has nothing to do with this one."""
    files = {
        "runtime/engine/talk.py": TALK,
        "runtime/cpython/other.py": "class Other:\n    def _pump(self): ...\n",
        "runtime/cpython/modem.py": "from .talk import Talk\nTalk()._pump()\n",
    }
    (complaint,) = private_doors(plant(tmp_path, files))
    assert complaint == "runtime/cpython/modem.py:2: _pump is private to where it is made"


ALLOWED = {
    "a public door": {"runtime/cpython/modem.py": "from .talk import Talk\nTalk().open\n"},
    "what a library hands its heirs": {
        "emulator/a.py": "class Port(Serial):\n    def f(self):\n        super()._open()\n        self._made\n"
    },
    "a named tuple": {"cli/a.py": "word._replace(text=word._asdict())\n"},
    "a sibling that is imported": {
        "cli/a.py": "class A:\n    _b = 1\n",
        "cli/b.py": "from .a import A\nA._b\n",
    },
    "a sibling of a sibling, for types": {
        "cli/a.py": "class A:\n    _b = 1\n",
        "cli/b.py": "from .a import A\nclass B(A): ...\n",
        "cli/c.py": "if TYPE_CHECKING:\n    from .b import B\nb._b\n",
    },
    "a test": {"tests/a.py": "from tencent_at.talk import Talk\nTalk()._pump()\n"},
}


@pytest.mark.parametrize("files", ALLOWED.values(), ids=ALLOWED)
def test_what_is_allowed_is_left_alone(tmp_path: pathlib.Path, files: dict[str, str]) -> None:
    plant(tmp_path, {"runtime/engine/talk.py": TALK, **files})
    assert private_doors(tmp_path) == []
