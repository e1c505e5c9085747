"""What the shared files need of MicroPython: constants that cost nothing."""

from micropython import const  # noqa: F401
