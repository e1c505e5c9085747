"""Milliseconds that wrap around: MicroPython's own."""

from time import ticks_add, ticks_diff, ticks_ms  # noqa: F401
