"""What the shared files need of MicroPython: a clock that wraps around, constants that cost nothing."""

from binascii import unhexlify  # noqa: F401
from time import ticks_add, ticks_diff, ticks_ms  # noqa: F401

from micropython import const  # noqa: F401
