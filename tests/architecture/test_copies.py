"""Copies, on planted trees."""

import pathlib

import pytest

from tests.architecture.copies import BOARD, DESKTOP, altered_copies, is_copy
from tests.architecture.tree import plant


def test_an_altered_copy_is_named(tmp_path: pathlib.Path) -> None:
    files = {
        "runtime/engine/link.py": "A = 1\n",
        "runtime/cpython/modem.py": "B = 1\n",
        "runtime/micropython/modem.py": "C = 1\n",
        f"{DESKTOP}/link.py": "# From runtime/engine/link.py: edit that.\nA = 1\n",
        f"{DESKTOP}/modem.py": "B = 1\n",
        f"{BOARD}/link.py": "A = 2\n",
    }
    plant(tmp_path, files)
    assert altered_copies(tmp_path) == [
        f"{BOARD}/link.py: differs from runtime/engine/link.py: edit that one",
        f"{BOARD}/modem.py: missing, a copy of runtime/micropython/modem.py",
    ]


def test_an_altered_part_is_named(tmp_path: pathlib.Path) -> None:
    whole = "# ---- runtime/engine/link.py\n\ndef f():\n    return 1\n\n\n# ---- runtime/engine/codec.py\nB = 2\n"
    files = {
        "runtime/engine/link.py": "from .codec import B\n\n\ndef f():\n    return 1  # one\n",
        "runtime/engine/codec.py": "B = 2\n",
        f"{BOARD}/__init__.py": whole,
    }
    plant(tmp_path, files)
    assert altered_copies(tmp_path) == []
    plant(tmp_path, {f"{BOARD}/__init__.py": whole.replace("return 1", "return 2")})
    assert altered_copies(tmp_path) == [
        f"{BOARD}/__init__.py: differs from runtime/engine/link.py: edit that one"
    ]


@pytest.mark.parametrize("copy", [b"# anything\nA = 1\n", b"# runtime/x\nA = 1", b"A = 1\n\n", b""])
def test_only_one_comment_of_origin_may_be_added(copy: bytes) -> None:
    assert not is_copy(copy, b"A = 1\n")
