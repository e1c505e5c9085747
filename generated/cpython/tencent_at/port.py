# Copied from runtime/cpython/port.py: edit that.
"""What the shared files need of MicroPython, for CPython."""

from binascii import unhexlify
from time import monotonic_ns
from typing import TypeVar

__all__ = ["const", "ticks_add", "ticks_diff", "ticks_ms", "unhexlify"]

T = TypeVar("T")


def const(value: T) -> T:
    """A constant; on a board it is folded into the code."""
    return value


def ticks_ms() -> int:
    return monotonic_ns() // 1_000_000


def ticks_add(ticks: int, delta: int) -> int:
    return ticks + delta


def ticks_diff(end: int, start: int) -> int:
    return end - start
