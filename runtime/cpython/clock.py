"""Milliseconds, spelled as on a board."""

from time import monotonic_ns


def ticks_ms() -> int:
    return monotonic_ns() // 1_000_000


def ticks_add(ticks: int, delta: int) -> int:
    return ticks + delta


def ticks_diff(end: int, start: int) -> int:
    return end - start
