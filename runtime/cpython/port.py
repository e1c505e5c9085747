"""What the shared files need of MicroPython, for CPython."""

from struct import pack_into
from typing import TypeVar

__all__ = ["const", "pack_into"]

T = TypeVar("T")


def const(value: T) -> T:
    """A constant; on a board it is folded into the code."""
    return value
