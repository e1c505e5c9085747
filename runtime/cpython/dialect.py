"""What the shared files need of MicroPython, for CPython."""

from struct import pack_into
from typing import TYPE_CHECKING, TypeVar

__all__ = ["TYPE_CHECKING", "const", "pack_into"]

T = TypeVar("T")


def const(value: T) -> T:
    """A constant; on a board it is folded into the code."""
    return value
